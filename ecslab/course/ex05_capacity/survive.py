"""05-survive: a service that keeps its floor while Spot capacity is taken away, within a budget."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from ecslab.billing.tariff import HOUR_S
from ecslab.course.ex05_capacity import setting as scenery
from ecslab.course.ex05_capacity.setting import FARGATE, FARGATE_SPOT
from ecslab.course.lookups import asked_service, fresh_names, listed, usd_an_hour
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.promises import always, eventually
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap
from ecslab.ground.chance import Chance
from ecslab.ground.text import Text

_SIZE = Fraction(1, 4), Fraction(1, 2)  # vCPUs and GB of a copy: the smallest size
# After the call: all is well; there is no Spot; there is again.
_START, _AWAY, _BACK = "10m", "10m", "10m"
_REST = "30m"  # so that an hour has passed
_BACK_MS = 20 * 60_000  # when Spot capacity is there again, after the call
_AGAIN_MS = 5 * 60_000  # the promise: all run again five minutes later


def _cases(chance: Chance) -> Iterator[Case]:
    draw, names = chance.stream("survive"), fresh_names(chance)
    yield _case("shop", "web", copies=6, floor=2)
    floor = draw.randint(2, 4)
    yield _case(next(names), next(names), copies=floor + draw.randint(3, 5), floor=floor)


def _case(cluster: str, service: str, copies: int, floor: int) -> Case:
    def arrange(scene: CaseAccount) -> Mapping[str, Any]:
        scene.ecs.create_cluster(clusterName=cluster)
        definition = scene.register(service, {"name": "app", "image": scenery.IMAGE})
        return {
            "cluster": cluster,
            "service": service,
            "task_definition": definition,
            "copies": copies,
            "floor": floor,
            "budget": _budget(scene.lab.region, copies, floor),
            "subnets": scene.subnets[:2],
        }

    return Case(arrange, meanwhile=_meanwhile, then=_REST)


def _meanwhile(scene: CaseAccount) -> None:
    """Spot capacity is taken away for ten minutes."""
    scene.lab.advance(_START)
    scenery.take_spot_back(scene)
    scene.lab.advance(_AWAY)
    scene.lab.set_spot_capacity(available=True)
    scene.lab.advance(_BACK)


def _budget(region: str, copies: int, floor: int) -> float:
    """USD for an hour: the floor on Fargate and the rest on Spot, as if nothing were interrupted.

    What is away for ten minutes is room for starting and stopping; one
    copy more on Fargate is too much.
    """
    usual, spot = (usd_an_hour(region, *_SIZE, spot=spot) for spot in (False, True))
    return float(round(floor * usual + (copies - floor) * spot, 4))


def _missing(run: Run) -> Gap | None:
    """The gap of a service that is not there."""
    cluster, name = run.given["cluster"], run.given["service"]
    if run.scene.service(cluster, name):
        return None
    found = [service["serviceName"] for service in run.scene.services(cluster)]
    return Gap(
        Text("a service {name} in {cluster}", name=name, cluster=cluster),
        Text("services: {found}", found=listed(found)),
    )


def _all_run(run: Run) -> Gap | None:
    if gap := _missing(run):
        return gap
    name, copies = run.given["service"], run.given["copies"]
    promise = eventually(
        Text("{copies} tasks of {name} run", copies=copies, name=name),
        lambda now: now.running(name, run.given["cluster"]) == copies,
        within="5m",
        got=lambda now: Text("{running} run", running=now.running(name, run.given["cluster"])),
    )
    return promise.broken_in(run.lab.timeline, run.answered_ms, run.ended_ms)


def _floor(run: Run) -> Gap | None:
    name, floor = run.given["service"], run.given["floor"]
    promise = always(
        Text("at least {floor} tasks of {name} run, once all have run", floor=floor, name=name),
        lambda now: now.running(name, run.given["cluster"]) >= floor,
        once=lambda now: now.running(name, run.given["cluster"]) >= run.given["copies"],
        got=lambda now: Text("{running} run", running=now.running(name, run.given["cluster"])),
    )
    return _missing(run) or promise.broken_in(run.lab.timeline, run.began_ms, run.ended_ms)


def _again(run: Run) -> Gap | None:
    name, copies = run.given["service"], run.given["copies"]
    promise = always(
        Text(
            "{copies} tasks of {name} run, from five minutes after the interruption's end",
            copies=copies,
            name=name,
        ),
        lambda now: now.running(name, run.given["cluster"]) >= copies,
        got=lambda now: Text("{running} run", running=now.running(name, run.given["cluster"])),
    )
    since_ms = run.answered_ms + _BACK_MS + _AGAIN_MS
    return _missing(run) or promise.broken_in(run.lab.timeline, since_ms, run.ended_ms)


def _per_hour(run: Run) -> Fraction:
    """What the account costs, in USD for an hour."""
    return run.lab.cost().total * HOUR_S * 1000 / (run.ended_ms - run.began_ms)


def _within_budget(run: Run) -> Gap | None:
    if gap := _all_run(run):
        return gap
    budget, spent = run.given["budget"], _per_hour(run)
    if spent <= budget:
        return None
    return Gap(
        Text("at most {budget} USD an hour", budget=budget),
        Text("{spent:.4f} USD an hour, on {used}", spent=float(spent), used=listed(_used(run))),
    )


def _used(run: Run) -> list[str]:
    """The providers on the bill."""
    return [name for name, usd in run.lab.cost().providers.items() if usd]


def _only(run: Run, provider: str) -> bool:
    return _missing(run) is None and set(_used(run)) == {provider}


def _too_little(run: Run) -> bool:
    """Fargate has fewer copies than the floor, by base and weight."""
    strategy, copies = scenery.strategy_of(run), run.given["copies"]
    weights = [scenery.weight_of(strategy, provider) for provider in (FARGATE, FARGATE_SPOT)]
    base = scenery.base_of(strategy, FARGATE)
    share = (copies - base) * weights[0] / max(1, sum(weights))
    return bool(strategy) and base + share < run.given["floor"]


def _both(run: Run) -> bool:
    """Fargate has its base, and a share of the rest as well."""
    strategy = scenery.strategy_of(run)
    has = scenery.base_of(strategy, FARGATE), scenery.weight_of(strategy, FARGATE)
    return all(has) and _within_budget(run) is not None


def _more_copies(run: Run) -> bool:
    service = asked_service(run)
    return service is not None and service["desiredCount"] > run.given["copies"]


def _fewer_copies(run: Run) -> bool:
    service = asked_service(run)
    return service is not None and service["desiredCount"] < run.given["copies"]


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "another-lab": lambda run: run.idle,
        "tasks-instead-of-a-service": lambda run: (
            _missing(run) is not None and bool(run.scene.tasks(run.given["cluster"]))
        ),
        "no-service": lambda run: _missing(run) is not None,
        "fewer-copies": _fewer_copies,
        "more-copies": _more_copies,
        "all-on-spot": lambda run: _only(run, FARGATE_SPOT),
        "all-on-fargate": lambda run: _only(run, FARGATE),
        "base-on-spot": lambda run: scenery.base_of(scenery.strategy_of(run), FARGATE_SPOT) > 0,
        "base-and-weight": _both,
        "floor-too-low": _too_little,
    },
)

QUESTION = Question(
    id="05-survive",
    function="deploy",
    title="Survive an interruption within a budget",
    look=scenery.SPOT,
    cases=_cases,
    points=(
        Point("All copies run within five minutes.", _all_run, look=scenery.CLUSTER),
        Point("At least `floor` copies run at every moment.", _floor),
        Point("All copies run again when Spot capacity is back.", _again),
        Point("An hour costs no more than `budget`.", _within_budget, look=scenery.COSTS),
    ),
    texts=_TEXTS,
)
