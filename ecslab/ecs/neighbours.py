"""The only place that says what the control plane needs of other AWS services; `aws/` answers with moto, tests with fakes."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ecslab.ecs.policy.alarm.series import Sum
from ecslab.ecs.policy.connection.dns import Name
from ecslab.world.images import Behaviour

# Namespace, name, dimensions in the order of their names.
Metric = tuple[str, str, tuple[tuple[str, str], ...]]


class Unavailable(Exception):  # noqa: N818 - what it says of the neighbour; the error is the task's
    """A neighbour could not do what a task needs; the text is the task's stoppedReason."""


@dataclass(frozen=True, slots=True)
class Subnet:
    """What placement needs to know of a subnet."""

    id: str
    zone: str
    vpc: str


@dataclass(frozen=True, slots=True)
class Interface:
    """An elastic network interface that exists in ec2."""

    id: str
    mac: str
    private_ip: str
    private_dns: str | None
    subnet: str
    public_ip: str | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """What a registry answers for an image name."""

    digest: str
    behaviour: Behaviour


@dataclass(frozen=True, slots=True)
class Machine:
    """An EC2 instance, as far as it concerns a container agent on it."""

    id: str
    type: str
    image: str
    image_name: str | None
    windows: bool
    user_data: str  # plain text
    zone: str
    subnet: str | None
    vpc: str | None
    private_ip: str | None
    state: str  # EC2's word: pending, running, stopping, stopped, shutting-down, terminated
    group: str | None  # the Auto Scaling group it is in


class Network(Protocol):
    """EC2: subnets, security groups, network interfaces."""

    def subnets(self, ids: Sequence[str], security_groups: Sequence[str]) -> list[Subnet]:
        """Look the subnets up in the order given; raises AwsError for one that does not exist, for two VPCs, for an unknown group."""

    def attach(
        self, subnet: str, security_groups: Sequence[str], description: str, *, public: bool
    ) -> Interface:
        """Create an interface in the subnet; raises Unavailable when the subnet has no address left or is gone."""

    def release(self, interface: Interface) -> None:
        """Delete the interface; deleting one that somebody already deleted is harmless."""


class Machines(Protocol):
    """EC2's instances, whoever launched them."""

    def known(self) -> list[Machine]:
        """Every instance, those just terminated included, in the order of launch."""


@dataclass(frozen=True, slots=True)
class Member:
    """An instance of an Auto Scaling group."""

    id: str
    protected: bool  # from scale-in


@dataclass(frozen=True, slots=True)
class Group:
    """An Auto Scaling group, as far as it concerns a capacity provider."""

    name: str
    arn: str
    desired: int
    minimum: int
    maximum: int
    protects_new: bool  # instances it launches are protected from scale-in
    types: tuple[str, ...]  # instance types it launches
    members: tuple[Member, ...]  # in service
    leaving: tuple[str, ...] = ()  # instances that the draining hook keeps from their end
    weighted: bool = False  # its instance types have weights


@dataclass(frozen=True, slots=True)
class TrackingPolicy:
    """A target tracking policy that ECS makes on a group: it keeps a metric at a value."""

    name: str
    group: str
    namespace: str
    metric: str
    dimensions: tuple[tuple[str, str], ...]
    target: int
    warmup_s: int


class Groups(Protocol):
    """EC2 Auto Scaling."""

    def find(self, name_or_arn: str) -> Group | None:
        """A group by name or ARN, or None."""

    def resize(self, name: str, desired: int) -> None:
        """Set how many instances a group should have; it launches or ends some at once, never protected ones."""

    def protect(self, name: str, ids: Sequence[str], *, protected: bool) -> None:
        """Protect members from scale-in, or no longer."""

    def hook(self, name: str, *, on: bool) -> None:
        """Have the instances that a group ends wait as `leaving`, or no longer."""

    def finish(self, name: str, machine: str) -> None:
        """End an instance that was leaving; harmless when it has ended, and when its group has."""

    def tag(self, name: str, key: str) -> None:
        """Put an empty tag on a group, which its new instances get too; tagging twice is harmless."""

    def follow(self, policy: TrackingPolicy, alarms: Sequence[str]) -> str:
        """Have a group show a policy and the names of its alarms, or change it; its ARN. Who scales the group is ECS."""

    def unfollow(self, policy: TrackingPolicy) -> None:
        """Take a policy away; harmless when it has gone with its group."""


@dataclass(frozen=True, slots=True)
class Datum:
    """What a number of samples of one metric came to."""

    name: str
    dimensions: dict[str, str]
    count: float
    total: float
    least: float
    most: float
    unit: str


class Metrics(Protocol):
    """CloudWatch's metrics."""

    on_put: list[Callable[[], None]]  # who hears, after each

    def put(
        self,
        namespace: str,
        name: str,
        dimensions: dict[str, str],
        value: float,
        *,
        unit: str = "Percent",
        at_ms: int | None = None,
    ) -> None:
        """Publish one datapoint, of now or of an earlier lab time: AWS's own metrics carry the time their minute began."""

    def put_all(self, namespace: str, data: Sequence[Datum], *, at_ms: int) -> None:
        """Publish what many samples of an earlier time came to, of several metrics at once; who hears, hears once."""


