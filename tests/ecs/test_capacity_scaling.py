"""Cluster auto scaling: what is measured each minute, and when a
provider's group grows and shrinks.
"""

import pytest
from capacity_fleet import Fleet
from hypothesis import given
from hypothesis import strategies as st

from ecslab.ecs.capacity.reservation import (
    InstanceSize,
    ProviderSituation,
    Rules,
    decide,
    extra_instances,
)
from ecslab.ecs.model.tasks import Needs

ON = {"status": "ENABLED"}
LARGE, XLARGE = InstanceSize(2048, 8000, 2), InstanceSize(4096, 16000, 3)
LONG_AGO = 3_600_000


def needs(cpu=1024, memory=512, ports=(), *, interface=False):
    """What a task takes."""
    return Needs(cpu, memory, ports, interface, ())


# The arithmetic


@pytest.mark.parametrize(
    ("waiting", "sizes", "extra"),
    [
        ([needs()] * 5, [LARGE], 3),  # two by CPU
        ([needs(cpu=0, memory=3000)] * 5, [LARGE], 3),  # two by memory
        ([needs(cpu=0, memory=0)] * 5, [LARGE], 5),  # nothing to pack by: one each
        ([needs(cpu=256, interface=True)] * 5, [LARGE], 3),  # two network interfaces
        ([needs(cpu=256, ports=(("tcp", 80),))] * 5, [LARGE], 5),  # a static port is there once
        ([needs()] * 5, [LARGE, XLARGE], 2),  # the largest type counts …
        ([needs(cpu=4096)] * 5, [LARGE, XLARGE], 0),  # … the smallest must hold one
        ([needs()] * 2 + [needs(cpu=2048)] * 3, [LARGE], 4),  # groups add up
        ([needs()] * 2 + [needs(cpu=9999)], [LARGE], 1),  # who fits nowhere is left out
        ([], [LARGE], 0),
    ],
)
def test_waiting_tasks_are_packed_by_group(waiting, sizes, extra):
    """Facts, section 8.3: identical needs, packed onto the
    largest type; the smallest is the check.
    """
    assert extra_instances(waiting, sizes) == extra


@pytest.mark.parametrize(
    ("running", "empty", "waiting", "value"),
    [(0, 0, 0, 100), (0, 0, 3, 200), (4, 0, 0, 100), (4, 1, 0, 75), (4, 4, 0, 0), (4, 0, 3, 150)],
)
def test_the_metric_is_m_of_n(running, empty, waiting, value):
    """Facts, section 8.3: M = N + extra, or N − empty; 100 when there is nothing, 200
    when something is needed and nothing runs.
    """
    now = ProviderSituation([needs()] * waiting, [LARGE], running, empty)
    assert decide(now, Rules()).reservation == value


@pytest.mark.parametrize(
    ("waiting", "running", "rules", "desired"),
    [
        (1, 0, Rules(), 2),  # from zero always two
        (50, 0, Rules(), 2),
        (50, 0, Rules(largest=1), 1),
        (10, 4, Rules(), 9),
        (10, 4, Rules(maximum_step=3), 7),
        (1, 4, Rules(minimum_step=3), 7),
        (0, 4, Rules(target=80), 5),  # all are busy: a fifth is spare
        (0, 10, Rules(target=80), 13),
        (2, 4, Rules(target=50), 10),
        (10, 4, Rules(largest=6), 6),
        (10, 4, Rules(largest=4), None),
    ],
)
def test_a_group_grows_towards_its_target_in_steps(waiting, running, rules, desired):
    """Facts, section 8.3: one datapoint above the target; extra = max(minimum step,
    min(maximum step, computed)); the group's maximum.
    """
    now = ProviderSituation([needs()] * waiting, [LARGE], running, 0)
    assert decide(now, rules).desired == desired


@pytest.mark.parametrize(
    ("running", "empty", "rules", "desired"),
    [
        (10, 1, Rules(), 9),
        (10, 10, Rules(), 5),  # at most half a minute
        (3, 3, Rules(), 2),
        (1, 1, Rules(), 0),  # at least one
        (10, 10, Rules(smallest=8), 8),
        (10, 1, Rules(target=80), None),  # 9 of 10 is above 80 %: it would even grow
        (10, 4, Rules(target=80), 8),  # 6 busy ones are 75 % of 8
        (10, 2, Rules(minimum_step=5), 8),  # the minimum step is for growing only
        (5, 0, Rules(), None),
    ],
)
def test_a_group_shrinks_to_its_target_by_half_a_minute(running, empty, rules, desired):
    """Facts, section 8.3: after 15 datapoints, towards M /
    target, at most 50 % and at least one.
    """
    now = ProviderSituation([], [LARGE], running, empty, since_out_ms=LONG_AGO, low_for=14)
    decision = decide(now, rules)
    assert decision.desired == (12 if rules.target == 80 and empty == 1 else desired)


