"""What a flow of requests met: one row for each stretch of time and each revision that answered."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogRow:
    """A stretch of time and one revision: how many requests it got, how many
    failed, how long the others took.
    """

    at_ms: int
    until_ms: int
    revision: str  # family:revision; empty where the load balancer found nobody and answered itself
    deployment: str  # ecs-svc/…
    requests: int
    errors: int  # a 5xx, or no answer
    latency_ms: float  # the mean of those that were answered by the revision; 0 without any


class TrafficLog:
    """The rows, oldest first; those of one stretch lie next to each other."""

    def __init__(self, rows: Iterable[LogRow] = ()) -> None:
        self._rows = list(rows)

    def add(self, row: LogRow) -> None:
        """Append a row."""
        self._rows.append(row)

    @property
    def requests(self) -> int:
        """How many requests there were."""
        return sum(row.requests for row in self._rows)

    @property
    def errors(self) -> int:
        """How many of them failed."""
        return sum(row.errors for row in self._rows)

    def by_revision(self) -> dict[str, tuple[int, int]]:
        """Requests and errors of each revision, in the order of their first request."""
        found: dict[str, tuple[int, int]] = {}
        for row in self._rows:
            requests, errors = found.get(row.revision, (0, 0))
            found[row.revision] = (requests + row.requests, errors + row.errors)
        return found

    def __iter__(self) -> Iterator[LogRow]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> LogRow:
        return self._rows[index]
