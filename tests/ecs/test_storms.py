"""Random calls and faults on one account, watched from outside: nothing leaks,
nothing goes backwards, everything ends.
"""

from contextlib import suppress
from random import Random

import pytest
from account import Account

from ecslab.ecs.model.tasks import Stage
from ecslab.ground.errors import AwsError

CHECK = {"command": ["CMD", "healthy"], "interval": 10, "retries": 2}
STAGES = {stage.name: stage for stage in Stage}


def storm(seed: int, steps: int = 60) -> Account:
    """An account after a storm: services made, changed, broken and deleted,
    tasks run and stopped, at random times.
    """
    chance, account = Random(seed), Account(seed)
    account.register("good")
    account.register("checked", {"name": "app", "image": "nginx", "healthCheck": CHECK})
    account.register("gone", image="123456789012.dkr.ecr.us-east-1.amazonaws.com/gone:1")
    account.register("crash", image=account.images.push("crash:1", exits_after=25, exit_code=1))
    sick = account.images.push("sick:1", unhealthy_after=70, ignores_sigterm=True)
    account.register("sick", {"name": "app", "image": sick, "healthCheck": CHECK})
    for _ in range(steps):
        with suppress(AwsError):  # being refused is part of the weather
            _gust(chance, account)
        account.advance(chance.choice([0, 1, 7, 40, 300]))
        watch(account)
    return account


def _gust(chance: Random, account: Account) -> None:
    name = chance.choice(["web", "api"])
    family = chance.choice(["good", "checked", "gone", "crash", "sick"])
    desired = chance.randrange(6)
    percents = {
        "minimumHealthyPercent": chance.choice([0, 50, 100]),
        "maximumPercent": chance.choice([101, 150, 200]),
    }
    if chance.random() < 0.4:
        percents["deploymentCircuitBreaker"] = {
            "enable": True,
            "rollback": chance.random() < 0.7,
            "resetOnHealthyTask": chance.random() < 0.5,
        }
    act = chance.randrange(9)
    if act == 0:
        account.serve(name, family, desired, deploymentConfiguration=percents)
    elif act == 1:
        account.call("UpdateService", service=name, desiredCount=desired)
    elif act in {2, 3}:
        account.call(
            "UpdateService", service=name, taskDefinition=family, deploymentConfiguration=percents
        )
    elif act == 4 and (tasks := account.call("ListTasks")["taskArns"]):
        account.call("StopTask", task=chance.choice(tasks))
    elif act == 5:
        account.run(family, count=1 + desired)
    elif act == 7:
        account.call(
            "UpdateService", service=name, forceNewDeployment=True, deploymentConfiguration=percents
        )
    elif act == 8:
        stop_deployment(account, name)
    elif act == 6 and chance.random() < 0.3:
        account.call("DeleteService", service=name, force=True)


def stop_deployment(account: Account, name: str) -> None:
    """Stop the newest service deployment of a service, if it can be stopped."""
    for newest in account.call("ListServiceDeployments", service=name)["serviceDeployments"][:1]:
        account.call("StopServiceDeployment", serviceDeploymentArn=newest["serviceDeploymentArn"])


# What the newest service deployment says, and what its service's PRIMARY
# deployment then says (facts, section 6.2).
ROLLOUT = {
    "PENDING": "IN_PROGRESS",
    "IN_PROGRESS": "IN_PROGRESS",
    "ROLLBACK_REQUESTED": "IN_PROGRESS",
    "ROLLBACK_IN_PROGRESS": "IN_PROGRESS",
    "SUCCESSFUL": "COMPLETED",
    "ROLLBACK_SUCCESSFUL": "COMPLETED",
    "STOPPED": "FAILED",
    "ROLLBACK_FAILED": "FAILED",
}


