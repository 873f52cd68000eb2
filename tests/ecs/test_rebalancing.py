"""A steady service is balanced over its Availability Zones (facts, section 5.5)."""

import pytest
from account import Account
from capacity_fleet import Fleet
from fakes import SUBNETS
from hypothesis import given
from hypothesis import strategies as st
from refusals import refused

from ecslab.ecs.services.zone_balance import moves, told

THREE = {"awsvpcConfiguration": {"subnets": list(SUBNETS)}}
ZONE = "attribute:ecs.availability-zone"


@pytest.fixture
def account():
    """A Fargate account with a task definition called web."""
    account = Account()
    account.register("web")
    return account


@pytest.fixture
def fleet():
    """An account with two instances in the first zone, which hold two
    tasks of the definition job each.
    """
    fleet = Fleet()
    fleet.define()
    fleet.plane.neighbours.machines.launch()
    fleet.plane.neighbours.machines.launch()
    fleet.boot()
    return fleet


def zones(account, name="web"):
    """The zones of a service's live tasks, by their last letters."""
    tasks = account.plane.state.clusters["default"].services[name].tasks.values()
    return "".join(sorted(t.zone[-1] for t in tasks if t.desired == "RUNNING"))


def lopsided(account, desired=4, **more):
    """A service whose tasks are all in the first zone, as if its other
    subnets had just been given to it.
    """
    account.serve("web", "web", desired, networkConfiguration=THREE, **more)
    account.advance(1)
    for task in account.plane.state.clusters["default"].services["web"].tasks.values():
        task.zone, task.subnet = "us-east-1a", SUBNETS[0]


def on_instances(fleet, desired=4, **more):
    """A service on the fleet's instances, steady."""
    fleet.call(
        "CreateService",
        serviceName="web",
        taskDefinition="job",
        launchType="EC2",
        desiredCount=desired,
        **more,
    )
    fleet.advance(70)


def join(fleet, zone):
    """An instance registers in a zone."""
    fleet.plane.neighbours.machines.launch(zone=f"us-east-1{zone}")
    fleet.boot()


def test_a_steady_service_is_moved_into_the_emptier_zones(account):
    """Facts, sections 5.3 and 5.5: only once steady; started in the emptiest,
    healthy, then stopped in the fullest.
    """
    lopsided(account)
    account.advance(200)
    assert account.messages("web")[2:] == [
        "(service web) has reached a steady state.",
        "(service web) is not AZ balanced with 4 tasks in us-east-1a, 0 tasks in us-east-1b, 0 "
        "tasks in us-east-1c. AZ Rebalancing in progress.",
        "(service web) has started 1 tasks in us-east-1b to AZ Rebalance: (task task/5).",
        "(service web) has started 1 tasks in us-east-1c to AZ Rebalance: (task task/6).",
        "(service web) has stopped 2 running tasks in us-east-1a due to AZ rebalancing: (task "
        "task/2) (task task/1).",
        "(service web) is AZ balanced with 2 tasks in us-east-1a, 1 tasks in us-east-1b, 1 "
        "tasks in us-east-1c.",
        "(service web) has reached a steady state.",
    ]
    happened = {kind: at for at, kind in account.story("service/web")[4:]}
    assert happened["rebalancing"] < happened["stopped tasks"] < happened["rebalanced"]
    assert (
        happened["stopped tasks"] - happened["started tasks"] == 70
    )  # RUNNING, and 40 seconds more


def test_the_stopped_tasks_say_who_stopped_them(account):
    """Facts, section 5.5; the reason is the developer guide's, "Track Amazon
    ECS Availability Zone rebalancing".
    """
    lopsided(account)
    account.advance(200)
    ended = [
        e.subject for e in account.timeline if e.kind == "STOPPED" and e.subject.startswith("task/")
    ]
    cluster = account.plane.state.clusters["default"]
    gone = [t for t in cluster.tasks.values() if t.label in ended]
    of_service = cluster.services["web"].primary.id
    assert {(t.stop_code, t.stopped_reason) for t in gone} == {
        (
            "ServiceSchedulerInitiated",
            f"Availability-zone rebalancing initiated by (deployment {of_service})",
        )
    }
    assert len(gone) == 2


