"""Makes a Task out of a task definition and what was asked for at launch."""

from dataclasses import dataclass, field

from ecslab.ecs.definitions.effective import effective
from ecslab.ecs.model import Json
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.definitions import TaskDefinition
from ecslab.ecs.model.deployments import Deployment
from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.model.services import Service
from ecslab.ecs.model.tasks import Container, Sidecar, Task
from ecslab.ecs.placement.needs import needs
from ecslab.ecs.ports.network import Subnet
from ecslab.ecs.ports.roles import Roles
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.timeline.teller import Teller

PLATFORM_VERSION = {"LINUX": "1.4.0", "WINDOWS": "1.0.0"}  # what LATEST means (facts, section 2.2)


@dataclass(frozen=True)
class Launch:
    """What RunTask or a deployment says about how a task runs, apart from its definition."""

    launch_type: str
    group: str
    started_by: str | None
    network: Json | None = None  # the awsvpcConfiguration
    platform_version: str | None = None
    overrides: Json = field(default_factory=dict)
    tags: tuple[Json, ...] = ()
    execute_command: bool = False
    capacity_provider: str | None = None
    constraints: tuple[Json, ...] = ()
    strategies: tuple[Json, ...] = ()
    daemon: bool = False  # one task on every instance


class TaskMaker:
    """Makes tasks, with ids of the account and labels of the timeline."""

    def __init__(self, *, clock: Clock, chance: Chance, story: Teller, state: AccountState) -> None:
        self._clock, self._chance, self._story, self._state = clock, chance, story, state

    def new_task(
        self,
        cluster: Cluster,
        definition: TaskDefinition,
        launch: Launch,
        *,
        subnet: Subnet | None = None,
        instance: ContainerInstance | None = None,
        deployment: tuple[Service, Deployment] | None = None,
    ) -> Task:
        """A task that is about to be launched, with its overrides applied to its containers."""
        task_id = self._chance.hex("task ids")
        spec = effective(definition.spec, launch.overrides)
        family, version = (
            _platform(spec, launch.platform_version)
            if launch.launch_type == "FARGATE"
            else (None, None)
        )
        storage = spec.get("ephemeralStorage") or {"sizeInGiB": 20}
        service, of_deployment = deployment or (None, None)
        return Task(
            id=task_id,
            arn=self._state.arn(f"task/{cluster.name}/{task_id}"),
            label=self._story.label("task"),
            cluster=cluster,
            definition=definition,
            spec=spec,
            group=launch.group,
            started_by=launch.started_by,
            launch_type=launch.launch_type,
            capacity_provider=launch.capacity_provider,
            containers=[self._container(cluster, task_id, c) for c in spec["containerDefinitions"]],
            network=launch.network,
            overrides=launch.overrides,
            created_ms=self._clock.now_ms,
            cpu=spec.get("cpu"),
            memory=spec.get("memory"),
            platform_version=version,
            platform_family=family,
            ephemeral_gib=storage["sizeInGiB"],
            execute_command=launch.execute_command,
            tags=list(launch.tags),
            attributes=[{"name": "ecs.cpu-architecture", "value": _architecture(spec).lower()}],
            instance=instance,
            needs=needs(spec) if launch.launch_type != "FARGATE" else None,
            service=service,
            deployment=of_deployment,
            zone=instance.zone if instance else subnet.zone if subnet else None,
            subnet=subnet.id if subnet else None,
            attachment_id=self._chance.uuid("attachment ids"),
            sidecars=[self._proxy(cluster, task_id)] if _connects(of_deployment) else [],
        )

    def _container(self, cluster: Cluster, task_id: str, definition: Json) -> Container:
        return Container(
            name=definition["name"],
            arn=self._state.arn(
                f"container/{cluster.name}/{task_id}/{self._chance.uuid('container ids')}"
            ),
            definition=definition,
            image=definition["image"],
            essential=definition.get("essential", True),
        )

    def _proxy(self, cluster: Cluster, task_id: str) -> Sidecar:
        """The container of Service Connect, in every task of a service that uses it; its
        name's form was seen (facts, section 31).
        """
        name = f"ecs-service-connect-{self._chance.hex('proxy names')[:5]}"
        arn = self._state.arn(
            f"container/{cluster.name}/{task_id}/{self._chance.uuid('proxy arns')}"
        )
        return Sidecar(name, arn, self._chance.uuid("connect attachments"))


def role_problem(roles: Roles, spec: Json) -> str | None:
    """Why a task of this spec could not get its roles, in AWS's words, or
    None when it can (facts, section 16).
    """
    named = (spec.get(name) for name in ("executionRoleArn", "taskRoleArn"))
    problems = (roles.check(role) for role in named if role)
    return next((problem for problem in problems if problem), None)


def _connects(deployment: Deployment | None) -> bool:
    return bool(deployment and deployment.settings.get("serviceConnectConfiguration"))


def _architecture(spec: Json) -> str:
    return str(spec.get("runtimePlatform", {}).get("cpuArchitecture", "X86_64"))


def _platform(spec: Json, version: str | None) -> tuple[str, str]:
    system = spec.get("runtimePlatform", {}).get("operatingSystemFamily", "LINUX")
    latest = PLATFORM_VERSION["WINDOWS" if system.startswith("WINDOWS") else "LINUX"]
    return "Linux" if system == "LINUX" else system, latest if version in {None, "LATEST"} else str(
        version
    )
