"""`player(lab)`: the lanes again, uncovered moment by moment, with what happened and why
beneath.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from ecslab.timeline.event import Event
from ecslab.view.axis import written
from ecslab.view.chart import LIMIT, Chart, Instant, Names, Selection, chart, story_of
from ecslab.view.drawing import number
from ecslab.view.picture import Picture
from ecslab.view.plain import text
from ecslab.view.svg import TOP, WIDE, Plan, svg

_LINES = 8  # of one moment; more are counted


class Player(anywidget.AnyWidget):
    """A picture that plays; without a kernel a page shows the picture whole."""

    _esm = Path(__file__).with_name("player.js")
    svg = traitlets.Unicode().tag(sync=True)
    recording = traitlets.Dict().tag(sync=True)

    def __init__(self, still: Picture, svg: str, recording: dict[str, Any]) -> None:
        self._still = still
        super().__init__(svg=svg, recording=recording)

    def __repr__(self) -> str:
        return self._still.text

    def _repr_mimebundle_(self, **wanted: Any) -> Any:
        """The live view, and the still picture for a page that cannot run it."""
        live = super()._repr_mimebundle_(**wanted)
        bundle, metadata = live if isinstance(live, tuple) else (live or {}, {})
        return {
            **bundle,
            **self._still._repr_mimebundle_(exclude={"application/vnd.plotly.v1+json"}),
        }, metadata


def player(
    source: Any,
    *,
    since: Instant | None = None,
    until: Instant | None = None,
    service: Names = None,
    task: Names = None,
    title: str | None = None,
    limit: int = LIMIT,
) -> Any:
    """Play what happened: the arguments are those of `show`; an empty story is a still picture."""
    seen = chart(source, Selection(since, until, service, task, title, limit))
    picture = Picture(text(seen), svg(seen))
    if not seen.lanes:
        return picture
    timeline, _ = story_of(source)
    without_the_end = replace(
        seen, summary=f"{written(seen.begin_ms)} to {written(seen.end_ms)}, moment by moment"
    )
    return Player(picture, svg(without_the_end), recording(seen, timeline))


def recording(seen: Chart, events: Iterable[Event]) -> dict[str, Any]:
    """The moments at which something happened on a lane that is drawn,
    where they lie, and what to say.
    """
    plan = Plan(seen)
    drawn = {lane.label for lane in seen.lanes}
    told: dict[int, list[str]] = {seen.begin_ms: []}
    for event in events:
        if (
            seen.begin_ms <= event.at_ms <= seen.end_ms
            and "/".join(event.subject.split("/")[:2]) in drawn
        ):
            told.setdefault(event.at_ms, []).append(
                f"{event.subject} {event.kind}" + (f": {event.why}" if event.why else "")
            )
    told.setdefault(seen.end_ms, [])
    moments = [
        {"x": float(number(plan.x(at))), "when": written(at), "lines": _fewer(lines)}
        for at, lines in told.items()
    ]
    return {"moments": moments, "right": WIDE - 10, "top": TOP, "bottom": plan.bottom}


def _fewer(lines: list[str]) -> list[str]:
    left_out = len(lines) - _LINES
    return lines[:_LINES] + [f"… and {left_out} more"] * (left_out > 0)