def test_eventbridge_hears_of_a_rebalancing(account):
    """Facts, sections 5.4 and 5.5: SERVICE_REBALANCING_STARTED and the names that belong to it."""
    lopsided(account)
    account.advance(200)
    names = [d["eventName"] for kind, _, d in account.bus.events if kind == "ECS Service Action"]
    assert names[names.index("SERVICE_REBALANCING_STARTED") :] == [
        "SERVICE_REBALANCING_STARTED",
        "TASKS_STARTED",
        "TASKS_STARTED",
        "TASKS_STOPPED",
        "SERVICE_REBALANCING_COMPLETED",
        "SERVICE_STEADY_STATE",
    ]


def test_it_never_has_fewer_healthy_tasks_than_wanted_nor_more_than_allowed(account):
    """Facts, sections 5.5 and 6.1: with a maximum of 125 % of four tasks, one at a time."""
    lopsided(account, deploymentConfiguration={"maximumPercent": 125, "minimumHealthyPercent": 100})
    account.advance(70)
    for _ in range(40):
        account.advance(5)
        there = account.service("web")
        assert there["runningCount"] >= 4
        assert there["runningCount"] + there["pendingCount"] <= 5
    assert zones(account) == "aabc"
    assert sum("to AZ Rebalance" in m for m in account.messages("web")) == 2
    assert sum("not AZ balanced" in m for m in account.messages("web")) == 1


def test_on_instances_tasks_move_once_a_zone_has_an_instance(fleet):
    """Facts, section 5.5: nothing to do while the zone is empty of
    instances; none is launched for it.
    """
    on_instances(fleet)
    fleet.advance(3600)
    assert (zones(fleet), len(fleet.messages("web"))) == ("aaaa", 3)
    join(fleet, "b")
    fleet.advance(150)
    assert zones(fleet) == "aabb"
    assert fleet.sizes == [
        1,
        1,
        2,
    ]  # within the zone by the stop order: the instances with the most tasks


def test_a_zone_without_room_is_said_and_tried_again_when_there_is_some(fleet):
    """Facts, section 5.5: it launches no instances; the texts are the developer guide's."""
    on_instances(fleet)
    fleet.define("big", cpu=2048)
    fleet.plane.neighbours.machines.launch(zone="us-east-1b")
    fleet.plane.instances.sync()
    fleet.advance(44)
    before = len(fleet.messages("web"))
    fleet.advance(1)
    blocker = fleet.call("RunTask", taskDefinition="big", launchType="EC2")["tasks"][0]
    fleet.advance(120)
    assert fleet.messages("web")[before:] == [
        "(service web) is not AZ balanced with 4 tasks in us-east-1a, 0 tasks in us-east-1b. "
        "AZ Rebalancing in progress.",
        "(service web) is unable to place a task in us-east-1b because no container instance "
        "met all of its requirements.",
        "(service web) stopped AZ Rebalancing.",
    ]
    assert zones(fleet) == "aaaa"
    fleet.call("StopTask", task=blocker["taskArn"])
    fleet.advance(200)
    assert zones(fleet) == "aabb"


def test_a_provider_that_ecs_scales_is_not_scaled_for_it():
    """Facts, section 5.5: it does not launch EC2 instances: no task waits for capacity."""
    fleet = Fleet()
    fleet.define()
    fleet.provide(desired=2, scaling={"status": "ENABLED"})
    fleet.keep(4)
    fleet.advance(70)
    fleet.define("big", cpu=2048)
    fleet.plane.neighbours.machines.launch(zone="us-east-1b", group="mine")
    fleet.plane.instances.sync()
    fleet.advance(45)
    fleet.go(family="big")
    fleet.advance(120)
    assert fleet.stages == {"RUNNING": 5}
    assert zones(fleet, "site") == "aaaa"
    assert "(service site) stopped AZ Rebalancing." in fleet.messages("site")


