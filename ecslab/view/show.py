"""`show(lab)`: the course's main picture."""

from typing import Any

from ecslab.view.chart import LIMIT, Instant, Names, Selection, chart
from ecslab.view.figure import figure
from ecslab.view.picture import Picture
from ecslab.view.plain import text
from ecslab.view.svg import svg

__all__ = ["show"]  # a picture of the front door


def show(
    source: Any,
    *,
    since: Instant | None = None,
    until: Instant | None = None,
    service: Names = None,
    task: Names = None,
    title: str | None = None,
    limit: int = LIMIT,
) -> Picture:
    """Draw what happened: a lane for each task, coloured by its lastStatus
    over lab time, under its service.

    `source` is a lab or a timeline; `since` and `until` are times after the lab began ("90s", "5m",
    seconds) or what `lab.now` answered; `service` and `task` are names ("web", "task/3") or several
    of them; `limit` caps the tasks drawn. Raises LabError for a service or task that never was.
    """
    seen = chart(source, Selection(since, until, service, task, title, limit))
    return Picture(text(seen), svg(seen), figure(seen) if seen.lanes else None)
