"""What happens to tasks and their containers, and to Fargate Spot."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from ecslab.ground.text import Text
from ecslab.timeline.event import Event
from ecslab.timeline.refs import ContainerRef, Ref, Subject, TaskRef


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchFacts:
    """Where a task was launched, on what, and how much of it: what its bill is
    made of; cpu in units, memory in MiB.
    """

    launch_type: str
    provider: str  # FARGATE, FARGATE_SPOT, or the launch type
    cpu: int
    memory: int
    architecture: str  # X86_64 or ARM64
    system: str  # LINUX or WINDOWS
    storage_gib: int
    public_ip: bool

    @property
    def facts(self) -> Mapping[str, Any]:
        """Its fields, by name."""
        return asdict(self)


LAUNCH = tuple(one.name for one in fields(LaunchFacts))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AboutTask(Event):
    """Something about a task."""

    task: TaskRef

    def about(self) -> Ref:
        """The task."""
        return self.task


# Stages


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TaskProvisioning(AboutTask):
    """A task exists, and waits for an instance or for its network interface;
    `placement` says why it is where it is.
    """

    kinds = ("PROVISIONING",)
    derives = LAUNCH
    says = "{placement}"
    placement: str
    losers: Callable[[], Any] | None = None  # why the other instances were not taken
    launch: LaunchFacts | None = None  # on its first line


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TaskPending(AboutTask):
    """ECS has a task's place; its `address` when an interface was made for it, its
    placement when that is its first line.
    """

    kinds = ("PENDING",)
    derives = LAUNCH
    placement: str | None = None
    address: str | None = None
    losers: Callable[[], Any] | None = None
    launch: LaunchFacts | None = None

    @property
    def why(self) -> Text:
        """The address, or why it is where it is."""
        if self.address is not None:
            return Text("network interface at {address}", address=self.address)
        return Text("{placement}", placement=self.placement)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TaskActivating(AboutTask):
    """A task's agent begins."""

    kinds = ("ACTIVATING",)
    says = "pulls images and creates containers"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TaskRunning(AboutTask):
    """All containers of a task have started, but those that never will."""

    kinds = ("RUNNING",)
    containers: int
    missing: tuple[str, ...] = ()  # names of those that never will

    @property
    def why(self) -> Text:
        """How many have started."""
        if self.missing:
            return Text(
                "{started} of {containers} containers have started, {missing} never will",
                started=self.containers - len(self.missing),
                containers=self.containers,
                missing=", ".join(self.missing),
            )
        if self.containers == 1:
            return Text("its container has started")
        return Text("all {containers} containers have started", containers=self.containers)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TaskDeactivating(AboutTask):
    """A running task's service lets go of it: its targets drain."""

    kinds = ("DEACTIVATING",)
    says = "its service lets go of it"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TaskStopping(AboutTask):
    """A task's containers stop; `lost`: nobody can tell them, `ran`: whether it ever ran."""

    kinds = ("STOPPING",)
    ran: bool
    lost: bool = False

    @property
    def why(self) -> Text:
        """How."""
        if self.lost:
            return Text("nobody can tell its containers")
        return Text("containers are told to stop") if self.ran else Text("it never ran")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TaskDeprovisioning(AboutTask):
    """What a task used is taken down."""

    kinds = ("DEPROVISIONING",)
    had_interface: bool

    @property
    def why(self) -> Text:
        """What is taken down, if there is anything."""
        return Text("its network interface is detached") if self.had_interface else Text("")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TaskStopped(AboutTask):
    """A task is over, for AWS's reason."""

    kinds = ("STOPPED",)
    says = "{reason}"
    stop_code: str | None
    reason: str


