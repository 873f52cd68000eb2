"""One flow's page in the books: the rows of its log, and the lines about it on the
timeline, which appear only when something changes.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ecslab.ground.clock import Clock
from ecslab.timeline.refs import FlowRef
from ecslab.timeline.teller import Teller
from ecslab.timeline.traffic import ErrorsBegan, ErrorsEnded, TrafficEnded, TrafficShared
from ecslab.traffic.flows import Flow
from ecslab.traffic.log import LogRow, TrafficLog
from ecslab.traffic.outcomes import Met
from ecslab.traffic.snapshot import Stream

# Pedagogical: a share is said again when it has changed by so much, or somebody came or went.
WORTH_SAYING = 0.1
NOTICED = 0.001  # pedagogical: fewer errors than one in a thousand are not said
Revision = tuple[str, str]  # definition, deployment


@dataclass(slots=True)
class _Sum:
    requests: float = 0.0
    errors: float = 0.0
    latency_s: float = 0.0  # over all answered
    answered: float = 0.0


def _add(sums: dict[Revision, _Sum], met: Met) -> None:
    for stream, amount, found in met:
        kind = stream.kind
        total = sums.setdefault((kind.definition, kind.deployment) if kind else ("", ""), _Sum())
        total.requests += amount
        total.errors += amount * found.errors
        total.answered += amount * found.answered
        total.latency_s += amount * found.answered * found.latency_s


def _shares(streams: Sequence[Stream]) -> dict[str, float]:
    shares: dict[str, float] = {}
    for stream in streams:
        name = stream.kind.definition if stream.kind else ""
        shares[name] = shares.get(name, 0.0) + stream.share
    return shares


class FlowTally:
    """What is known of one flow since the last row of its log."""

    def __init__(self, flow: Flow, *, clock: Clock, story: Teller) -> None:
        self.flow, self._clock, self._story = flow, clock, story
        self._sums: dict[Revision, _Sum] = {}
        # Less than one request and error, carried on.
        self._rest: dict[Revision, tuple[float, float]] = {}
        self._shares: dict[str, float] = {}
        self._failing = False
        self._finished = False

    @property
    def ended(self) -> bool:
        """Whether the flow has ended and nobody has said so yet."""
        return not self._finished and self._clock.now_ms >= self.flow.ends_ms

    def add(self, met: Met) -> None:
        """So many requests of these streams had these fates."""
        _add(self._sums, met)

    def write(self, from_ms: int, until_ms: int) -> None:
        """Put a row for each revision into the log."""
        for row in self._rows(self._sums, self._rest, from_ms, until_ms):
            self.flow.written.add(row)
        self._sums.clear()

    def preview(self, met: Met, from_ms: int) -> TrafficLog:
        """The log as it would be if its row ended now, after these requests too."""
        sums = {revision: replace(total) for revision, total in self._sums.items()}
        _add(sums, met)
        log = TrafficLog(self.flow.written)
        for row in self._rows(sums, dict(self._rest), from_ms, self._clock.now_ms):
            log.add(row)
        return log

    def _rows(
        self,
        sums: dict[Revision, _Sum],
        rest: dict[Revision, tuple[float, float]],
        from_ms: int,
        until_ms: int,
    ) -> Iterator[LogRow]:
        from_ms = max(from_ms, self.flow.begins_ms)
        for revision, total in sums.items():
            requests_left, errors_left = rest.get(revision, (0.0, 0.0))
            requests = math.floor(total.requests + requests_left + 1e-6)
            errors = min(requests, math.floor(total.errors + errors_left + 1e-6))
            rest[revision] = (
                total.requests + requests_left - requests,
                total.errors + errors_left - errors,
            )
            mean_s = total.latency_s / total.answered if total.answered else 0.0
            if requests:
                yield LogRow(
                    from_ms, until_ms, *revision, requests, errors, round(1000 * mean_s, 3)
                )

    def turns(self, streams: Sequence[Stream]) -> bool:
        """Whether the shares of revisions are quite different from those that were said."""
        shares = _shares(streams)
        known = {**dict.fromkeys(self._shares, 0.0), **shares}
        moved = max(
            (abs(shares.get(n, 0.0) - self._shares.get(n, 0.0)) for n in known), default=0.0
        )
        return shares.keys() != self._shares.keys() or moved >= WORTH_SAYING

    def appraise(self, streams: Sequence[Stream], lost: float, why: str) -> None:
        """Say whose share has changed, and whether requests begin or cease to fail."""
        shares = _shares(streams)
        if self.turns(streams):
            self._shares = shares
            kinds = [(s.kind.deployment, s.share) for s in streams if s.kind]
            of = {d: sum(share for one, share in kinds if one == d) for d, _ in kinds}
            self._story.say(TrafficShared(**self._of(), shares=shares, deployments=of))
        fails = lost >= NOTICED
        if fails != self._failing:
            self._failing = fails
            began = ErrorsBegan(**self._of(), share=lost, because=why)
            self._story.say(began if fails else ErrorsEnded(**self._of(), share=lost))

    def finish(self, row_ms: int) -> None:
        """Say that it is over, once it is."""
        if self.ended:
            self._finished = True
            flow = self.flow
            self.write(row_ms, self._clock.now_ms)
            if self._failing:
                self._failing = False
                self._story.say(ErrorsEnded(**self._of(), over=True))
            log = flow.written
            ended = TrafficEnded(**self._of(), requests=log.requests, errors=log.errors)
            self._story.say(ended)

    def _of(self) -> dict[str, Any]:
        """What every line about the flow tells."""
        service = self.flow.goal.service
        return {
            "flow": FlowRef(label=self.flow.label),
            "service": service.name if service else None,
        }