def test_a_new_deployment_ends_it(account):
    """Facts, section 5.5: rebalancing is for steady services;
    SERVICE_REBALANCING_STOPPED, and the rollout goes its way.
    """
    lopsided(account)
    account.advance(90)
    account.register("web")
    account.call("UpdateService", service="web", taskDefinition="web")
    account.advance(300)
    assert "(service web) stopped AZ Rebalancing." in account.messages("web")
    names = [d.get("eventName") for _, _, d in account.bus.events]
    assert "SERVICE_REBALANCING_STOPPED" in names
    assert account.service("web")["deployments"][0]["rolloutState"] == "COMPLETED"
    assert max(zones(account).count(z) for z in "abc") == 2
    assert len(zones(account)) == 4


def test_a_task_that_dies_on_the_way_ends_it_and_it_begins_again(account):
    """Facts, section 5.5: the number that is wanted goes first, balance second."""
    lopsided(account)
    account.advance(90)
    account.call("StopTask", task=account.tasks_of("web")[0])
    account.advance(400)
    assert "(service web) stopped AZ Rebalancing." in account.messages("web")
    assert zones(account) in {"aabc", "abbc", "abcc"}
    assert account.plane.settled


def test_a_replacement_that_cannot_start_is_throttled_like_any_other(account):
    """Facts, sections 5.2 and 5.5: the tasks that run stay; the pauses grow."""
    lopsided(account)
    account.advance(60)
    account.images.missing.add("nginx")
    account.advance(3600)
    assert zones(account) == "aaaa"
    starts = [at for at, kind in account.story("service/web") if kind == "rebalancing"]
    assert 2 < len(starts) < 20
    account.images.missing.clear()
    account.advance(3600)
    assert zones(account) == "aabc"


def test_disabled_nothing_moves_and_update_service_switches_it(account):
    """Facts, section 5.5: UpdateService keeps the value unless it is given one,
    and starts no deployment for it (5.6).
    """
    lopsided(account, availabilityZoneRebalancing="DISABLED")
    account.advance(600)
    account.call("UpdateService", service="web", desiredCount=4)
    account.advance(600)
    assert (zones(account), account.service("web")["availabilityZoneRebalancing"]) == (
        "aaaa",
        "DISABLED",
    )
    account.call("UpdateService", service="web", availabilityZoneRebalancing="ENABLED")
    account.advance(200)
    assert (zones(account), len(account.service("web")["deployments"])) == ("aabc", 1)


def test_switched_off_on_the_way_it_stops(account):
    """Facts, section 5.5: the tasks that were started for it are surplus then."""
    lopsided(account)
    account.advance(90)
    account.call("UpdateService", service="web", availabilityZoneRebalancing="DISABLED")
    account.advance(200)
    assert "(service web) stopped AZ Rebalancing." in account.messages("web")
    assert not any("AZ balanced with 2" in m for m in account.messages("web"))
    assert account.service("web")["runningCount"] == 4


MAX_100 = {"deploymentConfiguration": {"maximumPercent": 100, "minimumHealthyPercent": 50}}
INELIGIBLE = [
    (MAX_100, "AvailabilityZoneRebalancing does not support maximumPercent <= 100"),
    ({"schedulingStrategy": "DAEMON", "desiredCount": ...}, "the DAEMON scheduling strategy"),
    ({"launchType": "EXTERNAL"}, "the EXTERNAL launch type"),
    (
        {"placementConstraints": [{"type": "memberOf", "expression": f"{ZONE} == us-east-1a"}]},
        "a placement constraint on attribute:ecs.availability-zone",
    ),
    (
        {"placementStrategy": [{"type": "binpack", "field": "cpu"}]},
        "a first placement strategy other than",
    ),
    ({"placementStrategy": [{"type": "random"}]}, "a first placement strategy other than"),
    (
        {
            "placementStrategy": [
                {"type": "spread", "field": "host"},
                {"type": "spread", "field": ZONE},
            ]
        },
        "a first placement strategy other than",
    ),
]


def wanted(change):
    """A request for a service on instances."""
    asked = {
        "serviceName": "web",
        "taskDefinition": "any",
        "desiredCount": 1,
        "launchType": "EC2",
    } | change
    return {k: v for k, v in asked.items() if v is not ...}


