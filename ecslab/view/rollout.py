"""`rollout(lab)` and `releases(…)`: what a deployment decided, and what its users met."""

from typing import Any

from ecslab.ground.errors import LabError
from ecslab.ground.text import Text
from ecslab.timeline.services import AboutService
from ecslab.view import rollout_read as read
from ecslab.view.axis import written
from ecslab.view.chart import Instant, instant_ms, story_of
from ecslab.view.panel import BAD, Panels, Plot, Series, Strip
from ecslab.view.panels import drawn
from ecslab.view.picture import Picture

__all__ = ["rollout"]  # a picture of the front door


def rollout(
    source: Any,
    service: str,
    *,
    traffic: Any = None,
    since: Instant | None = None,
    until: Instant | None = None,
    title: str | None = None,
) -> Picture:
    """Draw a service's deployments: what became of them, their stages, tasks by revision
    between floor and ceiling, and traffic.

    `source` is a lab or a timeline, `traffic` what `lab.traffic(…)` answered; `since` and `until`
    are as in `show`. Raises LabError for a service that never had a deployment.
    """
    timeline, now_ms = story_of(source)
    begin_ms = instant_ms(source, since, 0)
    end_ms = min(now_ms, instant_ms(source, until, now_ms, name="until"))
    of = timeline.service(service, asked="rollout(lab, {})")
    story = [
        e for e in timeline if isinstance(e, AboutService) and e.service == of and e.at_ms <= end_ms
    ]
    phases = read.phases(story, end_ms)
    paint = read.colours(timeline, of)
    if not paint:
        raise _never(timeline, service)
    panels: list[Strip | Plot] = [Strip("deployment", _from(phases, begin_ms))] if phases else []
    if stages := _from(read.stages(story, end_ms), begin_ms):
        panels.append(Strip("stage", stages))
    tasks = read.within([*read.running(timeline, of, paint, end_ms), *read.bounds(story)], begin_ms)
    panels.append(Plot("tasks", tasks, stacked=True, high=130))
    if shares := read.within(read.shares(story, paint), begin_ms):
        panels.append(Plot("share of traffic", shares, "%", stacked=True, high=90))
    rows = (
        [row for row in traffic.log if begin_ms < row.until_ms and row.at_ms < end_ms]
        if traffic is not None
        else []
    )
    panels += _met(rows, paint)
    said = f"{written(begin_ms, end_ms)} to {written(end_ms)}: {_outcome(phases, rows)}"
    return drawn(Panels(title or f"Deployments of {of.called}", said, begin_ms, end_ms, panels))


def releases(title: str | None = None, **flows: Any) -> Picture:
    """Compare what users met: one plot each for flows that
    `lab.traffic(…)` answered, by a name for each.

    `releases(rolling=a, canary=b)`. Raises LabError without any, or
    for something that is not a flow.
    """
    for name, flow in flows.items():
        if not hasattr(flow, "log"):
            raise LabError(
                Text("a {kind} is not traffic.", kind=type(flow).__name__),
                wrong=f"releases({name}=lab)",
                right=f"releases({name}=lab.traffic(…))",
            )
    rows = {name: list(flow.log) for name, flow in flows.items()}
    if not any(rows.values()):
        raise LabError(
            Text("no request was sent yet."),
            wrong="releases(…)",
            right='lab.advance("5m"); releases(rolling=traffic)',
        )
    end_ms = max(found[-1].until_ms for found in rows.values() if found)
    begin_ms = min(found[0].at_ms for found in rows.values() if found)
    said = "; ".join(
        f"{name.replace('_', ' ')}: {sum(r.errors for r in found):,} of "
        f"{sum(r.requests for r in found):,} requests failed"
        for name, found in rows.items()
    )
    most = max(_rate(row.errors, row) for found in rows.values() for row in found) or 1.0
    plots = [
        Plot(
            name.replace("_", " "),
            [Series("failed", BAD, _failed(found)), _top(begin_ms, most)],
            "failed requests a second",
            stacked=True,
            high=70,
        )
        for name, found in rows.items()
    ]
    return drawn(Panels(title or "The same release, several ways", said, begin_ms, end_ms, plots))


def _top(begin_ms: int, most: float) -> Series:
    """One scale for all: the highest rate of failure there was."""
    return Series("highest of all", "#D5DCE4", [(begin_ms, most)], dashed=True)


def _from(pieces: list[Any], begin_ms: int) -> list[Any]:
    return [piece for piece in pieces if piece.end_ms > begin_ms]


def _met(rows: list[Any], paint: dict[str, str]) -> list[Strip | Plot]:
    """Requests a second by revision, and those that failed."""
    names = dict.fromkeys(row.revision for row in rows if row.revision)
    times = sorted({row.at_ms for row in rows})
    at = {(row.at_ms, row.revision): row for row in rows}
    answered = [
        Series(name, paint.get(name, "#5F6B7A"), [(t, _well(at.get((t, name)))) for t in times])
        for name in names
    ]
    failed = Series("failed", BAD, _failed(rows))
    return [Plot("requests a second", [*answered, failed], stacked=True, high=110)] if rows else []


def _well(row: Any) -> float:
    return _rate(row.requests - row.errors, row) if row else 0.0


def _rate(count: float, row: Any) -> float:
    return count / max(0.001, float(row.until_ms - row.at_ms) / 1000)


def _failed(rows: list[Any]) -> list[tuple[int, float]]:
    """Failed requests a second over time, whoever failed."""
    points: dict[int, float] = {}
    for row in rows:
        points[row.at_ms] = points.get(row.at_ms, 0.0) + _rate(row.errors, row)
    end = [(rows[-1].until_ms, 0.0)] if rows else []
    return [*sorted(points.items()), *end]


def _outcome(phases: list[Any], rows: list[Any]) -> str:
    """How the last deployment stands, and what its users met."""
    said = [str(phases[-1].name)] if phases else []  # nobody says so of task sets
    if rows:
        errors, requests = sum(row.errors for row in rows), sum(row.requests for row in rows)
        said.append(f"{errors:,} of {requests:,} requests failed")
    return "; ".join(said) or "no deployment"


def _never(timeline: Any, service: str) -> LabError:
    known = sorted({str(e.facts["service"]) for e in timeline if e.facts.get("service")})
    return LabError(
        Text(
            "no task of a service {service!r} was ever started; there is {known}.",
            service=service,
            known=", ".join(known) or Text("no service"),
        ),
        wrong=f"rollout(lab, {service!r})",
        right=f"rollout(lab, {known[0]!r})" if known else "",
    )
