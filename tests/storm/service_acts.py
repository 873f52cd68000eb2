"""Acts on services, their deployments and their task definitions."""

from random import Random
from typing import Any

from . import network
from .world import BAD, FAMILIES, GOOD, PORT, SERVICES, Place, World, register

ON_INSTANCES = ("node", "mine")
CONFIGS: dict[str, dict[str, Any]] = {
    "ROLLING": {"strategy": "ROLLING"},
    "BLUE_GREEN": {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 2},
    "LINEAR": {
        "strategy": "LINEAR",
        "bakeTimeInMinutes": 1,
        "linearConfiguration": {"stepPercent": 40.0, "stepBakeTimeInMinutes": 1},
    },
    "CANARY": {
        "strategy": "CANARY",
        "bakeTimeInMinutes": 1,
        "canaryConfiguration": {"canaryPercent": 5.0, "canaryBakeTimeInMinutes": 1},
    },
}


def make(world: World, place: Place, chance: Random) -> None:
    """Create a service of one kind; the other cluster has, or may get, one of the same name."""
    kind = chance.choice(SERVICES)
    family = "node" if kind in ON_INSTANCES else chance.choice([*GOOD, *GOOD, *BAD])
    asked: dict[str, Any] = {
        "cluster": place.cluster,
        "serviceName": kind,
        "taskDefinition": family,
        "desiredCount": chance.randrange(4),
    }
    more = _kind(world, place, kind, chance)
    if kind == "sets":
        asked.pop("taskDefinition")
    world.ecs("create_service", **asked, **more)


def _kind(world: World, place: Place, kind: str, chance: Random) -> dict[str, Any]:
    where = {"networkConfiguration": network.where(world, chance)}
    fargate = where | {"launchType": "FARGATE"}
    spot = where | {
        "capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}],
    }
    rolling = {"deploymentConfiguration": bounds(chance)}
    alone: dict[str, dict[str, Any]] = {
        "node": {"launchType": "EC2"} | rolling,
        "mine": {"capacityProviderStrategy": [{"capacityProvider": place.provider, "weight": 1}]}
        | rolling,
        "sets": {"deploymentController": {"type": "EXTERNAL"}},
        "api": fargate | rolling | _connected(place, chance),
    }
    if kind in alone:
        return alone[kind]
    front = {
        "healthCheckGracePeriodSeconds": chance.choice([0, 60, 240]),
        "loadBalancers": [
            _two_colours(world, place) if kind == "shop" else balancer(place.groups[kind])
        ],
    }
    deployed: dict[str, dict[str, Any]] = {
        "web": fargate | rolling,
        "spot": spot | rolling,
        "shop": fargate | {"deploymentConfiguration": _shifting(world, chance)},
        "deploy": fargate
        | {"deploymentController": {"type": "CODE_DEPLOY"}}
        | _named(place, chance),
    }
    return front | deployed[kind]


def _named(place: Place, chance: Random) -> dict[str, Any]:
    return (
        {"serviceRegistries": [{"registryArn": place.registries["deploy"]["Arn"]}]}
        if chance.random() < 0.5
        else {}
    )


def _shifting(world: World, chance: Random) -> dict[str, Any]:
    """A strategy with or without hooks: a function that answers as it likes,
    or a pause that somebody has to end.
    """
    config = CONFIGS[chance.choice(list(CONFIGS))]
    if config["strategy"] == "ROLLING" or chance.random() < 0.5:
        return config
    stages = [
        chance.choice(
            ["POST_SCALE_UP", "PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT"]
        )
    ]
    function = {
        "hookTargetArn": world.hook,
        "roleArn": world.roles["infrastructure"],
        "lifecycleStages": stages,
    }
    ends = {"timeoutInMinutes": 15, "action": chance.choice(["CONTINUE", "ROLLBACK"])}
    pause = {"targetType": "PAUSE", "lifecycleStages": stages[:1], "timeoutConfiguration": ends}
    return config | {"lifecycleHooks": [chance.choice([function, pause])]}


def _connected(place: Place, chance: Random) -> dict[str, Any]:
    more: dict[str, Any] = {}
    if chance.random() < 0.7:
        more["serviceRegistries"] = [{"registryArn": place.registries["api"]["Arn"]}]
    if chance.random() < 0.4:
        served = {"portName": "http", "discoveryName": "api", "clientAliases": [{"port": PORT}]}
        space = {"enabled": True, "namespace": place.namespace["Arn"], "services": [served]}
        more["serviceConnectConfiguration"] = space
    return more


def balancer(group: str) -> dict[str, Any]:
    """The load balancer of a service, by its target group."""
    return {"targetGroupArn": group, "containerName": "app", "containerPort": PORT}


def _two_colours(world: World, place: Place) -> dict[str, Any]:
    advanced = {
        "alternateTargetGroupArn": place.groups["shop-next"],
        "productionListenerRule": place.rule,
        "roleArn": world.roles["infrastructure"],
    }
    return balancer(place.groups["shop"]) | {"advancedConfiguration": advanced}


def bounds(chance: Random) -> dict[str, Any]:
    """A rolling configuration, with or without a circuit breaker and an alarm."""
    asked: dict[str, Any] = {
        "minimumHealthyPercent": chance.choice([0, 50, 100]),
        "maximumPercent": chance.choice([110, 150, 200]),
    }
    if chance.random() < 0.5:
        asked["deploymentCircuitBreaker"] = {"enable": True, "rollback": chance.random() < 0.7}
    if chance.random() < 0.3:
        asked["alarms"] = {
            "alarmNames": ["errors"],
            "enable": True,
            "rollback": chance.random() < 0.5,
        }
    return asked


