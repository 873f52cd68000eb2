"""Base and weight: how a strategy's providers share tasks, out and in,
while tasks come, go and are replaced.
"""

import math
from collections import Counter

import pytest
from account import NETWORK, Account
from hypothesis import given
from hypothesis import strategies as st
from refusals import refused

from ecslab.ecs.capacity.strategy import leaving, plan

FARGATE, SPOT = "FARGATE", "FARGATE_SPOT"
RATIO = [
    {"capacityProvider": FARGATE, "base": 2, "weight": 1},
    {"capacityProvider": SPOT, "weight": 3},
]


def shares(strategy, count):
    """How many of so many tasks each provider gets."""
    return Counter(choice.provider for choice in plan(strategy, {}, count))


def item(name, weight, base=0):
    """One provider of a strategy."""
    return {"capacityProvider": name, "weight": weight, "base": base}


@st.composite
def strategies(draw):
    """Up to five providers, one of them perhaps with a base, at least one with a weight."""
    weights = draw(st.lists(st.integers(0, 9), min_size=1, max_size=5).filter(any))
    with_base, base = draw(st.integers(0, len(weights) - 1)), draw(st.integers(0, 6))
    return [
        item(f"p{n}", weight, base if n == with_base else 0) for n, weight in enumerate(weights)
    ]


# The policy


@given(strategies(), st.integers(0, 60))
def test_one_task_more_moves_no_other_and_one_less_gives_it_back(strategy, count):
    """Facts, section 8.1, with our rounding: what n + 1 tasks share is what n share and one
    more; scaling in goes the same way back.
    """
    now, more = shares(strategy, count), shares(strategy, count + 1)
    [added] = (more - now).elements()
    assert now <= more
    assert leaving(strategy, more, more, 1) == Counter([added])


@given(strategies(), st.integers(1, 5))
def test_the_shares_are_exact_whenever_they_can_be(strategy, times):
    """Facts, section 8.1: base first, then the ratio of the weights; nothing
    beyond its base for a weight of 0.
    """
    base = sum(i["base"] for i in strategy)
    weights = [i["weight"] or (1 if len(strategy) == 1 else 0) for i in strategy]
    whole = sum(weights) // math.gcd(*weights)
    expected = {
        i["capacityProvider"]: i["base"] + times * w * whole // sum(weights)
        for i, w in zip(strategy, weights, strict=True)
    }
    assert shares(strategy, base + times * whole) == Counter(expected)


@given(strategies(), st.data(), st.integers(0, 40))
def test_the_shares_come_right_again_from_wherever_the_tasks_are(strategy, data, extra):
    """As many tasks as make the others' surplus right end in the same
    shares as a start from nothing.
    """
    there = Counter(
        {i["capacityProvider"]: data.draw(st.integers(0, 8)) for i in strategy if i["weight"]}
    )
    enough = next(n for n in range(500) if there <= shares(strategy, n))
    total = enough + extra
    started = Counter(c.provider for c in plan(strategy, there, total - there.total()))
    assert there + started == shares(strategy, total)


def test_the_base_comes_first_and_a_tie_goes_to_the_provider_named_first():
    """Facts, section 8.1: 1:3 beyond a base of 2, in this order."""
    assert [c.provider for c in plan(RATIO, {}, 7)] == [
        FARGATE,
        FARGATE,
        SPOT,
        FARGATE,
        SPOT,
        SPOT,
        SPOT,
    ]
    assert [c.provider for c in plan([item("a", 1), item("b", 1)], {}, 4)] == ["a", "b", "a", "b"]


def test_a_choice_says_why():
    """Every decision carries its sentence."""
    assert [c.why for c in plan(RATIO, {FARGATE: 1}, 2)] == [
        "FARGATE has 1 of its base of 2",
        "FARGATE_SPOT is furthest behind (FARGATE 0 at weight 1, FARGATE_SPOT 0 at weight 3)",
    ]


def test_tasks_outside_the_strategy_leave_first_and_the_base_last():
    """The rest keeps the ratio; of a provider without weight only the base stays."""
    strategy = [item("base", 0, base=2), item("share", 1)]
    there = Counter({"base": 3, "share": 2, None: 1})
    order = []
    for _ in range(6):
        [gone] = leaving(strategy, there, there, 1)
        there[gone] -= 1
        order.append(gone)
    assert order == [None, "base", "share", "share", "base", "base"]


