"""06-roll-back: a release behind a load balancer that goes back by itself when
it is bad, and stays when it is good.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ecslab.course.ex06_rolling_updates import setting as scenery
from ecslab.course.lookups import fresh_names
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap
from ecslab.ground.chance import Chance
from ecslab.ground.text import Text
from ecslab.timeline.deployments import DeploymentStarted
from ecslab.traffic.flows import Flow

Json = dict[str, Any]
_GOOD, _MISSING, _SICK, _BUG = "good", "missing", "sick", "bug"
# The traffic outlasts what is judged, and not much more.
_BEFORE, _AFTER, _TRAFFIC = "3m", "30m", "45m"
_RATE, _USUAL = 40, 0.002  # requests a second, and the share of them that fails in a good version
_MOST = 0.02  # the promise: no more than two of a hundred
_FIRST, _NEW = 1, 2


def _cases(chance: Chance) -> Iterator[Case]:
    draw, names = chance.stream("roll back"), fresh_names(chance)
    yield _case(_BUG, "shop", "web", error_rate=draw.choice((0.2, 0.25, 0.3)))
    yield _case(_GOOD, next(names), next(names), error_rate=_USUAL)
    yield _case(_SICK, next(names), next(names), answers=draw.choice((404, 500, 503)))
    yield _case(_MISSING, next(names), next(names))


def _case(about: str, cluster: str, service: str, **behaviour: Any) -> Case:
    flows: list[Flow] = []

    def arrange(scene: CaseAccount) -> Mapping[str, Any]:
        family, (balancer, behind) = f"{service}-app", scenery.front(scene, service)
        good = scene.images.push(f"{service}:1", error_rate=_USUAL)
        old = scene.register(family, scenery.app(good))
        scenery.serve(scene, cluster, service, old, desired=4, loadBalancers=[behind])
        flows[:] = [scene.lab.traffic(balancer, _RATE, lasting=_TRAFFIC)]
        scene.lab.advance(_BEFORE)
        missing = about == _MISSING
        new = f"{good[:-1]}2" if missing else scene.images.push(f"{service}:2", **behaviour)
        definition = scene.register(family, scenery.app(new))
        return {
            "cluster": cluster,
            "service": service,
            "definition": definition,
            "balancer": balancer,
        }

    return Case(arrange, then=_AFTER, about=about, facts={"flows": flows, "about": about})


def _revision(run: Run, number: int) -> str:
    return f"{run.given['service']}-app:{number}"


def _passes(run: Run) -> Gap | None:
    return scenery.runs_alone(run, _revision(run, _NEW))


def _goes_back(run: Run) -> Gap | None:
    return _tried(run) or scenery.runs_alone(run, _revision(run, _FIRST))


def _tried(run: Run) -> Gap | None:
    """Who never deploys has nothing to take back."""
    began = run.lab.timeline.where(DeploymentStarted, service=run.given["service"])
    if any(e.at_ms >= run.began_ms and e.why == _revision(run, _NEW) for e in began):
        return None
    return Gap(
        Text("a deployment of {revision}", revision=_revision(run, _NEW)), Text("none was started")
    )


def _few_errors(run: Run) -> Gap | None:
    if gap := _tried(run):
        return gap
    (flow,) = run.facts["flows"]
    rows = [row for row in flow.log if row.at_ms >= run.began_ms]
    requests, errors = sum(row.requests for row in rows), sum(row.errors for row in rows)
    if errors <= _MOST * requests:
        return None
    share = 100 * errors / requests
    return Gap(
        Text("at most {most:.0%} of {requests:,} requests fail", most=_MOST, requests=requests),
        Text("{errors:,} failed, that is {share:.1f} %", errors=errors, share=share),
    )


def _configured(run: Run) -> Json:
    found: Json = scenery.service(run)["deploymentConfiguration"]
    return found


def _breaker(run: Run) -> Json:
    return _configured(run).get("deploymentCircuitBreaker") or {}


def _named(run: Run) -> list[str]:
    alarms = _configured(run).get("alarms") or {}
    return list(alarms["alarmNames"]) if alarms.get("enable") else []


def _alarms(run: Run) -> list[Json]:
    return list(run.lab.client("cloudwatch").describe_alarms()["MetricAlarms"])


def _watching(run: Run) -> list[Json]:
    return [alarm for alarm in _alarms(run) if alarm["AlarmName"] in _named(run)]


def _rang(run: Run) -> bool:
    return bool(run.lab.timeline.where(kind="in alarm").since(run.began_ms))


def _blind(run: Run) -> bool:
    """An alarm on a load balancer by something else than the end of its ARN sees no datapoint."""
    seen = run.given["balancer"].partition("loadbalancer/")[2]
    values = [
        d["Value"]
        for a in _watching(run)
        for d in a.get("Dimensions", [])
        if d["Name"] == "LoadBalancer"
    ]
    return bool(values) and seen not in values


def _unguarded(run: Run) -> bool:
    return not _breaker(run).get("enable") and not _named(run)


def _without_rollback(run: Run) -> bool:
    alarms = _configured(run).get("alarms") or {}
    breaker = _breaker(run)
    return bool(breaker.get("enable") and not breaker.get("rollback")) or bool(
        alarms.get("enable") and not alarms.get("rollback")
    )


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "guards-only": lambda run: _tried(run) is not None and not _unguarded(run),
        "another-lab": lambda run: run.idle,
        "no-guard": lambda run: _unguarded(run) and not _alarms(run),
        "alarm-nobody-asks": lambda run: not _named(run) and bool(_alarms(run)),
        "without-rollback": _without_rollback,
        "no-alarm": lambda run: not _named(run),
        "breaker-forgotten": lambda run: not _breaker(run).get("enable"),
        "alarm-is-blind": _blind,
        "rang-before": lambda run: bool(run.lab.timeline.where(kind="alarms ignored")),
        "alarm-too-high": lambda run: run.facts["about"] == _BUG and not _rang(run),
        "alarm-too-slow": lambda run: run.facts["about"] == _BUG and _few_errors(run) is not None,
    },
)

QUESTION = Question(
    id="06-roll-back",
    function="release",
    title="A release that goes back by itself",
    look=scenery.ALARM,
    cases=_cases,
    points=(
        Point("A good release is deployed, and stays.", _passes, about=_GOOD),
        Point(
            "A release whose image does not exist goes back.",
            _goes_back,
            about=_MISSING,
            look=scenery.BREAKER,
        ),
        Point(
            "A release that never gets ready goes back.",
            _goes_back,
            about=_SICK,
            look=scenery.BREAKER,
        ),
        Point("A release with a bug that no health check finds goes back.", _goes_back, about=_BUG),
        Point("Of the requests during that one, no more than 2 % fail.", _few_errors, about=_BUG),
    ),
    texts=_TEXTS,
)
