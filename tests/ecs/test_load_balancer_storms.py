"""Random calls and faults on services behind load balancers, watched from
outside: no target leaks, none is there twice.
"""

from contextlib import suppress
from random import Random

import pytest
from account import Account
from behind_a_balancer import front, web

from ecslab.ecs.deployments import observation as fleets
from ecslab.ecs.model.tasks import Stage
from ecslab.ground.errors import AwsError


def storm(seed: int, steps: int = 50) -> Account:
    """An account after a storm over two services that share two target groups,
    whose listeners and settings change too.
    """
    chance, account = Random(seed), Account(seed)
    groups = [
        account.balancers.make("one", interval_s=10),
        account.balancers.make("two", interval_s=15),
    ]
    push = account.images.push
    web(account, family="good")
    web(account, push("slow:1", answers_after=45), "slow")
    web(account, push("sick:1", unhealthy_after=90), "sick")
    web(account, push("crash:1", exits_after=35, exit_code=1), "crash")
    web(account, push("wrong:1", answers=500, ignores_sigterm=True), "wrong")
    for _ in range(steps):
        with suppress(AwsError):  # being refused is part of the weather
            _gust(chance, account, groups)
        account.advance(chance.choice([0, 1, 9, 40, 200]))
        watch(account)
    return account


def _gust(chance: Random, account: Account, groups: list[str]) -> None:
    name, arn = chance.choice(["web", "api"]), chance.choice(groups)
    family = chance.choice(["good", "slow", "sick", "crash", "wrong"])
    act = chance.randrange(8)
    if act == 0:
        chosen = front(groups[0]) + front(groups[1]) * chance.randrange(2)
        account.serve(name, family, chance.randrange(4), loadBalancers=chosen)
    elif act == 1:
        account.call("UpdateService", service=name, desiredCount=chance.randrange(5))
    elif act == 2:
        account.call("UpdateService", service=name, taskDefinition=family)
    elif act == 3:
        account.call("UpdateService", service=name, loadBalancers=front(arn))
    elif act == 4 and (tasks := account.call("ListTasks")["taskArns"]):
        account.call("StopTask", task=chance.choice(tasks))
    elif act == 5:
        changes = {
            "deregistration_delay_s": chance.choice([0, 20, 300]),
            "unhealthy_threshold": chance.choice([2, 4]),
        }
        account.balancers.edit(arn, **changes)
    elif act == 6 and account.balancers.targets[arn]:
        account.balancers.take_out(arn, chance.choice(list(account.balancers.targets[arn])))
    elif act == 7:
        account.balancers.listen(chance.choice(["one", "two"]), {arn: 1})


def watch(account: Account) -> None:
    """What must hold at every moment; that no target is
    registered twice, the fake itself asserts.
    """
    tasks = account.plane.state.clusters["default"].tasks.values()
    for arn in account.balancers.groups:
        held = {
            r.target: (t, r) for t in tasks for r in t.targets if r.group == arn and not r.draining
        }
        assert set(account.balancers.targets[arn]) <= set(held), (
            "every registered target is one of a live task"
        )
        for task, _ in held.values():
            assert Stage.RUNNING <= task.stage <= Stage.DEACTIVATING
        for target, health in account.balancers.targets[arn].items():
            assert health == held[target][1].health, (
                "what is told of a target is what is thought of it"
            )
    for service in account.plane.state.clusters["default"].services.values():
        fleet = fleets.fleet(service, account.plane.clock.now_ms, account.plane.chance)
        assert {c.id for c in fleet.copies if c.healthy} == set(_healthy(account, service)), (
            "a task counts as healthy when every group that checks it says so"
        )


def _healthy(account: Account, service):
    """The tasks that are healthy by what the load balancers show."""
    for task in service.tasks.values():
        shown = [account.balancers.targets[r.group].get(r.target) for r in task.targets]
        states = [health.state if health else "gone" for health in shown]
        if (
            task.desired != "RUNNING"
            or task.stage != Stage.RUNNING
            or set(states) - {"healthy", "unused"}
        ):
            continue
        settled = account.plane.clock.now_ms - task.started_ms >= 40_000
        if "healthy" in states or settled:
            yield task.id


@pytest.mark.parametrize("seed", range(10))
def test_after_any_storm_no_target_is_left_over(seed):
    """Facts, section 11: when every service is gone no target group holds a
    target, and nothing is on its way.
    """
    account = storm(seed)
    for name in ("web", "api"):
        with suppress(AwsError):
            account.call("DeleteService", service=name, force=True)
    account.advance(600)
    watch(account)
    assert not any(account.balancers.targets.values())
    assert account.network.interfaces == {}
    assert account.plane.settled


@pytest.mark.parametrize("seed", [2, 5])
def test_the_same_storm_twice_tells_the_same_story(seed):
    """The timeline is byte-identical on every run."""
    assert str(storm(seed).timeline) == str(storm(seed).timeline)
