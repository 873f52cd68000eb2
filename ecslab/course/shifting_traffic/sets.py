"""07-sets: a pipeline that replaces a task set, and takes a bad one back, without a user noticing."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ecslab.chance import Chance
from ecslab.course.scenery import fresh_names, listed
from ecslab.course.shifting_traffic import scenery
from ecslab.course.texts import texts
from ecslab.grade.moments import moments
from ecslab.grade.outcomes import Gap
from ecslab.grade.promises import around
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.scene import Scene

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
    cluster: str, service: str, copies: int, behaviour: Json, *, swapped: bool = False, bad: bool = False
) -> Case:
    """A service with one task set that serves, users, and a revision to release; swapped: it serves from the second group."""
    facts: Json = {"copies": copies, "bad": bad}

    def arrange(scene: Scene) -> Mapping[str, Any]:
        there = scenery.front(scene, "front", scenery.PORT)
        groups = (there.green, there.blue) if swapped else (there.blue, there.green)
        listener = there.listeners[scenery.PORT]
        there.elb.modify_listener(ListenerArn=listener, DefaultActions=scenery.forward(groups))
        network = {"awsvpcConfiguration": {"subnets": there.subnets}}
        image = scene.images.push(f"{service}:2", **behaviour) if behaviour else scenery.IMAGE
        given = {
            "cluster": cluster,
            "service": service,
            "definition": "",
            "network": network,
            "listener": listener,
            "blue": groups[0],
            "green": groups[1],
        }
        _serve(scene, given, scenery.define(scene, service), copies)
        facts["users"] = scene.lab.traffic(listener, _RATE, lasting=_LASTS)
        return given | {"definition": scenery.define(scene, service, image)}

    return Case(arrange, then="5m", about="bad" if bad else "good", facts=facts)


def _serve(scene: Scene, given: Json, definition: str, copies: int) -> None:
    """The service, and the task set that serves its users."""
    ecs, names = scene.ecs, {"cluster": given["cluster"], "service": given["service"]}
    ecs.create_cluster(clusterName=given["cluster"])
    ecs.create_service(
        cluster=given["cluster"],
        serviceName=given["service"],
        desiredCount=copies,
        deploymentController={"type": "EXTERNAL"},
    )
    balancer = {"targetGroupArn": given["blue"], "containerName": "app", "containerPort": scenery.PORT}
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
    expected = "no request of a user fails while the revision is released"
    if run.idle:
        return scenery.nothing(expected)
    ill = [row for row in run.facts["users"].log if row.errors]
    if not ill:
        return None
    at_ms = ill[0].at_ms
    got = f"{sum(row.errors for row in ill)} requests failed, the first ones at {at_ms / 1000:g} s"
    return Gap(expected, got, around(run.lab.timeline, at_ms))


def _enough(run: Run) -> Gap | None:
    copies, service = run.facts["copies"], run.given["service"]
    expected = f"at every moment at least {copies} running tasks belong to revisions that get traffic"
    if run.idle:
        return scenery.nothing(expected)
    for at_ms, serving in _serving(run):
        if serving < copies:
            got = f"{serving} of {service} at {at_ms / 1000:g} s"
            return Gap(expected, got, around(run.lab.timeline, at_ms))
    return None


def _serving(run: Run) -> Iterator[tuple[int, int]]:
    """At each change since the call: how many RUNNING tasks are of revisions that answer users."""
    rows = [row for row in run.facts["users"].log if row.until_ms > run.began_ms and row.revision]
    for now in moments(run.lab.timeline):
        answer = {row.revision for row in rows if row.at_ms <= now.at_ms < row.until_ms}
        if now.at_ms >= run.began_ms and answer:
            tasks = now.of(run.given["service"])
            yield now.at_ms, sum(t.status == "RUNNING" and t.definition in answer for t in tasks)


def _replaced(run: Run) -> Gap | None:
    return _alone(run, run.given["definition"], run.given["green"])


def _taken_back(run: Run) -> Gap | None:
    return _alone(run, _old(run), run.given["blue"])


def _old(run: Run) -> str:
    return f"{run.given['service']}:1"


def _alone(run: Run, definition: str, group: str) -> Gap | None:
    """Whether a revision is all that the service has, and gets all the traffic."""
    expected = f"in the end {definition} is the only task set, PRIMARY and steady, and gets all the traffic"
    if run.idle:
        return scenery.nothing(expected)
    found = [
        f"{_name(s)} {s['status']}{'' if s['stabilityStatus'] == 'STEADY_STATE' else ' STABILIZING'} at {s['scale']['value']:g} %"
        for s in _task_sets(run)
    ]
    if found != [f"{definition} PRIMARY at 100 %"]:
        return Gap(expected, f"task sets: {listed(found)}", _steps(run))
    if _weights(run).keys() != {group}:
        return Gap(expected, "the listener sends requests to another target group", _steps(run))
    return None


def _task_sets(run: Run) -> list[Json]:
    found = run.scene.service(run.given["cluster"], run.given["service"]) or {}
    return list(found.get("taskSets", []))


def _name(task_set: Json) -> str:
    return str(task_set["taskDefinition"]).rpartition("/")[2]


def _weights(run: Run) -> dict[str, int]:
    """The target groups that the listener gives a share, as Elastic Load Balancing tells."""
    elb = run.lab.client("elbv2")
    told = elb.describe_listeners(ListenerArns=[run.given["listener"]])["Listeners"][0]["DefaultActions"][0]
    groups = told.get("ForwardConfig", {}).get("TargetGroups") or [
        {"TargetGroupArn": told["TargetGroupArn"], "Weight": 1}
    ]
    return {g["TargetGroupArn"]: g["Weight"] for g in groups if g.get("Weight", 1)}


def _steps(run: Run) -> tuple[str, ...]:
    """What became of the service's task sets since the call."""
    about = f"service/{run.given['service']}"
    found = [
        event
        for event in run.lab.timeline.since(run.began_ms)
        if event.subject == about and event.kind.startswith("task set")
    ]
    return tuple(str(event) for event in found[-_SHOWN:])


