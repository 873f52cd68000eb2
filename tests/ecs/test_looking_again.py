"""A service is looked at again when its state says so: nothing that happens in
between makes it forget (facts, section 5.6).
"""

from contextlib import suppress
from random import Random

import pytest
from account import Account
from behind_a_balancer import front, web

from ecslab.ground.errors import AwsError

CHECK = {"command": ["CMD", "healthy"], "interval": 10, "retries": 2}
ROUNDS_MS = 20_000
BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


@pytest.fixture
def account():
    """An account with two families, a good one and one whose next revision will be bad."""
    return Account()


def behind_a_balancer(account):
    """A service of two behind a load balancer, and its next revision, which answers 500."""
    arn = account.balancers.make(interval_s=10)
    web(account)
    account.serve(
        "web",
        "web",
        2,
        loadBalancers=front(arn),
        healthCheckGracePeriodSeconds=120,
        deploymentConfiguration=BREAKER,
    )
    account.advance(120)
    web(account, account.images.push("wrong:1", answers=500))


def with_container_checks(account):
    """A service of two with a container health check, and its next revision, which fails it."""
    app = {"name": "app", "image": "nginx", "healthCheck": CHECK}
    account.register("web", app)
    account.serve(
        "web", "web", 2, healthCheckGracePeriodSeconds=120, deploymentConfiguration=BREAKER
    )
    account.advance(120)
    account.register("web", app | {"image": account.images.push("sick:1", healthy_after=None)})


@pytest.mark.parametrize("serve", [behind_a_balancer, with_container_checks])
def test_a_bad_release_is_replaced_after_its_grace_period_counted_and_rolled_back(account, serve):
    """Facts 2, section 31, row 1: ignored until the grace period ends, then
    replaced and counted by the breaker.
    """
    serve(account)
    good = account.tasks_of("web")
    account.call("UpdateService", service="web", taskDefinition="web")
    account.advance(60)
    bad = [t for t in account.tasks_of("web") if t not in good]
    assert len(bad) == 2
    account.advance(70)
    started = min(t for t, kind in account.story("task/3") if kind == "RUNNING")
    assert [account.task(t)["desiredStatus"] for t in bad] == ["RUNNING"] * 2
    account.advance(started + 120 + 20 - account.plane.clock.now_ms / 1000)
    assert [account.task(t)["desiredStatus"] for t in bad] == ["STOPPED"] * 2
    assert account.service("web")["deployments"][0]["failedTasks"] == 2
    account.advance(6 * 3600)
    service = account.service("web")
    assert [
        (d["taskDefinition"].rpartition("/")[2], d["rolloutState"]) for d in service["deployments"]
    ] == [("web:1", "COMPLETED")]
    assert account.tasks_of("web") == good
    newest = account.call("ListServiceDeployments", service="web")["serviceDeployments"][0]
    assert newest["status"] == "ROLLBACK_SUCCESSFUL"
    told = account.timeline.where(kind="circuit breaker")
    assert [event.why for event in told] == ["3 of 3 failures"]


# Whatever happens in between


def storm(seed: int, steps: int = 60) -> Account:
    """Services behind a load balancer and with container checks, with grace
    periods, while everything changes.
    """
    chance, account = Random(seed), Account(seed)
    group = account.balancers.make(interval_s=10)
    app = {"name": "app", "portMappings": [{"containerPort": 8080}]}
    push = account.images.push
    images = {
        "good": "nginx",
        "sick": push("sick:1", unhealthy_after=60),
        "never": push("never:1", healthy_after=None),
        "wrong": push("wrong:1", answers=500),
        "slow": push("slow:1", answers_after=70, healthy_after=70),
        "crash": push("crash:1", exits_after=45, exit_code=1),
        "gone": "123456789012.dkr.ecr.us-east-1.amazonaws.com/gone:1",
    }
    for family, image in images.items():
        account.register(family, app | {"image": image, "healthCheck": CHECK})
        account.register(f"{family}-plain", app | {"image": image})
    for name, balanced in (("web", True), ("api", False)):
        behind = {"loadBalancers": front(group)} if balanced else {}
        account.serve(name, "good", 3, healthCheckGracePeriodSeconds=60, **behind)
    since: dict[str, int] = {}
    for _ in range(steps):
        with suppress(AwsError):  # being refused is part of the weather
            _gust(chance, account, [f"{f}{end}" for f in images for end in ("", "-plain")])
        for _ in range(chance.choice([0, 1, 3, 12])):
            account.advance(10)
            watch(account, since)
    return account


