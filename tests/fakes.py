"""In-memory neighbours for tests of the control plane: they obey its
protocols and remember what they were asked.
"""

import hashlib
from collections import defaultdict
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

from ecslab.cloudwatch.alarms import Datapoint, MetricAlarm
from ecslab.cloudwatch.series import Sum
from ecslab.ecs.ports import Neighbours, Unavailable
from ecslab.ecs.ports.balancers import Listener, Route, Target, TargetGroup, TargetHealth
from ecslab.ecs.ports.discovery import Instance, Name, Namespace, Registry
from ecslab.ecs.ports.groups import AutoScalingGroup, Member
from ecslab.ecs.ports.images import Image
from ecslab.ecs.ports.machines import Ec2Instance
from ecslab.ecs.ports.network import Interface, Subnet
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.ground.errors import invalid_parameter
from ecslab.timeline.timeline import Timeline
from ecslab.world.images import Behaviour, private_repository
from ecslab.world.reach.net import Net

REGION = "us-east-1"
ACCOUNT = "123456789012"
SUBNETS = ("subnet-a", "subnet-b", "subnet-c")  # one per zone, 251 addresses each
GROUP = "sg-1"


class FakeNetwork:
    """A VPC with three subnets in three zones; `add` makes more,
    `interfaces` are those attached now.
    """

    def __init__(self) -> None:
        self.known: dict[str, Subnet] = {}
        self.groups = {GROUP}
        self.interfaces: dict[str, Interface] = {}
        self.around: Net | None = None  # what leads out of each subnet; None: every way is open
        self.asked: list[
            tuple[str, tuple[str, ...], str, bool]
        ] = []  # every attach: subnet, groups, description, public
        self._cidrs: dict[str, IPv4Network] = {}
        for number, subnet in enumerate(SUBNETS):
            self.add(subnet, zone=f"{REGION}{'abc'[number]}", cidr=f"10.0.{number}.0/24")

    def add(self, subnet: str, *, zone: str, cidr: str, vpc: str = "vpc-1") -> None:
        """Make a subnet."""
        self.known[subnet] = Subnet(subnet, zone, vpc)
        self._cidrs[subnet] = IPv4Network(cidr)

    def subnets(self, ids, security_groups):
        """Look the subnets up, in the order given."""
        for subnet in ids:
            if subnet not in self.known:
                raise invalid_parameter(
                    f"Error retrieving subnet information for [{subnet}]: The subnet ID "
                    f"'{subnet}' does not exist (ErrorCode: InvalidSubnetID.NotFound)"
                )
        for group in security_groups:
            if group not in self.groups:
                raise invalid_parameter(
                    f"Error retrieving security group information for [{group}]: The security "
                    f"group '{group}' does not exist (ErrorCode: InvalidGroup.NotFound)"
                )
        found = [self.known[subnet] for subnet in ids]
        if len({subnet.vpc for subnet in found}) > 1:
            raise invalid_parameter("subnets must all belong to the same VPC.")
        return found

    def attach(self, subnet, security_groups, description, *, public):
        """Hand out the lowest free address of the subnet; AWS keeps the
        first four and the last for itself.
        """
        if subnet not in self.known:
            raise Unavailable(
                "Unexpected EC2 error while attempting to Create Network Interface in subnet "
                f"'{subnet}': InvalidSubnetID.NotFound"
            )
        taken = {face.private_ip for face in self.interfaces.values()}
        free = (str(a) for a in list(self._cidrs[subnet])[4:-1] if str(a) not in taken)
        if (address := next(free, None)) is None:
            raise Unavailable(
                "Unexpected EC2 error while attempting to Create Network Interface in subnet "
                f"'{subnet}': InsufficientFreeAddressesInSubnet"
            )
        self.asked.append((subnet, tuple(security_groups), description, public))
        number = len(self.asked)
        face = Interface(
            id=f"eni-{number:017x}",
            mac="0a:" + ":".join(f"{number:010x}"[i : i + 2] for i in range(0, 10, 2)),
            private_ip=address,
            private_dns=f"ip-{address.replace('.', '-')}.ec2.internal",
            subnet=subnet,
            public_ip=f"203.0.113.{number % 256}" if public else None,
        )
        self.interfaces[face.id] = face
        return face

    def net(self, _subnet):
        """What leads out of every subnet, if a test has said so."""
        return self.around

    def release(self, interface):
        """Delete the interface."""
        self.interfaces.pop(interface.id, None)


