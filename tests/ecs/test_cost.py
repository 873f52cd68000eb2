"""What a run has cost: facts, section 14."""

from fractions import Fraction
from html.parser import HTMLParser

import pytest
from account import NETWORK, Account
from hypothesis import given
from hypothesis import strategies as some
from told import ByHand

from ecslab.billing import prices
from ecslab.billing.cost import cost
from ecslab.billing.packing import Stay, most_at_once, pack
from ecslab.billing.tariff import Usd
from ecslab.ground.errors import LabError

HOUR = 3600
X86 = Fraction("0.04048"), Fraction("0.004445")  # per vCPU-hour, per GB-hour
ARM = Fraction("0.03238"), Fraction("0.00356")
PULL_AT_S = 12  # from RunTask to the image pull, as the task's story says


@pytest.fixture
def account():
    """An account with a default cluster."""
    return Account()


def bill(account):
    """What the account has cost."""
    return cost(account.timeline, account.plane.clock.now_ms)


class Story:
    """A timeline with the lines that a bill reads, written by hand."""

    def __init__(self) -> None:
        self.timeline = ByHand()
        self.count = 0

    def task(self, pulled_s, ended_s=None, *, provider="FARGATE", **facts):
        """A task that pulls its images at one time and has stopped at another."""
        self.count += 1
        label = f"task/{self.count}"
        known = {
            "cpu": 256,
            "memory": 512,
            "architecture": "X86_64",
            "system": "LINUX",
            "storage_gib": 20,
            "public_ip": False,
        }
        where = {
            "region": "us-east-1",
            "launch_type": "FARGATE",
            "provider": provider,
            "definition": "web:1",
            "service": None,
        }
        self.say(pulled_s - 2, label, "PROVISIONING", **known | where | facts)
        self.say(pulled_s - 1, label, "PENDING")
        self.say(pulled_s, label, "ACTIVATING")
        if ended_s is not None:
            self.say(ended_s, label, "STOPPED")
        return self

    def instance(self, number, at_s, kind, **facts):
        """A line about the container instance on machine i-<number>."""
        return self.say(at_s, f"instance/{number}", kind, machine=f"i-{number}", **facts)

    def say(self, at_s, subject, kind, **facts):
        """One line."""
        self.timeline.say(round(at_s * 1000), subject, kind, "", **facts)
        return self

    def cost(self, until_s):
        """The bill at a time."""
        return cost(self.timeline, round(until_s * 1000))


# The sample


def test_the_sample_holds_the_facts_figures():
    """Facts, section 14: every number of the table, and no other."""
    east = {row.item: row.usd for row in prices.rows() if row.region == "us-east-1"}
    types = {
        item.removeprefix("ec2.linux."): usd
        for item, usd in east.items()
        if item.startswith("ec2.linux.")
    }
    assert {name: str(float(usd)) for name, usd in types.items()} == {
        "t3.nano": "0.0052",
        "t3.micro": "0.0104",
        "t3.small": "0.0208",
        "t3.medium": "0.0416",
        "t3.large": "0.0832",
        "t3.xlarge": "0.1664",
        "m5.large": "0.096",
        "m5.xlarge": "0.192",
        "c5.large": "0.085",
        "c5.xlarge": "0.17",
        "r5.large": "0.126",
    }
    others = {
        item: None if usd is None else float(usd)
        for item, usd in east.items()
        if not item.startswith("ec2.linux.")
    }
    assert others == {
        "fargate.linux.x86_64.vcpu": 0.04048,
        "fargate.linux.x86_64.memory": 0.004445,
        "fargate.linux.arm64.vcpu": 0.03238,
        "fargate.linux.arm64.memory": 0.00356,
        "fargate.storage": 0.000111,
        "fargate_spot.below_fargate": 0.7,
        "fargate.windows": None,
        "ecs.control_plane": 0.0,
        "ecs_anywhere": 0.01025,
        "alb.hour": 0.0225,
        "alb.lcu": 0.008,
        "nat_gateway.hour": 0.045,
        "nat_gateway.data": 0.045,
        "public_ipv4": 0.005,
        "cloudwatch": None,
    }
    tokyo = {row.item: float(row.usd) for row in prices.rows() if row.region == "ap-northeast-1"}
    assert tokyo == {
        "fargate.linux.x86_64.vcpu": 0.05056,
        "fargate.linux.x86_64.memory": 0.00553,
        "fargate.storage": 0.000133,
    }