def test_only_tasks_that_may_go_are_asked_to():
    """Two of three Spot tasks are pending: they go although Fargate has more than its share."""
    assert leaving(RATIO, {FARGATE: 4, SPOT: 3}, {SPOT: 2}, 5) == Counter({SPOT: 2})


# Through the API


@pytest.fixture
def account():
    """An account whose cluster may use both Fargate providers,
    with a task definition called web.
    """
    account = Account()
    associate(account, FARGATE, SPOT)
    account.register("web")
    return account


def associate(account, *providers, default=()):
    """Give the cluster these providers."""
    account.call(
        "PutClusterCapacityProviders",
        cluster="default",
        capacityProviders=list(providers),
        defaultCapacityProviderStrategy=list(default),
    )


def serve(account, desired, strategy=RATIO, **more):
    """A service that shares its tasks."""
    return account.call(
        "CreateService",
        serviceName="site",
        taskDefinition="web",
        desiredCount=desired,
        networkConfiguration=NETWORK,
        **({"capacityProviderStrategy": strategy} if strategy else {}),
        **more,
    )["service"]


def now(account):
    """How many of the service's tasks are on which provider."""
    told = account.call("DescribeTasks", tasks=account.tasks_of("site"))["tasks"]
    return Counter(t["capacityProviderName"] for t in told)


def test_a_service_keeps_the_ratio_while_it_scales_out_and_in(account):
    """Facts, section 8.1: after every change the live tasks are shared as
    if they had been started at once.
    """
    serve(account, 6)
    for desired in (6, 10, 3, 14, 7, 2, 1):
        account.call("UpdateService", service="site", desiredCount=desired)
        account.advance(300)
        assert now(account) == shares(RATIO, desired)
    assert {t.launch_type for t in account.plane.state.clusters["default"].tasks.values()} == {
        "FARGATE"
    }


def test_a_rollout_and_a_replacement_keep_the_ratio(account):
    """The base is the new deployment's own, although old tasks are still there; a
    task that dies is replaced where it was.
    """
    serve(account, 6)
    account.advance(300)
    account.call("UpdateService", service="site", forceNewDeployment=True)
    account.advance(600)
    assert now(account) == shares(RATIO, 6)
    for provider in (FARGATE, SPOT, SPOT):
        told = account.call("DescribeTasks", tasks=account.tasks_of("site"))["tasks"]
        dies = next(t for t in told if t["capacityProviderName"] == provider)
        account.call("StopTask", task=dies["taskArn"])
        account.advance(300)
        assert now(account) == shares(RATIO, 6)


def test_an_ill_task_is_replaced_on_its_own_provider(account):
    """Facts, section 5.1: the replacement starts first; meanwhile the ill
    task does not count for the ratio.
    """
    check = {"command": ["CMD", "true"], "interval": 5, "retries": 1, "timeout": 2}
    image = account.images.push("ill:1", unhealthy_after=120)
    account.register("ill", {"name": "app", "image": image, "healthCheck": check})
    strategy = [item(FARGATE, 1), item(SPOT, 1)]
    account.call(
        "CreateService",
        serviceName="site",
        taskDefinition="ill",
        desiredCount=4,
        networkConfiguration=NETWORK,
        capacityProviderStrategy=strategy,
    )
    for _ in range(30):
        account.advance(30)
        live = [
            t
            for t in account.plane.state.clusters["default"].tasks.values()
            if t.desired == "RUNNING"
        ]
        well = Counter(t.capacity_provider for t in live if t.health != "UNHEALTHY")
        assert max(well.values()) <= 2
    assert len(account.plane.state.clusters["default"].services["site"].tasks) >= 4


def test_run_task_shares_the_tasks_of_one_call(account):
    """BC:CapacityProviderStrategyItem.base: the base is of a service;
    standalone tasks are counted by call.
    """
    request = {
        "taskDefinition": "web",
        "networkConfiguration": NETWORK,
        "capacityProviderStrategy": RATIO,
    }
    for _ in range(2):
        told = account.call("RunTask", count=6, **request)["tasks"]
        assert Counter(t["capacityProviderName"] for t in told) == shares(RATIO, 6)
    assert {t["launchType"] for t in told} == {FARGATE}


def test_the_clusters_default_strategy_decides_when_nothing_else_does(account):
    """Facts, section 8.1: neither launch type nor strategy; the
    service stores what it was given then.
    """
    associate(account, FARGATE, SPOT, default=RATIO)
    service = serve(account, 4, strategy=None)
    assert service["capacityProviderStrategy"] == [
        {"capacityProvider": FARGATE, "base": 2, "weight": 1},
        {"capacityProvider": SPOT, "base": 0, "weight": 3},
    ]
    assert "launchType" not in service
    associate(account, FARGATE, SPOT)
    account.call("UpdateService", service="site", desiredCount=8)
    account.advance(300)
    assert now(account) == shares(RATIO, 8)