class FakeImages:
    """Any public name works and stays healthy; `push` says how one behaves; a
    private ECR image exists only when pushed.
    """

    def __init__(self) -> None:
        self.pushed: dict[str, Behaviour] = {}
        self.missing: set[str] = set()
        self.answered: dict[str, Image] = {}  # by digest: what a name meant once

    def push(self, image: str, **behaviour: Any) -> str:
        """Make an image that behaves as given, for example
        `images.push("web:1", exits_after=40, exit_code=1)`.
        """
        self.pushed[image] = Behaviour(**behaviour)
        return image

    def resolve(self, image):
        """Find an image; the digest depends on its name and behaviour only."""
        name, _, digest = image.partition("@")
        if digest in self.answered and name not in self.missing:
            return self.answered[digest]
        if {image, name} & self.missing or (image not in self.pushed and private_repository(image)):
            raise Unavailable(
                "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
                f"failed to resolve ref {image}: {image}: not found"
            )
        behaviour = self.pushed.get(image, Behaviour())
        digest = "sha256:" + hashlib.sha256(f"{image}{behaviour}".encode()).hexdigest()
        return self.answered.setdefault(digest, Image(digest, behaviour))


class FakeRoles:
    """Every role can be assumed, unless `refused` says why not."""

    def __init__(self) -> None:
        self.refused: dict[str, str] = {}
        self.asked: list[tuple[str, str]] = []  # every role with who would assume it

    def check(self, role_arn, principal="ecs-tasks.amazonaws.com"):
        """Why this role cannot be assumed, or None."""
        self.asked.append((role_arn, principal))
        return self.refused.get(role_arn)


class FakeLogs:
    """Every log group exists, unless it is in `missing`; `lines` holds
    (at, line) per (group, stream).
    """

    def __init__(self) -> None:
        self.missing: set[str] = set()
        self.lines: defaultdict[tuple[str, str], list[tuple[float, str]]] = defaultdict(list)

    def open(self, options, stream):
        """Make the stream ready."""
        group = options["awslogs-group"]
        if group in self.missing and options.get("awslogs-create-group") != "true":
            raise Unavailable(f"log group {group} does not exist")
        self.lines[group, stream]

    def write(self, options, stream, lines, at):
        """Append lines."""
        self.lines[options["awslogs-group"], stream] += [(at, line) for line in lines]


class FakeSecrets:
    """Every secret can be read, unless it is in `missing`."""

    def __init__(self) -> None:
        self.missing: set[str] = set()

    def read(self, value_from):
        """Prove that the secret can be read."""
        if value_from in self.missing:
            raise Unavailable(f"{value_from} was not found")

    def read_secret(self, name_or_arn):
        """The same for a secret alone."""
        self.read(name_or_arn)


class FakeObjects:
    """Every object is there, unless it is in `missing`."""

    def __init__(self) -> None:
        self.missing: set[str] = set()

    def read(self, arn):
        """Prove that the object is there."""
        if arn in self.missing:
            raise Unavailable(f"{arn} was not found")


class FakeFileSystems:
    """Every file system and every access point is there, unless it is in `missing`."""

    def __init__(self) -> None:
        self.missing: set[str] = set()

    def mount(self, file_system, access_point):
        """Prove that both are there."""
        for name in (file_system, access_point):
            if name in self.missing:
                raise Unavailable(f"{name} was not found")


class FakeBus:
    """Remembers every event as (detail type, resources, detail)."""

    def __init__(self) -> None:
        self.listening = True
        self.events: list[tuple[str, list[str], dict[str, Any]]] = []

    def put(self, detail_type, resources, detail):
        """Remember one event."""
        self.events.append((detail_type, resources, detail))


