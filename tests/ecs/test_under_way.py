"""What is under way is worked out from the state: when there
is nothing, nothing happens by itself.
"""

from contextlib import suppress

import pytest
import test_instance_storms
import test_load_balancer_storms
import test_looking_again
import test_storms
import test_traffic_shift_storms
from account import Account
from at_rest import rests, settle
from behind_a_balancer import front, web
from two_colours import CHECK, TwoColours, hook

from ecslab.ground.errors import AwsError

STORMS = {
    "services": test_storms.storm,
    "balancers": test_load_balancer_storms.storm,
    "grace periods": test_looking_again.storm,
    "instances": test_instance_storms.storm,
    "traffic shifts": lambda seed: test_traffic_shift_storms.storm(seed).account,
}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", STORMS)
def test_after_any_storm_an_account_with_nothing_under_way_stays_as_it_is(kind, seed):
    """For an hour nothing happens but what a program, a metric or a schedule
    brings about; else something is named.
    """
    account = STORMS[kind](seed)
    if seed % 2:
        for service in list(account.plane.state.clusters["default"].services):
            with suppress(AwsError):
                account.call("DeleteService", service=service, force=True)
    if not rests(account):
        assert [str(move) for move in account.plane.under_way]


# What is under way, and what it is called


@pytest.fixture
def account():
    """An account with a family that works."""
    account = Account()
    account.register("web")
    return account


def left(account, hours=1):
    """What is under way when so much time has passed, unless nothing was under way before."""
    settle(account, lambda: account.plane.under_way, hours * 3_600_000)
    return [str(move) for move in account.plane.under_way]


def test_a_deleted_service_is_under_way_until_it_is_inactive(account):
    """Facts, section 5.1: DRAINING until none of its tasks runs; that
    it was steady counts for nothing.
    """
    account.serve("web", "web", 2)
    assert left(account) == []
    account.call("DeleteService", service="web", force=True)
    assert [str(move) for move in account.plane.under_way] == ["service/web is DRAINING"]
    assert left(account) == []
    assert account.service("web")["status"] == "INACTIVE"
    assert account.network.interfaces == {}


def test_a_crash_loop_is_under_way_for_ever(account):
    """Facts, section 5.2: what never reaches RUNNING is tried again when the throttle ends."""
    account.register("gone", image="123456789012.dkr.ecr.us-east-1.amazonaws.com/gone:1")
    account.serve("web", "gone", 1)
    [throttled] = left(account)
    assert throttled.startswith("service/web starts no task before its throttle ends, ")
    account.call("UpdateService", service="web", taskDefinition="web")
    assert left(account) == []


def test_a_dependency_that_never_comes_is_under_way(account):
    """Facts, section 1.3: the container that waits says for what."""
    never = account.images.push("never:1", healthy_after=None)
    check = {"command": ["CMD", "healthy"], "interval": 300, "retries": 10}
    database = {"name": "database", "image": never, "healthCheck": check, "startTimeout": 120}
    waits = {"dependsOn": [{"containerName": "database", "condition": "HEALTHY"}]}
    account.register("app", database, {"name": "app", "image": "nginx"} | waits)
    account.run("app")
    assert left(account, hours=1 / 60) == ["task/1 is ACTIVATING: app waits for database HEALTHY"]


def test_an_open_hook_and_a_bake_time_are_under_way():
    """Facts, section 7.1: a stage waits for its hooks, BAKE_TIME for time."""
    two = TwoColours(config={"lifecycleHooks": [hook("POST_SCALE_UP")]})
    answers = ["IN_PROGRESS"]
    two.code[CHECK] = lambda _event: {"hookStatus": answers[-1]}
    two.deploy()
    assert left(two.account) == ["service/web deploys, in POST_SCALE_UP: a hook is open"]
    answers.append("SUCCEEDED")
    assert left(two.account, hours=1 / 20) == ["service/web deploys, in BAKE_TIME"]
    assert left(two.account) == []


def test_a_task_nobody_has_judged_yet_is_under_way(account):
    """Facts, section 1.3: a health check gives its first verdict after an
    interval; no service waits for this task.
    """
    check = {"command": ["CMD", "healthy"], "interval": 60}
    account.register("checked", {"name": "app", "image": "nginx", "healthCheck": check})
    [task] = account.run("checked")
    assert left(account, hours=1 / 60) == ["task/1 waits for the first verdict on app's health"]
    assert left(account) == []
    assert account.task(task)["healthStatus"] == "HEALTHY"


def test_an_ill_task_is_under_way_until_its_grace_period_ends(account):
    """Facts 2, section 31, row 1: the lab says until when; from then
    on its replacement is under way.
    """
    group = account.balancers.make(interval_s=10)
    web(account, account.images.push("wrong:1", answers=500), "wrong")
    account.serve("web", "wrong", 1, loadBalancers=front(group), healthCheckGracePeriodSeconds=7200)
    ill = "service/web lets task/1 be ill until its grace period ends, 7220 s after the lab began"
    assert left(account) == [ill]


def test_what_is_being_deleted_is_under_way_unless_it_is_in_use(account):
    """DG:task-definition-state: a revision in DELETE_IN_PROGRESS goes once nothing uses it."""
    account.serve("web", "web", 1)
    account.call("DeregisterTaskDefinition", taskDefinition="web:1")
    account.call("DeleteTaskDefinitions", taskDefinitions=["web:1"])
    assert left(account) == []
    account.call("DeleteService", service="web", force=True)
    account.advance(120)
    assert [str(move) for move in account.plane.under_way] == [
        "task-definition/web:1 is in DELETE_IN_PROGRESS"
    ]
    assert left(account) == []
    assert (
        account.call("ListTaskDefinitions", status="DELETE_IN_PROGRESS")["taskDefinitionArns"] == []
    )
