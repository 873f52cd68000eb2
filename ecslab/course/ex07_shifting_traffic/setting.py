"""What the questions of this exercise use: where to look, a front with two target
groups, services behind it, what was shifted.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ecslab.grade.account import CaseAccount
from ecslab.grade.questions import Run
from ecslab.grade.results import Gap, LessonSection
from ecslab.ground.text import Text

_BLUE_GREEN = "lessons/10-blue-green.ipynb"
_EXTERNAL = "lessons/11-external-controllers.ipynb"
CANARY = LessonSection(10, "Canary and linear", _BLUE_GREEN)
HOOK = LessonSection(10, "A function that says no", _BLUE_GREEN)
BY_HAND = LessonSection(11, "Green, by hand", _EXTERNAL)
PIPELINE = LessonSection(11, "A pipeline", _EXTERNAL)

Json = dict[str, Any]
PORT = 80  # of every container
IMAGE = "public.ecr.aws/nginx/nginx:1.27"
_TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": "ecs.amazonaws.com"},
    "Action": "sts:AssumeRole",
}


@dataclass(frozen=True, slots=True)
class Front:
    """A load balancer: its client, its DNS name, the ARNs of its two target
    groups, and of its listeners by port.
    """

    elb: Any  # made once: a client costs more than five calls
    dns: str
    blue: str
    green: str
    listeners: Mapping[int, str]


def front(scene: CaseAccount, name: str, *ports: int) -> Front:
    """A load balancer whose listeners forward everything to the first of two target groups."""
    elb = scene.lab.client("elbv2")
    made = elb.create_load_balancer(Name=name, Subnets=scene.subnets[:2])["LoadBalancers"][0]
    groups = [_group(elb, f"{name}-{number}", made["VpcId"]) for number in (1, 2)]
    listeners = {}
    for port in ports:
        answer = elb.create_listener(
            LoadBalancerArn=made["LoadBalancerArn"],
            Protocol="HTTP",
            Port=port,
            DefaultActions=forward(groups),
        )
        listeners[port] = str(answer["Listeners"][0]["ListenerArn"])
    return Front(elb, str(made["DNSName"]), groups[0], groups[1], listeners)


def _group(elb: Any, name: str, vpc: str) -> str:
    """A target group that checks often and drains quickly."""
    made = elb.create_target_group(
        Name=name,
        Protocol="HTTP",
        Port=PORT,
        VpcId=vpc,
        TargetType="ip",
        HealthCheckIntervalSeconds=10,
    )
    arn = str(made["TargetGroups"][0]["TargetGroupArn"])
    delay = {"Key": "deregistration_delay.timeout_seconds", "Value": "10"}
    elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=[delay])
    return arn


def forward(groups: Sequence[str]) -> list[Json]:
    """The actions of a listener or a rule: everything to the first
    group, nothing to the second one.
    """
    weights = [
        {"TargetGroupArn": arn, "Weight": w} for arn, w in zip(groups, (100, 0), strict=True)
    ]
    return [{"Type": "forward", "ForwardConfig": {"TargetGroups": weights}}]


def _rule(there: Front, port: int) -> str:
    """A rule of a listener for every path, and its ARN."""
    made = there.elb.create_rule(
        ListenerArn=there.listeners[port],
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
        Actions=forward([there.blue, there.green]),
    )
    return str(made["Rules"][0]["RuleArn"])


def infrastructure_role(scene: CaseAccount) -> str:
    """The ARN of a role with which ECS changes rules and calls functions (facts, section 16)."""
    document = json.dumps({"Version": "2012-10-17", "Statement": [_TRUST]})
    made = scene.lab.client("iam").create_role(
        RoleName="ecsInfrastructureRole", AssumeRolePolicyDocument=document
    )
    return str(made["Role"]["Arn"])


def define(scene: CaseAccount, family: str, image: str = IMAGE) -> str:
    """Register a revision of a family, and return its name, family:revision."""
    app = {"name": "app", "image": image, "portMappings": [{"containerPort": PORT}]}
    return scene.register(family, app)


def serve(
    scene: CaseAccount, cluster: str, service: str, there: Front, *, role: str, test: int, how: Json
) -> None:
    """A service of two tasks whose deployments shift traffic as `how` says,
    behind port 80 and a test port, steady.
    """
    both = {
        "alternateTargetGroupArn": there.green,
        "productionListenerRule": _rule(there, PORT),
        "testListenerRule": _rule(there, test),
        "roleArn": role,
    }
    balancer = {"targetGroupArn": there.blue, "containerName": "app", "containerPort": PORT}
    scene.ecs.create_cluster(clusterName=cluster)
    scene.ecs.create_service(
        cluster=cluster,
        serviceName=service,
        taskDefinition=define(scene, service),
        desiredCount=2,
        launchType="FARGATE",
        networkConfiguration=scene.network(),
        loadBalancers=[balancer | {"advancedConfiguration": both}],
        deploymentConfiguration=how,
    )
    scene.lab.settle()
    scene.lab.advance(
        "10s"
    )  # so that the end of this deployment is not of the instant in which the next one begins


def works(run: Run) -> list[Json]:
    """The service deployments that began after the call, the oldest first."""
    ecs, given = run.scene.ecs, run.given
    told = ecs.list_service_deployments(cluster=given["cluster"], service=given["service"])
    arns = [work["serviceDeploymentArn"] for work in told["serviceDeployments"]]
    found = ecs.describe_service_deployments(serviceDeploymentArns=arns)["serviceDeployments"]
    return sorted(
        (w for w in found if lab_ms(run, w["createdAt"]) >= run.began_ms),
        key=lambda work: work["createdAt"],
    )


def lab_ms(run: Run, moment: datetime) -> int:
    """A time that AWS has told, as lab milliseconds."""
    return round(1000 * (moment.timestamp() - run.lab.clock.timestamp(0)))


def nothing(expected: Text) -> Gap:
    """The gap when the function left the account as it was."""
    return Gap(expected, Text("nothing has happened"))


def shares(run: Run) -> list[tuple[int, float]]:
    """The percent of production traffic that the revision under way got, at each
    change since the call: (lab ms, percent).
    """
    return [
        (event.at_ms, float(event.facts["weights"][event.facts["deployment"]]))
        for event in run.lab.timeline.since(run.began_ms)
        if event.kind == "traffic shifted"
        and event.facts["traffic"] == "production"
        and event.facts["service"] == run.given["service"]
    ]


def decisions(run: Run) -> tuple[str, ...]:
    """The lines about what the service's deployments went through since the
    call, the last ones first dropped.
    """
    kinds = {"stage", "hook", "traffic shifted", "deployment failed", "deployment completed"}
    about = f"service/{run.given['service']}"
    found = [
        e for e in run.lab.timeline.since(run.began_ms) if e.subject == about and e.kind in kinds
    ]
    return tuple(str(event) for event in found[-_SHOWN:])


_SHOWN = 8


def hooks(run: Run) -> list[tuple[str, str]]:
    """What the service's hooks said since the call: (stage, words)."""
    told = run.lab.timeline.since(run.began_ms).where(kind="hook", service=run.given["service"])
    return [(event.facts["stage"], event.why) for event in told]
