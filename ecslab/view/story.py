"""`story(lab)`: the timeline as a table that a reader can narrow."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from ecslab.timeline.event import Event
from ecslab.view.axis import written
from ecslab.view.chart import Instant, instant_ms, story_of

__all__ = ["story"]  # a picture of the front door

LINES = 200  # what a reader scrolls through; more need a question

# On each cell: JupyterLab strips style sheets from a notebook that is not trusted yet.
_LEFT = ' style="text-align:left"'


@dataclass(frozen=True, slots=True, repr=False)
class Story:
    """Lines of the timeline, printed as the timeline prints them, and a table in a notebook."""

    events: tuple[Event, ...]
    left_out: int = 0

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def __len__(self) -> int:
        return len(self.events)

    def __repr__(self) -> str:
        return "\n".join([*map(str, self.events), *self._note()]) or "(nothing has happened)"

    __str__ = __repr__

    def _note(self) -> list[str]:
        advice = "narrow it with about=, kind=, since=, until=, or raise limit="
        return [f"… and {self.left_out:,} more lines; {advice}"] if self.left_out else []

    def _repr_html_(self) -> str:
        """The lines as a table: when, about whom, what, why; everything
        that came from outside is escaped.
        """
        if not self.events:
            return "<p>Nothing has happened.</p>"
        rows = "\n".join(map(_row, self.events))
        notes = "".join(f"<p>{escape(line)}</p>" for line in self._note())
        head = (
            "<tr><th>lab time</th>"
            + "".join(f"<th{_LEFT}>{name}</th>" for name in ("who", "what", "why"))
            + "</tr>"
        )
        return f"<table><thead>{head}</thead><tbody>\n{rows}\n</tbody></table>{notes}"


def _row(event: Event) -> str:
    what = f"<strong>{escape(event.kind)}</strong>" if event.is_trouble else escape(event.kind)
    cells = "".join(
        f"<td{_LEFT}>{cell}</td>" for cell in (escape(event.subject), what, escape(event.why))
    )
    return f"<tr><td>{written(event.at_ms)}</td>{cells}</tr>"


def story(
    source: Any,
    about: str | None = None,
    *,
    kind: str | None = None,
    since: Instant | None = None,
    until: Instant | None = None,
    limit: int = LINES,
) -> Story:
    """Tell what a lab or a timeline remembers, one line per decision.

    `about` is a subject with its parts ("task/3", "service/web"), `kind` what happened
    ("RUNNING", "steady"); `since` and `until` are as in `show`. Raises LabError for a
    subject that the timeline does not know.
    """
    timeline, now_ms = story_of(source)
    begin_ms, end_ms = instant_ms(source, since, 0), instant_ms(source, until, now_ms, name="until")
    lines = timeline.of(about) if about else timeline
    kept = [e for e in lines if begin_ms <= e.at_ms <= end_ms and kind in {None, e.kind}]
    return Story(tuple(kept[:limit]), max(0, len(kept) - limit))