def test_shrinking_waits_for_fifteen_datapoints_and_fifteen_minutes():
    """Facts, section 8.3: the low alarm, and the pause after growing."""
    idle = [needs()][:0]
    assert (
        decide(ProviderSituation(idle, [LARGE], 4, 4, LONG_AGO, low_for=13), Rules()).desired
        is None
    )
    assert (
        decide(ProviderSituation(idle, [LARGE], 4, 4, 899_999, low_for=30), Rules()).desired is None
    )
    assert decide(ProviderSituation(idle, [LARGE], 4, 4, 900_000, low_for=30), Rules()).desired == 2
    assert decide(ProviderSituation(idle, [LARGE], 4, 4, None, low_for=14), Rules()).desired == 2


def test_growing_waits_for_the_last_instances_to_warm_up():
    """Facts, section 8.3: instanceWarmupPeriod."""
    busy = ProviderSituation([needs()], [LARGE], 2, 0, since_out_ms=299_999)
    assert decide(busy, Rules()).desired is None
    assert decide(busy, Rules(warmup_ms=200_000)).desired == 3


def test_tasks_that_fit_on_no_instance_leave_the_metric_at_its_target():
    """Developer guide, managed scaling behavior: then cluster auto scaling stops."""
    decision = decide(
        ProviderSituation([needs(cpu=9999)], [LARGE], 3, 3, LONG_AGO, 20), Rules(target=70)
    )
    assert (decision.reservation, decision.desired) == (70, None)
    assert "fit on no instance" in decision.why


@st.composite
def situations(draw):
    """A provider and its rules, at a moment when nothing has to wait."""
    running, smallest = draw(st.integers(0, 40)), draw(st.integers(0, 5))
    rules = Rules(
        target=draw(st.integers(1, 100)),
        minimum_step=draw(st.integers(1, 5)),
        smallest=smallest,
        largest=smallest + draw(st.integers(0, 40)),
    )
    waiting, empty = [needs()] * draw(st.integers(0, 30)), draw(st.integers(0, running))
    return ProviderSituation(waiting, [LARGE], running, empty, LONG_AGO, 20), rules