class FakeMachines:
    """EC2 instances that a test launches and changes; the control plane hears
    of it from `plane.instances.sync()`.
    """

    def __init__(self) -> None:
        self._known: dict[str, Ec2Instance] = {}

    def launch(self, user_data: str = "ECS_CLUSTER=default", **more: Any) -> str:
        """Run an m5.large in the first zone, unless told otherwise; its id."""
        number = len(self._known) + 1
        machine = {
            "id": f"i-{number:017x}",
            "type": "m5.large",
            "image": "ami-1",
            "image_name": "al2023-ami-ecs-hvm-2023.0.20260527-kernel-6.1-x86_64",
            "windows": False,
            "user_data": user_data,
            "zone": f"{REGION}a",
            "subnet": SUBNETS[0],
            "vpc": "vpc-1",
            "private_ip": f"10.0.0.{number % 250 + 4}",
            "state": "running",
            "group": None,
        }
        made = Ec2Instance(**machine | more)
        self._known[made.id] = made
        return made.id

    def change(self, machine: str, **changes: Any) -> None:
        """Change a machine, for example its state to stopped or terminated."""
        self._known[machine] = replace(self._known[machine], **changes)

    def known(self):
        """Every instance, in the order of launch."""
        return list(self._known.values())


class FakeGroups:
    """Auto Scaling groups of m5.large that launch into the fake EC2 at once;
    `make` makes one, `edit` changes it.
    """

    def __init__(self, machines: FakeMachines) -> None:
        self._machines = machines
        self._groups: dict[str, AutoScalingGroup] = {}
        self._launch: dict[str, dict[str, Any]] = {}
        self.tags: dict[str, set[str]] = {}
        self.hooked: set[str] = set()
        self.policies: dict[str, Any] = {}

    def make(self, name: str = "fleet", desired: int = 0, maximum: int = 100, **more: Any) -> str:
        """Make a group with so many instances; its ARN. `machine` says what is special
        about them, `protects_new` as in Group.
        """
        self._launch[name] = more.pop("machine", {})
        arn = (
            f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:autoScalingGroup:0-1:"
            f"autoScalingGroupName/{name}"
        )
        kind = self._launch[name].get("type", "m5.large")
        made = {"minimum": 0, "protects_new": False, "types": (kind,)} | more
        self._groups[name] = AutoScalingGroup(name, arn, 0, maximum=maximum, members=(), **made)
        self.tags[name] = set()
        self.resize(name, desired)
        return arn

    def edit(self, name: str, **changes: Any) -> None:
        """Change a group's settings."""
        self._groups[name] = replace(self._groups[name], **changes)

    def delete(self, name: str) -> None:
        """Delete a group."""
        del self._groups[name]

    def find(self, name_or_arn):
        """A group, or None; instances that ended are no longer members."""
        for group in self._groups.values():
            if name_or_arn in {group.name, group.arn}:
                alive = {m.id for m in self._machines.known() if m.state == "running"}
                return replace(group, members=tuple(m for m in group.members if m.id in alive))
        return None

    def resize(self, name, desired):
        """Launch or end instances, the oldest first; protected ones stay."""
        group = self.find(name)
        members = list(group.members)
        surplus = [m for m in members if not m.protected][: max(0, len(members) - desired)]
        for member in surplus:
            if name in self.hooked:
                group = replace(group, leaving=(*group.leaving, member.id))
            else:
                self._machines.change(member.id, state="terminated")
            members.remove(member)
        launch = self._launch[name]
        members += [
            Member(self._machines.launch(group=name, **launch), group.protects_new)
            for _ in range(desired - len(members))
        ]
        self._groups[name] = replace(group, desired=desired, members=tuple(members))

    def protect(self, name, ids, *, protected):
        """Protect members from scale-in, or no longer."""
        group = self.find(name)
        members = tuple(
            replace(m, protected=protected) if m.id in ids else m for m in group.members
        )
        self._groups[name] = replace(group, members=members)

    def hook(self, name, *, on):
        """Have instances that go wait as leaving, or no longer."""
        (self.hooked.add if on else self.hooked.discard)(name)

    def finish(self, name, machine):
        """End one that was leaving."""
        group = self._groups[name]
        self._groups[name] = replace(group, leaving=tuple(m for m in group.leaving if m != machine))
        self._machines.change(machine, state="terminated")

    def tag(self, name, key):
        """Remember the tag."""
        self.tags[name].add(key)

    def follow(self, policy, alarms):
        """Remember the policy."""
        self.policies[policy.name] = policy, list(alarms)
        return (
            f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:scalingPolicy:1:"
            f"autoScalingGroupName/{policy.group}:policyName/{policy.name}"
        )

    def unfollow(self, policy):
        """Forget it."""
        self.policies.pop(policy.name, None)