@pytest.mark.parametrize(("change", "text"), INELIGIBLE, ids=[t for _, t in INELIGIBLE])
def test_a_service_that_is_not_eligible_cannot_have_it_and_is_without_it(fleet, change, text):
    """Facts, section 5.5, eligible: asked for, it is refused; else it is DISABLED."""
    fleet.define("any", requiresCompatibilities=[])
    error = refused(
        fleet, "CreateService", **wanted(change | {"availabilityZoneRebalancing": "ENABLED"})
    )
    assert (error.code, text in error.message) == ("InvalidParameterException", True)
    made = fleet.call("CreateService", **wanted(change))["service"]
    assert made["availabilityZoneRebalancing"] == "DISABLED"


@pytest.mark.parametrize(
    "change",
    [
        {},
        {
            "placementStrategy": [
                {"type": "spread", "field": ZONE},
                {"type": "binpack", "field": "cpu"},
            ]
        },
        {"placementConstraints": [{"type": "distinctInstance"}]},
    ],
)
def test_it_is_on_unless_told_otherwise(fleet, change):
    """Facts, section 5.5, default: ENABLED for an eligible service."""
    fleet.define("any")
    assert (
        fleet.call("CreateService", **wanted(change))["service"]["availabilityZoneRebalancing"]
        == "ENABLED"
    )


def test_an_enabled_service_does_not_become_one_that_cannot_have_it(account):
    """Facts, section 5.5: not with a maximum of 100 %, until it is DISABLED; a
    service that was without it stays so.
    """
    account.serve("web", "web", 2)
    error = refused(account, "UpdateService", service="web", **MAX_100)
    assert error.message == "AvailabilityZoneRebalancing does not support maximumPercent <= 100"
    account.call("UpdateService", service="web", availabilityZoneRebalancing="DISABLED", **MAX_100)
    roomy = {"maximumPercent": 200, "minimumHealthyPercent": 100}
    account.call("UpdateService", service="web", deploymentConfiguration=roomy)
    assert account.service("web")["availabilityZoneRebalancing"] == "DISABLED"


def test_an_idle_day_in_balance_costs_nothing(account):
    """A service is looked at when something changes: the day has the
    reminders of its steady state only.
    """
    account.serve("web", "web", 4, networkConfiguration=THREE)
    account.advance(300)
    before = len(account.messages("web"))
    account.advance(86_400)
    assert len(account.messages("web")) == before + 4


COUNTS = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 9))


@given(counts=COUNTS, usable=st.sets(st.sampled_from("abcd")), most=st.integers(0, 40))
def test_moves_balance_whatever_there_was(counts, usable, most):
    """Facts, section 5.5, balanced means: floor(desired / zones) each and the remainder
    one each, as far as zones can be used.
    """
    found = moves(counts, usable, most)
    after = {zone: counts.get(zone, 0) for zone in {*counts, *usable}}
    for fullest, emptiest in found:
        assert after[fullest] > after[emptiest] + 1
        assert emptiest in usable
        after[fullest] -= 1
        after[emptiest] += 1
    assert sum(after.values()) == sum(counts.values())
    assert len(found) <= most
    if usable and len(found) < most:
        assert max(after.values()) - min(after[zone] for zone in usable) <= 1
        assert moves(after, usable, most) == []


@pytest.mark.parametrize(
    ("counts", "usable", "said"),
    [
        ({"a": 2}, "ab", "1 tasks in a, 1 tasks in b"),
        ({"a": 3}, "ab", "2 tasks in a, 1 tasks in b"),
        ({"a": 5}, "abc", "2 tasks in a, 2 tasks in b, 1 tasks in c"),
        ({"a": 3, "b": 1, "c": 1}, "abc", "2 tasks in a, 2 tasks in b, 1 tasks in c"),
    ],
)
def test_the_guides_examples_come_out(counts, usable, said):
    """Facts, section 5.5, balanced means: 2 in 2 zones, 3 in 2, 5 in 3."""
    after = dict(counts)
    for fullest, emptiest in moves(counts, usable, 9):
        after[fullest] -= 1
        after[emptiest] = after.get(emptiest, 0) + 1
    assert told(after, usable) == said
