"""`scaling(lab, "web")`: load, metric, alarms, tasks and cost on one time axis."""

from datetime import timedelta
from typing import Any

from ecslab.timeline.deployments import DeploymentStarted, LimitsChanged
from ecslab.timeline.event import Event
from ecslab.timeline.refs import ServiceRef
from ecslab.timeline.scaling import ServiceScaled
from ecslab.timeline.services import AboutService, ServiceUpdated
from ecslab.view import rollout_read as read
from ecslab.view.axis import written
from ecslab.view.chart import Instant, instant_ms, story_of
from ecslab.view.panel import BAD, GOOD, SERIES, Panels, Piece, Plot, Series, Strip
from ecslab.view.panels import drawn
from ecslab.view.picture import Picture
from ecslab.view.spending import spending

__all__ = ["scaling"]  # a picture of the front door

_STATES = {
    "OK": (GOOD, "o", "#0B2545"),
    "ALARM": (BAD, "X", "#FFFFFF"),
    "INSUFFICIENT_DATA": ("#D5DCE4", ".", "#1F2933"),
}
# Of a curve: more than an eye can tell apart, and fewer than CloudWatch answers at once.
_POINTS = 240


def scaling(
    lab: Any,
    service: str,
    *,
    traffic: Any = None,
    metric: str = "CPUUtilization",
    since: Instant | None = None,
    title: str | None = None,
) -> Picture:
    """Draw how a service was scaled: requests, its metric with the alarms'
    thresholds, the alarms' states, tasks, and cost.

    `traffic` is what `lab.traffic(…)` answered; `metric` one of AWS/ECS's for a service.
    Raises LabError for a service that never was.
    """
    timeline, now_ms = story_of(lab)
    begin_ms = instant_ms(lab, since, 0)
    of = timeline.service(service, asked="scaling(lab, {})")
    story: list[Event] = [e for e in timeline if isinstance(e, AboutService) and e.service == of]
    alarms = _alarms(timeline, story, of.name)
    panels: list[Strip | Plot] = _requests(traffic)
    values = _values(lab, of, metric, begin_ms, now_ms)
    if values:
        panels.append(
            Plot(metric, [Series("average", SERIES[3], values), *_thresholds(alarms)], "%")
        )
    panels += [
        Strip(_short(name, of.name), _states(events, now_ms)) for name, events in alarms.items()
    ]
    tasks = [_running(timeline, of, now_ms), _desired(story)]
    panels.append(Plot("tasks", [s for s in tasks if s.points], high=110))
    panels += _cost(lab)
    scaled = sum(isinstance(event, ServiceScaled) for event in story)
    said = f"{written(begin_ms, now_ms)} to {written(now_ms)}: scaled {scaled} times"
    return drawn(Panels(title or f"Scaling of {of.called}", said, begin_ms, now_ms, panels))


def _requests(traffic: Any) -> list[Strip | Plot]:
    """Requests a second, answered and failed, in as many stretches as an eye can tell apart."""
    rows = list(traffic.log) if traffic is not None else []
    if not rows:
        return []
    begin_ms, length_ms = rows[0].at_ms, max(1, rows[-1].until_ms - rows[0].at_ms)
    sums: dict[int, list[float]] = {}
    for row in rows:
        found = sums.setdefault(
            (row.at_ms - begin_ms) * _POINTS // length_ms, [row.at_ms, row.until_ms, 0, 0]
        )
        found[1] = max(found[1], row.until_ms)
        found[2] += row.requests - row.errors
        found[3] += row.errors
    series = [
        Series(
            name,
            fill,
            [(int(s[0]), s[place] / max(0.001, (s[1] - s[0]) / 1000)) for s in sums.values()],
        )
        for name, fill, place in (("answered", GOOD, 2), ("failed", BAD, 3))
    ]
    return [Plot("requests a second", series, stacked=True, high=90)]


def _values(
    lab: Any, service: ServiceRef, metric: str, begin_ms: int, end_ms: int
) -> list[tuple[int, float]]:
    """The metric as CloudWatch has it, in periods that its answer has room for."""
    period_s = 60 * max(1, -(-(end_ms - begin_ms) // (60_000 * _POINTS)))
    found = lab.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/ECS",
        MetricName=metric,
        Dimensions=[
            {"Name": "ClusterName", "Value": service.cluster.name},
            {"Name": "ServiceName", "Value": service.name},
        ],
        StartTime=lab.clock.start + timedelta(milliseconds=begin_ms),
        EndTime=lab.clock.start + timedelta(milliseconds=end_ms + 60_000),
        Period=period_s,
        Statistics=["Average"],
    )
    points = [
        (round((p["Timestamp"] - lab.clock.start).total_seconds() * 1000), float(p["Average"]))
        for p in found["Datapoints"]
    ]
    return [point for point in sorted(points) if point[0] >= begin_ms - 60_000]


def _alarms(timeline: Any, story: list[Event], service: str) -> dict[str, list[Event]]:
    """The state changes of the alarms that concern a service: those that
    scaled it, and those named after it.
    """
    used = {str(e.facts["alarm"]) for e in story if e.facts.get("alarm")}
    found: dict[str, list[Event]] = {}
    for event in timeline:
        name = str(event.facts.get("alarm", ""))
        if event.subject.startswith("alarm/") and (name in used or f"/{service}-Alarm" in name):
            found.setdefault(name, []).append(event)
    return found


def _thresholds(alarms: dict[str, list[Event]]) -> list[Series]:
    lines = {float(events[0].facts["threshold"]): events[0].at_ms for events in alarms.values()}
    return [
        Series(f"threshold {value:g}", "#5F6B7A", [(at_ms, value)], dashed=True)
        for value, at_ms in lines.items()
    ]


def _short(name: str, service: str) -> str:
    """AlarmHigh, AlarmLow, or the name that somebody gave."""
    kind = name.partition(f"/{service}-")[2]
    return kind.partition("-")[0] if kind else name


def _states(events: list[Event], end_ms: int) -> list[Piece]:
    pieces = []
    for number, event in enumerate(events):
        until_ms = events[number + 1].at_ms if number + 1 < len(events) else end_ms
        state = str(event.facts["state"])
        fill, letter, ink = _STATES[state]
        pieces.append(Piece(event.at_ms, until_ms, state, fill, letter, event.why, ink))
    return pieces


def _running(timeline: Any, service: ServiceRef, end_ms: int) -> Series:
    paint = read.colours(timeline, service)
    of_all = [s for s in read.running(timeline, service, paint, end_ms) if s.name != "starting"]
    times = sorted({at for s in of_all for at, _ in s.points})
    return Series("running", SERIES[1], [(at, sum(s.at(at) or 0 for s in of_all)) for at in times])


def _desired(story: list[Event]) -> Series:
    told = (ServiceUpdated, DeploymentStarted, LimitsChanged)
    points = [
        (e.at_ms, float(wanted))
        for e in story
        if (
            wanted := e.desired
            if isinstance(e, told)
            else e.after
            if isinstance(e, ServiceScaled)
            else None
        )
        is not None
    ]
    return Series("desired", SERIES[2], points)


def _cost(lab: Any) -> list[Strip | Plot]:
    bill = spending(lab.cost())
    if not bill.bands:
        return []
    points = list(zip(bill.times_ms, bill.tops[-1], strict=True))
    return [Plot("spent", [Series("all", SERIES[0], points, stepped=False)], "USD", high=80)]