class FakeMetrics:
    """Remembers every datapoint as (namespace, name, dimensions, value)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.points: list[tuple[str, str, dict[str, str], float]] = []
        self.data: list[Datapoint] = []
        self.on_put = []

    def put(self, namespace, name, dimensions, value, *, unit="Percent", at_ms=None):
        """Remember one datapoint."""
        self.points.append((namespace, name, dimensions, value))
        metric = (namespace, name, tuple(sorted(dimensions.items())))
        at_ms = round(self._clock.timestamp(at_ms) * 1000)
        self.data.append(Datapoint(metric, at_ms, Sum(1, value, value, value, [value]), unit))
        for hear in self.on_put:
            hear()

    def put_all(self, namespace, data, *, at_ms):
        """Remember what the samples came to."""
        since_1970_ms = round(self._clock.timestamp(at_ms) * 1000)
        for datum in data:
            self.points.append((namespace, datum.name, datum.dimensions, datum.total))
            metric = (namespace, datum.name, tuple(sorted(datum.dimensions.items())))
            seen = Sum(datum.count, datum.total, datum.least, datum.most)
            self.data.append(Datapoint(metric, since_1970_ms, seen, datum.unit))
        for hear in self.on_put:
            hear()


class FakeDiscovery:
    """Namespaces and Cloud Map services that a test makes; `instances` are those
    registered, by Cloud Map service and task.
    """

    def __init__(self) -> None:
        self.namespaces: dict[str, Namespace] = {}
        self.registries: dict[str, Registry] = {}
        self.instances: defaultdict[str, dict[str, tuple[dict[str, str], bool]]] = defaultdict(dict)

    def make_namespace(self, name: str, kind: str = "DNS_PRIVATE") -> Namespace:
        """Make a namespace."""
        number = f"ns-{len(self.namespaces) + 1}"
        arn = f"arn:aws:servicediscovery:{REGION}:{ACCOUNT}:namespace/{number}"
        return self.namespaces.setdefault(name, Namespace(number, arn, name, kind))

    def make(
        self,
        name: str,
        namespace: str = "shop.local",
        *,
        custom_health: bool = True,
        **records: int,
    ) -> str:
        """Make a Cloud Map service with DNS records, such as `make("orders", A=60)`; its ARN."""
        return self._add(
            name, self.make_namespace(namespace), records, custom_health=custom_health
        ).arn

    def _add(self, name, namespace, records, *, custom_health):
        number = f"srv-{len(self.registries) + 1}"
        arn = f"arn:aws:servicediscovery:{REGION}:{ACCOUNT}:service/{number}"
        made = Registry(number, arn, name, namespace, records, custom_health)
        self.registries[arn] = made
        return made

    def namespace(self, name_or_arn):
        """A namespace, or None."""
        return next((n for n in self.namespaces.values() if name_or_arn in {n.name, n.arn}), None)

    def create_namespace(self, name):
        """Make one for API calls only."""
        return self.make_namespace(name, "HTTP")

    def registry(self, arn):
        """A Cloud Map service, or None."""
        return self.registries.get(arn)

    def create(self, namespace, name):
        """The one of that name, or a new one."""
        of_name = (
            r for r in self.registries.values() if (r.namespace, r.name) == (namespace, name)
        )
        return next(of_name, None) or self._add(name, namespace, {}, custom_health=False)

    def register(self, registry, instance, attributes, *, healthy):
        """Enter one task."""
        self.instances[registry.arn][instance] = dict(attributes), healthy

    def judge(self, registry, instance, *, healthy):
        """Say how well one task is."""
        if instance in self.instances[registry.arn]:
            self.instances[registry.arn][instance] = (
                self.instances[registry.arn][instance][0],
                healthy,
            )

    def deregister(self, registry, instance):
        """Take one task out."""
        self.instances[registry.arn].pop(instance, None)

    def lookup(self, dns_name):
        """What DNS knows of a name."""
        for registry in self.registries.values():
            if registry.dns_name == dns_name and registry.records:
                found = tuple(
                    Instance(
                        name,
                        a["AWS_INSTANCE_IPV4"],
                        int(a["AWS_INSTANCE_PORT"]) if "AWS_INSTANCE_PORT" in a else None,
                        well,
                    )
                    for name, (a, well) in self.instances[registry.arn].items()
                )
                return Name(found, "MULTIVALUE", min(registry.records.values()))
        return None


class FakeAlarms:
    """Alarms by name, their states and why; `announced` are those of which others were told."""

    def __init__(self, metrics: FakeMetrics) -> None:
        self._metrics = metrics
        self.alarms: dict[str, MetricAlarm] = {}
        self.states: dict[str, str] = {}
        self.reasons: dict[str, str] = {}
        self.data: dict[str, str] = {}
        self.announced: list[tuple[str, str]] = []

    def known(self):
        """Every alarm by name."""
        return dict(self.alarms)

    def state(self, names):
        """The states of some."""
        return {name: self.states.get(name) for name in names}

    def reason(self, name):
        """Why one is in its state."""
        return self.reasons[name], self.data.get(name, "{}")

    def change(self, to):
        """Note a new state."""
        self.states[to.alarm.name], self.reasons[to.alarm.name] = to.state, to.why
        self.announce(to.alarm)

    def announce(self, alarm):
        """Remember that others were told."""
        self.announced.append((alarm.name, self.states[alarm.name]))

    def datapoints(self, wanted, after=0):
        """What was published of some metrics."""
        data = self._metrics.data
        return len(data), [d for d in data[after:] if d.metric[:2] in wanted]

    def put(self, alarm):
        """Make an alarm."""
        arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{alarm.name}"
        self.alarms[alarm.name] = replace(alarm, arn=arn)
        self.states.setdefault(alarm.name, "INSUFFICIENT_DATA")

    def delete(self, names):
        """Delete alarms."""
        for name in names:
            self.alarms.pop(name, None)
            self.states.pop(name, None)


class FakeBalancers:
    """Target groups behind one load balancer: `make` makes one with a listener,
    `edit` and `cut` change it and say so.
    """

    def __init__(self) -> None:
        self.on_change = lambda: None
        self.groups: dict[str, TargetGroup] = {}
        self.targets: defaultdict[str, dict[Target, TargetHealth]] = defaultdict(dict)
        self.rules: dict[str, dict[str, int]] = {}  # weights by listener or rule ARN
        self.asked: list[tuple[str, str, Target]] = []  # every registration and deregistration

    def make(self, name: str = "web", *, listener: bool = True, **more: Any) -> str:
        """Make a target group of addresses, with a listener of its own
        unless told otherwise; its ARN.
        """
        arn = (
            f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:"
            f"targetgroup/{name}/{len(self.groups) + 1:016x}"
        )
        plain = {
            "target_type": "ip",
            "protocol": "HTTP",
            "port": 80,
            "check_protocol": "HTTP",
            "check_port": "traffic-port",
            "check_path": "/",
            "interval_s": 30,
            "timeout_s": 5,
            "healthy_threshold": 5,
            "unhealthy_threshold": 2,
            "matcher": "200",
            "deregistration_delay_s": 300,
            "slow_start_s": 0,
            "algorithm": "round_robin",
            "load_balancers": (),
        }
        self.groups[arn] = TargetGroup(arn=arn, name=name, **plain | more)
        if listener:
            self.listen(name, {arn: 1})
        return arn

    def listen(self, name: str, weights: dict[str, int]) -> str:
        """Make a listener, or change where it forwards to; its ARN."""
        arn = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:listener/app/lb/1/{name}"
        self.rules[arn] = dict(weights)
        self.on_change()
        return arn

    def edit(self, arn: str, **changes: Any) -> None:
        """Change a group's settings."""
        self.groups[arn] = replace(self.groups[arn], **changes)
        self.on_change()

    def delete(self, arn: str) -> None:
        """Delete a group, and what forwards to it."""
        self.groups.pop(arn)
        self.targets.pop(arn, None)
        self.rules = {rule: w for rule, w in self.rules.items() if arn not in w}
        self.on_change()

    def take_out(self, arn: str, target: Target) -> None:
        """Deregister a target as somebody would who does not ask ECS."""
        self.targets[arn].pop(target)
        self.on_change()

    def states(self, arn: str) -> list[str]:
        """The states of a group's registered targets, in the order of registration."""
        return [health.state for health in self.targets[arn].values()]

    def group(self, arn):
        """A group, or None."""
        found = self.groups.get(arn)
        return found and replace(found, load_balancers=("lb",) if self.forwards_to(arn) else ())

    def named(self, name):
        """A group by name, or None."""
        return next(
            (self.group(arn) for arn, group in self.groups.items() if group.name == name), None
        )

    def forwards_to(self, group_arn):
        """Whether a listener forwards to it."""
        return any(group_arn in weights for weights in self.rules.values())

    def registered(self, group_arn):
        """Its targets."""
        return frozenset(self.targets[group_arn])

    def register(self, group_arn, target):
        """Add a target that is not there yet."""
        if group_arn not in self.groups:
            raise Unavailable("gone")
        assert target not in self.targets[group_arn], "no target is registered twice"
        self.asked.append(("register", group_arn, target))
        self.targets[group_arn][target] = TargetHealth("initial")

    def deregister(self, group_arn, target):
        """Take a target out; the fake does not show draining ones."""
        self.asked.append(("deregister", group_arn, target))
        self.targets[group_arn].pop(target, None)

    def drained_ms(self):
        """Nothing drains here."""

    def tell(self, group_arn, target, health):
        """Remember a target's health."""
        if target in self.targets[group_arn]:
            self.targets[group_arn][target] = health

    def weights(self, arn):
        """Where a listener or rule forwards to."""
        return dict(self.rules.get(arn, {}))

    def shift(self, arn, weights):
        """Forward by other weights."""
        if arn not in self.rules:
            raise Unavailable(f"nothing forwards at {arn}")
        self.rules[arn] = dict(weights)
        self.on_change()

    def listener(self, address, port=None):  # noqa: ARG002 - it has one load balancer
        """The listener with this ARN."""
        balancer = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/app/lb/1"
        return (
            Listener(address, balancer, "application", "HTTP", 80)
            if address in self.rules
            else None
        )

    def route(self, listener_arn, host, path):  # noqa: ARG002 - it has no rules
        """Every request goes where the listener forwards to."""
        weights = self.rules.get(listener_arn)
        return None if weights is None else Route(dict(weights))


