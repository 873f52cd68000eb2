"""How tasks leave their load balancers, cause by cause: whether they drain
first, and by when all of them is over.
"""

from itertools import pairwise, product
from random import Random

import pytest
from account import NETWORK, Account
from behind_a_balancer import front, web
from shapes import model

from ecslab.ecs.model.tasks import Stage
from ecslab.ecs.tasks.leaving import WAYS, leaving
from ecslab.traffic.flows import goal
from ecslab.traffic.load_balancer import BalancerTurns
from ecslab.world.traffic import steady

SPOT = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
WARNING_MS = 120_000
STUBBORN = {"ignores_sigterm": True}


@pytest.fixture
def account():
    """An account whose cluster may use Fargate Spot."""
    account = Account()
    account.call(
        "PutClusterCapacityProviders",
        cluster="default",
        capacityProviders=["FARGATE", "FARGATE_SPOT"],
        defaultCapacityProviderStrategy=[],
    )
    return account


def up(account, count=2, *, delay_s=300, stop_timeout=None, **behaviour):
    """A service on Fargate Spot behind a target group, which is steady; the group's listener."""
    image = account.images.push("web:1", **behaviour)
    web(account, image, **({} if stop_timeout is None else {"stopTimeout": stop_timeout}))
    group = account.balancers.make(interval_s=10, deregistration_delay_s=delay_s)
    account.call(
        "CreateService",
        serviceName="web",
        taskDefinition="web",
        desiredCount=count,
        capacityProviderStrategy=SPOT,
        networkConfiguration=NETWORK,
        loadBalancers=front(group),
    )
    account.advance(200)
    return next(iter(account.balancers.rules))


def interrupt(account, *names):
    """AWS takes capacity back."""
    for task in account.plane.spot.running(names):
        account.plane.spot.interrupt(task)


def at(account, subject, kind):
    """When something happened first to a subject, in milliseconds; None when it never did."""
    return next((e.at_ms for e in account.timeline if (e.subject, e.kind) == (subject, kind)), None)


def ended(account, label="task/1"):
    """(deregistered, told to stop, its program over), in milliseconds
    from when its stop was wanted.
    """
    over = [at(account, f"{label}/app", kind) for kind in ("exited", "killed")]
    moments = [
        at(account, label, "target draining"),
        at(account, f"{label}/app", "SIGTERM"),
        next((ms for ms in over if ms is not None), None),
    ]
    wanted = at(account, label, "stop wanted")
    return tuple(ms - wanted for ms in moments)


def test_every_stop_code_of_aws_has_its_way():
    """Facts, section 1.2: whatever botocore knows; an older one knows fewer."""
    assert set(model().shape_for("TaskStopCode").enum) <= set(WAYS)


def test_an_interrupted_task_does_not_wait_for_its_deregistration_delay(account):
    """Facts, sections 8.2 and 11: deregistered and told to stop with the
    warning, long before the 300 s are over.
    """
    up(account, delay_s=300)
    [first, _] = account.tasks_of("web")
    interrupt(account, first)
    account.advance(200)
    assert ended(account) == (0, 1_000, 2_000)
    assert account.task(first)["lastStatus"] == "STOPPED"


@pytest.mark.parametrize("stop_timeout", [2, 119, 120])
def test_two_minutes_after_the_warning_nothing_runs(account, stop_timeout):
    """Facts, section 8.2: stopTimeout counts from SIGTERM, the two minutes from
    the warning; the earlier end comes.
    """
    up(account, stop_timeout=stop_timeout, **STUBBORN)
    interrupt(account, account.tasks_of("web")[0])
    account.advance(200)
    assert ended(account) == (0, 1_000, min(1_000 + 1_000 * stop_timeout, WARNING_MS))