_SHOWN = 8


def _news(run: Run) -> list[Json]:
    """The new revision's task sets that are left."""
    return [s for s in _task_sets(run) if _name(s) == run.given["definition"]]


def _first_ms(run: Run, definition: str, *kinds: str) -> float:
    """When something happened to a revision's task set for the first time since the call; infinite when it never did."""
    told = run.lab.timeline.since(run.began_ms)
    return next((e.at_ms for e in told if e.kind in kinds and definition in e.why.split()), math.inf)


def _steady_ms(run: Run) -> float:
    return _first_ms(run, run.given["definition"], "task set steady")


def _shifted_early(run: Run) -> bool:
    """Whether requests failed before the new revision was steady, while it was there."""
    failed_ms = min((row.at_ms for row in run.facts["users"].log if row.errors), default=math.inf)
    return failed_ms < _steady_ms(run) and bool(run.facts["bad"] or _steady_ms(run) < math.inf)


def _old_went_early(run: Run) -> bool:
    return _first_ms(run, _old(run), "task set scaled", "task set draining") < _steady_ms(run)


def _old_is_left(run: Run) -> bool:
    return bool(_news(run)) and len(_news(run)) < len(_task_sets(run))


def _small(run: Run) -> bool:
    return any(s["scale"]["value"] < 100 for s in _news(run))  # noqa: PLR2004 - percent


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "another-lab": lambda run: run.idle,
        "old-one-first": lambda run: not run.facts["bad"] and _old_went_early(run),
        "traffic-before-steady": lambda run: not run.facts["bad"] and _shifted_early(run),
        "not-moved": lambda run: not run.facts["bad"] and _weights(run).keys() == {run.given["blue"]},
        "half-a-fleet": lambda run: not run.facts["bad"] and _small(run),
        "old-one-stays": lambda run: not run.facts["bad"] and _old_is_left(run),
        "bad-one-stays": lambda run: run.facts["bad"] and bool(_news(run)),
    },
)

SETS = Question(
    id="07-sets",
    function="release",
    title="Drive task sets",
    look=scenery.BY_HAND,
    cases=_cases,
    points=(
        Point("No request of a user fails.", _no_errors),
        Point("At every moment enough running tasks belong to revisions that get traffic.", _enough),
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
