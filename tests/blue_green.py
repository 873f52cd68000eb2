"""The vocabulary of CodeDeploy's tests: a service behind a listener, an application
and a group, and what a deployment did.
"""

import json
from functools import cache
from typing import Any

from account import NETWORK, Account
from botocore.loaders import Loader
from botocore.model import ServiceModel
from shapes import walk

ROLE = "arn:aws:iam::123456789012:role/ecsCodeDeployRole"
STYLE = {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}
ROLLS_BACK = {
    "enabled": True,
    "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"],
}
GROUP = {"applicationName": "shop", "deploymentGroupName": "web"}


PORT = 8080


@cache
def model() -> ServiceModel:
    """Botocore's model of CodeDeploy."""
    return ServiceModel(Loader().load_service_model("codedeploy", "service-2"), "codedeploy")


class Shop:
    """Two revisions of web, a service of two tasks with the first one, a group
    that deploys it; answers are checked.
    """

    def __init__(
        self,
        *,
        test: bool = False,
        seed: int = 0,
        discovery: dict[str, int] | None = None,
        **group: Any,
    ) -> None:
        self.account = Account(seed)
        self.discovery = self.account.plane.neighbours.discovery
        self.registry = self.discovery.make("web", **discovery) if discovery else None
        self.plane, self.region = self.account.plane, self.account.region
        self.deploy = self.region.codedeploy
        self.balancers = self.account.balancers
        for image in ("nginx", "nginx:2"):
            app = {"name": "app", "image": image, "portMappings": [{"containerPort": PORT}]}
            self.account.register("web", app)
        quick = {"deregistration_delay_s": 10}
        self.blue, self.green = (
            self.balancers.make(n, listener=False, **quick) for n in ("blue", "green")
        )
        self.listener = self.balancers.listen("prod", {self.blue: 1})
        self.test = self.balancers.listen("test", {self.blue: 1}) if test else None
        self.account.call(
            "CreateService",
            serviceName="web",
            desiredCount=2,
            taskDefinition="web:1",
            launchType="FARGATE",
            networkConfiguration=NETWORK,
            deploymentController={"type": "CODE_DEPLOY"},
            loadBalancers=[
                {"targetGroupArn": self.blue, "containerName": "app", "containerPort": PORT}
            ],
            serviceRegistries=[self.registered(discovery)] if discovery else [],
        )
        self.call("CreateApplication", applicationName="shop", computePlatform="ECS")
        self.call("CreateDeploymentGroup", **self.group(**group))
        self.advance(120)

    def registered(self, records: dict[str, int]) -> dict[str, Any]:
        """The service registry of web's tasks, with what its records need."""
        port = {"containerName": "app", "containerPort": PORT} if "SRV" in records else {}
        return {"registryArn": self.registry} | port

    def found(self) -> list[str]:
        """The revisions of web that are found in service discovery, one for each task."""
        tasks = self.plane.state.find_cluster(None).tasks
        return sorted(tasks[id_].definition.name for id_ in self.discovery.instances[self.registry])

    def group(self, **more: Any) -> dict[str, Any]:
        """The request that makes the group."""
        pair = {
            "targetGroups": [{"name": "blue"}, {"name": "green"}],
            "prodTrafficRoute": {"listenerArns": [self.listener]},
        }
        if self.test:
            pair["testTrafficRoute"] = {"listenerArns": [self.test]}
        asked = {
            "serviceRoleArn": ROLE,
            "deploymentStyle": STYLE,
            "ecsServices": [{"clusterName": "default", "serviceName": "web"}],
            "loadBalancerInfo": {"targetGroupPairInfoList": [pair]},
            "blueGreenDeploymentConfiguration": blue_green(),
        }
        return GROUP | asked | more

    def call(self, operation: str, **request: Any) -> dict[str, Any]:
        """Call CodeDeploy, and check its answer's shape."""
        answer = self.deploy.call(operation, request)
        if shape := model().operation_model(operation).output_shape:
            walk(shape, answer, operation)
        return answer

    def advance(self, seconds: float) -> None:
        """Let virtual time go by."""
        self.account.advance(seconds)

    def release(self, revision: int = 2, hooks: dict[str, str] | None = None, **more: Any) -> str:
        """Deploy a revision of web; the deployment's id."""
        return self.call("CreateDeployment", **GROUP | {"revision": spec(revision, hooks)} | more)[
            "deploymentId"
        ]

    def info(self, id_: str) -> dict[str, Any]:
        """One deployment."""
        return self.call("GetDeployment", deploymentId=id_)["deploymentInfo"]

    def events(self, id_: str) -> dict[str, str]:
        """Its lifecycle events and how they went."""
        target = self.call("GetDeploymentTarget", deploymentId=id_, targetId="default:web")
        return {
            e["lifecycleEventName"]: e["status"]
            for e in target["deploymentTarget"]["ecsTarget"]["lifecycleEvents"]
        }

    def task_sets(self) -> list[tuple[str, str]]:
        """The service's task sets: (family:revision, status)."""
        return [
            (s["taskDefinition"].rpartition("/")[2], s["status"])
            for s in self.account.service("web")["taskSets"]
        ]

    def weights(self, listener: str | None = None) -> tuple[int, int]:
        """The weights of the blue and the green group."""
        found = self.balancers.weights(listener or self.listener)
        return found.get(self.blue, 0), found.get(self.green, 0)

    def report(self, status: str = "Succeeded"):
        """The code of a function that reports so at once."""
        return lambda event: self.call(
            "PutLifecycleEventHookExecutionStatus",
            deploymentId=event["DeploymentId"],
            lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
            status=status,
        )


def blue_green(
    ready: int | None = None, ending: int = 0, action: str = "TERMINATE"
) -> dict[str, Any]:
    """A blueGreenDeploymentConfiguration: minutes to wait for
    ContinueDeployment, and before the original ends.
    """
    wait = (
        {"actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 0}
        if ready is None
        else {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": ready}
    )
    end = {"action": action, "terminationWaitTimeInMinutes": ending}
    return {"deploymentReadyOption": wait, "terminateBlueInstancesOnDeploymentSuccess": end}


def appspec(revision: int = 2, hooks: dict[str, str] | None = None) -> dict[str, Any]:
    """An AppSpec for a revision of web."""
    properties = {
        "TaskDefinition": f"arn:aws:ecs:us-east-1:123456789012:task-definition/web:{revision}",
        "LoadBalancerInfo": {"ContainerName": "app", "ContainerPort": PORT},
    }
    resource = {"TargetService": {"Type": "AWS::ECS::Service", "Properties": properties}}
    spec = {"version": 0.0, "Resources": [resource]}
    return spec | ({"Hooks": [{k: v} for k, v in hooks.items()]} if hooks else {})


def spec(revision: int = 2, hooks: dict[str, str] | None = None) -> dict[str, Any]:
    """The RevisionLocation of such an AppSpec."""
    return {
        "revisionType": "AppSpecContent",
        "appSpecContent": {"content": json.dumps(appspec(revision, hooks))},
    }
