"""Fargate Spot: interruptions with their warning, and no capacity to be had."""

from collections import Counter

import pytest
from account import NETWORK, Account

from ecslab.ground.errors import LabError

FARGATE, SPOT = "FARGATE", "FARGATE_SPOT"
STRATEGY = [
    {"capacityProvider": FARGATE, "base": 1, "weight": 1},
    {"capacityProvider": SPOT, "weight": 3},
]
UNAVAILABLE = (
    "Capacity is unavailable at this time. Please try again later or in a different "
    "availability zone"
)


@pytest.fixture
def account():
    """An account whose cluster may use both Fargate providers,
    with a task definition called web.
    """
    account = Account()
    account.call(
        "PutClusterCapacityProviders",
        cluster="default",
        capacityProviders=[FARGATE, SPOT],
        defaultCapacityProviderStrategy=STRATEGY,
    )
    account.register("web")
    return account


def run(account, family="web", **more):
    """Run one task on Spot; its id."""
    strategy = [{"capacityProvider": SPOT, "weight": 1}]
    [task] = account.run(family, launchType=None, capacityProviderStrategy=strategy, **more)
    return task


def serve(account, desired):
    """A service on the default strategy, which is steady."""
    account.call(
        "CreateService",
        serviceName="site",
        taskDefinition="web",
        desiredCount=desired,
        networkConfiguration=NETWORK,
    )
    account.advance(300)


def interrupt(account, *tasks):
    """AWS takes capacity back."""
    for task in account.plane.spot.running(tasks):
        account.plane.spot.interrupt(task)


def providers(account):
    """How many running tasks are on which provider."""
    told = account.call("DescribeTasks", tasks=account.tasks_of("site"))["tasks"]
    return Counter(t["capacityProviderName"] for t in told if t["lastStatus"] == "RUNNING")


@pytest.mark.parametrize(("timeout_s", "takes_s"), [(None, 30), (120, 120), (2, 2)])
def test_an_interrupted_task_has_its_stop_timeout_to_finish(account, timeout_s, takes_s):
    """Facts, sections 1.2, 1.3 and 8.2: SIGTERM at once, SIGKILL after
    stopTimeout (30 s unless given, at most 120).
    """
    stubborn = account.images.push("stubborn:1", stops_in=1000)
    more = {} if timeout_s is None else {"stopTimeout": timeout_s}
    account.register("job", {"name": "app", "image": stubborn} | more)
    task = run(account, "job")
    account.advance(120)
    warned_s = account.plane.clock.now_ms / 1000
    interrupt(account, task)
    account.advance(300)
    told = account.task(task)
    assert (told["stopCode"], told["stoppedReason"]) == (
        "SpotInterruption",
        "Your Spot Task was interrupted.",
    )
    assert told["containers"][0]["exitCode"] == 137
    assert told["executionStoppedAt"] - account.plane.clock.timestamp(0) == pytest.approx(
        warned_s + takes_s, abs=1.1
    )


def test_the_warning_is_an_event_of_a_task_that_still_runs(account):
    """Facts, section 8.2: EventBridge hears lastStatus RUNNING, desiredStatus
    STOPPED and the code before anything stops.
    """
    serve(account, 3)
    account.bus.events.clear()
    [task, *_] = account.plane.spot.running(())
    interrupt(account, task.id)
    kind, resources, detail = account.bus.events[0]
    assert (kind, resources) == ("ECS Task State Change", [task.arn])
    assert (detail["lastStatus"], detail["desiredStatus"]) == ("RUNNING", "STOPPED")
    assert (detail["stopCode"], detail["stoppedReason"]) == (
        "SpotInterruption",
        "Your Spot Task was interrupted.",
    )
    assert account.bus.events[1][2]["version"] == detail["version"] + 1


def test_a_service_replaces_interrupted_tasks_on_spot(account):
    """Facts, section 8.2: the scheduler hears of the interruption at once, and the ratio stays."""
    serve(account, 9)
    before = providers(account)
    interrupt(account)
    account.advance(300)
    assert providers(account) == before == Counter({FARGATE: 3, SPOT: 6})


def test_without_capacity_a_service_asks_again_and_never_falls_back(account):
    """Facts, sections 5.3, 5.4 and 8.2: the event,
    RESOURCE:FARGATE, and Fargate's own share only.
    """
    account.plane.spot.offer(available=False)
    serve(account, 9)
    account.advance(3600)
    assert providers(account) == Counter({FARGATE: 3})
    said = f"(service site) was unable to place a task. Reason: {UNAVAILABLE}."
    assert account.messages("site").count(said) == 1
    actions = [d for kind, _, d in account.bus.events if kind == "ECS Service Action"]
    failures = [d["reason"] for d in actions if d["eventName"] == "SERVICE_TASK_PLACEMENT_FAILURE"]
    assert failures == ["RESOURCE:FARGATE"]
    assert account.plane.settled
    account.plane.spot.offer(available=True)
    account.advance(120)
    assert providers(account) == Counter({FARGATE: 3, SPOT: 6})


def test_capacity_that_comes_back_by_itself_is_found_within_a_minute(account):
    """Facts, section 8.2: the service keeps asking; that it does so every minute is pedagogical."""
    account.plane.spot.offer(available=False)
    serve(account, 2)
    account.plane.spot.available = True  # nobody tells the services
    account.advance(60 + 60)
    assert providers(account) == Counter({FARGATE: 1, SPOT: 1})


def test_run_task_without_capacity_is_a_failure(account):
    """Facts, section 4: the other providers' tasks start; the
    failure says why the rest does not.
    """
    account.plane.spot.offer(available=False)
    answer = account.call("RunTask", taskDefinition="web", count=5, networkConfiguration=NETWORK)
    assert [t["capacityProviderName"] for t in answer["tasks"]] == [FARGATE, FARGATE]
    assert answer["failures"] == [{"reason": UNAVAILABLE}]


def test_a_task_on_its_way_up_is_interrupted_too(account):
    """It never ran: nothing to signal."""
    task = run(account)
    interrupt(account, task)
    account.advance(60)
    assert account.task(task)["lastStatus"] == "STOPPED"
    assert account.task(task)["stopCode"] == "SpotInterruption"


def test_interrupting_what_is_not_a_live_spot_task_is_a_mistake(account):
    """Misuse of the lab says so."""
    with pytest.raises(LabError, match="nothing to interrupt"):
        account.plane.spot.running(())
    [plain] = account.run("web")
    with pytest.raises(LabError, match="launch type FARGATE"):
        account.plane.spot.running([plain])
    with pytest.raises(LabError, match="no task 'nobody'"):
        account.plane.spot.running(["nobody"])
    task = run(account)
    interrupt(account, task)
    with pytest.raises(LabError, match="stopped already"):
        account.plane.spot.running([task])
