"""05-shares: how many tasks of a service a strategy puts on each capacity provider."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from ecslab.course.ex05_capacity import setting as scenery
from ecslab.course.ex05_capacity.setting import FARGATE, FARGATE_SPOT
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap, shown
from ecslab.ground.chance import Chance, Stream
from ecslab.lab import Lab

Json = dict[str, Any]
Strategy = list[Json]
_BASE, _FEW, _ZERO, _THREE = "base", "few", "zero", "three"
_GROUPS = ("red", "green", "blue")


def _cases(chance: Chance) -> Iterator[Case]:
    inputs = list(_inputs(chance.stream("shares")))
    answers = _really(json.dumps([[strategy, count] for _, strategy, count in inputs]))
    for (about, strategy, count), wanted in zip(inputs, answers, strict=True):
        given = {"strategy": strategy, "count": count}
        yield Case(lambda _, given=given: given, about=about, facts={"shares": dict(wanted)})  # type: ignore[misc]


def _inputs(draw: Stream) -> Iterator[tuple[str, Strategy, int]]:
    """Strategies and numbers of tasks that divide without a rest:
    AWS does not say how it rounds.
    """
    base, weight, rounds = draw.randint(1, 4), draw.randint(2, 4), draw.randint(2, 4)
    yield (
        _BASE,
        [_item(FARGATE, weight=1, base=base), _item(FARGATE_SPOT, weight=weight)],
        base + rounds * (1 + weight),
    )
    base = draw.randint(2, 5)
    later = [_item(FARGATE_SPOT, weight=2), _item(FARGATE, weight=3, base=base)]
    yield _BASE, later, base + 5 * draw.randint(1, 3)
    base = draw.randint(5, 9)
    yield (
        _FEW,
        [_item(FARGATE, weight=1, base=base), _item(FARGATE_SPOT, weight=4)],
        base - draw.randint(1, 3),
    )
    base = draw.randint(2, 4)
    yield (
        _ZERO,
        [_item(FARGATE, weight=0, base=base), _item(FARGATE_SPOT, weight=1)],
        base + draw.randint(3, 8),
    )
    yield (
        _ZERO,
        [_item(FARGATE, weight=draw.randint(1, 5)), _item(FARGATE_SPOT)],
        draw.randint(4, 9),
    )
    first, second, base = draw.randint(2, 4), draw.randint(2, 4), draw.randint(2, 4)
    groups = [
        _item("red", weight=1),
        _item("green", weight=first, base=base),
        _item("blue", weight=second),
    ]
    yield _THREE, groups, base + draw.randint(1, 2) * (1 + first + second)


def _item(provider: str, **more: int) -> Json:
    return {"capacityProvider": provider, **more}


@lru_cache(maxsize=16)
def _really(written: str) -> tuple[tuple[tuple[str, int], ...], ...]:
    """Of each input: the tasks on each provider when a service with this strategy is
    created, in a lab that nobody else sees.
    """
    with Lab() as lab:
        scene = CaseAccount(lab)
        _providers(scene)
        return tuple(
            _created(scene, f"service-{number}", strategy, count)
            for number, (strategy, count) in enumerate(json.loads(written))
        )


def _providers(scene: CaseAccount) -> None:
    """Two clusters, because Fargate's providers and groups do not mix,
    and a task definition for each.
    """
    container = {"name": "app", "image": scenery.IMAGE, "cpu": 256, "memory": 512}
    scene.register("FARGATE", container)
    scene.ecs.register_task_definition(
        family="EC2", networkMode="bridge", containerDefinitions=[container]
    )
    for name in _GROUPS:
        scenery.group(scene, name, "EC2")
        asked = {"autoScalingGroupArn": name, "managedScaling": {"status": "ENABLED"}}
        scene.ecs.create_capacity_provider(name=name, autoScalingGroupProvider=asked)
    for cluster, providers in (("FARGATE", [FARGATE, FARGATE_SPOT]), ("EC2", list(_GROUPS))):
        scene.ecs.create_cluster(clusterName=cluster)
        scene.ecs.put_cluster_capacity_providers(
            cluster=cluster, capacityProviders=providers, defaultCapacityProviderStrategy=[]
        )


def _created(
    scene: CaseAccount, name: str, strategy: Strategy, count: int
) -> tuple[tuple[str, int], ...]:
    """The tasks of one service; tasks of groups wait, but they know for whose machine."""
    kind = "EC2" if strategy[0]["capacityProvider"] in _GROUPS else "FARGATE"
    scene.ecs.create_service(
        cluster=kind,
        serviceName=name,
        taskDefinition=kind,
        desiredCount=count,
        capacityProviderStrategy=strategy,
        **({"networkConfiguration": scene.network(zones=1)} if kind == "FARGATE" else {}),
    )
    scene.lab.advance("10s")
    found = Counter(
        t["capacityProviderName"] for t in scene.tasks(kind) if t["group"] == f"service:{name}"
    )
    assert found.total() == count, "every task is on a provider"
    return tuple(found.items())


def _said(run: Run) -> dict[str, int] | None:
    """The providers that get a task, when that is what was answered."""
    answer = run.returned
    if type(answer) not in {dict, Counter}:
        return None
    if not all(type(k) is str and type(v) in {int, float} for k, v in answer.items()):
        return None
    return {provider: count for provider, count in answer.items() if count}


def _right(run: Run) -> Gap | None:
    wanted = run.facts["shares"]
    return None if _said(run) == wanted else Gap(shown(wanted), shown(run.returned))


def _counted(run: Run, **how: Any) -> bool:
    """Whether the answer is what somebody finds who counts like this."""
    said, strategy, count = _said(run), run.given["strategy"], run.given["count"]
    if said is None or said == run.facts["shares"]:
        return False
    predicted = _predicted(strategy, count, **how)
    return all(abs(said.get(name, 0) - share) <= 1 for name, share in predicted.items())


def _predicted(
    strategy: Strategy,
    count: int,
    *,
    bases: Sequence[int] | None = None,
    default: int = 0,
    least: int = 0,
    equal: bool = False,
) -> dict[str, float]:
    """Base first, then weights, with what somebody gets wrong: which bases, the
    weight of who has none, the least weight.
    """
    bases = [item.get("base", 0) for item in strategy] if bases is None else bases
    weights = [1 if equal else max(least, item.get("weight", default)) for item in strategy]
    rest = max(0, count - sum(bases))
    return {
        item["capacityProvider"]: base + rest * weight / sum(weights)
        for item, base, weight in zip(strategy, bases, weights, strict=True)
    }


def _all_bases(run: Run) -> int:
    return sum(item.get("base", 0) for item in run.given["strategy"])


def _too_many(run: Run) -> bool:
    """The base is given in full although there are fewer tasks."""
    said = _said(run)
    return said is not None and sum(said.values()) > run.given["count"]


def _base_on_the_first(run: Run) -> bool:
    others = [0] * (len(run.given["strategy"]) - 1)
    has_one = bool(run.given["strategy"][0].get("base"))
    return not has_one and _counted(run, bases=[_all_bases(run), *others])


def _lost(run: Run) -> bool:
    said = _said(run)
    return said is not None and sum(said.values()) < run.given["count"]


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "no-dictionary": lambda run: _said(run) is None,
        "more-than-there-are": _too_many,
        "missing-weight-is-one": lambda run: (
            any("weight" not in item for item in run.given["strategy"]) and _counted(run, default=1)
        ),
        "zero-is-one": lambda run: (
            any(item.get("weight") == 0 for item in run.given["strategy"])
            and _counted(run, least=1, default=1)
        ),
        "base-on-the-first": _base_on_the_first,
        "base-forgotten": lambda run: _counted(run, bases=[0] * len(run.given["strategy"])),
        "all-equal": lambda run: _counted(run, equal=True),
        "tasks-lost": _lost,
    },
)

QUESTION = Question(
    id="05-shares",
    function="shares",
    title="Divide tasks among providers",
    look=scenery.SHARES,
    cases=_cases,
    points=(
        Point("First the base, then the weights.", _right, about=_BASE),
        Point("Fewer tasks than the base.", _right, about=_FEW),
        Point("A weight of 0, and a weight that is left out.", _right, about=_ZERO),
        Point("Three Auto Scaling groups.", _right, about=_THREE),
    ),
    texts=_TEXTS,
)
