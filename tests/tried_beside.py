"""Requests that try every member of Application Auto Scaling's and CodeDeploy's operations."""

import hashlib
import json
from typing import Any

from blue_green import GROUP, ROLE, appspec, blue_green, spec
from scene import Json, Scene, Tried

SCALING, DEPLOY = "application-autoscaling", "codedeploy"
OF: Json = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/default/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}


def target(scene: Scene) -> None:
    """The shop's service can be scaled."""
    scene.call(SCALING, "RegisterScalableTarget", **OF, MinCapacity=1, MaxCapacity=10)


def scale(operation: str, request: Any, before: Any = target, *more: Any, **values: Any) -> Tried:
    """Something asked of Application Auto Scaling about the service."""
    of = {k: v for k, v in OF.items() if k in MEMBERS.get(operation, OF)}
    return Tried(
        SCALING,
        operation,
        (lambda scene: of | request(scene)) if callable(request) else of | request,
        before,
        *more,
        values=values,
    )


MEMBERS: dict[str, Any] = {"ListTagsForResource": (), "TagResource": (), "UntagResource": ()}
STEPS: Json = {
    "AdjustmentType": "PercentChangeInCapacity",
    "StepAdjustments": [
        {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 10, "ScalingAdjustment": 10},
        {"MetricIntervalLowerBound": 10, "ScalingAdjustment": 50},
    ],
    "MinAdjustmentMagnitude": 2,
    "Cooldown": 77,
    "MetricAggregationType": "Maximum",
}
METRIC = {"MetricName": "Load", "Namespace": "Shop", "Dimensions": [{"Name": "n", "Value": "v"}]}
TRACKED: Json = {
    "TargetValue": 50.0,
    "ScaleOutCooldown": 30,
    "ScaleInCooldown": 40,
    "DisableScaleIn": True,
}
MATHS = [
    {
        "Id": "m",
        "Label": "load",
        "ReturnData": False,
        "MetricStat": {"Metric": METRIC, "Stat": "Sum", "Unit": "Count"},
    },
    {"Id": "e", "Expression": "m / 2", "Label": "half", "ReturnData": True},
]


def policy(kind: str, config: Json) -> Json:
    """A policy of some kind."""
    return {"PolicyName": "p", "PolicyType": kind, f"{kind}PolicyConfiguration": config}


def tracking(**more: Any) -> Json:
    """A policy that tracks a target."""
    return policy("TargetTrackingScaling", TRACKED | more)


def policies(scene: Scene) -> None:
    """Two policies, three scheduled actions, and an activity."""
    target(scene)
    scene.account.register("api")
    scene.account.serve("api", "api", 2)
    scene.call(
        SCALING,
        "RegisterScalableTarget",
        **OF | {"ResourceId": "service/default/api"},
        MinCapacity=1,
        MaxCapacity=5,
    )
    for name, resource in (("p", "web"), ("q", "web"), ("r", "api")):
        of = OF | {"ResourceId": f"service/default/{resource}"}
        asked = tracking(
            PredefinedMetricSpecification={
                "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
            }
        )
        if name != "q":
            scene.call(SCALING, "PutScalingPolicy", **of | asked | {"PolicyName": name})
        else:
            scene.call(
                SCALING,
                "PutScalingPolicy",
                **of | policy("StepScaling", STEPS) | {"PolicyName": name},
            )
        action = {"MinCapacity": 3, "MaxCapacity": 6}
        scene.call(
            SCALING,
            "PutScheduledAction",
            **of,
            ScheduledActionName=name,
            Schedule="rate(1 minute)",
            ScalableTargetAction=action,
        )
    scene.advance(300)


def pages(operation: str, **more: Any) -> Any:
    """The second page."""
    asked = {"ServiceNamespace": "ecs"} | more
    return lambda scene: (
        asked
        | {
            "MaxResults": 1,
            "NextToken": scene.call(SCALING, operation, **asked, MaxResults=1)["NextToken"],
        }
    )


def described(operation: str, *more: Json) -> list[Tried]:
    """The same questions of every list."""
    return [
        Tried(SCALING, operation, pages(operation), policies),
        scale(operation, {}, policies),
        Tried(SCALING, operation, {"ServiceNamespace": "ecs", "MaxResults": 1}, policies),
        *(scale(operation, one, policies) for one in more),
    ]


def tags_of(scene: Scene) -> Json:
    """The target's ARN."""
    return {
        "ResourceARN": scene.call(SCALING, "DescribeScalableTargets", ServiceNamespace="ecs")[
            "ScalableTargets"
        ][0]["ScalableTargetARN"]
    }


