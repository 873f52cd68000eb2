"""Random releases, stops, scalings and faults on one service, watched from
outside: traffic always has somewhere to go.
"""

from contextlib import suppress
from random import Random

import pytest
from at_rest import rests
from blue_green import ROLLS_BACK, Shop, blue_green

from ecslab.codedeploy.lifecycle import HOOKS, PREDEFINED
from ecslab.ground.errors import AwsError

WAITS = ("READY_WAIT", "TERMINATION_WAIT")


def storm(seed, steps=60):
    """A shop after a storm of calls at random times."""
    chance = Random(seed)
    waits = blue_green(ready=chance.choice([None, 7]), ending=chance.choice([0, 9]))
    rolls = ROLLS_BACK if chance.random() < 0.7 else {"enabled": False, "events": []}
    shop = Shop(
        test=chance.random() < 0.5,
        seed=seed,
        blueGreenDeploymentConfiguration=waits,
        autoRollbackConfiguration=rolls,
    )
    shop.plane.neighbours.functions.code |= {
        "good": shop.report(),
        "bad": shop.report("Failed"),
        "silent": lambda _event: None,
    }
    ends: dict[str, str] = {}
    for _ in range(steps):
        with suppress(AwsError):  # being refused is part of the weather
            _gust(chance, shop)
        shop.advance(chance.choice([0, 1, 13, 60, 400]))
        watch(shop, ends)
    return shop, ends


def _gust(chance, shop):
    under_way = [d for d in shop.deploy.records.deployments.values() if not d.ended]
    act = chance.randrange(8)
    if act <= 2:
        hooks = (
            {chance.choice(HOOKS): chance.choice(["good", "good", "bad", "silent"])}
            if chance.random() < 0.4
            else None
        )
        shop.release(
            chance.choice([1, 2]), hooks, deploymentConfigName=chance.choice(list(PREDEFINED))
        )
    elif act == 3 and under_way:
        shop.call(
            "ContinueDeployment",
            deploymentId=under_way[0].id,
            deploymentWaitType=chance.choice(WAITS),
        )
    elif act == 4 and under_way and chance.random() < 0.5:
        shop.call(
            "StopDeployment",
            deploymentId=under_way[0].id,
            autoRollbackEnabled=chance.random() < 0.5,
        )
    elif act == 5:
        shop.account.call("UpdateService", service="web", desiredCount=chance.randrange(4))
    elif act == 6 and (tasks := shop.account.tasks_of("web")):
        shop.account.call("StopTask", task=chance.choice(tasks))
    elif act == 7:
        missing = shop.account.images.missing
        (missing.discard if missing else missing.add)("nginx:2")


def watch(shop, ends):
    """What must hold at every moment."""
    service = shop.account.service("web")
    primaries = [s for s in service["taskSets"] if s["status"] == "PRIMARY"]
    assert len(primaries) == 1, "one task set serves production"
    assert service["taskDefinition"] == primaries[0]["taskDefinition"], (
        "the service shows its primary"
    )
    assert len(service["taskSets"]) <= 5
    blue, green = shop.weights()
    assert blue + green in {1, 100}, "all traffic goes somewhere"
    behind = {arn for arn, weight in ((shop.blue, blue), (shop.green, green)) if weight}
    holders = {
        s["loadBalancers"][0]["targetGroupArn"]
        for s in service["taskSets"]
        if s["status"] != "DRAINING"
    }
    assert behind <= holders, "traffic goes only where a task set stands"
    assert sum(not d.ended for d in shop.deploy.records.deployments.values()) <= 1
    for deployment in shop.deploy.records.deployments.values():
        if deployment.ended:
            assert ends.setdefault(deployment.id, deployment.status) == deployment.status, (
                "an end is final"
            )
            assert shop.info(deployment.id)["completeTime"]


@pytest.mark.parametrize("seed", range(14))
def test_after_any_storm_every_deployment_ends(seed):
    """Whatever happened, hours later nothing is under way, and a good
    release succeeds (facts, section 7.2).
    """
    shop, ends = storm(seed)
    shop.account.images.missing.clear()
    shop.advance(4 * 3600)
    watch(shop, ends)
    assert all(d.ended for d in shop.deploy.records.deployments.values())
    shop.account.call("UpdateService", service="web", desiredCount=2)
    id_ = shop.release(2)
    shop.advance(300)
    with suppress(AwsError):
        shop.call("ContinueDeployment", deploymentId=id_, deploymentWaitType="READY_WAIT")
    shop.advance(1800)
    assert shop.info(id_)["status"] == "Succeeded"
    assert shop.task_sets() == [("web:2", "PRIMARY")]
    assert shop.plane.settled


@pytest.mark.parametrize("seed", range(6))
def test_after_any_storm_an_account_with_nothing_under_way_stays_as_it_is(seed):
    """A deployment is under way until it has ended (facts, section 7.2); then,
    for an hour, nothing happens by itself.
    """
    shop, _ = storm(seed)
    shop.account.images.missing.clear()

    def moves():
        yield from shop.plane.under_way
        yield from shop.deploy.under_way

    assert rests(shop.account, moves)
    assert all(d.ended for d in shop.deploy.records.deployments.values())


def test_the_same_storm_twice_tells_the_same_story():
    """The timeline is byte-identical on every run."""
    assert str(storm(3)[0].account.timeline) == str(storm(3)[0].account.timeline)