def test_every_price_has_wording_and_confidence():
    """A price without an origin teaches nothing; what the facts did not find says so."""
    for row in prices.rows():
        assert row.wording, row.item
        assert row.confidence in ({"H", "M", "L", "H/M"} if row.usd is not None else {""}), row.item


# Fargate


def test_the_facts_worked_example_comes_out(account):
    """Facts, section 14: 0.5 vCPU and 1 GB of x86 for 730 hours are 18.02 USD."""
    account.register("web", cpu="512", memory="1024")
    account.run("web")
    account.advance(PULL_AT_S + 730 * HOUR)
    told = bill(account)
    assert told.total == 730 * (X86[0] / 2 + X86[1])
    assert str(told.total) == "18.02 USD"
    assert [(line.what, line.amount, line.seconds) for line in told.lines] == [
        ("vCPU", Fraction(1, 2), 730 * HOUR),
        ("GB", 1, 730 * HOUR),
    ]
    assert {line.price.date for line in told.lines} == {"2026-09-23"}


def test_fargate_bills_from_image_pull_to_the_end_of_the_task(account):
    """Facts, section 14, billing: per second, from image pull to task end."""
    account.register("job", image=account.images.push("job:1", exits_after=300))
    [task] = account.run("job")
    account.advance(400)
    told = account.task(task)
    [line, _] = bill(account).lines
    assert line.seconds == told["stoppedAt"] - told["pullStartedAt"] == 314
    account.advance(50)
    assert bill(account).lines[0].seconds == 314


@pytest.mark.parametrize(
    ("ran_s", "billed_s"), [(0.5, 60), (59.9, 60), (60, 60), (60.001, 61), (3599.2, 3600)]
)
def test_seconds_are_rounded_up_and_a_minute_is_the_least(ran_s, billed_s):
    """Facts, section 14, billing: per second, minimum one minute."""
    assert {line.seconds for line in Story().task(10, 10 + ran_s).cost(9999).lines} == {billed_s}


def test_a_task_that_never_pulled_is_not_billed(account):
    """Billing begins with the image pull: a task without a network interface does not get there."""
    account.register("web")
    account.run("web")
    account.network.known.clear()
    account.advance(300)
    assert "STOPPED" in account.timeline.of("task/1").kinds()
    assert bill(account).lines == ()
    assert str(bill(account)) == "Nothing has cost anything in 300 s of lab time"


def test_a_stopped_task_stays_on_the_bill_when_the_account_has_forgotten_it(account):
    """Facts, section 1.1: stopped tasks are returned for an hour; bills do not forget."""
    account.register("job", image=account.images.push("job:1", exits_after=30))
    account.run("job")
    account.advance(120)
    before = bill(account).total
    account.advance(5 * HOUR)
    assert account.plane.state.cluster(None).tasks == {}
    assert bill(account).total == before > 0


