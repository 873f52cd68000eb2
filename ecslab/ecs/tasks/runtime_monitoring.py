"""GuardDuty Runtime Monitoring: an agent beside each task of a watched cluster,
and what it finds (facts, section 13).
"""

from functools import partial

from ecslab.ecs import timing
from ecslab.ecs.model import Json
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.tasks import Container, Sidecar, Stage, Task
from ecslab.ecs.ports.guardduty import Threats
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.timeline.tasks import ThreatFound
from ecslab.timeline.teller import Teller

# GuardDuty API, features.
AGENTS = {"FARGATE": "ECS_FARGATE_AGENT_MANAGEMENT", "EC2": "EC2_AGENT_MANAGEMENT"}
OPT_OUT = {"key": "GuardDutyManaged", "value": "false"}  # facts, section 13
# GuardDuty user guide, Runtime Monitoring finding types: severity High.
MINER = "CryptoCurrency:Runtime/BitcoinTool.B"
HIGH = 8.0


class RuntimeMonitoring:
    """Only tasks that were launched while a detector watched are
    watched: the agent comes with the task.
    """

    def __init__(
        self, *, clock: Clock, chance: Chance, story: Teller, state: AccountState, threats: Threats
    ) -> None:
        self._clock, self._chance, self._story, self._state = clock, chance, story, state
        self._threats = threats

    def task_changed(self, task: Task) -> None:
        """Hear that one task moved: the agent is there from PENDING on,
        and looks once the task runs.
        """
        if task.stage == Stage.PENDING and task.monitored_by is None:
            task.monitored_by = watching(self._threats, task.cluster, task.spec, task.launch_type)
            if task.monitored_by and task.launch_type == "FARGATE":
                task.sidecars.append(self._agent(task))
        elif task.stage == Stage.RUNNING and task.monitored_by and not task.watched:
            task.watched = True
            for container in task.containers:
                self._watch(task, container)

    def _agent(self, task: Task) -> Sidecar:
        """The sidecar as DescribeTasks shows it; its name's form is
        AWS's, its image is not shown.
        """
        name = f"aws-guardduty-agent-{self._chance.hex('agent names')[:6]}"
        arn = self._state.arn(
            f"container/{task.cluster.name}/{task.id}/{self._chance.uuid('agent arns')}"
        )
        return Sidecar(name, arn)

    def _watch(self, task: Task, container: Container) -> None:
        after_s = container.behaviour.mines_after
        if after_s is not None and container.started_ms is not None:
            due_ms = container.started_ms + round(after_s * 1000) + timing.FINDING_MS
            wait_ms = max(0, due_ms - self._clock.now_ms)
            ring = partial(self._find, task, container)
            container.alarms.append(self._clock.after(wait_ms, ring))

    def _find(self, task: Task, container: Container) -> None:
        assert task.monitored_by is not None, "only watched tasks are looked at"
        self._story.say(ThreatFound(task=task.ref, container=container.name, finding=MINER))
        self._threats.report(task.monitored_by, self._finding(task, container))

    def _finding(self, task: Task, container: Container) -> Json:
        """In the shape of GuardDuty's API, Finding."""
        now = self._clock.now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        number = self._chance.hex("finding ids")
        region, account = self._state.region, self._state.number
        detector = f"arn:aws:guardduty:{region}:{account}:detector/{task.monitored_by}"
        return {
            "schemaVersion": "2.0",
            "accountId": account,
            "region": region,
            "partition": "aws",
            "id": number,
            "arn": f"{detector}/finding/{number}",
            "type": MINER,
            "severity": HIGH,
            "title": "A process in a container of an Amazon ECS task is associated with "
            "cryptocurrency activity.",
            "description": f"The container {container.name} of the ECS task {task.id} runs a "
            "program that mines cryptocurrency.",
            "createdAt": now,
            "updatedAt": now,
            "resource": {
                "resourceType": "ECSCluster",
                "ecsClusterDetails": self._cluster(task, container),
            },
            "service": {
                "serviceName": "guardduty",
                "detectorId": task.monitored_by,
                "featureName": "RuntimeMonitoring",
                "eventFirstSeen": now,
                "eventLastSeen": now,
                "archived": False,
                "count": 1,
                "runtimeDetails": {"process": {"name": "miner", "executablePath": "/tmp/miner"}},  # noqa: S108 - a story
            },
        }

    def _cluster(self, task: Task, container: Container) -> Json:
        cluster = task.cluster
        return {
            "name": cluster.name,
            "arn": cluster.arn,
            "status": cluster.status,
            "activeServicesCount": sum(s.status == "ACTIVE" for s in cluster.services.values()),
            "runningTasksCount": sum(t.stage == Stage.RUNNING for t in cluster.tasks.values()),
            "registeredContainerInstancesCount": len(cluster.instances),
            "taskDetails": {
                "arn": task.arn,
                "definitionArn": task.definition.arn,
                "version": str(task.version),
                "startedBy": task.started_by,
                "group": task.group,
                "launchType": task.launch_type,
                "containers": [{"name": container.name, "image": container.image}],
            },
        }


def watching(threats: Threats, cluster: Cluster, spec: Json, launch_type: str) -> str | None:
    """The detector that watches tasks launched now: none without an execution role on
    Fargate, after an opt-out, or elsewhere.
    """
    if OPT_OUT in cluster.tags or (launch_type == "FARGATE" and not spec.get("executionRoleArn")):
        return None
    system = spec.get("runtimePlatform", {}).get("operatingSystemFamily", "LINUX")
    agent = AGENTS.get(launch_type) if system == "LINUX" else None
    return threats.detector(agent) if agent else None