def _gust(chance: Random, account: Account, families: list[str]) -> None:
    name, act = chance.choice(["web", "api"]), chance.randrange(6)
    if act == 0:
        account.call("UpdateService", service=name, desiredCount=chance.randrange(5))
    elif act in {1, 2}:
        limits = {
            "minimumHealthyPercent": chance.choice([0, 50, 100]),
            "maximumPercent": chance.choice([101, 150, 200]),
            "deploymentCircuitBreaker": {
                "enable": chance.random() < 0.5,
                "rollback": chance.random() < 0.7,
            },
        }
        account.call(
            "UpdateService",
            service=name,
            taskDefinition=chance.choice(families),
            deploymentConfiguration=limits,
        )
    elif act == 3:
        account.call(
            "UpdateService",
            service=name,
            healthCheckGracePeriodSeconds=chance.choice([0, 30, 150, 900]),
        )
    elif act == 4 and (tasks := account.tasks_of(name)):
        account.call("StopTask", task=chance.choice(tasks))
    elif act == 5:
        account.balancers.edit(
            next(iter(account.balancers.groups)), unhealthy_threshold=chance.choice([2, 4])
        )


def watch(account: Account, since: dict[str, int]) -> None:
    """Facts 2, section 31, row 1: two rounds after a task may be minded it is going,
    has a replacement, or something is said.

    Where maximumPercent leaves no room the ill ones go one after the other:
    then every two rounds something moves.
    """
    now_ms, ill = account.plane.clock.now_ms, set()
    for service in account.plane.state.clusters["default"].services.values():
        grace_ms = 1000 * service.settings["healthCheckGracePeriodSeconds"]
        live = [t for t in service.tasks.values() if t.desired == "RUNNING"]
        minded = [t for t in live if is_ill(t) and now_ms >= t.started_ms + grace_ms]
        ill |= {t.id for t in minded}
        if service.blocked:  # something stands in the way, and has been said
            since |= {t.id: now_ms for t in minded}
        late = [t for t in minded if now_ms - since.setdefault(t.id, now_ms) > ROUNDS_MS]
        replaced = len(live) - len(late) >= service.desired
        assert not late or replaced or moved(account, service), (
            f"{now_ms / 1000:g} s: nobody replaces an ill task"
        )
    for gone in set(since) - ill:
        del since[gone]


def moved(account: Account, service) -> bool:
    """Whether a task of the service was started or stopped within two rounds."""
    after_ms = account.plane.clock.now_ms - ROUNDS_MS
    story = account.timeline.where(service=service.name)
    return any(e.at_ms >= after_ms and e.kind in {"started tasks", "stop wanted"} for e in story)


def is_ill(task) -> bool:
    """Whether something that checks a task that runs shows it as unhealthy."""
    states = [registration.health.state for registration in task.targets]
    return task.last_status == "RUNNING" and (task.health == "UNHEALTHY" or "unhealthy" in states)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_a_task_that_stays_ill_is_replaced_two_rounds_after_its_grace_period(seed):
    """No event makes a service forget to look again; an hour later the same still holds."""
    account = storm(seed)
    since: dict[str, int] = {}
    for _ in range(360):
        account.advance(10)
        watch(account, since)


# Other times at which a service must look again


def test_a_task_that_nobody_checks_any_more_counts_as_healthy_all_the_same():
    """Facts, section 5.1: forty seconds after RUNNING, also when it lost its listener meanwhile."""
    account = Account()
    arn = account.balancers.make(interval_s=30)
    web(account)
    account.serve("web", "web", 1, loadBalancers=front(arn))
    account.advance(40)
    assert account.service("web")["runningCount"] == 1
    account.balancers.listen("web", {})
    account.advance(60)
    assert account.messages("web")[-1] == "(service web) has reached a steady state."


