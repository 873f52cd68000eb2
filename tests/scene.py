"""An account with everything in it, and all that can be seen of it: what a
request changes is what differs afterwards.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import requests_of
from account import NETWORK, ROLE
from blue_green import Shop
from fakes import ACCOUNT, REGION

from ecslab.aws.apis import constraints
from ecslab.aws.apis.members import leaves
from ecslab.aws.gate import wire
from ecslab.ground.errors import AwsError

ELB = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
RULE, TEST_RULE = (
    f"{ELB}:listener-rule/app/front/1/2/production",
    f"{ELB}:listener-rule/app/front/1/2/test",
)
INFRASTRUCTURE = f"arn:aws:iam::{ACCOUNT}:role/ecsInfrastructureRole"

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_NOTHING = re.compile(r"\bNone\b")

Json = dict[str, Any]
Way = tuple[str, ...]


class Scene:
    """CodeDeploy's shop in an account with instances, namespaces, families and
    more; every service is called by its name.
    """

    def __init__(self) -> None:
        self.shop = Shop()
        self.account, self.plane = self.shop.account, self.shop.plane
        self.account.bus.listening = True
        self.neighbours = self.plane.neighbours
        self.made: Json = {}  # what a preparation leaves for a request that cannot know it

    def call(self, service: str, operation: str, /, **request: Any) -> Json:
        """Call one operation of a service; the request is checked as the wire checks it."""
        if service == "application-autoscaling":
            constraints.check(requests_of.shape(service, operation), request)
        else:
            request = wire.read(operation, json.dumps(request), service)
        if service == "ecs":
            return self.account.call(operation, **request)
        door = self.shop.deploy if service == "codedeploy" else self.shop.region.autoscaling
        return door.call(operation, request)

    def ecs(self, operation: str, /, **request: Any) -> Json:
        """Call ECS."""
        return self.account.call(operation, **request)

    def advance(self, seconds: float) -> None:
        """Let virtual time go by."""
        self.account.advance(seconds)

    def instances(self, count: int = 2, **more: Any) -> list[str]:
        """Machines that have registered."""
        for _ in range(count):
            self.neighbours.machines.launch("ECS_CLUSTER=default", **more)
        self.plane.instances.sync()
        self.advance(60)
        return self.ecs("ListContainerInstances")["containerInstanceArns"]

    def on_ec2(self, family: str = "job", **more: Any) -> None:
        """A task definition for instances."""
        app = {
            "name": "app",
            "image": "nginx",
            "cpu": 128,
            "memory": 256,
            "portMappings": [{"containerPort": 80}],
        }
        self.ecs(
            "RegisterTaskDefinition",
            family=family,
            containerDefinitions=[app],
            networkMode="bridge",
            **more,
        )

    def front(self) -> Json:
        """A load balancer with two groups and the rules that shift traffic between them."""
        elb = self.neighbours.balancers
        one, two = (
            elb.make(name, listener=False, deregistration_delay_s=0) for name in ("one", "two")
        )
        elb.rules[RULE], elb.rules[TEST_RULE] = {one: 100, two: 0}, {one: 100, two: 0}
        return {"targetGroupArn": one, "containerName": "app", "containerPort": 8080, "other": two}


@dataclass(frozen=True)
class Tried:
    """A request that tries members: what is there before, what is asked, and
    what is done or asked afterwards.
    """

    service: str
    operation: str
    request: Json | Callable[[Scene], Json]
    before: Callable[[Scene], Any] | None = None
    # Is given the request; its answer is looked at too.
    then: Callable[[Scene, Json], Any] | None = None
    after_s: float = 0
    # What a member is changed to, where it cannot be left out.
    values: dict[str, Any] = field(default_factory=dict)

    def ways(self) -> list[Way]:
        """The members that the request gives."""
        scene = Scene()
        if self.before:
            self.before(scene)
        of = requests_of.shape(self.service, self.operation)
        return sorted({way for way in leaves(of) if _given(self.asked(scene), way)})

    def asked(self, scene: Scene) -> Json:
        """The request."""
        return self.request(scene) if callable(self.request) else self.request

    def effect(self, way: Way, whole: Json) -> str:
        """What a member does: it "acts", "decides" whether the request is
        accepted, is "told", or does "nothing".

        Where leaving it out shows no more than that it is told, it is given another value.
        """
        found = compare(whole, self.seen(way), way)
        if found == "acts":
            return found
        other = compare(whole, self.seen(way, other=True), way)
        return next(one for one in ("acts", "decides", "told", "nothing") if one in {found, other})

    def seen(self, without: Way | None = None, *, other: bool = False) -> Json:
        """All that can be seen afterwards, by its place; a request that
        is refused shows its error alone.
        """
        scene = Scene()
        if self.before:
            self.before(scene)
        request = self.asked(scene)
        if without:
            of = requests_of.shape(self.service, self.operation)
            request = _changed(
                of, request, without, self.values.get(".".join(without), ...), keep=other
            )
        try:
            answer = scene.call(self.service, self.operation, **request)
            more = self.then(scene, request) if self.then else None
        except AwsError as error:
            return {"error": _readable(str(error))}
        except AssertionError as error:  # a word that botocore does not know came back
            return {"ill-formed": str(error)}
        scene.advance(self.after_s)
        try:
            return dict(_flat({"answer": answer, "then": more, "account": everything(scene)}, ""))
        except AssertionError as error:
            return {"ill-formed": str(error)}


def _readable(text: str) -> str:
    """The text of an error, which never speaks of what Python calls a member that nobody gave."""
    assert not _NOTHING.search(text), f"an error speaks of Python's None: {text}"
    return text


def compare(whole: Json, part: Json, way: Way) -> str:
    """What the difference says that a member does; `whole` was seen with it,
    `part` without it or with another value.
    """
    if "ill-formed" in part:  # the other value came back
        return "told"
    if "error" in whole or "error" in part:
        return "nothing" if whole == part else "decides"
    places = [p for p in whole.keys() | part.keys() if whole.get(p) != part.get(p)]
    if not places:
        return "nothing"
    name = way[-1].lower()
    return "told" if all(name in place.lower().split(".") for place in places) else "acts"


def _given(value: Any, way: Way) -> bool:
    if isinstance(value, list):
        return any(_given(item, way) for item in value)
    if not way:
        return not isinstance(value, list) or bool(value)
    if isinstance(value, dict):
        return way[0] in value and _given(value[way[0]], way[1:])
    return False


def _changed(of: Any, value: Any, way: Way, other: Any, *, keep: bool) -> Any:
    """A request without a member, or with another value where
    the model says that it must be there.
    """
    while of.type_name == "list":
        if isinstance(value, list):
            found = [_changed(of, item, way, other, keep=keep) for item in value]
            return [item for item in found if item not in ({}, [])]
        of = of.member
    if of.type_name == "map" or not isinstance(value, dict) or way[0] not in value:
        return value
    inner = of.members[way[0]]
    rest = {k: v for k, v in value.items() if k != way[0]}
    if len(way) == 1:
        if other is not ...:
            return value | {way[0]: other}
        if way[0] not in of.required_members and not keep:
            return rest
        return value | {way[0]: _other(value[way[0]])}
    found = _changed(inner, value[way[0]], way[1:], other, keep=keep)
    return rest | (
        {way[0]: found} if found not in ({}, []) or way[0] in of.required_members else {}
    )


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, list):
        return [_other(item) for item in value[:1]]
    return f"{value}x" if isinstance(value, str) else {}


def _flat(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _flat(item, f"{place}.{name}")
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            yield from _flat(item, f"{place}.{number}")
    else:
        yield place, _ADDRESS.sub("", value) if isinstance(value, str) else value


# All that can be seen


def everything(scene: Scene) -> Json:
    """What the API, the timeline and the neighbours show."""
    clusters = scene.ecs("ListClusters")["clusterArns"]
    include = ["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "STATISTICS", "TAGS"]
    neighbours = scene.neighbours
    return {
        "clusters": scene.ecs("DescribeClusters", clusters=clusters, include=include)["clusters"],
        "in": {arn: _cluster(scene, arn) for arn in clusters},
        "families": _families(scene),
        "providers": scene.ecs("DescribeCapacityProviders", include=["TAGS"])["capacityProviders"],
        "account": scene.ecs("ListAccountSettings", effectiveSettings=True)["settings"],
        "scaling": _scaling(scene),
        "codedeploy": _codedeploy(scene),
        "timeline": str(scene.plane.timeline),
        "events": list(scene.account.bus.events),
        "logs": str(vars(scene.account.logs)),
        "discovery": neighbours.discovery.instances,
        "weights": dict(neighbours.balancers.rules),
        "groups": str(vars(neighbours.groups)),
        "alarms": str(scene.plane.alarms.state(list(neighbours.alarms.known()))),
        "rules": [str(a) for a in neighbours.alarms.known().values()],
    }


def _cluster(scene: Scene, arn: str) -> Json:
    of = {"cluster": arn}
    services = scene.ecs("ListServices", **of, maxResults=100)["serviceArns"]
    tasks = [
        t
        for s in ("RUNNING", "STOPPED")
        for t in scene.ecs("ListTasks", **of, desiredStatus=s)["taskArns"]
    ]
    machines = scene.ecs("ListContainerInstances", **of)["containerInstanceArns"]
    deployed = [
        d["serviceDeploymentArn"]
        for s in services
        for d in scene.ecs("ListServiceDeployments", **of, service=s)["serviceDeployments"]
    ]
    revisions = [
        r.arn for s in scene.plane.state.cluster(arn).services.values() for r in s.revisions
    ]
    health = ["TAGS", "CONTAINER_INSTANCE_HEALTH"]
    found: Json = {"attributes": scene.ecs("ListAttributes", **of, targetType="container-instance")}
    for name, member, items, more in (
        ("DescribeServices", "services", services, of | {"include": ["TAGS"]}),
        ("DescribeTasks", "tasks", tasks, of | {"include": ["TAGS"]}),
        ("DescribeContainerInstances", "containerInstances", machines, of | {"include": health}),
        ("DescribeServiceDeployments", "serviceDeploymentArns", deployed, {}),
        ("DescribeServiceRevisions", "serviceRevisionArns", revisions, {}),
    ):
        found[name] = [
            scene.ecs(name, **{member: items[n : n + 10]}, **more) for n in range(0, len(items), 10)
        ]
    return found


def _families(scene: Scene) -> list[Json]:
    named = [d.name for revisions in scene.plane.state.families.values() for d in revisions]
    return [
        scene.ecs("DescribeTaskDefinition", taskDefinition=name, include=["TAGS"]) for name in named
    ]


def _scaling(scene: Scene) -> list[Json]:
    asked = {"ServiceNamespace": "ecs"}
    targets = scene.call("application-autoscaling", "DescribeScalableTargets", **asked)
    arns = [t["ScalableTargetARN"] for t in targets["ScalableTargets"]]
    return [
        targets,
        *(
            scene.call("application-autoscaling", "ListTagsForResource", ResourceARN=arn)
            for arn in arns
        ),
        scene.call("application-autoscaling", "DescribeScalingPolicies", **asked),
        scene.call("application-autoscaling", "DescribeScheduledActions", **asked),
        scene.call(
            "application-autoscaling",
            "DescribeScalingActivities",
            **asked,
            IncludeNotScaledActivities=True,
        ),
    ]


def _codedeploy(scene: Scene) -> list[Json]:
    ask = scene.shop.call
    found: list[Json] = [ask("ListDeploymentConfigs"), ask("ListApplications")]
    found += [
        ask("GetDeploymentConfig", deploymentConfigName=n)
        for n in found[0]["deploymentConfigsList"]
    ]
    for name in found[1]["applications"]:
        groups = ask("ListDeploymentGroups", applicationName=name)["deploymentGroups"]
        revisions = ask("ListApplicationRevisions", applicationName=name)["revisions"]
        arns = [scene.shop.deploy.records.arn(f"application:{name}")]
        arns += [
            scene.shop.deploy.records.arn(f"deploymentgroup:{name}/{group}") for group in groups
        ]
        found += [ask("ListTagsForResource", ResourceArn=arn) for arn in arns]
        found += [
            ask("GetDeploymentGroup", applicationName=name, deploymentGroupName=g) for g in groups
        ]
        found += [ask("GetApplication", applicationName=name)]
        found += [
            ask("GetApplicationRevision", applicationName=name, revision=r) for r in revisions
        ]
    for id_ in ask("ListDeployments")["deployments"]:
        found += [ask("GetDeployment", deploymentId=id_)]
        found += [ask("BatchGetDeploymentTargets", deploymentId=id_, targetIds=["default:web"])]
    return found


FARGATE: Json = {"launchType": "FARGATE", "networkConfiguration": NETWORK}
TAGS: list[Json] = [{"key": "team", "value": "shop"}]
EXECUTION = ROLE