@given(situations())
def test_a_group_stays_within_its_limits(case):
    """Property: it never grows beyond MaxSize, and never shrinks below
    MinSize, below M, or by more than half.
    """
    now, rules = case
    decision = decide(now, rules)
    if decision.desired is None:
        return
    assert decision.desired != now.running
    if decision.desired > now.running:
        assert decision.desired <= rules.largest
    else:
        assert decision.desired >= max(rules.smallest, decision.needed, now.running // 2)


# Through the API


@pytest.fixture
def account():
    """An account with a task definition of which two fit on an m5.large."""
    account = Fleet()
    account.define()
    return account


def values(account):
    """What has been published."""
    return [value for *_, value in account.metrics.points]


def desired(account):
    """The group's size now."""
    return account.groups.find("mine").desired


def said(account):
    """The provider's lines: (minute, kind, why)."""
    lines = (e for e in account.timeline if e.subject == "capacity-provider/mine")
    return [
        (e.at_ms / 60_000, e.kind, e.why) for e in lines if e.kind in {"scaling out", "scaling in"}
    ]


def test_the_metric_is_published_every_minute_while_there_is_a_managed_provider(account):
    """Facts, sections 8.3 and 13: AWS/ECS/ManagedScaling, by provider and
    cluster; it ends with the association.
    """
    account.provide(scaling=ON)
    account.advance(600)
    assert account.metrics.points[0] == (
        "AWS/ECS/ManagedScaling",
        "CapacityProviderReservation",
        {"CapacityProviderName": "mine", "ClusterName": "default"},
        100,
    )
    assert len(account.metrics.points) == 10
    account.associate()
    account.advance(600)
    assert len(account.metrics.points) == 10


def test_from_nothing_to_ten_tasks_and_back(account):
    """Facts, section 8.3, in one story: 2 from zero, warm-up, the rest, and after a
    quarter of an hour in halves to nothing.
    """
    account.provide(scaling=ON)
    account.keep(10)
    account.advance(600)
    assert account.stages == {"RUNNING": 10}
    assert said(account) == [
        (1, "scaling out", "0 → 2 instances: no instance runs: 2 first"),
        (6, "scaling out", "2 → 5 instances: M 5 of N 2 is 250 %, target 100 %"),
    ]
    account.call("UpdateService", service="site", desiredCount=0)
    account.advance(3600)
    assert [(kind, why.partition(":")[0]) for _, kind, why in said(account)[2:]] == [
        ("scaling in", "5 → 3 instances"),
        ("scaling in", "3 → 2 instances"),
        ("scaling in", "2 → 1 instances"),
        ("scaling in", "1 → 0 instances"),
    ]
    minutes = [minute for minute, *_ in said(account)[2:]]
    assert minutes == list(range(int(minutes[0]), int(minutes[0]) + 4))
    assert account.plane.state.clusters["default"].instances == {}
    assert values(account)[-1] == 100


def test_settling_waits_for_the_capacity_to_come(account):
    """A task in PROVISIONING is on its way: the account has not settled."""
    account.provide(scaling=ON)
    account.go(2)
    while not account.plane.settled:
        account.plane.clock.step()
    assert account.stages == {"RUNNING": 2}


def test_spare_capacity_is_kept_below_a_target_of_a_hundred(account):
    """Facts, section 8.3: targetCapacity 50 keeps as many empty instances as busy ones."""
    account.provide(scaling=ON | {"targetCapacity": 50, "instanceWarmupPeriod": 60})
    account.keep(4)
    account.advance(3600)
    assert (desired(account), sorted(account.sizes)) == (4, [0, 0, 2, 2])


def test_the_groups_maximum_stops_the_growth(account):
    """Facts, section 8.3: MaxSize; the tasks that do not fit fail in the end."""
    account.provide(maximum=1, scaling=ON)
    account.go(3)
    account.advance(300)
    assert (desired(account), account.stages) == (1, {"RUNNING": 2, "PROVISIONING": 1})
    last = [e.why for e in account.timeline if e.kind == "reservation"][-1]
    assert last == "200 %: needs 2 instances, and the group's maximum is 1"


def test_switched_off_nothing_scales_and_on_again_it_does(account):
    """BC:ManagedScaling.status, through UpdateCapacityProvider."""
    account.provide(desired=3)
    account.advance(3600)
    assert (desired(account), values(account)) == (3, [])
    change = {"name": "mine", "autoScalingGroupProvider": {"managedScaling": ON}}
    account.call("UpdateCapacityProvider", **change)
    account.advance(17 * 60)
    assert desired(account) < 3


def test_protected_instances_with_tasks_survive_the_scale_in(account):
    """Facts, section 8.3: managed termination protection; without it the group ends
    whichever it likes, the oldest here.

    Facts 2, section 31, row 17: whether the group protects its new instances makes no difference.
    """
    for protection, survives, born in (
        ("ENABLED", True, True),
        ("ENABLED", True, False),
        ("DISABLED", False, True),
    ):
        account = Fleet()
        account.define()
        account.provide(
            desired=3, scaling=ON, protects_new=born, managedTerminationProtection=protection
        )
        if protection == "DISABLED":
            ids = [m.id for m in account.groups.find("mine").members]
            account.groups.protect("mine", ids, protected=False)
        oldest = account.groups.find("mine").members[0].id
        here = [{"type": "memberOf", "expression": f"ec2InstanceId == {oldest}"}]
        [task] = account.go(1, placementConstraints=here)["tasks"]
        account.advance(25 * 60)
        assert desired(account) == survives  # without its task the last one is empty too
        assert (account.task(task["taskArn"])["lastStatus"] == "RUNNING") is survives


def test_an_instance_with_only_daemons_counts_as_empty(account):
    """Facts, section 8.3: daemon tasks do not keep an instance alive."""
    account.provide(desired=2, scaling=ON)
    account.define("agent", cpu=64, memory=64)
    account.call(
        "CreateService",
        serviceName="agents",
        taskDefinition="agent",
        schedulingStrategy="DAEMON",
        launchType="EC2",
    )
    account.advance(120)
    assert account.sizes == [1, 1]
    assert values(account)[-1] == 0
    account.advance(20 * 60)
    assert desired(account) == 0


def test_tasks_without_a_provider_scale_nothing(account):
    """Developer guide, managed scaling behavior: a launch type's tasks are ignored, even
    those that the provider's instances run.
    """
    account.provide(desired=1, scaling=ON)
    answer = account.call("RunTask", taskDefinition="job", launchType="EC2", count=3)
    assert len(answer["failures"]) == 1
    account.advance(300)
    assert desired(account) == 1


def test_an_idle_day_costs_three_events_a_minute(account):
    """The clock rings for the provider's datapoint and for each of its two
    alarms, and the timeline stays still.
    """
    account.provide(desired=2, scaling=ON)
    account.keep(4)
    account.advance(600)
    lines, rings = len(account.timeline), 0
    until_ms = account.plane.clock.now_ms + 86_400_000
    while account.plane.clock.next_due_ms() <= until_ms:
        account.plane.clock.step()
        rings += 1
    assert rings <= 3 * 1440 + 5
    assert len(account.timeline) == lines