@dataclass(frozen=True, slots=True)
class Datapoint:
    """What was published of one metric at one time."""

    metric: Metric
    at_ms: int  # since 1970
    seen: Sum
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """One line of what an alarm watches: a statistic of a metric, or an expression over other lines."""

    id: str
    metric: Metric | None = None
    statistic: str = "Average"
    period_s: int = 60
    unit: str | None = None
    expression: str | None = None


@dataclass(frozen=True, slots=True)
class MetricAlarm:
    """A metric alarm as somebody asked for it; CloudWatch's words where it has some."""

    name: str
    arn: str
    queries: tuple[Query, ...]
    watched: str  # the id of the query whose value is compared
    comparison: str
    threshold: float
    periods: int
    needed: int  # DatapointsToAlarm
    missing: str = "missing"  # TreatMissingData
    actions: Mapping[str, tuple[str, ...]] | None = None  # by the state that calls for them
    actions_enabled: bool = True
    description: str = ""


@dataclass(frozen=True, slots=True)
class AlarmChange:
    """An alarm went from one state to another, or was looked at and stayed in it."""

    alarm: MetricAlarm
    before: str
    state: str  # OK, ALARM, INSUFFICIENT_DATA
    why: str
    data: str = "{}"  # the StateReasonData
    value: float | None = None  # the newest datapoint
    fresh: bool = True  # whether that is of the period that has just ended


class Alarms(Protocol):
    """CloudWatch's alarms."""

    def known(self) -> Mapping[str, MetricAlarm]:
        """Every metric alarm by name; one that has not changed is the same object as before."""

    def state(self, names: Collection[str]) -> dict[str, str | None]:
        """What state each alarm is in: OK, ALARM or INSUFFICIENT_DATA; None for one that does not exist."""

    def reason(self, name: str) -> str:
        """Why an alarm that exists is in its state."""

    def change(self, to: AlarmChange) -> None:
        """Note a new state, and announce it."""

    def announce(self, alarm: MetricAlarm) -> None:
        """Tell those who are to hear of it that the alarm has come to the state it is in: somebody set it by hand."""

    def datapoints(
        self, wanted: Collection[tuple[str, str]], after: int = 0
    ) -> tuple[int, Iterable[Datapoint]]:
        """What was published of these metrics (namespace and name) after the first `after` datapoints, and how many there are now."""

    def put(self, alarm: MetricAlarm) -> None:
        """Make an alarm, or replace the one of that name."""

    def delete(self, names: Sequence[str]) -> None:
        """Delete alarms; one that is not there is none the less gone."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a target group sends requests to: an address, or an instance, and a port of it."""

    id: str  # 10.0.0.4, or i-…
    port: int


@dataclass(frozen=True, slots=True)
class TargetHealth:
    """What `describe_target_health` says of a target (facts, section 11, states and reasons)."""

    state: str  # initial, healthy, unhealthy, unused
    reason: str | None = None  # Target.ResponseCodeMismatch …
    description: str | None = None


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """A target group of Elastic Load Balancing; lengths of time in seconds."""

    arn: str
    name: str
    target_type: str  # ip, instance, lambda, alb
    protocol: str | None  # HTTP, HTTPS, TCP, TLS, UDP, TCP_UDP; None for lambda
    port: int | None
    check_protocol: str
    check_port: str  # traffic-port, or a number
    check_path: str  # of HTTP and HTTPS checks
    interval_s: int
    timeout_s: int
    healthy_threshold: int
    unhealthy_threshold: int
    matcher: str  # the codes that are well: "200", "200,202", "200-299"
    deregistration_delay_s: int
    slow_start_s: int
    algorithm: str  # round_robin, least_outstanding_requests, weighted_random
    load_balancers: tuple[str, ...]  # whose listeners forward to it, by ARN


@dataclass(frozen=True, slots=True)
class Listener:
    """Where requests come in."""

    arn: str
    balancer: str  # ARN of its load balancer
    kind: str  # application, network
    protocol: str
    port: int


@dataclass(frozen=True, slots=True)
class Route:
    """What a listener does with a request: forwards it by weights, or answers it itself."""

    weights: dict[str, int]  # by target group; empty when it answers itself
    status: int = 0  # of its own answer: a fixed response, a redirect


