"""What happens to clusters, capacity providers and task definitions."""

from dataclasses import dataclass
from typing import ClassVar

from ecslab.ground.text import Text
from ecslab.timeline.event import Event
from ecslab.timeline.refs import ClusterRef, DefinitionRef, ProviderRef, Ref


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AboutCluster(Event):
    """Something about a cluster."""

    says: ClassVar[str] = ""
    cluster: ClusterRef

    def about(self) -> Ref:
        """The cluster."""
        return self.cluster


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ClusterCreated(AboutCluster):
    """A cluster exists."""

    kinds = ("created",)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ClusterUpdated(AboutCluster):
    """A cluster's settings have changed."""

    kinds = ("updated",)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ClusterDeleted(AboutCluster):
    """A cluster is gone."""

    kinds = ("deleted",)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ClusterProvidersPut(AboutCluster):
    """A cluster uses these capacity providers from now on."""

    kinds = ("capacity providers",)
    providers: tuple[str, ...]

    @property
    def why(self) -> Text:
        """Which."""
        return (
            Text("{providers}", providers=", ".join(self.providers))
            if self.providers
            else Text("none")
        )


# Capacity providers


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AboutProvider(Event):
    """Something about a capacity provider."""

    says: ClassVar[str] = ""
    provider: ProviderRef

    def about(self) -> Ref:
        """The provider."""
        return self.provider


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ProviderCreated(AboutProvider):
    """A capacity provider exists."""

    kinds = ("created",)
    says = "Auto Scaling group {group}"
    group: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ProviderUpdated(AboutProvider):
    """A capacity provider's settings have changed."""

    kinds = ("updated",)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ProviderDeleted(AboutProvider):
    """A capacity provider is gone."""

    kinds = ("deleted",)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class CapacityMeasured(AboutProvider):
    """How many instances a provider's tasks need, in percent of those that run,
    and how many it gets when that changes.
    """

    kinds = ("reservation", "scaling out", "scaling in")
    reservation: float
    needed: int
    running: int
    resized_to: int | None
    because: str

    @property
    def kind(self) -> str:
        """Whether its size changes."""
        if self.resized_to is None:
            return "reservation"
        return "scaling out" if self.resized_to > self.running else "scaling in"

    @property
    def why(self) -> Text:
        """The number, and why."""
        if self.resized_to is not None:
            return Text(
                "{running} → {resized_to} instances: {because}",
                running=self.running,
                resized_to=self.resized_to,
                because=self.because,
            )
        if self.because:
            return Text(
                "{reservation:g} %: {because}", reservation=self.reservation, because=self.because
            )
        return Text("{reservation:g} %", reservation=self.reservation)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class CapacityRefused(AboutProvider):
    """Auto Scaling refuses another size, for AWS's reason."""

    kinds = ("not scaled",)
    says = "{reason}"
    reason: str


# Task definitions


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AboutDefinition(Event):
    """Something about a revision of a task definition."""

    definition: DefinitionRef

    def about(self) -> Ref:
        """The revision."""
        return self.definition


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DefinitionRegistered(AboutDefinition):
    """A revision exists."""

    kinds = ("registered",)
    images: tuple[str, ...]

    @property
    def why(self) -> Text:
        """Its images."""
        return Text("{images}", images=", ".join(self.images))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DefinitionDeregistered(AboutDefinition):
    """A revision is INACTIVE."""

    kinds = ("deregistered",)
    says = "tasks that use it go on"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DefinitionDeleting(AboutDefinition):
    """A revision goes once nothing uses it."""

    kinds = ("deleting",)
    says = "until no task and no service uses it"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DefinitionDeleted(AboutDefinition):
    """A revision is gone."""

    kinds = ("deleted",)
    says = "nothing uses it any more"


# The account


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ReachOpened(Event):
    """A lab in which tasks reach everything."""

    kinds = ("reach is open",)
    says = "tasks reach everything, which they do not on AWS"
    whose: Ref

    def about(self) -> Ref:
        """The account."""
        return self.whose
