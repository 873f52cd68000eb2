"""03-fewest: a list of one-off tasks on as few container instances as can hold them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ecslab.course.ex03_placement import setting as scenery
from ecslab.course.lookups import fresh_names
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap
from ecslab.ground.chance import Chance
from ecslab.ground.text import Listed, Text

_MANY = "more than ten"
_MOST_AT_ONCE = 10  # tasks in one RunTask (facts, section 15)


def _cases(chance: Chance) -> Iterator[Case]:
    draw, names = chance.stream("fewest"), fresh_names(chance)
    yield _mixed("shop", big=2, memory=(5000, 1400), spare=2)
    yield _mixed(
        next(names),
        big=3,
        memory=(draw.randrange(4800, 5101, 50), draw.randrange(1340, 1401, 10)),
        spare=2,
    )
    yield _many(next(names), next(names), draw.randint(11, 13))


def _mixed(cluster: str, big: int, memory: tuple[int, int], spare: int) -> Case:
    """On each instance fit one big task and two small ones, or five small
    ones (an m5.large has 7,985 MiB).
    """
    facts: dict[str, Any] = {"fewest": big, "machines": big + spare}

    def arrange(scene: CaseAccount) -> Mapping[str, Any]:
        scene.ecs.create_cluster(clusterName=cluster)
        facts["there"] = scene.instances(cluster, big + spare)
        small = scenery.define(scene, "small", 128, memory[1])
        large = scenery.define(scene, "big", 256, memory[0])
        return {"cluster": cluster, "jobs": {small: 2 * big, large: big}}

    return Case(arrange, then="2m", facts=facts)


def _many(cluster: str, family: str, copies: int) -> Case:
    """All of them fit on one instance."""
    facts: dict[str, Any] = {"fewest": 1, "machines": 3}

    def arrange(scene: CaseAccount) -> Mapping[str, Any]:
        scene.ecs.create_cluster(clusterName=cluster)
        facts["there"] = scene.instances(cluster, 3)
        return {"cluster": cluster, "jobs": {scenery.define(scene, family, 64, 600): copies}}

    return Case(arrange, then="2m", about=_MANY, facts=facts)


def _every_copy(run: Run) -> Gap | None:
    asked = run.given["jobs"]
    there = Counter(scenery.name(task) for task in scenery.running(run))
    if there == asked:
        return None
    told = [
        Text("{there} of {count} {name}", there=there[name], count=count, name=name)
        for name, count in asked.items()
    ]
    return Gap(
        Text("{count} tasks run, as the list says", count=sum(asked.values())),
        Text("there run {told}", told=Listed(", ", told)),
    )


def _used(run: Run) -> int:
    return len(scenery.by_machine(scenery.running(run)))


def _fewest(run: Run) -> Gap | None:
    if gap := _every_copy(run) or scenery.other_machines(run, run.facts["there"]):
        return gap
    used, fewest = _used(run), run.facts["fewest"]
    if used <= fewest:
        return None
    return Gap(
        Text(
            "all tasks on {fewest} of the {machines} instances",
            fewest=fewest,
            machines=run.facts["machines"],
        ),
        Text("they use {used}", used=used),
    )


def _copies(run: Run) -> list[int]:
    """How many tasks of each definition on the list were started, in the order of the list."""
    there = Counter(scenery.name(task) for task in run.scene.tasks(run.given["cluster"]))
    return [there[name] for name in run.given["jobs"]]


def _first_ten_only(run: Run) -> bool:
    pairs = zip(_copies(run), run.given["jobs"].values(), strict=True)
    return any(started == _MOST_AT_ONCE < asked for started, asked in pairs)


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "another-lab": lambda run: run.idle,
        "one-copy-each": lambda run: set(_copies(run)) == {1},
        "first-ten-only": _first_ten_only,
        "spread-out": lambda run: _used(run) == run.facts["machines"],
        "small-ones-first": lambda run: (
            not _every_copy(run) and run.facts["fewest"] < _used(run) < run.facts["machines"]
        ),
    },
)

QUESTION = Question(
    id="03-fewest",
    function="pack",
    title="Fill the fewest instances",
    look=scenery.BINPACK,
    cases=_cases,
    points=(
        Point("Every task of the list runs, as often as it was asked for.", _every_copy),
        Point("The tasks use as few instances as possible.", _fewest),
        Point("That also works for more than ten copies.", _fewest, about=_MANY),
    ),
    texts=_TEXTS,
)