def test_containers_that_stop_one_after_the_other_share_the_two_minutes(account):
    """Facts, sections 1.3 and 8.2: each has its stopTimeout, all of
    them together have what is left.
    """
    names = ("first", "second", "third")
    image = account.images.push("stubborn:1", **STUBBORN)
    containers = [{"name": name, "image": image, "stopTimeout": 50} for name in names]
    for before, after in pairwise(containers):
        after["dependsOn"] = [{"containerName": before["name"], "condition": "START"}]
    account.register("job", *containers)
    [task] = account.run("job", launchType=None, capacityProviderStrategy=SPOT)
    account.advance(60)
    interrupt(account, task)
    account.advance(200)
    wanted = at(account, "task/1", "stop wanted")
    killed = [at(account, f"task/1/{name}", "killed") - wanted for name in reversed(names)]
    assert killed == [50_000, 100_000, WARNING_MS]


def test_a_task_that_drains_is_taken_back_all_the_same(account):
    """Facts, section 8.2: the host is gone two minutes after the warning, whatever the
    task was doing; its code stays the first.
    """
    up(account, 2, delay_s=300, stop_timeout=120, **STUBBORN)
    account.call("UpdateService", service="web", desiredCount=1)
    account.advance(60)
    [going] = [
        t for t in account.plane.state.clusters["default"].tasks.values() if t.desired == "STOPPED"
    ]
    warned_ms = account.plane.clock.now_ms
    interrupt(account, going.id)
    account.advance(121)
    assert at(account, f"{going.label}/app", "SIGTERM") == warned_ms + 1_000
    assert at(account, f"{going.label}/app", "killed") == warned_ms + WARNING_MS
    assert going.stop_code == "ServiceSchedulerInitiated"
    assert at(account, going.label, "hastened") == warned_ms


def test_stop_task_deregisters_and_stops_together(account):
    """Facts, section 1.1: StopTask waits for no delay; sources contradict
    each other about which comes first.
    """
    up(account, delay_s=300)
    account.call("StopTask", task=account.tasks_of("web")[0])
    account.advance(60)
    assert ended(account) == (0, 1_000, 2_000)


def test_a_service_drains_before_it_stops(account):
    """Facts, sections 5.7 and 6.1: scaling in deregisters a round later, waits
    out the delay, and only then stops.
    """
    up(account, 1, delay_s=300)
    account.call("UpdateService", service="web", desiredCount=0)
    account.advance(400)
    assert ended(account) == (10_000, 310_000, 311_000)


CAUSES = {
    "UserInitiated": lambda account: account.call("StopTask", task=account.tasks_of("web")[0]),
    "SpotInterruption": interrupt,
    "ServiceSchedulerInitiated": lambda account: account.call(
        "UpdateService", service="web", desiredCount=0
    ),
}


@pytest.mark.parametrize(("code", "delay_s"), list(product(CAUSES, [0, 1, 30, 3600])))
def test_only_causes_that_drain_wait_for_a_delay_and_none_outlives_its_bound(
    account, code, delay_s
):
    """Facts, sections 1.1, 6.1 and 8.2: the rule of `tasks/leaving.py`, seen from outside."""
    up(account, 1, delay_s=delay_s, stop_timeout=120, **STUBBORN)
    CAUSES[code](account)
    account.advance(delay_s + 200)
    _, told, over = ended(account)
    way = leaving(code)
    assert told - 11_000 <= 1_000 * delay_s if way.drains else told == 1_000
    assert told >= 1_000 * delay_s or not way.drains
    assert over == min(told + WARNING_MS, way.within_ms or told + WARNING_MS)
    assert account.plane.state.clusters["default"].tasks, "a stopped task is remembered for an hour"


def ask(account, listener, times=1):
    """The status of each request to a listener."""
    turns = account.plane.composer.make(BalancerTurns)
    where = account.balancers.listener(listener)
    return [turns.answer(where, "lb", "/").status for _ in range(times)]


def send(account, listener, rate=30):
    """Traffic from now on."""
    return account.region.traffic.send(
        goal(account.plane.state, account.plane.neighbours.balancers, listener), steady(rate)
    )