def watch_deployments(account: Account, told: dict) -> None:
    """One PRIMARY, at most one service deployment under way, and both tell the same story."""
    if told["status"] != "ACTIVE":
        return
    statuses = [d["status"] for d in told["deployments"]]
    assert statuses == ["PRIMARY", *["ACTIVE"] * (len(statuses) - 1)], (
        "the wanted deployment is the first"
    )
    listed = account.call("ListServiceDeployments", service=told["serviceName"])[
        "serviceDeployments"
    ]
    under_way = [d for d in listed if d["status"] in {"IN_PROGRESS", "ROLLBACK_IN_PROGRESS"}]
    assert len(under_way) <= 1, "a newer deployment ends the older one"
    assert told["deployments"][0]["rolloutState"] == ROLLOUT[listed[0]["status"]]


def watch_failures(account: Account) -> None:
    """A deployment that is FAILED launches no more tasks (facts, section 6.2)."""
    failed = set()
    for event in account.timeline:
        deployment = event.facts.get("deployment")
        if event.kind == "deployment failed":
            failed.add(deployment)
        assert event.kind != "started tasks" or deployment not in failed, str(event)


def watch(account: Account) -> None:
    """What must hold at every moment, seen from outside the controllers."""
    tasks = account.plane.state.clusters["default"].tasks.values()
    faces = {t.interface.id for t in tasks if t.interface and t.stage != Stage.STOPPED}
    assert faces == set(account.network.interfaces), (
        "every interface belongs to a task that still lives"
    )
    addresses = [face.private_ip for face in account.network.interfaces.values()]
    assert len(addresses) == len(set(addresses)), "no address is given out twice"
    for service in account.plane.state.clusters["default"].services.values():
        told = account.service(service.name)
        live = [t for t in tasks if t.service is service and t.desired == "RUNNING"]
        assert told["runningCount"] + told["pendingCount"] == len(live), (
            "the counts are the tasks there are"
        )
        assert sum(d["runningCount"] for d in told["deployments"]) == told["runningCount"], (
            "deployments account for every task"
        )
        watch_deployments(account, told)


@pytest.mark.parametrize("seed", [*range(12), 133])
def test_after_any_storm_nothing_is_left_over(seed):
    """Deleting everything and waiting returns every address; every
    task's stages only ever moved forward.
    """
    account = storm(seed)
    for name in ("web", "api"):
        try:
            account.call("DeleteService", service=name, force=True)
        except AwsError:
            continue
    for task in account.call("ListTasks")["taskArns"]:
        account.call("StopTask", task=task)
    account.advance(300)
    watch(account)
    watch_failures(account)
    assert account.network.interfaces == {}
    assert account.plane.settled
    last: dict[str, Stage] = {}
    for event in account.timeline:
        if event.kind in STAGES:
            assert STAGES[event.kind] > last.get(event.subject, 0), (
                f"{event.subject} went backwards: {event}"
            )
            last[event.subject] = STAGES[event.kind]
    assert set(last.values()) <= {Stage.STOPPED}


@pytest.mark.parametrize("seed", range(12, 20))
def test_after_any_storm_a_good_revision_brings_peace(seed):
    """Whatever happened before, a service whose tasks are good reaches
    steady with exactly what is wanted.
    """
    account = storm(seed)
    try:
        account.serve("web", "good", 3)
    except AwsError:
        account.advance(120)
        if account.service("web")["status"] == "INACTIVE":
            account.serve("web", "good", 3)
    roomy = {"minimumHealthyPercent": 50, "maximumPercent": 200}
    wanted = {"taskDefinition": "good", "desiredCount": 3, "deploymentConfiguration": roomy}
    # The storm may have stopped the deployment of that very revision:
    # naming it again would start none.
    account.call("UpdateService", service="web", forceNewDeployment=True, **wanted)
    account.advance(900)
    service = account.service("web")
    assert (service["runningCount"], service["pendingCount"], len(service["deployments"])) == (
        3,
        0,
        1,
    )
    assert service["deployments"][0]["rolloutState"] == "COMPLETED"


@pytest.mark.parametrize("seed", [3, 14])
def test_the_same_storm_twice_tells_the_same_story(seed):
    """The timeline is byte-identical on every run."""
    assert str(storm(seed).timeline) == str(storm(seed).timeline)
