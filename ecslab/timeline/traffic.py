"""What becomes of requests: flows of traffic, and clients that call again and again."""

from collections.abc import Mapping
from dataclasses import dataclass

from ecslab.ground.text import Listed, Text
from ecslab.timeline.event import Event
from ecslab.timeline.refs import FlowRef, ProbeRef, Ref


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AboutFlow(Event):
    """Something about a flow of traffic; the name of the service
    that it goes to, where it is one.
    """

    flow: FlowRef
    service: str | None = None

    def about(self) -> Ref:
        """The flow."""
        return self.flow


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TrafficBegan(AboutFlow):
    """Requests begin: so many a second."""

    kinds = ("traffic began",)
    says = "{rate:g} requests a second"
    rate: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TrafficEnded(AboutFlow):
    """No request comes any more."""

    kinds = ("traffic ended",)
    says = "{requests} requests, {errors} failed"
    requests: int
    errors: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TrafficShared(AboutFlow):
    """Who answers what share of the requests: by task definition and by deployment."""

    kinds = ("traffic shared",)
    shares: Mapping[str, float]
    deployments: Mapping[str, float]

    @property
    def why(self) -> Text:
        """Who, in percent."""
        parts = [
            Text("{name} {percent:.0f} %", name=name or Text("nobody"), percent=100 * share)
            for name, share in self.shares.items()
        ]
        return Listed(", ", parts)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ErrorsBegan(AboutFlow):
    """A share of the requests fails."""

    kinds = ("errors began",)
    trouble = True
    share: float
    because: str

    @property
    def why(self) -> Text:
        """How large a share, and why."""
        return Text(
            "{percent:.0f} % of requests: {because}", percent=100 * self.share, because=self.because
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ErrorsEnded(AboutFlow):
    """No request fails any more; because none comes, when the flow has ended."""

    kinds = ("errors ended",)
    share: float | None = None
    over: bool = False

    @property
    def why(self) -> Text:
        """Why none fails."""
        return Text("nobody asks any more") if self.over else Text("every request is answered")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class CallsChanged(Event):
    """A client's calls are answered from now on, or fail."""

    kinds = ("calls answered", "calls fail")
    says = "{url} by {via}: {reply}"
    probe: ProbeRef
    service: str | None  # that calls
    ok: bool
    url: str
    via: str
    reply: str

    def about(self) -> Ref:
        """The client."""
        return self.probe

    @property
    def kind(self) -> str:
        """Which."""
        return "calls answered" if self.ok else "calls fail"
