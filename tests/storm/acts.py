"""What a storm does: one function an act, each drawn from chance; to be refused is part of the weather."""

import json
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

from botocore.exceptions import ClientError

from .world import BAD, CLUSTERS, FAMILIES, GOOD, PORT, Place, World, register

Act = Callable[[World, Place, Random], None]
SERVICES = ("web", "api", "spot", "shop", "deploy", "node")
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
    family = "node" if kind == "node" else chance.choice([*GOOD, *GOOD, *BAD])
    asked: dict[str, Any] = {
        "cluster": place.cluster,
        "serviceName": kind,
        "taskDefinition": family,
        "desiredCount": chance.randrange(4),
    }
    world.ecs("create_service", **asked, **_kind(world, place, kind, chance))


def _kind(world: World, place: Place, kind: str, chance: Random) -> dict[str, Any]:
    network = {"awsvpcConfiguration": {"subnets": world.subnets[: chance.randrange(1, 4)]}}
    fargate = {"launchType": "FARGATE", "networkConfiguration": network}
    grace = {"healthCheckGracePeriodSeconds": chance.choice([0, 60, 240])}
    if kind == "node":
        return {
            "launchType": "EC2",
            "schedulingStrategy": "REPLICA",
            "deploymentConfiguration": bounds(chance),
        }
    if kind == "api":
        return fargate | {"deploymentConfiguration": bounds(chance)} | _connected(place, chance)
    if kind == "spot":
        spot = {"networkConfiguration": network, "deploymentConfiguration": bounds(chance)}
        spot["capacityProviderStrategy"] = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
        return spot | grace | {"loadBalancers": [balancer(place.groups["spot"])]}
    if kind == "shop":
        config = CONFIGS[chance.choice(list(CONFIGS))]
        return (
            fargate
            | grace
            | {"loadBalancers": [_two_colours(world, place)], "deploymentConfiguration": config}
        )
    front = fargate | grace | {"loadBalancers": [balancer(place.groups[kind])]}
    if kind == "deploy":
        front["deploymentController"] = {"type": "CODE_DEPLOY"}
        if chance.random() < 0.5:
            front["serviceRegistries"] = [{"registryArn": place.registries["deploy"]["Arn"]}]
        return front
    return front | {"deploymentConfiguration": bounds(chance)}


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
    """A rolling configuration, with or without a circuit breaker."""
    asked: dict[str, Any] = {
        "minimumHealthyPercent": chance.choice([0, 50, 100]),
        "maximumPercent": chance.choice([110, 150, 200]),
    }
    if chance.random() < 0.5:
        asked["deploymentCircuitBreaker"] = {"enable": True, "rollback": chance.random() < 0.7}
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
    if name == "node":
        more["taskDefinition"] = "node"
    if name != "deploy" and chance.random() < 0.4:
        more["deploymentConfiguration"] = bounds(chance)
    if name == "shop" and chance.random() < 0.6:
        more["deploymentConfiguration"] = CONFIGS[chance.choice(list(CONFIGS))]
    _update(world, place, chance, service=name, **more)


def again(world: World, place: Place, chance: Random) -> None:
    """A new deployment of the same."""
    _update(world, place, chance, forceNewDeployment=True)


def grace(world: World, place: Place, chance: Random) -> None:
    """Another grace period."""
    _update(world, place, chance, healthCheckGracePeriodSeconds=chance.choice([0, 30, 120, 600]))


def stop(world: World, place: Place, chance: Random) -> None:
    """Stop a task."""
    if tasks := world.task_arns(place.cluster):
        world.ecs("stop_task", cluster=place.cluster, task=chance.choice(tasks))