class Balancers(Protocol):
    """Elastic Load Balancing: target groups, and where listeners and their rules forward to."""

    on_change: Callable[[], None]  # rung after every change of it, whoever made it

    def group(self, arn: str) -> TargetGroup | None:
        """A target group by ARN as it is now, or None."""

    def named(self, name: str) -> TargetGroup | None:
        """A target group by its name, or None."""

    def forwards_to(self, group_arn: str) -> bool:
        """Whether a listener or a rule forwards to the group; without one its targets are unused, and nobody checks them."""

    def registered(self, group_arn: str) -> frozenset[Target]:
        """The targets of a group that are not draining; none for a group that is not there."""

    def register(self, group_arn: str, target: Target) -> None:
        """Add a target, `initial` until told otherwise; raises Unavailable when the group is gone or refuses it."""

    def deregister(self, group_arn: str, target: Target) -> None:
        """Have a target drain for the group's delay, then be gone; harmless when it or the group is gone already."""

    def tell(self, group_arn: str, target: Target, health: TargetHealth) -> None:
        """Set what is said of a registered target's health; harmless when it is not registered."""

    def weights(self, arn: str) -> dict[str, int]:
        """The weight of each target group that a listener's default action, or a rule, forwards to; none when it is gone."""

    def shift(self, arn: str, weights: Mapping[str, int]) -> None:
        """Have a listener's default action, or a rule, forward by these weights and change nothing else; raises Unavailable."""

    def listener(self, address: str, port: int | None = None) -> Listener | None:
        """A listener by its ARN, or by its load balancer's ARN or DNS name (the only one, or that of a port); None otherwise."""

    def route(self, listener_arn: str, host: str, path: str) -> Route | None:
        """What becomes of a GET request: the first rule that fits decides, else the default action; None when the listener is gone.

        Raises Unavailable for an action that is not simulated.
        """


class Images(Protocol):
    """ECR and the public registries."""

    def resolve(self, image: str) -> Image:
        """Find an image; raises Unavailable with the CannotPull… text when there is none."""


class Roles(Protocol):
    """IAM."""

    def check(self, role_arn: str, principal: str = "ecs-tasks.amazonaws.com") -> str | None:
        """Why ECS tasks, or another principal, cannot assume this role, in AWS's words, or None when they can."""


class Logs(Protocol):
    """CloudWatch Logs, for the awslogs driver."""

    def open(self, options: dict[str, str], stream: str) -> None:
        """Make the stream ready; raises Unavailable when the group is missing."""

    def write(self, options: dict[str, str], stream: str, lines: Sequence[str], at: float) -> None:
        """Append lines at one instant (seconds since 1970); losing them silently is what awslogs' non-blocking mode does when the group has gone."""


class Secrets(Protocol):
    """Secrets Manager and SSM parameters, read when a task starts."""

    def read(self, value_from: str) -> None:
        """Prove that the secret can be read; raises Unavailable when it cannot."""


class Functions(Protocol):
    """Lambda functions; a Python callable stands in for each one's code."""

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        """Call a function by its name or ARN and return its answer; raises Unavailable when there is none, and what it raises."""


class Bus(Protocol):
    """EventBridge's default bus."""

    @property
    def listening(self) -> bool:
        """Whether any rule exists: without one, nobody builds an event."""

    def put(self, detail_type: str, resources: list[str], detail: dict[str, Any]) -> None:
        """Send one `aws.ecs` event."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """A Cloud Map namespace."""

    id: str
    arn: str
    name: str
    type: str  # DNS_PRIVATE, DNS_PUBLIC or HTTP


@dataclass(frozen=True, slots=True)
class Registry:
    """A Cloud Map service: the name under which the tasks of an ECS service are found."""

    id: str
    arn: str
    name: str
    namespace: Namespace
    records: Mapping[str, int]  # DNS record type → time to live in seconds; empty without DNS
    custom_health: bool  # ECS tells it how well each task is

    @property
    def dns_name(self) -> str:
        """What clients ask DNS for."""
        return f"{self.name}.{self.namespace.name}"


class Discovery(Protocol):
    """AWS Cloud Map, and the DNS records that follow from it."""

    def namespace(self, name_or_arn: str) -> Namespace | None:
        """A namespace of this Region, or None."""

    def create_namespace(self, name: str) -> Namespace:
        """Make a namespace for API calls only."""

    def registry(self, arn: str) -> Registry | None:
        """A Cloud Map service, or None."""

    def create(self, namespace: Namespace, name: str) -> Registry:
        """The Cloud Map service of that name, made without DNS when there is none."""

    def register(
        self, registry: Registry, instance: str, attributes: Mapping[str, str], *, healthy: bool
    ) -> None:
        """Enter one task; entering it again changes its attributes. Harmless when the Cloud Map service is gone."""

    def judge(self, registry: Registry, instance: str, *, healthy: bool) -> None:
        """Say how well one task is; harmless when it is not there."""

    def deregister(self, registry: Registry, instance: str) -> None:
        """Take one task out; harmless when it is not there."""

    def lookup(self, dns_name: str) -> Name | None:
        """What DNS knows of a name now, or None when nobody has it."""


class Threats(Protocol):
    """Amazon GuardDuty."""

    def detector(self, agent: str) -> str | None:
        """The detector that watches what runs, with this agent managed by GuardDuty, or None."""

    def report(self, detector: str, finding: Mapping[str, Any]) -> None:
        """Keep a finding, in the shape of GuardDuty's API, and tell EventBridge; harmless when the detector has gone."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Every other service the control plane talks to."""

    network: Network
    images: Images
    roles: Roles
    logs: Logs
    secrets: Secrets
    bus: Bus
    machines: Machines
    groups: Groups
    metrics: Metrics
    discovery: Discovery
    threats: Threats
    alarms: Alarms
    balancers: Balancers
    functions: Functions
