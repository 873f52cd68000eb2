"""07-guard: a function that lets a good green fleet pass, and stops
a bad one before a user meets it.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ecslab.course.ex07_shifting_traffic import setting as scenery
from ecslab.course.lookups import fresh_names
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap
from ecslab.ground.chance import Chance
from ecslab.ground.text import Text

Json = dict[str, Any]

_RATE = 5  # users' requests a second
_GOOD = {"answers_in": 0.3}
_LASTS = "12m"  # how long a release is looked at, and how long its users stay
_ALL_AT_ONCE = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1}
_CANARY = {
    "strategy": "CANARY",
    "canaryConfiguration": {"canaryPercent": 20, "canaryBakeTimeInMinutes": 1},
    "bakeTimeInMinutes": 1,
}
_BEFORE_USERS = {  # stages at which green can be asked, and no user has met it
    "TEST_TRAFFIC_SHIFT",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRE_PRODUCTION_TRAFFIC_SHIFT",
}
_TOO_EARLY = {"RECONCILE_SERVICE", "PRE_SCALE_UP", "POST_SCALE_UP"}


def _cases(chance: Chance) -> Iterator[Case]:
    draw, names = chance.stream("guard"), fresh_names(chance)
    yield _case("good", "shop", "web", 8080, how=_ALL_AT_ONCE, behaviour=_GOOD)
    ports = (8081, 8090, 9000, 9090)
    yield _case(
        "broken",
        next(names),
        next(names),
        draw.choice(ports),
        how=_CANARY,
        behaviour={"error_rate": 1},
    )
    rate = draw.choice((0.2, 0.25, 0.3))
    yield _case(
        "frail",
        next(names),
        next(names),
        draw.choice(ports),
        how=_ALL_AT_ONCE,
        behaviour={"error_rate": rate},
    )
    slow = draw.choice((2, 3))
    yield _case(
        "slow",
        next(names),
        next(names),
        draw.choice(ports),
        how=_ALL_AT_ONCE,
        behaviour={"answers_in": slow},
    )


def _case(about: str, cluster: str, service: str, port: int, *, how: Json, behaviour: Json) -> Case:
    """A service whose next revision behaves as told; its users come when the release begins."""

    def arrange(scene: CaseAccount) -> Mapping[str, Any]:
        role = scenery.infrastructure_role(scene)
        there = scenery.front(scene, "front", scenery.PORT, port)
        scenery.serve(scene, cluster, service, there, role=role, test=port, how=how)
        return {
            "cluster": cluster,
            "service": service,
            "url": f"http://{there.dns}:{port}/",
            "role": role,
        }

    return Case(arrange, then="1m", about=about, facts={"kind": about, "behaviour": behaviour})


def _release(run: Run, number: int, behaviour: Json) -> tuple[int, Json]:
    """Release a revision under the eyes of users: how many of their requests
    it got, and the service deployment.
    """
    scene, lab, given = run.scene, run.lab, run.given
    image = scene.images.push(f"{given['service']}:{number}", **behaviour)
    new = scenery.define(scene, given["service"], image)
    users = given["url"].rpartition(":")[0] + f":{scenery.PORT}"
    flow = lab.traffic(users, _RATE, lasting=_LASTS)
    scene.ecs.update_service(cluster=given["cluster"], service=given["service"], taskDefinition=new)
    lab.advance(_LASTS)
    return flow.log.by_revision().get(new, (0, 0))[0], scenery.works(run)[-1]


def _passes(run: Run) -> Gap | None:
    return _released(run, 2, Text("a good revision is released"))


def _released(run: Run, number: int, expected: Text) -> Gap | None:
    """Whether a good revision was asked, and came to the users."""
    met, work = _release(run, number, _GOOD)
    if not scenery.hooks(run):
        return _unguarded(run, Text("the function is asked, and {expected}", expected=expected))
    if met and work["status"] == "SUCCESSFUL":
        return None
    return Gap(
        expected,
        Text("the deployment is {status}{said}", status=work["status"], said=_said(run)),
        scenery.decisions(run),
    )


def _stopped(what: Text) -> Callable[[Run], Gap | None]:
    """Whether a bad revision was stopped before users met it, and the good one after it was not."""

    def judge(run: Run) -> Gap | None:
        expected = Text("no user meets a revision that {what}, and it is rolled back", what=what)
        met, work = _release(run, 2, run.facts["behaviour"])
        if not met and work["status"] == "ROLLBACK_SUCCESSFUL":
            good = Text(
                "a revision that {what} is stopped, and the good one after it is released",
                what=what,
            )
            return _released(run, 3, good)
        if not scenery.hooks(run):
            return _unguarded(run, expected)
        got = Text(
            "{met} of the users' requests reached it; the deployment is {status}{said}",
            met=met,
            status=work["status"],
            said=_said(run),
        )
        return Gap(expected, got, scenery.decisions(run))

    return judge


def _unguarded(run: Run, expected: Text) -> Gap:
    return Gap(expected, Text("the deployment asked no function"), scenery.decisions(run))


def _said(run: Run) -> str:
    """What the last hook said, as part of a sentence."""
    said = scenery.hooks(run)
    return Text("; at {said}", said=said[-1][1]) if said else ""


def _answered(run: Run, words: str) -> bool:
    return any(words in told for _, told in scenery.hooks(run))


def _asked_at(run: Run, stages: set[str]) -> bool:
    """Whether it was asked at these stages only."""
    asked = {stage for stage, _ in scenery.hooks(run)}
    return bool(asked) and asked <= stages


def _met_users(run: Run) -> bool:
    return any(share for _, share in scenery.shares(run))


def _let_pass(run: Run, kind: str) -> bool:
    """Whether a bad revision of this kind was asked in time, and was let pass."""
    return run.facts["kind"] == kind and _answered(run, "answered SUCCEEDED")


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "not-told": lambda run: not scenery.hooks(run),
        "no-answer": lambda run: _answered(run, "gave no valid answer"),
        "asked-too-early": lambda run: _asked_at(run, _TOO_EARLY),
        "asked-too-late": lambda run: _met_users(run) and not _asked_at(run, _BEFORE_USERS),
        "never-lets-pass": lambda run: (
            run.facts["kind"] == "good" and _answered(run, "answered FAILED")
        ),
        "always-lets-pass": lambda run: _let_pass(run, "broken"),
        "asks-too-little": lambda run: _let_pass(run, "frail"),
        "blind-to-slowness": lambda run: _let_pass(run, "slow"),
    },
)

QUESTION = Question(
    id="07-guard",
    function="guard",
    title="Stop a bad green fleet",
    look=scenery.HOOK,
    cases=_cases,
    points=(
        Point("A good revision is asked, and released.", _passes, about="good"),
        Point(
            "A revision that answers every request with an error meets no user; a good one after "
            "it does.",
            _stopped(Text("always fails")),
            about="broken",
        ),
        Point(
            "A revision that fails now and then meets no user; a good one after it does.",
            _stopped(Text("fails now and then")),
            about="frail",
        ),
        Point(
            "A revision that is too slow meets no user; a good one after it does.",
            _stopped(Text("takes seconds to answer")),
            about="slow",
        ),
    ),
    texts=_TEXTS,
)