def test_a_task_tells_its_bill_what_it_is(account):
    """ARM by runtimePlatform, storage above 20 GB, a public address while its
    interface is attached (facts, section 14).
    """
    account.register(
        "arm", runtimePlatform={"cpuArchitecture": "ARM64"}, ephemeralStorage={"sizeInGiB": 50}
    )
    public = {"awsvpcConfiguration": NETWORK["awsvpcConfiguration"] | {"assignPublicIp": "ENABLED"}}
    account.serve("web", "arm", networkConfiguration=public)
    account.advance(2 * HOUR)
    told = bill(account).of("service/web")
    counted = {line.what: (line.amount, line.price.usd, line.seconds) for line in told.lines}
    assert counted == {
        "vCPU (ARM)": (Fraction(1, 4), ARM[0], 2 * HOUR - 12),
        "GB (ARM)": (Fraction(1, 2), ARM[1], 2 * HOUR - 12),
        "GB of storage above 20": (30, Fraction("0.000111"), 2 * HOUR - 12),
        "public IPv4 address": (1, Fraction("0.005"), 2 * HOUR - 8),
    }
    assert told.services == {"web": told.total}


def test_the_size_of_one_run_is_what_its_overrides_say(account):
    """RunTask can override the size of the task."""
    account.register("web")
    account.run("web", overrides={"cpu": "1024", "memory": "2048"})
    account.advance(100)
    assert [line.amount for line in bill(account).lines] == [1, 2]


def test_spot_is_counted_at_best_and_says_so():
    """Facts, section 14: up to 70 % below Fargate, which varies; storage is charged in full."""
    told = (
        Story()
        .task(0, HOUR, provider="FARGATE_SPOT", cpu=1024, memory=2048, storage_gib=30)
        .cost(HOUR)
    )
    assert told.total == Fraction(3, 10) * (X86[0] + 2 * X86[1]) + 10 * Fraction("0.000111")
    assert told.providers == {"FARGATE_SPOT": told.total}
    assert "up to 70 %" in str(told)
    assert "0.04048 per vCPU-hour − 70 %" in str(told)


# Instances


def test_an_ec2_instance_costs_from_launch_to_termination():
    """By type and second; the launch comes before the registration, and what
    happens to its cluster does not matter.
    """
    story = Story().instance(1, 60, "registered", instance_type="m5.large", launched_ms=10_000)
    story.instance(1, 600, "deregistered")
    assert story.cost(HOUR + 10).total == Fraction("0.096")
    story.instance(1, HOUR / 2 + 10, "terminated")
    told = story.cost(9 * HOUR)
    assert told.total == Fraction("0.096") / 2
    assert told.instances == {"instance/1": told.total}
    assert told.providers == {"EC2": told.total}


def test_a_stopped_machine_costs_nothing_until_it_runs_again():
    """EC2 charges for a running instance."""
    story = (
        Story()
        .instance(1, 0, "registered", instance_type="t3.micro")
        .instance(1, 0, "agent connected")
    )
    story.instance(1, HOUR, "stopped").instance(1, 3 * HOUR, "agent connected").instance(
        1, 4 * HOUR, "terminated"
    )
    assert story.cost(9 * HOUR).total == 2 * Fraction("0.0104")


def test_a_machine_in_another_cluster_is_the_same_machine():
    """Registered again under a new label, it is paid once."""
    story = (
        Story()
        .instance(1, 0, "registered", instance_type="m5.large")
        .instance(1, HOUR, "deregistered")
    )
    story.say(HOUR + 60, "instance/2", "registered", machine="i-1", instance_type="m5.large")
    assert story.cost(2 * HOUR).instances == {"instance/1": 2 * Fraction("0.096")}


def test_an_external_instance_costs_while_it_is_registered():
    """Facts, section 14: ECS Anywhere, 0.01025 per instance-hour."""
    story = (
        Story().instance(1, 0, "registered", external=True).instance(1, 2 * HOUR, "deregistered")
    )
    told = story.cost(5 * HOUR)
    assert (told.total, told.providers) == (2 * Fraction("0.01025"), {"EXTERNAL": told.total})


def test_a_task_on_an_instance_is_on_the_bill_and_costs_nothing_itself():
    """Facts, section 14: ECS charges nothing on EC2; the bill says that the instance is paid."""
    story = (
        Story()
        .instance(1, 0, "registered", instance_type="m5.large")
        .task(100, 200, provider="EC2", launch_type="EC2")
    )
    told = story.cost(HOUR)
    assert told.tasks == {"task/1": 0}
    assert told.providers == {"EC2": Fraction("0.096")}
    assert "its instance is paid" in str(told.of("task/1"))