@pytest.mark.parametrize("code", ["UserInitiated", "SpotInterruption"])
def test_requests_that_still_reach_a_stopping_task_fail_for_seconds(account, code):
    """Facts, sections 8.2 and 11: SIGTERM comes before every node of the load
    balancer knows: 502, for three seconds.
    """
    listener = up(account, 3, delay_s=300)
    flow = send(account, listener)
    account.advance(30)
    victim = account.tasks_of("web")[0]
    if code == "UserInitiated":
        account.call("StopTask", task=victim)
    else:
        interrupt(account, victim)
    account.advance(2)
    calls = ask(account, listener, 3)
    account.advance(60)
    assert sorted(calls) == [200, 200, 502]
    assert flow.errors == 30  # a third of 30 requests a second, for three seconds
    [began] = account.timeline.where(kind="errors began")
    assert began.why == "33 % of requests: web:1 refuses connections"


def test_no_request_fails_when_a_service_lets_a_task_go(account):
    """Facts, section 6.1: by the time it is told to stop nobody sends it anything."""
    listener = up(account, 3, delay_s=30)
    flow = send(account, listener)
    account.call("UpdateService", service="web", desiredCount=2)
    account.advance(120)
    assert (flow.errors, flow.requests) == (0, 3600)


def test_a_delay_shorter_than_the_news_loses_requests(account):
    """Facts, section 11: with a delay of 0 a task is told to stop while requests still come."""
    listener = up(account, 3, delay_s=0)
    flow = send(account, listener)
    account.call("UpdateService", service="web", desiredCount=2)
    account.advance(120)
    assert flow.errors == 40  # a third of 30 requests a second, for four seconds


def test_a_service_wholly_on_spot_answers_nobody_until_it_is_replaced(account):
    """Facts, section 8.2: two minutes are for finishing, not for
    answering until somebody else does.
    """
    listener = up(account, 3, delay_s=300)
    flow = send(account, listener)
    account.advance(30)
    interrupt(account)
    account.advance(10)
    assert ask(account, listener) == [503]
    account.advance(190)
    assert ask(account, listener) == [200]
    dark_s = flow.errors / 30
    assert 20 < dark_s < 60


@pytest.mark.parametrize("seed", range(8))
def test_in_a_storm_no_interrupted_task_outlives_its_two_minutes(seed):
    """Facts, section 8.2: whatever else happens to it meanwhile; and a task that drains
    has its delay unless somebody hastens it.
    """
    chance, account = Random(seed), Account(seed)
    account.call(
        "PutClusterCapacityProviders",
        cluster="default",
        capacityProviders=["FARGATE_SPOT"],
        defaultCapacityProviderStrategy=[],
    )
    up(
        account,
        4,
        delay_s=chance.choice([0, 60, 300]),
        stop_timeout=chance.choice([2, 120]),
        **chance.choice([STUBBORN, {"stops_in": 70}]),
    )
    tasks = account.plane.state.clusters["default"].tasks
    for _ in range(40):
        act, there = (
            chance.randrange(4),
            [t for t in tasks.values() if t.stage < Stage.STOPPING and t.over_by_ms is None],
        )
        if act == 0 and there:
            interrupt(account, chance.choice(there).id)
        elif act == 1 and there:
            account.call("StopTask", task=chance.choice(there).id)
        elif act == 2:
            account.call("UpdateService", service="web", desiredCount=chance.randrange(5))
        elif there:
            account.call("UpdateService", service="web", forceNewDeployment=True)
        for _ in range(chance.choice([1, 10, 130])):
            account.advance(1)
            for task in tasks.values():
                if task.over_by_ms is not None and account.plane.clock.now_ms >= task.over_by_ms:
                    assert not [c for c in task.containers if c.status == "RUNNING"]
    assert any(t.over_by_ms for t in tasks.values())