def _update(world: World, place: Place, chance: Random, **more: Any) -> None:
    name = more.pop("service", None) or chance.choice(SERVICES)
    world.ecs("update_service", cluster=place.cluster, service=name, **more)


def scale(world: World, place: Place, chance: Random) -> None:
    """Another desired count."""
    _update(world, place, chance, desiredCount=chance.randrange(6))


def deploy(world: World, place: Place, chance: Random) -> None:
    """Another revision, now and then with other bounds."""
    more: dict[str, Any] = {"taskDefinition": chance.choice(FAMILIES)}
    name = chance.choice(SERVICES)
    if name in ON_INSTANCES:
        more["taskDefinition"] = "node"
    if name != "deploy" and chance.random() < 0.4:
        more["deploymentConfiguration"] = bounds(chance)
    elif name != "deploy" and chance.random() < 0.15:
        more["networkConfiguration"] = network.where(world, chance)
    if name == "shop" and chance.random() < 0.6:
        more["deploymentConfiguration"] = _shifting(world, chance)
    _update(world, place, chance, service=name, **more)


def again(world: World, place: Place, chance: Random) -> None:
    """A new deployment of the same."""
    _update(world, place, chance, forceNewDeployment=True)


def grace(world: World, place: Place, chance: Random) -> None:
    """Another grace period."""
    _update(world, place, chance, healthCheckGracePeriodSeconds=chance.choice([0, 30, 120, 600]))


def revise(world: World, _place: Place, chance: Random) -> None:
    """Register another revision of a family."""
    register(world, chance.choice(FAMILIES))


def retire(world: World, _place: Place, chance: Random) -> None:
    """Deregister the revision that a service uses, or a family's oldest."""
    family = chance.choice(FAMILIES)
    arns = world.ecs("list_task_definitions", familyPrefix=family)["taskDefinitionArns"]
    if arns:
        world.ecs("deregister_task_definition", taskDefinition=arns[0])
        register(world, family)


def delete(world: World, place: Place, chance: Random) -> None:
    """Delete a service."""
    if chance.random() < 0.5:
        world.ecs(
            "delete_service", cluster=place.cluster, service=chance.choice(SERVICES), force=True
        )


def end_deployment(world: World, place: Place, chance: Random) -> None:
    """Stop a service deployment, or take it back."""
    name = chance.choice(["web", "api", "spot", "shop", "node"])
    listed = world.ecs("list_service_deployments", cluster=place.cluster, service=name)[
        "serviceDeployments"
    ]
    if listed:
        kind = chance.choice(["ABORT", "ROLLBACK"])
        arn = listed[0]["serviceDeploymentArn"]
        world.ecs("stop_service_deployment", serviceDeploymentArn=arn, stopType=kind)


def apply_again(world: World, place: Place, _chance: Random) -> None:
    """Apply what every service has already, as deployment tools do: nothing is released by it."""
    for service in world.services(place.cluster):
        if service["status"] != "ACTIVE" or service["deploymentController"]["type"] != "ECS":
            continue
        same = {k: service[k] for k in APPLIED if service.get(k)}
        before = [d["id"] for d in service["deployments"]]
        if service["deployments"][0]["rolloutState"] == "FAILED":
            continue
        asked = {"cluster": place.cluster, "service": service["serviceName"]}
        after = world.ecs("update_service", **asked, **same)["service"]["deployments"]
        assert [d["id"] for d in after] == before, (
            f"{service['serviceName']}: what it has already was released again"
        )


APPLIED = (
    "taskDefinition",
    "desiredCount",
    "networkConfiguration",
    "loadBalancers",
    "serviceRegistries",
    "healthCheckGracePeriodSeconds",
    "platformVersion",
    "capacityProviderStrategy",
    "availabilityZoneRebalancing",
)


def answer_hooks(world: World, place: Place, chance: Random) -> None:
    """End a pause that a deployment waits in."""
    listed = world.ecs("list_service_deployments", cluster=place.cluster, service="shop")[
        "serviceDeployments"
    ]
    for found in listed[:1]:
        arn = found["serviceDeploymentArn"]
        told = world.ecs("describe_service_deployments", serviceDeploymentArns=[arn])[
            "serviceDeployments"
        ][0]
        for hook in told.get("lifecycleHookDetails", [])[:1]:
            action = chance.choice(["CONTINUE", "ROLLBACK"])
            asked = {"serviceDeploymentArn": arn, "hookId": hook["hookId"], "action": action}
            world.ecs("continue_service_deployment", **asked)


def task_set(world: World, place: Place, chance: Random) -> None:
    """Make a task set of the service that somebody else deploys, scale
    one, make one primary, or delete one.
    """
    service = {"cluster": place.cluster, "service": "sets"}
    there = [s["id"] for s in world.ecs("describe_task_sets", **service)["taskSets"]]
    act = chance.randrange(4)
    if act == 0 or not there:
        scale = {"value": chance.choice([0.0, 50.0, 100.0]), "unit": "PERCENT"}
        asked = {
            "taskDefinition": chance.choice([*GOOD, *BAD]),
            "launchType": "FARGATE",
            "scale": scale,
        }
        where = {"networkConfiguration": network.where(world, chance)}
        world.ecs("create_task_set", **service, **asked, **where)
    elif act == 1:
        scale = {"value": chance.choice([0.0, 30.0, 100.0]), "unit": "PERCENT"}
        world.ecs("update_task_set", **service, taskSet=chance.choice(there), scale=scale)
    elif act == 2:
        world.ecs("update_service_primary_task_set", **service, primaryTaskSet=chance.choice(there))
    else:
        world.ecs(
            "delete_task_set", **service, taskSet=chance.choice(there), force=chance.random() < 0.5
        )