# On the way


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TaskStopWanted(AboutTask):
    """Somebody wants a task stopped: AWS's code, and why in words."""

    kinds = ("stop wanted",)
    stop_code: str
    reason: str  # AWS's
    because: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TaskHastened(AboutTask):
    """A task whose targets drain meets a cause that does not wait for them."""

    kinds = ("hastened",)
    stop_code: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TaskWaits(AboutTask):
    """A task waits at its instance until there is room."""

    kinds = ("waits",)
    because: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TaskTakesWay(AboutTask):
    """A task takes a way out of its VPC although where that leads is not simulated."""

    kinds = ("takes a way",)
    because: str
    subnet: str | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TaskCannotReach(AboutTask):
    """A task's agent cannot reach what it needs, and goes on trying."""

    kinds = ("cannot reach",)
    says = "{destination}: {because}"
    trouble = True
    destination: str
    because: str
    subnet: str | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TaskReaches(AboutTask):
    """The way to what a task needs has opened."""

    kinds = ("reaches",)
    says = "{destination}"
    destination: str
    subnet: str | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TaskHealthChanged(AboutTask):
    """The verdict about a task's essential containers, each with its own."""

    kinds = ("HEALTHY", "UNHEALTHY")
    health: str
    containers: tuple[tuple[str, str], ...]

    @property
    def kind(self) -> str:
        """The verdict."""
        return self.health

    @property
    def is_trouble(self) -> bool:
        """Whether it is unhealthy."""
        return self.health == "UNHEALTHY"

    @property
    def why(self) -> Text:
        """Each container's verdict."""
        verdicts = ", ".join(f"{name} {health}" for name, health in self.containers)
        return Text("{verdicts}", verdicts=verdicts)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ThreatFound(AboutTask):
    """GuardDuty has found something in a container of a task."""

    kinds = ("finding",)
    says = "{finding}: {container} runs a program that mines cryptocurrency"
    container: str
    finding: str


# Containers


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AboutContainer(Event):
    """Something about a container."""

    container: ContainerRef

    def about(self) -> Ref:
        """The container."""
        return self.container


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ImagePulling(AboutContainer):
    """An image is asked for."""

    kinds = ("pulling",)
    says = "{image}"
    image: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ImagePulled(AboutContainer):
    """An image is there."""

    kinds = ("pulled",)
    says = "after {after_s:g} s"
    after_s: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ImagePullFailed(AboutContainer):
    """An image cannot be had, for AWS's reason."""

    kinds = ("pull failed",)
    says = "{reason}"
    trouble = True
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ContainerNeverStarted(AboutContainer):
    """A container can never start, for AWS's reason."""

    kinds = ("never started",)
    says = "{reason}"
    trouble = True
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ContainerStarted(AboutContainer):
    """A container's program runs."""

    kinds = ("started",)
    says = "{after_s:g} s after it was created"
    after_s: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ContainerHealthChanged(AboutContainer):
    """A container's health check has come to a verdict."""

    kinds = ("HEALTHY", "UNHEALTHY")
    health: str
    failures: int  # in a row, after which it counts as unhealthy

    @property
    def kind(self) -> str:
        """The verdict."""
        return self.health

    @property
    def is_trouble(self) -> bool:
        """Whether it is unhealthy."""
        return self.health == "UNHEALTHY"

    @property
    def why(self) -> Text:
        """What the checks said."""
        if self.health == "HEALTHY":
            return Text("a health check passed")
        return Text("{failures} checks in a row failed", failures=self.failures)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ContainerSignalled(AboutContainer):
    """A container is told to stop, and has so many seconds."""

    kinds = ("SIGTERM",)
    says = "{limit_s:g} s to stop"
    limit_s: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ContainerExited(AboutContainer):
    """A container's program has ended; `told`: after SIGTERM."""

    kinds = ("exited",)
    exit_code: int
    told: bool

    @property
    def why(self) -> Text:
        """With which code, and whether it was told to."""
        if self.told:
            return Text("with code {exit_code}, after SIGTERM", exit_code=self.exit_code)
        return Text("with code {exit_code}, by itself", exit_code=self.exit_code)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ContainerKilled(AboutContainer):
    """A container that did not stop in time; `with_host`: its host is taken away."""

    kinds = ("killed",)
    trouble = True
    exit_code: int
    with_host: bool

    @property
    def why(self) -> Text:
        """When it was killed."""
        if self.with_host:
            return Text("still running when its host is taken away: SIGKILL")
        return Text("still running at its stopTimeout: SIGKILL")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ContainerRestarted(AboutContainer):
    """A container that ended starts again."""

    kinds = ("restarted",)
    says = "its restart policy allows it"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ContainerLost(AboutContainer):
    """A container is out of reach for good, for AWS's reason."""

    kinds = ("lost",)
    says = "{reason}"
    trouble = True
    reason: str


# Spot

FARGATE_SPOT = Subject(label="spot")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class SpotOffered(Event):
    """Fargate Spot has capacity, or none."""

    kinds = ("capacity", "no capacity")
    says = "Fargate Spot"
    available: bool

    def about(self) -> Ref:
        """Spot itself."""
        return FARGATE_SPOT

    @property
    def kind(self) -> str:
        """Whether it has any."""
        return "capacity" if self.available else "no capacity"
