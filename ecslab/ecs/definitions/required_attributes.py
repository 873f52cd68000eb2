"""What a container instance must be able to do to run a task definition: `requiresAttributes`.

The names are those the agent registers (AG:agent/app/agent_capability.go); which member asks for
which is as public describe-task-definition output shows.
"""

from collections.abc import Iterator
from typing import Any

from ecslab.world.images import private_repository

Json = dict[str, Any]

DOCKER = "com.amazonaws.ecs.capability."
ECS = "ecs.capability."
REMOTE_API = f"{DOCKER}docker-remote-api."


def required_attributes(spec: Json) -> list[Json]:
    """The attributes a normal form requires, each once, in the order they are first needed."""
    names = [
        name
        for container in spec["containerDefinitions"]
        for name in _of_container(container, spec)
    ]
    return [{"name": name} for name in dict.fromkeys([*names, *_of_task(spec)])]


def _of_container(container: Json, spec: Json) -> Iterator[str]:
    yield from _of_log(container, role=bool(spec.get("executionRoleArn")))
    if private_repository(container["image"]):
        yield f"{DOCKER}ecr-auth"
        if spec.get("executionRoleArn"):
            yield f"{ECS}execution-role-ecr-pull"
    if container.get("repositoryCredentials"):
        yield f"{ECS}private-registry-authentication.secretsmanager"
    for secret in container.get("secrets", []):
        yield f"{ECS}secrets.{_store(secret)}.environment-variables"
    if container.get("environmentFiles"):
        yield f"{ECS}env-files.s3"
    yield from _of_docker(container)


def _of_log(container: Json, *, role: bool) -> Iterator[str]:
    log = container.get("logConfiguration")
    if log:
        yield f"{DOCKER}logging-driver.{log['logDriver']}"
        if role and log["logDriver"] == "awslogs":
            yield f"{ECS}execution-role-awslogs"
        for secret in log.get("secretOptions", []):
            yield f"{ECS}secrets.{_store(secret)}.bootstrap.log-driver"
        yield f"{REMOTE_API}1.19"  # BC:LogConfiguration
    if router := container.get("firelensConfiguration"):
        yield f"{ECS}firelens.{router['type']}"
        if "config-file-type" in router.get("options", {}):
            yield f"{ECS}firelens.options.config.{router['options']['config-file-type']}"


def _of_docker(container: Json) -> Iterator[str]:
    if container.get("healthCheck"):
        yield f"{ECS}container-health-check"
        yield f"{REMOTE_API}1.24"
    if any(container.get(member) for member in ("dependsOn", "startTimeout", "stopTimeout")):
        yield f"{ECS}container-ordering"
    if container.get("restartPolicy", {}).get("enabled"):
        yield f"{ECS}container-restart-policy"
    if any("containerPortRange" in mapping for mapping in container["portMappings"]):
        yield f"{ECS}container-port-range"
    if container.get("privileged"):
        yield f"{DOCKER}privileged-container"
    if container.get("memoryReservation"):
        yield f"{REMOTE_API}1.21"
    if container.get("linuxParameters", {}).get("initProcessEnabled"):
        yield f"{REMOTE_API}1.25"  # BC:LinuxParameters.initProcessEnabled
    if container.get("ulimits") or container.get("dockerLabels"):
        yield f"{REMOTE_API}1.18"  # BC:ContainerDefinition.ulimits, dockerLabels


def _of_task(spec: Json) -> Iterator[str]:
    if spec.get("taskRoleArn"):
        yield f"{DOCKER}task-iam-role" + (
            "-network-host" if spec.get("networkMode") == "host" else ""
        )
    if spec.get("pidMode") or spec.get("ipcMode"):
        yield f"{ECS}pid-ipc-namespace-sharing"
    for volume in spec["volumes"]:
        yield from _of_volume(volume)
    if spec.get("networkMode") == "awsvpc":
        yield f"{REMOTE_API}1.18"
        yield f"{ECS}task-eni"
    if spec.get("proxyConfiguration"):
        yield f"{ECS}aws-appmesh"


def _of_volume(volume: Json) -> Iterator[str]:
    if docker := volume.get("dockerVolumeConfiguration"):
        yield f"{ECS}docker-plugin.{docker.get('driver', 'local')}"
    if efs := volume.get("efsVolumeConfiguration"):
        yield f"{ECS}efs"
        if efs.get("authorizationConfig") or efs.get("transitEncryption") == "ENABLED":
            yield f"{ECS}efsAuth"
    if "fsxWindowsFileServerVolumeConfiguration" in volume:
        yield f"{ECS}fsxWindowsFileServer"
    if volume.get("configuredAtLaunch"):
        yield f"{ECS}storage.ebs-task-volume-attach"


def _store(secret: Json) -> str:
    return "asm" if ":secretsmanager:" in secret["valueFrom"] else "ssm"