def run(world: World, place: Place, chance: Random) -> None:
    """Run tasks that no service keeps."""
    network = {"awsvpcConfiguration": {"subnets": world.subnets[:2]}}
    world.ecs(
        "run_task",
        cluster=place.cluster,
        taskDefinition=chance.choice(FAMILIES[:-1]),
        launchType="FARGATE",
        networkConfiguration=network,
        count=chance.randrange(1, 4),
    )


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
        world.ecs("delete_service", cluster=place.cluster, service=chance.choice(SERVICES), force=True)


def interrupt(world: World, place: Place, chance: Random) -> None:
    """Take Fargate Spot capacity back from a task, or have none for a while."""
    if chance.random() < 0.3:
        world.lab.set_spot_capacity(available=chance.random() < 0.6)
    spot = [
        t
        for t in world.tasks(place.cluster)
        if t.get("capacityProviderName") == "FARGATE_SPOT"
        and t["desiredStatus"] == "RUNNING"
        and t["lastStatus"] == "RUNNING"
    ]
    if spot:
        world.log.append(f"{world.lab.clock.now_ms / 1000:>9.1f}s  lab.interrupt_spot({spot[0]['taskArn']})")
        world.lab.interrupt_spot(chance.choice(spot)["taskArn"])


def target_group(world: World, place: Place, chance: Random) -> None:
    """Change how a target group checks and drains."""
    arn = place.groups[chance.choice(list(place.groups))]
    delay = {"Key": "deregistration_delay.timeout_seconds", "Value": chance.choice(["0", "20", "300"])}
    world.call("elbv2", "modify_target_group_attributes", TargetGroupArn=arn, Attributes=[delay])
    asked = {
        "UnhealthyThresholdCount": chance.choice([2, 4]),
        "HealthCheckIntervalSeconds": chance.choice([10, 30]),
    }
    world.call("elbv2", "modify_target_group", TargetGroupArn=arn, **asked)


def autoscale(world: World, place: Place, chance: Random) -> None:
    """Make a service a scalable target, with a policy or a schedule, or no longer one."""
    name = chance.choice(SERVICES)
    what = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{place.cluster}/{name}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    service, act = "application-autoscaling", chance.randrange(4)
    if act == 0:
        world.call(service, "deregister_scalable_target", **what)
        return
    low = chance.randrange(3)
    world.call(service, "register_scalable_target", MinCapacity=low, MaxCapacity=low + 3, **what)
    if act == 1:
        tracking = {
            "TargetValue": 50.0,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
        }
        policy = {"PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": tracking}
        world.call(service, "put_scaling_policy", PolicyName="cpu", **policy, **what)
    elif act == 2:
        action = {"MinCapacity": chance.randrange(3), "MaxCapacity": 3}
        schedule = f"rate({chance.choice([5, 30])} minutes)"
        asked = {"ScheduledActionName": "tide", "Schedule": schedule, "ScalableTargetAction": action}
        world.call(service, "put_scheduled_action", **asked, **what)


def traffic(world: World, place: Place, chance: Random) -> None:
    """Send requests to one of the listeners, or end what flows."""
    if world.flows and chance.random() < 0.6:
        world.flows.pop(chance.randrange(len(world.flows))).stop()
    elif len(world.flows) < 2:
        port = chance.choice([PORT, PORT + 1, PORT + 2, PORT + 3])
        url = f"http://{place.balancer['DNSName']}:{port}/"
        world.log.append(f"{world.lab.clock.now_ms / 1000:>9.1f}s  lab.traffic({url!r})")
        world.flows.append(
            world.lab.traffic(url, chance.choice([1, 20, 300]), lasting=chance.choice(["5m", "30m"]))
        )