def test_real_instances_and_their_tasks_are_on_the_bill(account):
    """An EC2 instance by its type, an EXTERNAL one by the hour; what the tasks on
    them took can be compared with Fargate.
    """
    machine = account.plane.neighbours.machines.launch(type="t3.medium")
    account.plane.instances.sync()
    account.advance(100)
    room = [("CPU", 4096), ("MEMORY", 8000)]
    resources = [{"name": name, "type": "INTEGER", "integerValue": value} for name, value in room]
    account.call(
        "RegisterContainerInstance",
        attributes=[{"name": "ecs.capability.external"}],
        totalResources=resources,
    )
    account.register(
        "job", networkMode="bridge", requiresCompatibilities=["EC2"], cpu="512", memory="1024"
    )
    account.call("RunTask", taskDefinition="job", launchType="EC2")
    account.advance(HOUR)
    account.plane.neighbours.machines.change(machine, state="terminated")
    account.plane.instances.sync()
    account.advance(4 * HOUR)
    told = bill(account)
    there_s = account.story("instance/1")[-1][0]  # launched at 0, registered 45 s later
    assert told.of("instance/1").total == Fraction("0.0416") * Fraction(there_s) / HOUR
    assert told.providers == {
        "EC2": told.of("instance/1").total,
        "EXTERNAL": 5 * Fraction("0.01025"),
    }
    assert told.tasks == {"task/1": 0}
    (use,) = told.uses
    ran_s = (use.ended_ms - use.pulled_from_ms) // 1000
    assert told.compare("t3.medium").totals["FARGATE"] == (X86[0] / 2 + X86[1]) * ran_s / HOUR


def test_a_machine_that_is_stopped_costs_nothing_until_it_is_started_again(account):
    """Facts, section 14, with section 8.4: EC2 bills it while it runs, its
    boot included, not while it is stopped.
    """
    machines, sync = account.plane.neighbours.machines, account.plane.instances.sync
    machine = machines.launch(type="m5.large")
    for seconds, state in ((HOUR, "stopped"), (2 * HOUR, "running"), (HOUR, "terminated")):
        sync()
        account.advance(seconds)
        machines.change(machine, state=state)
    sync()
    account.advance(HOUR)
    told = bill(account)
    assert told.instances == {"instance/1": 2 * Fraction("0.096")}
    assert [(line.begin_ms, line.end_ms) for line in told.lines] == [
        (0, HOUR * 1000),
        (3 * HOUR * 1000, 4 * HOUR * 1000),
    ]


@pytest.mark.parametrize(
    ("user_data", "seconds", "billed_s"),
    [
        ("ECS_CLUSTER=default", 30, 60),  # ended while it booted: a minute at least
        ("ECS_CLUSTER=nowhere", HOUR, HOUR),  # waits for its cluster for ever
        ("ECS_CLUSTER=default\nECS_RESERVED_MEMORY=lots", HOUR, HOUR),  # its agent cannot start
    ],
)
def test_a_machine_that_never_registers_is_paid_all_the_same(account, user_data, seconds, billed_s):
    """Facts, section 14: EC2 bills by the second from launch on; the lab's
    bill knows machines with an agent.
    """
    machine = account.plane.neighbours.machines.launch(user_data, type="m5.large")
    account.plane.instances.sync()
    account.advance(seconds)
    account.plane.neighbours.machines.change(machine, state="terminated")
    account.plane.instances.sync()
    account.advance(HOUR)
    [line] = bill(account).lines
    assert (line.subject, line.what, line.seconds) == (machine, "m5.large", billed_s)


