"""08-schedule: many tasks by day and few at night, by the clock of
the people who use the service.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ecslab.course.ex08_scaling import setting as scenery
from ecslab.course.lookups import asked_service, fresh_names
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap
from ecslab.ground.chance import Chance
from ecslab.ground.text import Text

_PLAIN, _SHIFT = "plain days", "the night in which the clocks change"
_SETTLED = timedelta(minutes=10)  # after a change of the bounds, the tasks have come or gone
_DAYS = 3
# From the lab's first Monday, 5 January 2026, to Saturday, 28 March:
# clocks change in Europe that night.
_SATURDAY = "82d"
_START = 3  # tasks at the time of the call: too few for the day, too many for the night


def _cases(chance: Chance) -> Iterator[Case]:
    draw, names = chance.stream("schedule"), fresh_names(chance)
    day, night = _part("08:00", 5, 10), _part("20:00", 1, 2)
    yield _case(_PLAIN, ("shop", "web"), "Asia/Ho_Chi_Minh", day, night)
    zone = draw.choice(("America/Sao_Paulo", "Asia/Tokyo", "Asia/Kolkata"))
    day = _part(
        f"0{draw.randint(6, 9)}:{draw.choice((15, 30, 45))}",
        draw.randint(4, 6),
        draw.randint(8, 12),
    )
    night = _part(f"{draw.randint(18, 21)}:{draw.choice((15, 30))}", 1, 2)
    yield _case(_PLAIN, (next(names), next(names)), zone, day, night)
    zone = draw.choice(("Europe/Berlin", "Europe/Paris", "Europe/Warsaw"))
    yield _case(_SHIFT, (next(names), next(names)), zone, day, night)


def _part(begins: str, least: int, most: int) -> scenery.Json:
    return {"from": begins, "least": least, "most": most}


def _case(
    about: str, names: tuple[str, str], zone: str, day: scenery.Json, night: scenery.Json
) -> Case:
    cluster, service = names

    def arrange(scene: CaseAccount) -> Mapping[str, Any]:
        if about == _SHIFT:
            scene.lab.advance(_SATURDAY)
        scenery.serving(scene, cluster, service, _START)
        return {"cluster": cluster, "service": service, "zone": zone, "day": day, "night": night}

    return Case(arrange, about=about, facts={"looks": []})


@dataclass(frozen=True)
class _Look:
    """What somebody sees ten minutes after and ten minutes before each change."""

    at: datetime  # by the users' clock
    part: str  # day or night, as it should be
    running: int
    least: int | None
    most: int | None


def _looks(run: Run) -> list[_Look]:
    """Let three days pass, once, and look; whatever the function did
    before it returned is not looked at.
    """
    found: list[_Look] = run.facts["looks"]
    if not found:
        for at, part in _moments(run):
            run.lab.advance(at - run.lab.now)
            target = scenery.target(run) or {}
            service = asked_service(run) or {}
            here = at.astimezone(ZoneInfo(run.given["zone"]))
            found.append(
                _Look(
                    here,
                    part,
                    service.get("runningCount", 0),
                    target.get("MinCapacity"),
                    target.get("MaxCapacity"),
                )
            )
    return found


def _moments(run: Run) -> Iterator[tuple[datetime, str]]:
    """From the first change after the call on: shortly after each change,
    and shortly before the next one.
    """
    zone, now = ZoneInfo(run.given["zone"]), run.lab.now
    today = now.astimezone(zone).date()
    changes = sorted(
        (
            datetime.combine(today + timedelta(days=days), _time(run.given[part]), zone).astimezone(
                now.tzinfo
            ),
            part,
        )
        for days in range(_DAYS + 1)
        for part in ("day", "night")
    )
    ahead = [change for change in changes if change[0] > now][: 2 * _DAYS]
    for (begins, part), (ends, _) in itertools.pairwise(ahead):
        yield begins + _SETTLED, part
        yield ends - _SETTLED, part


def _time(part: scenery.Json) -> Any:
    return datetime.strptime(part["from"], "%H:%M").time()  # noqa: DTZ007 - a time of day, in a zone that is given beside it


_WEEKDAYS = [
    Text("Monday"),
    Text("Tuesday"),
    Text("Wednesday"),
    Text("Thursday"),
    Text("Friday"),
    Text("Saturday"),
    Text("Sunday"),
]


def _told(look: _Look, got: object) -> Text:
    """What was seen at a time of a day."""
    return Text(
        "{day} {time}: {got}", day=_WEEKDAYS[look.at.weekday()], time=f"{look.at:%H:%M}", got=got
    )


def _by_day(run: Run) -> Gap | None:
    least = run.given["day"]["least"]
    for look in _looks(run):
        if look.part == "day" and look.running < least:
            return Gap(
                Text("at least {least} tasks run by day", least=least),
                _told(look, look.running),
            )
    return None


def _by_night(run: Run) -> Gap | None:
    most = run.given["night"]["most"]
    for look in _looks(run):
        if look.part == "night" and not 0 < look.running <= most:
            return Gap(Text("1 to {most} tasks run at night", most=most), _told(look, look.running))
    return None


def _bounds(run: Run) -> Gap | None:
    for look in _looks(run):
        wanted = run.given[look.part]["least"], run.given[look.part]["most"]
        if (look.least, look.most) != wanted:
            got = "no bounds" if look.least is None else f"from {look.least} to {look.most}"
            return Gap(
                Text(
                    "policies may scale from {least} to {most} tasks by day",
                    least=wanted[0],
                    most=wanted[1],
                )
                if look.part == "day"
                else Text(
                    "policies may scale from {least} to {most} tasks at night",
                    least=wanted[0],
                    most=wanted[1],
                ),
                _told(look, got),
            )
    return None


def _all(run: Run) -> Gap | None:
    return _by_day(run) or _by_night(run) or _bounds(run)


def _actions(run: Run) -> list[scenery.Json]:
    found: list[scenery.Json] = run.scene.client(
        "application-autoscaling"
    ).describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"]
    return found


def _zones(run: Run) -> set[str]:
    return {action.get("Timezone", "UTC") for action in _actions(run)}


def _has(run: Run, *members: str) -> bool:
    """Every action says all of these bounds."""
    return all(
        member in action["ScalableTargetAction"] for action in _actions(run) for member in members
    )


def _working_days(run: Run) -> bool:
    """Some cron expression names days of the week."""
    fields = [a["Schedule"].removeprefix("cron(").removesuffix(")").split() for a in _actions(run)]
    return any(len(parts) > 4 and parts[4] not in "?*" for parts in fields)  # noqa: PLR2004 - minute, hour, day, month, weekday


def _once(run: Run) -> bool:
    return any(action["Schedule"].startswith("at(") for action in _actions(run))


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "another-lab": scenery.untouched,
        "no-actions": lambda run: not _actions(run),
        "same-name": lambda run: len(_actions(run)) == 1,
        "only-once": _once,
        "working-days-only": _working_days,
        "one-bound-only": lambda run: not _has(run, "MinCapacity", "MaxCapacity"),
        "utc": lambda run: _zones(run) == {"UTC"},
    },
)

QUESTION = Question(
    id="08-schedule",
    function="day_and_night",
    title="Day and night",
    look=scenery.CLOCK,
    cases=_cases,
    points=(
        Point("By day there are enough tasks.", _by_day, about=_PLAIN),
        Point("At night there are few tasks.", _by_night, about=_PLAIN),
        Point(
            "Between the two, policies may still scale within the bounds.", _bounds, about=_PLAIN
        ),
        Point("All that holds when the clocks change, too.", _all, about=_SHIFT),
    ),
    texts=_TEXTS,
)
