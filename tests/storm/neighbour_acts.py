"""Acts on the services around ECS: load balancing, scaling, traffic, CodeDeploy, alarms."""

import json
from contextlib import suppress
from random import Random

from botocore.exceptions import ClientError

from .world import BAD, GOOD, PORT, SERVICES, Place, World


def target_group(world: World, place: Place, chance: Random) -> None:
    """Change how a target group checks and drains."""
    arn = place.groups[chance.choice(list(place.groups))]
    delay = {
        "Key": "deregistration_delay.timeout_seconds",
        "Value": chance.choice(["0", "20", "300"]),
    }
    world.call("elbv2", "modify_target_group_attributes", TargetGroupArn=arn, Attributes=[delay])
    asked = {
        "UnhealthyThresholdCount": chance.choice([2, 4]),
        "HealthCheckIntervalSeconds": chance.choice([10, 30]),
    }
    world.call("elbv2", "modify_target_group", TargetGroupArn=arn, **asked)


def take_out(world: World, place: Place, chance: Random) -> None:
    """Somebody deregisters a target by hand."""
    arn = place.groups[chance.choice(list(place.groups))]
    told = world.call("elbv2", "describe_target_health", TargetGroupArn=arn)[
        "TargetHealthDescriptions"
    ]
    if told:
        target = {k: told[0]["Target"][k] for k in ("Id", "Port")}
        world.call("elbv2", "deregister_targets", TargetGroupArn=arn, Targets=[target])


def alarm(world: World, _place: Place, chance: Random) -> None:
    """Make the alarm that deployments may watch, ring it, or quiet it."""
    asked = {
        "MetricName": "Errors",
        "Namespace": "Shop",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
    }
    limit = {"Threshold": 5.0, "ComparisonOperator": "GreaterThanThreshold"}
    world.call("cloudwatch", "put_metric_alarm", AlarmName="errors", **asked, **limit)
    data = {"MetricName": "Errors", "Value": chance.choice([0.0, 50.0])}
    world.call("cloudwatch", "put_metric_data", Namespace="Shop", MetricData=[data])


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
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
            },
        }
        policy = {
            "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": tracking,
        }
        world.call(service, "put_scaling_policy", PolicyName="cpu", **policy, **what)
    elif act == 2:
        action = {"MinCapacity": chance.randrange(3), "MaxCapacity": 3}
        schedule = f"rate({chance.choice([5, 30])} minutes)"
        asked = {
            "ScheduledActionName": "tide",
            "Schedule": schedule,
            "ScalableTargetAction": action,
        }
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
            world.lab.traffic(
                url, chance.choice([1, 20, 300]), lasting=chance.choice(["5m", "30m"])
            )
        )


def release(world: World, place: Place, chance: Random) -> None:
    """Have CodeDeploy release a revision, or stop, or go on."""
    call = world.call
    with suppress(ClientError):
        call("codedeploy", "create_deployment_group", **place.release, **place.release_settings)
    under_way = call(
        "codedeploy",
        "list_deployments",
        **place.release,
        includeOnlyStatuses=["InProgress", "Ready"],
    )
    act = chance.randrange(5)
    if under_way["deployments"] and act < 2:
        rolls = {"autoRollbackEnabled": chance.random() < 0.5}
        call("codedeploy", "stop_deployment", deploymentId=under_way["deployments"][0], **rolls)
        return
    arns = world.ecs("list_task_definitions", familyPrefix=chance.choice([*GOOD, *BAD]))[
        "taskDefinitionArns"
    ]
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
    call(
        "codedeploy",
        "create_deployment",
        **place.release,
        revision=revision,
        deploymentConfigName=config,
    )
