"""Random calls and faults on deployments that shift traffic, watched from
outside: weights add up, everything ends.
"""

from contextlib import suppress
from random import Random

import pytest
from two_colours import CHECK, CONFIGS, RULE, TwoColours, hook, pause

from ecslab.ground.errors import AwsError

STRATEGIES = ["ROLLING", "BLUE_GREEN", "LINEAR", "CANARY"]
WEIGHTS = {0, 5, 20, 40, 60, 80, 95, 100}  # those that the configurations lead to


def storm(seed: int, steps: int = 40) -> TwoColours:
    """A service deployed by one strategy after another, with hooks of every kind,
    while its tasks fail and calls cross.
    """
    chance = Random(seed)
    two = TwoColours(chance.choice(STRATEGIES))
    answers = ["SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "IN_PROGRESS", "FAILED", "NONSENSE"]
    two.code[CHECK] = lambda _event: {"hookStatus": chance.choice(answers), "callBackDelay": 20}
    for _ in range(steps):
        with suppress(AwsError):  # being refused is part of the weather
            _gust(chance, two)
        two.account.advance(chance.choice([0, 1, 9, 40, 200, 700]))
        watch(two)
    return two


def _gust(chance: Random, two: TwoColours) -> None:
    call, act = two.account.call, chance.randrange(8)
    current = two.account.service("web").get("currentServiceDeployment")
    if act in {0, 1}:
        push = two.account.images.push
        image = chance.choice(
            [
                "nginx:2",
                push("sick:1", unhealthy_after=90),
                push("crash:1", exits_after=35, exit_code=1),
            ]
        )
        two.deploy(image)
    elif act == 2:
        strategy = chance.choice(STRATEGIES)
        stages = ["POST_SCALE_UP", "PRE_PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT"]
        short = {
            "timeoutConfiguration": {
                "timeoutInMinutes": 20,
                "action": chance.choice(["CONTINUE", "ROLLBACK"]),
            }
        }
        hooks = [
            hook(chance.choice([*stages, "PRODUCTION_TRAFFIC_SHIFT"])),
            pause(chance.choice(stages), **short),
        ]
        more = {"lifecycleHooks": hooks[: chance.randrange(3)]} if strategy != "ROLLING" else {}
        call("UpdateService", service="web", deploymentConfiguration=CONFIGS[strategy] | more)
    elif act == 3:
        call("UpdateService", service="web", desiredCount=chance.randrange(4))
    elif act == 4:
        call("StopServiceDeployment", serviceDeploymentArn=current)
    elif act == 5 and (tasks := call("ListTasks")["taskArns"]):
        call("StopTask", task=chance.choice(tasks))
    elif act == 6:
        for met in two.work(current).get("lifecycleHookDetails", []):
            action = chance.choice(["CONTINUE", "ROLLBACK"])
            call(
                "ContinueServiceDeployment",
                serviceDeploymentArn=current,
                hookId=met["hookId"],
                action=action,
            )
    elif act == 7:
        call("UpdateService", service="web", forceNewDeployment=True)


def watch(two: TwoColours) -> None:
    """What must hold at every moment, seen from outside the controllers."""
    blue, green = two.production()
    assert blue + green == 100, "all production traffic goes somewhere"
    assert {blue, green} <= WEIGHTS, "and only by the steps that somebody asked for"
    service = two.account.service("web")
    assert service["loadBalancers"] == [two.balancer()], "the service keeps what was asked for"
    arns = [
        d["serviceDeploymentArn"]
        for d in two.account.call("ListServiceDeployments", service="web")["serviceDeployments"]
    ]
    ongoing = {"PENDING", "IN_PROGRESS", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"}
    works = [two.work(arn) for arn in arns]
    assert sum(work["status"] in ongoing for work in works) <= 1, (
        "one deployment at a time is under way"
    )
    for work in works:
        summaries = [work["targetServiceRevision"], *work["sourceServiceRevisions"]]
        given = [
            s["requestedProductionTrafficWeight"]
            for s in summaries
            if "requestedProductionTrafficWeight" in s
        ]
        assert sum(given) in {0, 100}, "the requested weights are the whole"
    deployments = two.account.plane.state.clusters["default"].services["web"].deployments
    tasks = [
        t
        for t in two.account.plane.state.clusters["default"].tasks.values()
        if t.desired == "RUNNING"
    ]
    assert all(t.deployment in deployments for t in tasks), (
        "no task's deployment is forgotten while it lives"
    )


@pytest.mark.parametrize("seed", [*range(12), 26, 32, 49])
def test_after_any_storm_a_good_release_gets_all_traffic(seed):
    """Facts, section 7.1: whatever was interrupted before, a deployment of a good
    revision ends with everything on its group.
    """
    two = storm(seed)
    two.account.call(
        "UpdateService",
        service="web",
        desiredCount=2,
        deploymentConfiguration=CONFIGS["BLUE_GREEN"] | {"lifecycleHooks": []},
    )
    arn = two.deploy("nginx:9", seconds=7200)
    assert two.work(arn)["status"] == "SUCCESSFUL", two.story()
    service = two.account.service("web")
    assert (service["runningCount"], len(service["deployments"])) == (2, 1)
    serving = two.blue if two.production() == (100, 0) else two.green
    other = two.green if serving == two.blue else two.blue
    assert two.elb.states(serving) == ["healthy", "healthy"]
    assert two.elb.states(other) == []
    assert two.elb.rules[RULE][serving] == 100
    assert two.account.plane.settled


@pytest.mark.parametrize("seed", [3, 11])
def test_the_same_storm_twice_tells_the_same_story(seed):
    """The timeline is byte-identical on every run."""
    assert str(storm(seed).account.timeline) == str(storm(seed).account.timeline)