def test_a_machine_that_registers_late_is_paid_once(account):
    """Its agent waited for a cluster: one line, from launch on, under the name
    of the instance (facts, section 14).
    """
    account.plane.neighbours.machines.launch("ECS_CLUSTER=late", type="m5.large")
    account.plane.instances.sync()
    account.advance(600)
    account.call("CreateCluster", clusterName="late")
    account.plane.instances.sync()
    account.advance(HOUR - 600)
    assert bill(account).instances == {"instance/1": Fraction("0.096")}


# What the sample does not have


@pytest.mark.parametrize(
    ("facts", "named"),
    [
        ({"system": "WINDOWS", "cpu": 1024}, "fargate.windows"),
        ({"region": "eu-west-1"}, "fargate.linux.x86_64.vcpu in eu-west-1"),
        ({"region": "ap-northeast-1", "architecture": "ARM64"}, "fargate.linux.arm64.vcpu"),
        ({"provider": "MANAGED_INSTANCES"}, "MANAGED_INSTANCES"),
    ],
)
def test_what_has_no_price_is_named_and_never_counts_as_nothing(facts, named):
    """Facts, section 14: Windows NOT FOUND, one region only; the total is
    refused, the rest can still be asked for.
    """
    told = Story().task(0, HOUR).task(0, HOUR, **facts).cost(HOUR)
    assert told.priced == X86[0] / 4 + X86[1] / 2
    assert told.tasks["task/2"] is None
    assert {line.subject for line in told.unpriced} == {"task/2"}
    assert f"Not known: no price in the sample for {named}" in str(told)
    assert "total of what has a price" in str(told)
    with pytest.raises(LabError, match=named) as caught:
        str(told.total)
    assert "right:  lab.cost().priced" in str(caught.value)


def test_an_instance_of_unknown_type_has_no_price():
    """Neither has one whose type nobody noted."""
    story = (
        Story().instance(1, 0, "registered", instance_type="x9.huge").instance(2, 0, "registered")
    )
    told = story.cost(HOUR)
    assert told.instances == {"instance/1": None, "instance/2": None}
    assert "no price in the sample for ec2.linux.x9.huge in us-east-1" in str(told)


def test_a_provider_with_a_part_that_has_no_price_has_no_sum():
    """A sum without a part would look like the whole."""
    told = Story().task(0, HOUR).task(0, HOUR, system="WINDOWS").cost(HOUR)
    assert told.providers == {"FARGATE": None}


def test_the_other_region_of_the_sample_has_its_own_prices():
    """Facts, section 14: ap-northeast-1 Fargate x86, 2026-08-15."""
    told = Story().task(0, HOUR, region="ap-northeast-1", cpu=1024, memory=1024).cost(HOUR)
    assert told.total == Fraction("0.05056") + Fraction("0.00553")
    assert "ap-northeast-1, 2026-08-15" in str(told)


def test_a_name_that_is_not_on_the_bill_is_refused():
    """With the names that are."""
    told = Story().task(0, HOUR, service="web").cost(HOUR)
    with pytest.raises(
        LabError, match="'web' is not on the bill; it has task/1, service/web, FARGATE"
    ) as caught:
        told.of("web")
    assert "right:  lab.cost().of('task/1')" in str(caught.value)


# Sums


def test_every_way_to_add_up_gives_the_same(account):
    """Exact fractions: nothing is lost between the lines and the sums."""
    account.register("web")
    account.serve("web", "web", desired=3)
    account.register("job", image=account.images.push("job:1", exits_after=7.3))
    account.run("job", count=3)
    account.advance(3601.7)
    told = bill(account)
    assert sum(told.tasks.values()) == sum(told.providers.values()) == told.total
    assert (
        told.of("service/web").total
        + sum(told.of(f"task/{n}").total for n in range(1, 7) if f"task/{n}" not in _web(account))
        == told.total
    )


def _web(account):
    return {event.subject for event in account.timeline if event.facts.get("service") == "web"}