class FakeThreats:
    """Nobody watches unless `watching` names the agents that are
    managed; `findings` are those reported.
    """

    def __init__(self) -> None:
        self.watching: set[str] = set()
        self.findings: list[dict[str, Any]] = []

    def detector(self, agent):
        """A detector, or None."""
        return "detector-1" if agent in self.watching else None

    def report(self, detector, finding):
        """Remember a finding."""
        self.findings.append({"by": detector} | dict(finding))


class FakeFunctions:
    """Lambda functions by name; `calls` are the events they got."""

    def __init__(self) -> None:
        self.code: dict[str, Any] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def invoke(self, function, event):
        """Call one."""
        if function not in self.code:
            raise Unavailable("there is no such function")
        self.calls.append((function, event))
        return self.code[function](event)


def neighbours(clock: Clock) -> Neighbours:
    """A fresh set of fakes; reach one as `plane.neighbours.images`."""
    machines, metrics = FakeMachines(), FakeMetrics(clock)
    return Neighbours(
        network=FakeNetwork(),
        images=FakeImages(),
        roles=FakeRoles(),
        logs=FakeLogs(),
        secrets=FakeSecrets(),
        objects=FakeObjects(),
        file_systems=FakeFileSystems(),
        bus=FakeBus(),
        machines=machines,
        groups=FakeGroups(machines),
        discovery=FakeDiscovery(),
        threats=FakeThreats(),
        metrics=metrics,
        alarms=FakeAlarms(metrics),
        balancers=FakeBalancers(),
        functions=FakeFunctions(),
    )


def new_region(seed: int = 0):
    """A region of its own: account 123456789012 in us-east-1, at the beginning of time."""
    from ecslab.ecs.plane import ControlPlane
    from ecslab.region import Region

    clock = Clock()
    return Region(
        ControlPlane(
            region=REGION,
            account=ACCOUNT,
            clock=clock,
            chance=Chance(seed),
            timeline=Timeline(),
            neighbours=neighbours(clock),
        )
    )


def new_plane(seed: int = 0):
    """The control plane of such a region."""
    return new_region(seed).ecs


def advance(plane: Any, seconds: float) -> None:
    """Let that much virtual time go by."""
    plane.clock.run_until(plane.clock.now_ms + round(seconds * 1000))
