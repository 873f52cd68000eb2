"""07-shift: a canary for given promises, and what the users met, read from the story."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from ecslab.course.ex07_shifting_traffic import setting as scenery
from ecslab.course.lookups import asked_service, fresh_names
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap, shown
from ecslab.ground.chance import Chance
from ecslab.ground.text import Listed, Text

Json = dict[str, Any]
Periods = list[tuple[float, float]]  # (percent of the new revision, seconds)

_TEST_PORT = 8080
_SLACK_S = 60  # what rounds of the scheduler and draining add to a promised time
_CLOSE_S = 15  # how far a length may be off: more than one look every ten seconds
_A_MINUTE_MS = 60_000
_BLUE_GREEN = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1}


def _cases(chance: Chance) -> Iterator[Case]:
    draw, names = chance.stream("shift"), fresh_names(chance)
    yield _case("shop", "web", _BLUE_GREEN, (10, 5, 3))
    rolling = {"strategy": "ROLLING"}
    asked = (draw.choice((2.5, 20, 33)), draw.choice((7, 12)), draw.choice((2, 6)))
    yield _case(next(names), next(names), rolling, asked)
    linear = {
        "strategy": "LINEAR",
        "linearConfiguration": {"stepPercent": 50, "stepBakeTimeInMinutes": 1},
        "bakeTimeInMinutes": 1,
    }
    asked = (draw.choice((5, 15)), draw.choice((4, 8)), 4)
    yield _case(next(names), next(names), linear, asked, refused=True)


def _case(
    cluster: str, service: str, how: Json, asked: tuple[float, int, int], *, refused: bool = False
) -> Case:
    """A service with another strategy, and a revision to release; its team may
    refuse it once all users have moved.
    """

    def arrange(scene: CaseAccount) -> Mapping[str, Any]:
        there = scenery.front(scene, "front", scenery.PORT, _TEST_PORT)
        role = scenery.infrastructure_role(scene)
        scenery.serve(scene, cluster, service, there, role=role, test=_TEST_PORT, how=how)
        if refused:
            arn = scene.lab.lambda_function(
                "team-check", lambda _event, _context: {"hookStatus": "FAILED"}
            )
            hook = {"hookTargetArn": arn, "roleArn": role, "lifecycleStages": [_HOOK_STAGE]}
            scene.ecs.update_service(
                cluster=cluster, service=service, deploymentConfiguration={"lifecycleHooks": [hook]}
            )
        given = {
            "cluster": cluster,
            "service": service,
            "definition": scenery.define(scene, service),
        }
        return given | dict(zip(("percent", "minutes", "bake"), asked, strict=True))

    return Case(arrange, then="1h", about="back" if refused else "good", facts={"back": refused})


_HOOK_STAGE = "POST_PRODUCTION_TRAFFIC_SHIFT"


def _finished_ms(run: Run) -> int | None:
    """When the last deployment that the call began was finished."""
    last = next(iter(reversed(scenery.works(run))), None)
    if last is None or "finishedAt" not in last:
        return None
    return scenery.lab_ms(run, last["finishedAt"])


def _met(run: Run) -> Periods:
    """What users met from the call until the deployment was finished."""
    end_ms = _finished_ms(run)
    if end_ms is None:
        return []
    changes = [(run.began_ms, 0.0), *scenery.shares(run)]
    return [
        (share, (until_ms - at_ms) / 1000)
        for (at_ms, share), (until_ms, _) in pairwise([*changes, (end_ms, 0.0)])
    ]


def _written(periods: Periods) -> str:
    if not periods:
        return Text("no traffic was shifted")
    return Listed(
        ", ",
        [
            Text("{share:g} % for {seconds:g} s", share=share, seconds=seconds)
            for share, seconds in periods
        ],
    )


def _canary(run: Run) -> Gap | None:
    percent, wait_s = run.given["percent"], 60 * run.given["minutes"]
    if run.idle:
        return scenery.nothing(
            Text(
                "{percent} % for {minutes} minutes, then 100 %",
                percent=percent,
                minutes=run.given["minutes"],
            )
        )
    seen = _met(run)
    steps = [share for share, _ in seen]
    if steps[:3] == [0.0, float(percent), 100.0] and wait_s <= seen[1][1] <= wait_s + _SLACK_S:
        return None
    return Gap(
        Text(
            "the new revision has {percent} % of the traffic for {minutes} minutes, then 100 %",
            percent=percent,
            minutes=run.given["minutes"],
        ),
        _written(seen),
        scenery.decisions(run),
    )


def _baked(run: Run) -> Gap | None:
    bake_s, service = 60 * run.given["bake"], run.given["service"]
    expected = Text(
        "both revisions run for {bake} minutes more, then {definition} alone",
        bake=run.given["bake"],
        definition=run.given["definition"],
    )
    if run.idle:
        return scenery.nothing(expected)
    baked_s = _stage_s(run, "BAKE_TIME")
    if not bake_s <= baked_s <= bake_s + _SLACK_S:
        return Gap(
            expected,
            Text("the bake time was {baked_s:g} s", baked_s=baked_s),
            scenery.decisions(run),
        )
    found = run.scene.service(run.given["cluster"], service)
    runs = found and found["taskDefinition"].rpartition("/")[2]
    if found and runs == run.given["definition"] and len(found["deployments"]) == 1:
        return None
    return Gap(expected, Text("the service runs {runs}", runs=runs), scenery.decisions(run))


def _stage_s(run: Run, name: str) -> float:
    """How long a stage was, the last time that there was one."""
    told = list(
        run.lab.timeline.since(run.began_ms).where(kind="stage", service=run.given["service"])
    )
    return next(
        (
            (after.at_ms - at.at_ms) / 1000
            for at, after in pairwise(told)
            if at.facts["stage"] == name
        ),
        0.0,
    )


def _told(run: Run) -> Gap | None:
    seen = _met(run)
    expected = Text("a list that says: {written}", written=_written(seen))
    if run.idle or not seen:
        return Gap(
            Text("a list of what the users met"),
            Text("{returned}; no deployment was finished", returned=shown(run.returned)),
        )
    if run.answered_ms < (_finished_ms(run) or 0):
        return Gap(
            Text("an answer after the deployment is finished"),
            Text("it came before: {returned}", returned=shown(run.returned)),
        )
    return (
        None
        if _alike(run.returned, seen)
        else Gap(expected, shown(run.returned), scenery.decisions(run))
    )


def _told_back(run: Run) -> Gap | None:
    if not run.idle and not any("team-check" in words for _, words in scenery.hooks(run)):
        return Gap(
            Text("the function of the team is asked"),
            Text("nobody asked it"),
            scenery.decisions(run),
        )
    return _told(run)


def _alike(answer: Any, seen: Periods) -> bool:
    if not isinstance(answer, list | tuple) or len(answer) != len(seen):
        return False
    pairs = [pair for pair in answer if isinstance(pair, list | tuple) and len(pair) == 2]  # noqa: PLR2004 - a pair
    if len(pairs) != len(seen) or not all(
        isinstance(n, int | float) for pair in pairs for n in pair
    ):
        return False
    near = zip(pairs, seen, strict=True)
    return all(abs(a[0] - b[0]) < 0.05 and abs(a[1] - b[1]) <= _CLOSE_S for a, b in near)  # noqa: PLR2004 - tenths


def _numbers(run: Run, position: int) -> list[float]:
    """The first or the second number of each pair that was returned."""
    return [float(pair[position]) for pair in run.returned]


def _strategy(run: Run) -> str:
    found = asked_service(run) or {}
    return str(found.get("deploymentConfiguration", {}).get("strategy"))


def _as_planned(run: Run) -> bool:
    """The lengths are those that were asked for, to the second: nobody looked."""
    planned = [60.0 * run.given["minutes"], 60.0 * run.given["bake"]]
    return _numbers(run, 1)[1:3] == planned


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "another-lab": lambda run: run.idle,
        "strategy-kept": lambda run: _strategy(run) not in {"CANARY", "LINEAR"},
        "linear": lambda run: _strategy(run) == "LINEAR",
        "team-not-asked": lambda run: run.facts["back"] and not scenery.hooks(run),
        "does-not-wait": lambda run: run.answered_ms - run.began_ms < _A_MINUTE_MS,
        "as-planned": _as_planned,
        "shares-of-the-old": lambda run: _numbers(run, 0)[:1] == [100.0],
        "minutes": lambda run: (
            len(run.returned) > 1 and max(_numbers(run, 1)) < 2 * run.given["minutes"]
        ),
    },
)

QUESTION = Question(
    id="07-shift",
    function="shift",
    title="Shift traffic by canary, and read what happened",
    look=scenery.CANARY,
    cases=_cases,
    points=(
        Point(
            "A small share of the users meets the new revision first, for the time that was asked.",
            _canary,
        ),
        Point(
            "Both revisions run for the bake time; then the new one runs alone.",
            _baked,
            about="good",
        ),
        Point("The list tells what the users met.", _told, about="good"),
        Point(
            "The list tells it also when the team's function takes the release back.",
            _told_back,
            about="back",
        ),
    ),
    texts=_TEXTS,
)
