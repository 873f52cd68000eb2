"""07-sets: a pipeline that replaces a task set, and takes a bad
one back, without a user noticing.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ecslab.course.ex07_shifting_traffic import sets_observation as read
from ecslab.course.ex07_shifting_traffic import setting as scenery
from ecslab.course.lookups import fresh_names, listed
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.promises import around
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap
from ecslab.ground.chance import Chance
from ecslab.ground.text import Text

Json = dict[str, Any]

_RATE = 5  # users' requests a second
_LASTS = "1h30m"  # how long there are users
_NEVER_WELL = {"healthy_after": None}


def _cases(chance: Chance) -> Iterator[Case]:
    draw, names = chance.stream("sets"), fresh_names(chance)
    yield _case("shop", "web", 3, {})
    slow = {"starts_in": draw.choice((40, 90))}
    yield _case(next(names), next(names), draw.choice((2, 5)), slow, swapped=True)
    yield _case(next(names), next(names), draw.choice((2, 4)), _NEVER_WELL, bad=True)


def _case(
    cluster: str,
    service: str,
    copies: int,
    behaviour: Json,
    *,
    swapped: bool = False,
    bad: bool = False,
) -> Case:
    """A service with one task set that serves, users, and a revision to release;
    swapped: it serves from the second group.
    """
    facts: Json = {"copies": copies, "bad": bad}

    def arrange(scene: CaseAccount) -> Mapping[str, Any]:
        there = scenery.front(scene, "front", scenery.PORT)
        groups = (there.green, there.blue) if swapped else (there.blue, there.green)
        listener = there.listeners[scenery.PORT]
        there.elb.modify_listener(ListenerArn=listener, DefaultActions=scenery.forward(groups))
        image = scene.images.push(f"{service}:2", **behaviour) if behaviour else scenery.IMAGE
        given = {
            "cluster": cluster,
            "service": service,
            "definition": "",
            "network": scene.network(),
            "listener": listener,
            "blue": groups[0],
            "green": groups[1],
        }
        _serve(scene, given, scenery.define(scene, service), copies)
        facts["users"] = scene.lab.traffic(listener, _RATE, lasting=_LASTS)
        return given | {"definition": scenery.define(scene, service, image)}

    return Case(arrange, then="5m", about="bad" if bad else "good", facts=facts)


def _serve(scene: CaseAccount, given: Json, definition: str, copies: int) -> None:
    """The service, and the task set that serves its users."""
    ecs, names = scene.ecs, {"cluster": given["cluster"], "service": given["service"]}
    ecs.create_cluster(clusterName=given["cluster"])
    ecs.create_service(
        cluster=given["cluster"],
        serviceName=given["service"],
        desiredCount=copies,
        deploymentController={"type": "EXTERNAL"},
    )
    balancer = {
        "targetGroupArn": given["blue"],
        "containerName": "app",
        "containerPort": scenery.PORT,
    }
    made = ecs.create_task_set(
        **names,
        taskDefinition=definition,
        launchType="FARGATE",
        networkConfiguration=given["network"],
        loadBalancers=[balancer],
        scale={"value": 100, "unit": "PERCENT"},
    )
    ecs.update_service_primary_task_set(**names, primaryTaskSet=made["taskSet"]["id"])
    scene.lab.settle()


def _no_errors(run: Run) -> Gap | None:
    expected = Text("no request of a user fails while the revision is released")
    if not read.tried(run):
        return _untried(expected)
    ill = read.failures(run)
    if not ill:
        return None
    at_ms = ill[0].at_ms
    got = Text(
        "{count} requests failed, the first ones at {at_ms:g} s",
        count=sum(row.errors for row in ill),
        at_ms=at_ms / 1000,
    )
    return Gap(expected, got, around(run.lab.timeline, at_ms))


def _enough(run: Run) -> Gap | None:
    copies = run.facts["copies"]
    expected = Text(
        "at every moment at least {copies} running tasks belong to revisions that get traffic",
        copies=copies,
    )
    if not read.tried(run):
        return _untried(expected)
    for at_ms, serving in read.serving(run):
        if serving < copies:
            got = Text("at {at_ms:g} s there were {serving}", at_ms=at_ms / 1000, serving=serving)
            return Gap(expected, got, around(run.lab.timeline, at_ms))
    return None


def _untried(expected: Text) -> Gap:
    return Gap(expected, Text("no task set of the new revision was ever created"))


def _replaced(run: Run) -> Gap | None:
    return _alone(run, read.new(run), run.given["green"])


def _taken_back(run: Run) -> Gap | None:
    return _alone(run, read.old(run), run.given["blue"])


def _alone(run: Run, definition: str, group: str) -> Gap | None:
    """Whether a revision is all that the service has, and gets all the traffic."""
    expected = Text(
        "in the end {definition} is the only task set, PRIMARY and steady, and gets all the "
        "traffic",
        definition=definition,
    )
    if not read.tried(run):
        return _untried(expected)
    found = [_described(task_set) for task_set in read.task_sets(run)]
    if found != [f"{definition} PRIMARY at 100 %"]:
        return Gap(expected, Text("task sets: {found}", found=listed(found)), read.steps(run))
    if read.groups(run) != {group}:
        return Gap(
            expected, Text("the listener sends requests to another target group"), read.steps(run)
        )
    return None


def _described(task_set: Json) -> str:
    unsteady = "" if task_set["stabilityStatus"] == "STEADY_STATE" else " STABILIZING"
    return Text(
        "{name} {status} at {scale:g} %",
        name=read.name(task_set),
        status=f"{task_set['status']}{unsteady}",
        scale=task_set["scale"]["value"],
    )


def _shifted_early(run: Run) -> bool:
    """Whether requests failed before the new revision was steady, which it was at last."""
    failed_ms = min((row.at_ms for row in read.failures(run)), default=math.inf)
    return failed_ms < read.steady_ms(run) < math.inf


def _old_went_early(run: Run) -> bool:
    return read.first_ms(
        run, read.old(run), "task set scaled", "task set draining"
    ) < read.steady_ms(run)


def _old_is_left(run: Run) -> bool:
    return 0 < len(read.news(run)) < len(read.task_sets(run))


def _small(run: Run) -> bool:
    return any(s["scale"]["value"] < 100 for s in read.news(run))  # noqa: PLR2004 - percent


def _good(seen: Callable[[Run], bool]) -> Callable[[Run], bool]:
    """Only where a good revision was tried: a bad one is a matter of its own."""
    return lambda run: not run.facts["bad"] and read.tried(run) and seen(run)


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "another-lab": lambda run: run.idle,
        "old-one-first": _good(_old_went_early),
        "traffic-before-steady": _good(_shifted_early),
        "not-moved": _good(lambda run: read.groups(run) == {run.given["blue"]}),
        "half-a-fleet": _good(_small),
        "old-one-stays": _good(_old_is_left),
        "bad-one-stays": lambda run: run.facts["bad"] and bool(read.news(run)),
    },
)

QUESTION = Question(
    id="07-sets",
    function="release",
    title="Drive task sets",
    look=scenery.BY_HAND,
    cases=_cases,
    points=(
        Point("No request of a user fails.", _no_errors),
        Point(
            "At every moment enough running tasks belong to revisions that get traffic.", _enough
        ),
        Point(
            "In the end the new revision is alone, primary, and gets all the traffic.",
            _replaced,
            about="good",
        ),
        Point(
            "A revision that never becomes steady is taken away, and the old one goes on.",
            _taken_back,
            about="bad",
            look=scenery.PIPELINE,
        ),
    ),
    texts=_TEXTS,
)