def with_tags(scene: Scene) -> None:
    """The target has tags."""
    target(scene)
    scene.call(SCALING, "TagResource", **tags_of(scene), Tags={"team": "shop"})


def own(scene: Scene) -> None:
    """A scalable service that ECS deploys."""
    scene.account.register("api")
    scene.ecs("DeleteService", service="web", force=True)
    scene.advance(200)
    scene.account.serve("web", "api", 2)
    target(scene)


SUSPENDED = {
    "DynamicScalingInSuspended": True,
    "DynamicScalingOutSuspended": True,
    "ScheduledScalingSuspended": True,
}
AUTOSCALING = [
    scale(
        "RegisterScalableTarget",
        {
            "MinCapacity": 3,
            "MaxCapacity": 9,
            "RoleARN": ROLE,
            "SuspendedState": SUSPENDED,
            "Tags": {"team": "shop"},
        },
        None,
        None,
        60,
    ),
    scale("PutScalingPolicy", policy("StepScaling", STEPS)),
    scale(
        "PutScalingPolicy",
        tracking(
            PredefinedMetricSpecification={
                "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
            }
        ),
    ),
    scale(
        "PutScalingPolicy",
        tracking(
            PredefinedMetricSpecification={
                "PredefinedMetricType": "ALBRequestCountPerTarget",
                "ResourceLabel": "app/x/1/targetgroup/y/2",
            }
        ),
        own,
    ),
    scale(
        "PutScalingPolicy",
        tracking(CustomizedMetricSpecification=METRIC | {"Statistic": "Maximum", "Unit": "Count"}),
    ),
    scale("PutScalingPolicy", tracking(CustomizedMetricSpecification={"Metrics": MATHS})),
    scale(
        "PutScheduledAction",
        {
            "ScheduledActionName": "a",
            "Schedule": "cron(0 12 * * ? *)",
            "Timezone": "Europe/Paris",
            "StartTime": 1_900_000_000,
            "EndTime": 1_900_100_000,
            "ScalableTargetAction": {"MinCapacity": 3, "MaxCapacity": 6},
        },
    ),
    *described("DescribeScalableTargets"),
    Tried(
        SCALING,
        "DescribeScalableTargets",
        {
            "ServiceNamespace": "ecs",
            "ResourceIds": ["service/default/web"],
            "ScalableDimension": "ecs:service:DesiredCount",
        },
        policies,
    ),
    *described("DescribeScalingPolicies", {"PolicyNames": ["p"]}),
    *described("DescribeScheduledActions", {"ScheduledActionNames": ["p"]}),
    *described("DescribeScalingActivities", {"IncludeNotScaledActivities": True}),
    scale("DeleteScalingPolicy", {"PolicyName": "p"}, policies),
    scale("DeleteScheduledAction", {"ScheduledActionName": "p"}, policies),
    scale("DeregisterScalableTarget", {}, policies),
    scale("TagResource", lambda scene: tags_of(scene) | {"Tags": {"team": "shop"}}),
    scale("UntagResource", lambda scene: tags_of(scene) | {"TagKeys": ["team"]}, with_tags),
    scale("ListTagsForResource", tags_of, with_tags),
]


# CodeDeploy


def shop_group(scene: Scene) -> Json:
    """The request that made the shop's group, for another one."""
    return scene.shop.group(deploymentGroupName="other") | {
        "deploymentConfigName": "CodeDeployDefault.ECSCanary10Percent5Minutes",
        "alarmConfiguration": {
            "enabled": True,
            "ignorePollAlarmFailure": True,
            "alarms": [{"name": "ill"}],
        },
        "autoRollbackConfiguration": {"enabled": True, "events": ["DEPLOYMENT_FAILURE"]},
        "outdatedInstancesStrategy": "IGNORE",
        "blueGreenDeploymentConfiguration": blue_green(ready=5, ending=7),
        "tags": [{"Key": "team", "Value": "shop"}],
        "terminationHookEnabled": True,
    }


def tested(scene: Scene) -> Json:
    """A group with a test listener."""
    request = scene.shop.group(deploymentGroupName="other")
    listener = scene.shop.balancers.listen("test", {scene.shop.blue: 1})
    request["loadBalancerInfo"]["targetGroupPairInfoList"][0]["testTrafficRoute"] = {
        "listenerArns": [listener]
    }
    return request


def changes(request: Json) -> Json:
    """The same for the group that is there."""
    rest = {k: v for k, v in request.items() if k not in {"deploymentGroupName", "tags"}}
    return rest | {"currentDeploymentGroupName": "web", "newDeploymentGroupName": "renamed"}


