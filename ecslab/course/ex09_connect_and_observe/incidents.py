"""The incidents of 09-cause: a shop that works, a task that was stopped
long ago, and then what goes wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ecslab.course.ex09_connect_and_observe import setting as scenery
from ecslab.grade.account import CaseAccount

Json = dict[str, Any]
PORT, COPIES = 8080, 2
OLD_NEWS = "moved to another subnet"  # why somebody stopped a task, long before the incident
_OK: Json = {"health_path": "/health", "prints": "listening on 8080"}
# MiB: the large one fits an empty m5.large, and none with a small one on it.
_SMALL, _LARGE = "512", "7800"


@dataclass(frozen=True)
class Incident:
    """What goes wrong with a service, and the numbers of this case."""

    cause: str
    service: str
    usual: int = 20  # requests per second
    release: Mapping[str, Any] = field(default_factory=dict)  # how the new image behaves
    unusual: int = 0  # requests per second from the incident on
    mute: bool = False  # the new definition's image does not exist

    @property
    def on_instances(self) -> bool:
        """Whether the service runs on EC2 instances."""
        return self.cause == "no room"


def happen(scene: CaseAccount, incident: Incident) -> Mapping[str, Any]:
    """Let all of it happen: some twenty minutes, of which the incident takes the last eight."""
    image = scene.images.push(f"{incident.service}:1", **_OK)
    where = _shop(scene, incident, image)
    scene.ecs.stop_task(cluster="prod", task=_tasks(scene, incident)[0], reason=OLD_NEWS)
    scene.lab.advance("3m")  # nobody calls yet: it leaves no errors behind
    flow = scene.lab.traffic(where, incident.usual)
    scene.lab.advance("9m")
    if incident.unusual:
        flow.stop()
        scene.lab.traffic(where, incident.unusual)
    else:
        _release(scene, incident, image)
    scene.lab.advance("8m")
    return {"cluster": "prod", "service": incident.service}


def _shop(scene: CaseAccount, incident: Incident, image: str) -> str:
    """A cluster with logs, a detector and the service behind a load
    balancer; the balancer's DNS name.
    """
    lab, name = scene.lab, incident.service
    scene.ecs.create_cluster(clusterName="prod")
    lab.client("logs").create_log_group(logGroupName=f"/ecs/{name}")
    watch(scene)
    if incident.on_instances:
        scene.instances("prod", COPIES)
    address, group = _front(scene, name)
    _define(scene, incident, image)
    scene.ecs.create_service(
        cluster="prod",
        serviceName=name,
        taskDefinition=name,
        desiredCount=COPIES,
        launchType="EC2" if incident.on_instances else "FARGATE",
        loadBalancers=[{"targetGroupArn": group, "containerName": "app", "containerPort": PORT}],
        networkConfiguration=scene.network(public=not incident.on_instances),
    )
    lab.advance("3m")
    return address


def watch(scene: CaseAccount) -> None:
    """A detector of GuardDuty that watches tasks on Fargate."""
    agents = [{"Name": "ECS_FARGATE_AGENT_MANAGEMENT", "Status": "ENABLED"}]
    feature = {"Name": "RUNTIME_MONITORING", "Status": "ENABLED", "AdditionalConfiguration": agents}
    scene.lab.client("guardduty").create_detector(Enable=True, Features=[feature])


def _front(scene: CaseAccount, name: str) -> tuple[str, str]:
    """A load balancer that checks /health every ten seconds: its DNS name, and its target group."""
    elb = scene.lab.client("elbv2")
    balancer = scenery.inner_balancer(scene, elb, name)
    group = elb.create_target_group(
        Name=name,
        Protocol="HTTP",
        Port=PORT,
        VpcId=balancer["VpcId"],
        TargetType="ip",
        HealthCheckPath="/health",
        HealthCheckIntervalSeconds=10,
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    return str(balancer["DNSName"]), str(group)


def _release(scene: CaseAccount, incident: Incident, old: str) -> None:
    """A second revision, of an image that behaves like the incident."""
    name = incident.service
    image = old.replace(f"{name}:1", f"{name}:2")
    if not incident.mute:
        scene.images.push(f"{name}:2", **(_OK | dict(incident.release)))
    _define(scene, incident, image, memory=_LARGE if incident.on_instances else _SMALL)
    scene.ecs.update_service(cluster="prod", service=name, taskDefinition=name)


def _define(scene: CaseAccount, incident: Incident, image: str, memory: str = _SMALL) -> None:
    options = {
        "awslogs-group": f"/ecs/{incident.service}",
        "awslogs-region": scene.lab.region,
        "awslogs-stream-prefix": "prod",
    }
    scenery.define(
        scene,
        incident.service,
        image,
        PORT,
        memory=memory,
        requiresCompatibilities=["EC2" if incident.on_instances else "FARGATE"],
        container={"logConfiguration": {"logDriver": "awslogs", "options": options}},
    )


def _tasks(scene: CaseAccount, incident: Incident) -> list[str]:
    return sorted(scene.ecs.list_tasks(cluster="prod", serviceName=incident.service)["taskArns"])