def release(world: World, place: Place, chance: Random) -> None:
    """Have CodeDeploy release a revision, or stop, or go on."""
    call = world.call
    with suppress(ClientError):
        call("codedeploy", "create_deployment_group", **place.release, **place.release_settings)
    under_way = call(
        "codedeploy", "list_deployments", **place.release, includeOnlyStatuses=["InProgress", "Ready"]
    )
    act = chance.randrange(5)
    if under_way["deployments"] and act < 2:
        rolls = {"autoRollbackEnabled": chance.random() < 0.5}
        call("codedeploy", "stop_deployment", deploymentId=under_way["deployments"][0], **rolls)
        return
    arns = world.ecs("list_task_definitions", familyPrefix=chance.choice([*GOOD, *BAD]))["taskDefinitionArns"]
    properties = {
        "TaskDefinition": arns[-1],
        "LoadBalancerInfo": {"ContainerName": "app", "ContainerPort": PORT},
    }
    service = {"TargetService": {"Type": "AWS::ECS::Service", "Properties": properties}}
    content = json.dumps({"version": 0.0, "Resources": [service]})
    revision = {"revisionType": "AppSpecContent", "appSpecContent": {"content": content}}
    config = chance.choice(
        ["CodeDeployDefault.ECSAllAtOnce", "CodeDeployDefault.ECSLinear10PercentEvery1Minutes"]
    )
    call("codedeploy", "create_deployment", **place.release, revision=revision, deploymentConfigName=config)


def machines(world: World, place: Place, chance: Random) -> None:
    """Another number of EC2 instances, or one drains, comes back or ends."""
    act = chance.randrange(4)
    if act <= 1:
        asked = {"AutoScalingGroupName": place.group, "DesiredCapacity": chance.randrange(4)}
        world.call("autoscaling", "set_desired_capacity", **asked)
        return
    arns = world.ecs("list_container_instances", cluster=place.cluster)["containerInstanceArns"]
    if not arns:
        return
    one = chance.choice(arns)
    if act == 2:
        status = chance.choice(["DRAINING", "ACTIVE"])
        world.ecs(
            "update_container_instances_state", cluster=place.cluster, containerInstances=[one], status=status
        )
    else:
        found = world.ecs("describe_container_instances", cluster=place.cluster, containerInstances=[one])
        world.call(
            "ec2", "terminate_instances", InstanceIds=[found["containerInstances"][0]["ec2InstanceId"]]
        )


def nodes(world: World, place: Place, chance: Random) -> None:
    """Run tasks on instances."""
    world.ecs(
        "run_task",
        cluster=place.cluster,
        taskDefinition="node",
        launchType="EC2",
        count=chance.randrange(1, 4),
    )


def end_deployment(world: World, place: Place, chance: Random) -> None:
    """Stop a service deployment, or take it back."""
    name = chance.choice(["web", "api", "spot", "shop", "node"])
    listed = world.ecs("list_service_deployments", cluster=place.cluster, service=name)["serviceDeployments"]
    if listed:
        kind = chance.choice(["ABORT", "ROLLBACK"])
        arn = listed[0]["serviceDeploymentArn"]
        world.ecs("stop_service_deployment", serviceDeploymentArn=arn, stopType=kind)


def cross(world: World, place: Place, chance: Random) -> None:
    """Ask one cluster for what belongs to the other."""
    other = next(c for c in CLUSTERS if c != place.cluster)
    if tasks := world.task_arns(other):
        world.ecs("stop_task", cluster=place.cluster, task=chance.choice(tasks))


ACTS: dict[str, tuple[Act, int]] = {  # the act, and how often it is drawn
    "make": (make, 14),
    "deploy": (deploy, 10),
    "scale": (scale, 6),
    "again": (again, 3),
    "grace": (grace, 3),
    "stop": (stop, 5),
    "run": (run, 3),
    "revise": (revise, 2),
    "retire": (retire, 3),
    "delete": (delete, 5),
    "interrupt": (interrupt, 4),
    "target_group": (target_group, 3),
    "autoscale": (autoscale, 4),
    "traffic": (traffic, 3),
    "release": (release, 6),
    "machines": (machines, 4),
    "nodes": (nodes, 2),
    "end_deployment": (end_deployment, 3),
    "cross": (cross, 1),
}