def test_a_changed_strategy_starts_no_deployment_and_new_tasks_follow_it(account):
    """Facts, sections 5.6 and 8.1: old tasks stay until they are replaced; an
    empty list goes back to the launch type.
    """
    serve(account, 4)
    account.advance(300)
    only_spot = [item(SPOT, 1)]
    told = account.call(
        "UpdateService", service="site", capacityProviderStrategy=only_spot, desiredCount=6
    )
    assert len(told["service"]["deployments"]) == 1
    account.advance(300)
    assert now(account) == shares(RATIO, 4) + Counter({SPOT: 2})
    account.call("UpdateService", service="site", forceNewDeployment=True)
    account.advance(600)
    assert now(account) == Counter({SPOT: 6})
    told = account.call("UpdateService", service="site", capacityProviderStrategy=[])["service"]
    assert (told["launchType"], "capacityProviderStrategy" in told) == (FARGATE, False)


@pytest.mark.parametrize(
    ("strategy", "more", "text"),
    [
        (
            [item(FARGATE, 1, 1), item(SPOT, 1, 1)],
            {},
            "There are multiple capacity providers in the specified",
        ),
        ([item(FARGATE, 0), item(SPOT, 0)], {}, "with a weight greater than 0"),
        ([item("mine", 1)], {}, "not associated with the cluster"),
        ([item(FARGATE, 1)] * 2, {}, "can not contain duplicates"),
        ([item(FARGATE, -1)], {}, "weight must be between 0 and 1000"),
        ([item(FARGATE, 1, 100_001)], {}, "base between 0 and 100000"),
        ([item(f"p{n}", 1) for n in range(21)], {}, "a maximum of 20 capacity providers"),
        ([item(SPOT, 1)], {"platformVersion": "1.0.0"}, "needs platform version 1.3.0 or later"),
        (
            [item(FARGATE, 1)],
            {"launchType": "FARGATE"},
            "Specifying both a launch type and capacity provider strategy",
        ),
    ],
)
def test_wrong_strategies_are_refused_by_whoever_launches(account, strategy, more, text):
    """Facts, sections 8.1, 8.2 and 17; nothing is left behind."""
    request = {
        "taskDefinition": "web",
        "networkConfiguration": NETWORK,
        "capacityProviderStrategy": strategy,
    }
    for operation, named in (
        ("RunTask", {}),
        ("CreateService", {"serviceName": "new", "desiredCount": 1}),
    ):
        error = refused(account, operation, **named, **request, **more)
        assert error.code == "InvalidParameterException"
        assert text in error.message
    assert (
        account.call("ListTasks")["taskArns"] == account.call("ListServices")["serviceArns"] == []
    )


def test_spot_runs_neither_windows_nor_arm_on_old_platforms(account):
    """Facts, section 8.2."""
    windows = {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE", "cpuArchitecture": "X86_64"}
    account.register("win", cpu="1024", memory="2048", runtimePlatform=windows)
    account.register("arm", runtimePlatform={"cpuArchitecture": "ARM64"})
    request = {"networkConfiguration": NETWORK, "capacityProviderStrategy": [item(SPOT, 1)]}
    assert "Windows" in refused(account, "RunTask", taskDefinition="win", **request).message
    error = refused(account, "RunTask", taskDefinition="arm", platformVersion="1.3.0", **request)
    assert "1.4.0 or later" in error.message
    assert account.call("RunTask", taskDefinition="web", platformVersion="1.3.0", **request)[
        "tasks"
    ]


def test_a_provider_whose_tasks_still_run_cannot_be_removed(account):
    """Facts, section 8.1: ResourceInUseException, also for standalone tasks."""
    request = {
        "taskDefinition": "web",
        "networkConfiguration": NETWORK,
        "capacityProviderStrategy": [item(SPOT, 1)],
    }
    [task] = account.call("RunTask", **request)["tasks"]
    put = {
        "cluster": "default",
        "capacityProviders": [FARGATE],
        "defaultCapacityProviderStrategy": [],
    }
    assert refused(account, "PutClusterCapacityProviders", **put).code == "ResourceInUseException"
    account.call("StopTask", task=task["taskArn"])
    account.advance(120)
    account.call("PutClusterCapacityProviders", **put)
