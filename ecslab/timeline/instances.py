"""What happens to container instances, and to EC2 instances whose agent has not registered."""

from dataclasses import dataclass

from ecslab.ground.text import Text
from ecslab.timeline.event import Event
from ecslab.timeline.refs import InstanceRef, MachineRef, Ref


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AboutInstance(Event):
    """Something about a container instance, with what its bill needs: its
    type, and since when its machine runs.
    """

    instance: InstanceRef
    instance_type: str | None
    external: bool
    launched_ms: int | None

    def about(self) -> Ref:
        """The container instance."""
        return self.instance


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class InstanceRegistered(AboutInstance):
    """A machine takes tasks from now on."""

    kinds = ("registered",)
    because: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AgentConnected(AboutInstance):
    """The agent reaches ECS."""

    kinds = ("agent connected",)
    because: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AgentDisconnected(AboutInstance):
    """ECS hears nothing of the agent."""

    kinds = ("agent disconnected",)
    trouble = True
    because: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class InstanceActive(AboutInstance):
    """An instance takes tasks, after its trunk was attached or its draining ended."""

    kinds = ("active",)
    because: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class InstanceDraining(AboutInstance):
    """An instance takes no new tasks."""

    kinds = ("draining",)
    because: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RegistrationFailed(AboutInstance):
    """An instance cannot be used, for AWS's reason."""

    kinds = ("registration failed",)
    says = "{reason}"
    trouble = True
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class InstanceDeregistered(AboutInstance):
    """An instance is none of the cluster any more."""

    kinds = ("deregistered",)
    because: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class InstanceStopped(AboutInstance):
    """The machine of an instance was stopped."""

    kinds = ("stopped",)
    says = "EC2 instance {machine} was stopped"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class InstanceTerminated(AboutInstance):
    """The machine of an instance was terminated."""

    kinds = ("terminated",)
    says = "EC2 instance {machine} was terminated"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class InstanceStillRegistered(AboutInstance):
    """An instance stays registered although its machine has gone."""

    kinds = ("still registered",)
    says = "ECS cannot tell: its agent was not connected"


# Machines without a container instance


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AboutMachine(Event):
    """Something about an EC2 instance that is no container instance;
    since when it runs, for its bill.
    """

    machine: MachineRef
    launched_ms: int | None

    def about(self) -> Ref:
        """The EC2 instance."""
        return self.machine


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AgentFailed(AboutMachine):
    """An agent cannot register."""

    kinds = ("agent failed",)
    trouble = True
    because: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AgentWaits(AboutMachine):
    """An agent waits for its cluster."""

    kinds = ("agent waits",)
    because: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class MachineEnded(AboutMachine):
    """An EC2 instance was stopped or terminated."""

    kinds = ("stopped", "terminated")
    how: str

    @property
    def kind(self) -> str:
        """Which of both."""
        return self.how

    @property
    def why(self) -> Text:
        """Why nobody else minds."""
        return Text("it is no container instance")
