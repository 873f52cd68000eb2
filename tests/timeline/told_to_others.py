"""Six scenarios in which ECS tells others what it does: lines of
`services[].events`, and events for EventBridge.
"""

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "ecs"))  # their words are those of ECS's tests

from account import Account
from behind_a_balancer import front, web
from blue_green import Shop
from capacity_fleet import Fleet
from two_colours import CHECK, TwoColours, hook, pause


def rolled_back() -> Account:
    """A release whose tasks never run trips the circuit breaker, and the
    release before takes over again.
    """
    account = Account()
    account.register("web")
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    account.serve("web", "web", 2, deploymentConfiguration=breaker)
    account.advance(120)
    account.register("web", image="123456789012.dkr.ecr.us-east-1.amazonaws.com/nobody:1")
    account.call("UpdateService", service="web", taskDefinition="web")
    account.advance(1800)
    return account


def behind_a_balancer() -> Account:
    """Targets are registered, fail, drain and go; a release replaces
    them, and the service is deleted.
    """
    account = Account()
    group = account.balancers.make("web")
    web(account)
    account.serve("web", "web", 2, loadBalancers=front(group))
    account.advance(180)
    web(account, account.images.push("sick:1", listens_on=8080, healthy_after=None))
    account.call("UpdateService", service="web", taskDefinition="web")
    account.advance(300)
    account.call("UpdateService", service="web", taskDefinition="web:1", desiredCount=3)
    account.advance(300)
    account.call("UpdateService", service="web", desiredCount=1)
    account.advance(600)
    account.call("DeleteService", service="web", force=True)
    account.advance(600)
    return account


def steady_for_a_day() -> Account:
    """A steady service says so every six hours, one that cannot start its
    tasks is held back and repeats itself.
    """
    account = Account()
    account.register("web")
    account.serve("web", "web", 1)
    account.register("job", image="123456789012.dkr.ecr.us-east-1.amazonaws.com/nobody:1")
    account.serve("job", "job", 1)
    account.advance(13 * 3600)
    account.call("UpdateService", service="web", desiredCount=2)
    account.advance(13 * 3600)
    account.call("UpdateService", service="web", deploymentConfiguration=tight(), desiredCount=1)
    account.register("web")
    account.call("UpdateService", service="web", taskDefinition="web")
    account.advance(3600)
    return account


def tight() -> dict[str, int]:
    """Bounds that allow a service of one task neither to start nor to stop one."""
    return {"minimumHealthyPercent": 100, "maximumPercent": 150}


def instances_come_and_go() -> Account:
    """Tasks wait for room, are moved off instances that drain, and are
    lost with one that is terminated.
    """
    account = Fleet()
    account.provide(desired=0)
    account.define()
    account.keep(3)
    account.advance(120)
    account.groups.resize("mine", 2)
    account.boot()
    account.advance(300)
    first, second = account.plane.state.clusters["default"].instances.values()
    account.call("UpdateContainerInstancesState", containerInstances=[first.arn], status="DRAINING")
    account.advance(300)
    account.call("UpdateContainerInstancesState", containerInstances=[first.arn], status="ACTIVE")
    account.advance(300)
    account.plane.neighbours.machines.change(second.ec2_id, state="terminated")
    account.plane.instances.sync()
    account.advance(600)
    account.call("RunTask", taskDefinition="job", launchType="EC2")
    account.advance(60)
    return account


def shifted_with_hooks() -> Account:
    """A canary release waits for a person and a function, is refused
    by the function, and goes back.
    """
    hooks = [
        hook("POST_SCALE_UP"),
        pause("PRE_PRODUCTION_TRAFFIC_SHIFT", timeoutConfiguration=patience()),
    ]
    colours = TwoColours("CANARY", config={"lifecycleHooks": hooks})
    colours.code[CHECK] = lambda _event: {"hookStatus": "SUCCEEDED"}
    colours.deploy(seconds=1800)
    colours.code[CHECK] = lambda _event: {"hookStatus": "FAILED"}
    colours.deploy("nginx:3", seconds=1800)
    return colours.account


def patience() -> dict[str, object]:
    """How long a pause waits, and what comes then."""
    return {"timeoutInMinutes": 10, "action": "CONTINUE"}


def released_by_code_deploy() -> Account:
    """CodeDeploy replaces a task set, and is told to stop the next release and go back."""
    shop = Shop(test=True)
    shop.release()
    shop.advance(900)
    shop.account.register(
        "web", {"name": "app", "image": "nginx:3", "portMappings": [{"containerPort": 8080}]}
    )
    id_ = shop.release(3)
    shop.advance(60)
    shop.call("StopDeployment", deploymentId=id_, autoRollbackEnabled=True)
    shop.advance(900)
    return shop.account


SCENARIOS: dict[str, Callable[[], Account]] = {
    scenario.__name__.replace("_", "-"): scenario
    for scenario in (
        rolled_back,
        behind_a_balancer,
        steady_for_a_day,
        instances_come_and_go,
        shifted_with_hooks,
        released_by_code_deploy,
    )
}