def test_the_bill_does_not_depend_on_when_it_is_asked_for(account):
    """Looking changes nothing, and twice the same is the same."""
    account.register("web")
    account.serve("web", "web", desired=2)
    account.advance(HOUR)
    lines = len(account.timeline)
    assert str(bill(account)) == str(bill(account))
    assert len(account.timeline) == lines
    early = cost(account.timeline, 600_000)
    assert max(line.end_ms for line in early.lines) == 600_000


@pytest.mark.parametrize(
    ("usd", "said"),
    [
        ("0", "0.00 USD"),
        ("18.0237", "18.02 USD"),
        ("0.012345", "0.0123 USD"),
        ("0.000206", "0.000206 USD"),
        ("1234.5", "1,234.50 USD"),
    ],
)
def test_dollars_are_rounded_where_they_are_printed(usd, said):
    """To the cent; what is less than ten cents keeps three digits."""
    amount = Usd(usd)
    assert str(amount) == repr(amount) == f"{amount}" == said
    assert f"{amount:.3f}" == f"{float(Fraction(usd)):.3f}"
    assert amount == Fraction(usd)


# Ways to pay


def test_the_same_tasks_are_priced_on_fargate_on_spot_and_on_instances():
    """Four tasks of half an m5.large each: two instances, by hand."""
    story = Story()
    for begin_s, end_s in ((0, HOUR), (0, 2 * HOUR), (0, HOUR), (HOUR, 2 * HOUR)):
        story.task(begin_s, end_s, cpu=1024, memory=2048)
    compared = story.cost(3 * HOUR).compare(instance_type="m5.large")
    hour = X86[0] + 2 * X86[1]
    assert compared.totals == {
        "FARGATE": 5 * hour,
        "FARGATE_SPOT": Fraction(3, 10) * 5 * hour,
        "m5.large as needed": 3 * Fraction("0.096"),
        "m5.large all the time": 4 * Fraction("0.096"),
    }
    assert "Up to 2 m5.large at once" in str(compared)
    assert "FARGATE_SPOT, at best" in str(compared)


def test_a_task_on_an_instance_gets_the_smallest_fargate_size_that_holds_it():
    """Facts, section 2.1: 300 units and 3,000 MiB need 0.5 vCPU and 3 GB."""
    compared = (
        Story()
        .task(0, HOUR, provider="EC2", launch_type="EC2", cpu=300, memory=3000)
        .cost(HOUR)
        .compare()
    )
    assert compared.totals["FARGATE"] == X86[0] / 2 + 3 * X86[1]
    assert "smallest Fargate size" in str(compared)


def test_a_service_alone_can_be_compared():
    """A part of the bill is a bill."""
    told = Story().task(0, HOUR, service="web").task(0, HOUR, service="api").cost(HOUR)
    assert (
        told.of("service/web").compare().totals["FARGATE"]
        == told.of("service/web").total
        == told.total / 2
    )


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("x9.huge", "no 'x9.huge' in us-east-1; it has t3.nano, "),
        ("t3.nano", "task/1 needs 4,096 CPU units and 8,192 MiB; a t3.nano has 2,048"),
    ],
)
def test_instances_that_have_no_price_or_no_room_are_refused(kind, said):
    """With a type that would do, when there is one."""
    with pytest.raises(LabError, match=said):
        Story().task(0, HOUR, cpu=4096, memory=8192).cost(HOUR).compare(instance_type=kind)


def test_tasks_that_cannot_be_compared_are_refused():
    """Windows has no price; two regions are two comparisons;
    eu-west-1 has no prices of instances.
    """
    with pytest.raises(LabError, match="task/1 runs Windows"):
        Story().task(0, HOUR, system="WINDOWS").cost(HOUR).compare()
    with pytest.raises(LabError, match="ran in us-east-1 and eu-west-1"):
        Story().task(0, HOUR).task(0, HOUR, region="eu-west-1").cost(HOUR).compare()
    with pytest.raises(LabError, match="EC2 prices for us-east-1 only"):
        Story().task(0, HOUR, region="eu-west-1").cost(HOUR).compare()