DEPLOYMENT: Json = GROUP | {
    "revision": spec(2),
    "deploymentConfigName": "CodeDeployDefault.ECSCanary10Percent5Minutes",
    "description": "why",
    "ignoreApplicationStopFailures": True,
    "autoRollbackConfiguration": {"enabled": True, "events": ["DEPLOYMENT_FAILURE"]},
    "updateOutdatedInstancesOnly": True,
    "fileExistsBehavior": "RETAIN",
    "deploymentMode": "STANDARD",
    "overrideAlarmConfiguration": {
        "enabled": True,
        "ignorePollAlarmFailure": True,
        "alarms": [{"name": "ill"}],
    },
}


def hashed(revision: int = 2) -> Json:
    """A revision with its hash."""
    text = json.dumps(appspec(revision))
    return {
        "revisionType": "AppSpecContent",
        "appSpecContent": {"content": text, "sha256": hashlib.sha256(text.encode()).hexdigest()},
    }


def released(scene: Scene) -> None:
    """Two applications, and three deployments, one of them under way."""
    for name in ("a", "b"):
        scene.shop.call("CreateApplication", applicationName=name, computePlatform="ECS")
    for revision in (2, 1):
        scene.shop.release(revision)
        scene.advance(400)
    scene.shop.release(2, deploymentConfigName="CodeDeployDefault.ECSLinear10PercentEvery3Minutes")
    scene.advance(60)


def newest(scene: Scene) -> str:
    """The newest deployment's id."""
    return scene.shop.call("ListDeployments")["deployments"][0]


def ready(scene: Scene) -> None:
    """A deployment that waits for somebody."""
    settings = scene.shop.group(blueGreenDeploymentConfiguration=blue_green(ready=30, ending=30))
    scene.shop.call(
        "UpdateDeploymentGroup", **changes(settings) | {"newDeploymentGroupName": "web"}
    )
    scene.shop.release()
    scene.advance(200)


def ending(scene: Scene) -> None:
    """A deployment that keeps the original for a while."""
    ready(scene)
    scene.shop.call(
        "ContinueDeployment", deploymentId=newest(scene), deploymentWaitType="READY_WAIT"
    )
    scene.advance(200)


def hooked(scene: Scene) -> None:
    """A deployment whose function has not reported."""
    scene.neighbours.functions.code["check"] = lambda _event: None
    scene.shop.release(hooks={"BeforeInstall": "check"})
    scene.advance(60)


def execution(scene: Scene) -> str:
    """What its function reports with."""
    return next(
        e.execution
        for e in scene.shop.deploy.records.deployments[newest(scene)].events
        if e.execution
    )


APPLICATION = {"applicationName": "shop"}
ARN = "arn:aws:codedeploy:us-east-1:123456789012:application:shop"
CODEDEPLOY_TAGS = [{"Key": "team", "Value": "shop"}]


def cd(operation: str, request: Any, before: Any = None, *more: Any, **values: Any) -> Tried:
    """Something asked of CodeDeploy."""
    return Tried(DEPLOY, operation, request, before, *more, values=values)


def of_newest(**more: Any) -> Any:
    """A question about the newest deployment."""
    return lambda scene: {"deploymentId": newest(scene)} | more