@pytest.mark.parametrize(("grace_s", "told_s"), [(90, 90), (0, 50), (400, 400)])
def test_who_is_told_of_an_unhealthy_target_goes_by_the_grace_period_there_is_then(grace_s, told_s):
    """Facts, sections 5.6 and 11: what UpdateService makes of it holds for tasks that
    run, in the next round at the latest.
    """
    account = Account()
    arn = account.balancers.make(interval_s=10)
    web(account, account.images.push("wrong:1", answers=500))
    account.serve("web", "web", 1, loadBalancers=front(arn), healthCheckGracePeriodSeconds=300)
    account.advance(60)
    account.call("UpdateService", service="web", healthCheckGracePeriodSeconds=grace_s)
    account.advance(600)
    started = next(t for t, kind in account.story("task/1") if kind == "RUNNING")
    events = reversed(account.service("web")["events"])
    told = next(e["createdAt"] for e in events if "is unhealthy in" in e["message"])
    assert 0 <= told - account.plane.clock.timestamp(0) - started - told_s <= 10


@pytest.mark.parametrize("checked_by", ["target group", "container"])
def test_a_surplus_task_that_is_stopped_in_its_grace_period_has_not_failed(account, checked_by):
    """Facts, section 5.6: its checks are ignored, though it may be stopped to reach the
    desired count: the breaker counts none.
    """
    slow = account.images.push("slow:1", healthy_after=200)
    if checked_by == "container":
        account.register("web", {"name": "app", "image": slow, "healthCheck": CHECK})
        more = {}
    else:
        web(account, slow)
        more = {"loadBalancers": front(account.balancers.make(interval_s=10))}
    account.serve(
        "web", "web", 8, healthCheckGracePeriodSeconds=300, deploymentConfiguration=BREAKER, **more
    )
    account.advance(100)
    account.call("UpdateService", service="web", desiredCount=2)
    account.advance(20)
    stopped = account.tasks_of("web", desiredStatus="STOPPED")
    reasons = {account.plain(account.task(t)["stoppedReason"]) for t in stopped}
    [deployment] = account.service("web")["deployments"]
    assert len(stopped) == 6
    assert reasons == {"Scaling activity initiated by (deployment web:1)"}
    assert (deployment["failedTasks"], deployment["rolloutState"]) == (0, "IN_PROGRESS")
    account.advance(300)
    assert account.service("web")["deployments"][0]["rolloutState"] == "COMPLETED"


def test_a_task_in_its_grace_period_keeps_its_share_of_the_capacity_providers(account):
    """Facts, sections 5.6 and 8.1: an illness that is ignored gives no
    other task the base that this one is.
    """
    web(account, account.images.push("slow:1", healthy_after=200))
    strategy = [
        {"capacityProvider": "FARGATE", "base": 1},
        {"capacityProvider": "FARGATE_SPOT", "weight": 1},
    ]
    account.call(
        "PutClusterCapacityProviders",
        cluster="default",
        capacityProviders=["FARGATE", "FARGATE_SPOT"],
        defaultCapacityProviderStrategy=[],
    )
    account.serve(
        "web",
        "web",
        1,
        launchType=None,
        capacityProviderStrategy=strategy,
        loadBalancers=front(account.balancers.make(interval_s=10)),
        healthCheckGracePeriodSeconds=300,
    )
    account.advance(100)
    account.call("UpdateService", service="web", desiredCount=3)
    account.advance(60)
    providers = [account.task(t)["capacityProviderName"] for t in account.tasks_of("web")]
    assert sorted(providers) == ["FARGATE", "FARGATE_SPOT", "FARGATE_SPOT"]


def test_a_starting_task_with_an_unhealthy_container_is_not_replaced():
    """Facts 2, section 31, row 4: health concerns a service once its task has reached RUNNING."""
    account = Account()
    never = account.images.push("never:1", healthy_after=None)
    database = {"name": "database", "image": never, "healthCheck": CHECK}
    waits = {"dependsOn": [{"containerName": "database", "condition": "HEALTHY"}]}
    account.register("web", database, {"name": "app", "image": "nginx"} | waits)
    account.serve("web", "web", 1, deploymentConfiguration=BREAKER)
    account.advance(150)
    [task] = account.tasks_of("web")
    assert (account.task(task)["lastStatus"], account.task(task)["healthStatus"]) == (
        "ACTIVATING",
        "UNHEALTHY",
    )
    assert account.service("web")["deployments"][0]["failedTasks"] == 0
