"""What becomes of requests that somebody answers, or nobody: which share is
well, which fails, and who says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ecslab.ground.text import Text
from ecslab.traffic.snapshot import Kind, Snapshot, Stream
from ecslab.world.load import Served, serve

BAD_GATEWAY, TIMED_OUT, SERVER_ERROR, CLIENT_ERROR = 502, 504, 500, 400
IDLE_TIMEOUT_S = 60  # ELB guide: a load balancer waits so long for a target, unless told otherwise


@dataclass(frozen=True, slots=True)
class RequestOutcome:
    """Shares of a stream's requests, which add up to one; the answered ones took `latency_s`."""

    well: float = 0.0
    client_errors: float = 0.0  # 4xx of the program
    server_errors: float = 0.0  # 5xx of the program
    undelivered: float = 0.0  # 5xx of the load balancer, or no answer where there is none
    status: int = 0  # of the undelivered
    latency_s: float = 0.0
    chosen: bool = True  # whether there was a target to choose
    why: str = ""  # they fail

    @property
    def answered(self) -> float:
        """The share that the program answered."""
        return self.well + self.client_errors + self.server_errors if self.chosen else 0.0

    @property
    def errors(self) -> float:
        """The share that failed."""
        return self.server_errors + self.undelivered


Met = Sequence[tuple[Stream, float, RequestOutcome]]  # so many requests of a stream had this fate


def loads(scene: Snapshot, rates: Sequence[float]) -> dict[Kind, Served]:
    """How each kind of task copes with these rates, one for each flow of the scene."""
    total: dict[Kind, float] = {}
    for streams, rate in zip(scene.streams, rates, strict=True):
        for stream in streams:
            if stream.kind is not None and stream.kind.answer.status is not None:
                total[stream.kind] = total.get(stream.kind, 0) + rate * stream.share
    return {
        kind: serve(kind.behaviour, kind.size.most_vcpus, rate / kind.count)
        for kind, rate in total.items()
    }


def fate(stream: Stream, served: dict[Kind, Served]) -> RequestOutcome:
    """What becomes of a stream's requests while the tasks cope like that."""
    kind = stream.kind
    if kind is None:
        if stream.status >= SERVER_ERROR:
            return RequestOutcome(undelivered=1, status=stream.status, chosen=False, why=stream.why)
        return RequestOutcome(well=1, chosen=False)
    status = kind.answer.status
    if status is None:
        return RequestOutcome(
            undelivered=1,
            status=BAD_GATEWAY,
            why=Text("{definition} refuses connections", definition=kind.definition),
        )
    cope = served[kind]
    if cope.latency_s > IDLE_TIMEOUT_S:
        return RequestOutcome(
            undelivered=1,
            status=TIMED_OUT,
            why=Text(
                "{definition} takes longer than {idle_timeout_s} s",
                definition=kind.definition,
                idle_timeout_s=IDLE_TIMEOUT_S,
            ),
        )
    well, bad = _answers(status, kind.behaviour.error_rate, cope.share)
    return RequestOutcome(
        well=well,
        client_errors=cope.share if CLIENT_ERROR <= status < SERVER_ERROR else 0.0,
        server_errors=bad,
        undelivered=1 - cope.share,
        status=BAD_GATEWAY,
        latency_s=cope.latency_s,
        why=_why(kind, cope, status),
    )


def _answers(status: int, error_rate: float, share: float) -> tuple[float, float]:
    if status >= SERVER_ERROR:
        return 0.0, share
    if status >= CLIENT_ERROR:
        return 0.0, 0.0
    return share * (1 - error_rate), share * error_rate


def _why(kind: Kind, cope: Served, status: int) -> str:
    if status >= SERVER_ERROR:
        return Text("{definition} answers {status}", definition=kind.definition, status=status)
    return (
        Text("{definition} is saturated", definition=kind.definition)
        if cope.saturated
        else Text("{definition} answers 500 now and then", definition=kind.definition)
    )


def failing(streams: Iterable[Stream], served: dict[Kind, Served]) -> tuple[float, str]:
    """The share of a flow's requests that fail, and the reason of most of them."""
    lost = [
        (stream.share * found.errors, found.why)
        for stream in streams
        for found in [fate(stream, served)]
    ]
    return sum(share for share, _ in lost), max(lost, default=(0.0, ""))[1]