RELEASES = [
    cd(
        "CreateApplication",
        {"applicationName": "new", "computePlatform": "ECS", "tags": CODEDEPLOY_TAGS},
    ),
    cd("UpdateApplication", APPLICATION | {"newApplicationName": "renamed"}),
    cd("DeleteApplication", APPLICATION),
    cd("GetApplication", APPLICATION),
    cd("BatchGetApplications", {"applicationNames": ["shop"]}),
    cd("CreateDeploymentGroup", shop_group),
    cd("CreateDeploymentGroup", tested),
    cd("UpdateDeploymentGroup", lambda scene: changes(shop_group(scene))),
    cd("UpdateDeploymentGroup", lambda scene: changes(tested(scene))),
    cd("GetDeploymentGroup", GROUP),
    cd("BatchGetDeploymentGroups", APPLICATION | {"deploymentGroupNames": ["web"]}),
    cd("DeleteDeploymentGroup", GROUP),
    cd("ListDeploymentGroups", APPLICATION),
    cd(
        "CreateDeploymentConfig",
        {
            "deploymentConfigName": "own",
            "computePlatform": "ECS",
            "trafficRoutingConfig": {
                "type": "TimeBasedCanary",
                "timeBasedCanary": {"canaryPercentage": 10, "canaryInterval": 3},
            },
        },
    ),
    cd(
        "CreateDeploymentConfig",
        {
            "deploymentConfigName": "own",
            "computePlatform": "ECS",
            "trafficRoutingConfig": {
                "type": "TimeBasedLinear",
                "timeBasedLinear": {"linearPercentage": 10, "linearInterval": 3},
            },
        },
    ),
    *(
        cd(operation, request | {"nextToken": "lost"})
        for operation, request in (
            ("ListApplicationRevisions", APPLICATION),
            ("ListApplications", {}),
            ("ListDeploymentConfigs", {}),
            ("ListDeploymentGroups", APPLICATION),
            ("ListDeployments", {}),
        )
    ),
    cd("ListDeploymentTargets", of_newest(nextToken="lost"), released),
    cd("ListTagsForResource", {"ResourceArn": ARN, "NextToken": "lost"}),
    cd("GetDeploymentConfig", {"deploymentConfigName": "CodeDeployDefault.ECSAllAtOnce"}),
    cd(
        "DeleteDeploymentConfig",
        {"deploymentConfigName": "own"},
        lambda scene: scene.shop.call(
            "CreateDeploymentConfig", deploymentConfigName="own", computePlatform="ECS"
        ),
    ),
    cd("CreateDeployment", DEPLOYMENT, None, None, 700),
    cd("CreateDeployment", GROUP | {"revision": hashed()}, None, None, 60),
    cd("GetDeployment", of_newest(), released),
    cd("BatchGetDeployments", lambda scene: {"deploymentIds": [newest(scene)]}, released),
    cd("ListDeployments", GROUP | {"includeOnlyStatuses": ["Succeeded"]}, released),
    cd(
        "ListDeployments",
        lambda scene: {
            "createTimeRange": {
                "start": scene.shop.info(newest(scene))["createTime"] - 500,
                "end": scene.shop.info(newest(scene))["createTime"] - 100,
            }
        },
        released,
    ),
    cd("StopDeployment", of_newest(autoRollbackEnabled=True), released, None, 60),
    cd("ContinueDeployment", of_newest(deploymentWaitType="READY_WAIT"), ready, None, 60),
    cd("SkipWaitTimeForInstanceTermination", of_newest(), ending),
    cd("ListDeploymentTargets", of_newest(targetFilters={"TargetStatus": ["Failed"]}), released),
    cd("GetDeploymentTarget", of_newest(targetId="default:web"), released),
    cd("BatchGetDeploymentTargets", of_newest(targetIds=["default:web"]), released),
    cd(
        "PutLifecycleEventHookExecutionStatus",
        lambda scene: {
            "deploymentId": newest(scene),
            "lifecycleEventHookExecutionId": execution(scene),
            "status": "Failed",
        },
        hooked,
        None,
        60,
        status="Succeeded",
    ),
    cd("RegisterApplicationRevision", APPLICATION | {"description": "why", "revision": hashed()}),
    cd("GetApplicationRevision", APPLICATION | {"revision": hashed()}, released),
    cd("GetApplicationRevision", APPLICATION | {"revision": spec(2)}, released),
    cd("BatchGetApplicationRevisions", APPLICATION | {"revisions": [hashed()]}, released),
    cd("BatchGetApplicationRevisions", APPLICATION | {"revisions": [spec(2)]}, released),
    cd(
        "ListApplicationRevisions",
        APPLICATION | {"sortBy": "registerTime", "sortOrder": "descending", "deployed": "exclude"},
        released,
    ),
    cd("ListApplicationRevisions", APPLICATION | {"s3Bucket": "b", "s3KeyPrefix": "p"}, released),
    cd("ListApplicationRevisions", APPLICATION | {"s3KeyPrefix": "p"}, released),
    cd("ListApplicationRevisions", APPLICATION | {"s3Bucket": "b"}, released),
    cd("ListApplicationRevisions", APPLICATION | {"sortOrder": "descending"}, released),
    cd("ListDeployments", {"externalId": "stack"}, released),
    cd("TagResource", {"ResourceArn": ARN, "Tags": CODEDEPLOY_TAGS}),
    cd(
        "UntagResource",
        {"ResourceArn": ARN, "TagKeys": ["team"]},
        lambda scene: scene.shop.call("TagResource", ResourceArn=ARN, Tags=CODEDEPLOY_TAGS),
    ),
    cd(
        "ListTagsForResource",
        {"ResourceArn": ARN},
        lambda scene: scene.shop.call("TagResource", ResourceArn=ARN, Tags=CODEDEPLOY_TAGS),
    ),
]