def test_nothing_compared_is_nothing():
    """An empty lab has no tasks to price."""
    assert set(Story().cost(0).compare().totals.values()) == {0}


stays = some.lists(
    some.builds(
        lambda cpu, memory, begin, length: Stay(cpu, memory, begin, begin + length),
        some.integers(0, 100),
        some.integers(1, 100),
        some.integers(0, 50),
        some.integers(0, 30),
    ),
    max_size=30,
)


@given(stays)
def test_packing_never_over_commits_a_machine_and_keeps_none_that_is_empty(tasks):
    """At every moment there is a machine's room for what is
    there, and no machine without a task.
    """
    machines = pack(tasks, 100, 100)
    for moment in range(81):
        there = [s for s in tasks if s.begin_ms <= moment < s.end_ms]
        here = [m for m in machines if m.begin_ms <= moment < m.end_ms]
        assert len(here) <= len(there)
        assert sum(s.cpu for s in there) <= 100 * len(here)
        assert sum(s.memory for s in there) <= 100 * len(here)
        assert len(here) <= most_at_once(machines)
    assert all((m.cpu, m.memory, m.tasks) == (100, 100, 0) for m in machines)
    assert all(m.begin_ms < m.end_ms for m in machines)


# Printing


def test_a_bill_reads_as_a_table():
    """One row per provider, service, thing and rate; sums in dollars; what to know under it."""
    told = (
        Story()
        .task(0, HOUR, service="web")
        .task(0, HOUR, service="web")
        .task(0, 2 * HOUR)
        .cost(2 * HOUR)
    )
    assert str(told).splitlines()[:8] == [
        "Cost in 7,200 s of lab time",
        "",
        "provider  for  what  counted                  rate                        USD",
        "FARGATE   web  vCPU  0.5 vCPU-hours, 2 tasks  0.04048 per vCPU-hour  0.020240",
        "FARGATE   web  GB    1 GB-hours, 2 tasks      0.004445 per GB-hour   0.004445",
        "FARGATE   –    vCPU  0.25 × 7,200 s           0.04048 per vCPU-hour  0.020240",
        "FARGATE   –    GB    0.5 × 7,200 s            0.004445 per GB-hour   0.004445",
        "total                                                                0.049370",
    ]


class Cells(HTMLParser):
    """The tags and the cells of a table."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.cells = [], []
        self.feed(html)

    def handle_starttag(self, tag, _attributes):
        """Note the tag; a td begins a cell."""
        self.tags.append(tag)
        self.cells += [""] * (tag == "td")

    def handle_data(self, data):
        """Text belongs to the cell that was begun last."""
        if self.cells:
            self.cells[-1] += data


def test_a_bill_in_a_notebook_escapes_what_came_from_outside():
    """A name is text, whatever it holds."""
    told = Story().task(0, HOUR, service="<script>alert(1)</script>").cost(HOUR)
    seen = Cells(told._repr_html_())
    assert "script" not in seen.tags
    assert "<script>alert(1)</script>" in seen.cells
    assert set(seen.tags) == {"p", "strong", "table", "thead", "tbody", "tr", "th", "td", "br"}
    assert "\x1b" not in str(Story().task(0, HOUR, service="\x1b[31m").cost(HOUR))
    assert "td" in Cells(told.compare()._repr_html_()).tags


def test_a_day_of_a_thousand_tasks_is_priced():
    """With the lines of their containers between them; how fast is for tests/bench."""
    story = Story()
    for number in range(1000):
        begin_s = number * 80
        story.task(
            begin_s,
            begin_s + 4 * HOUR if number % 2 else None,
            service=f"s{number % 5}",
            public_ip=True,
            storage_gib=30,
        )
        for _ in range(12):
            story.say(begin_s + 5, f"task/{number + 1}/app", "started")
    told = story.cost(24 * HOUR)
    assert (len(str(told)), told.total) > (0, 0)
    assert told.compare()
