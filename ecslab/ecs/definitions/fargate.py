"""What Fargate asks of a task definition and what it refuses (facts, sections 2.1 to 2.3)."""

from ecslab.ecs.definitions import gpus
from ecslab.ecs.definitions.draft import Draft, Json, Rule, for_each_container
from ecslab.world.images import private_repository

# Memory in MiB by CPU units (facts, section 2.1: probed against the real API in August 2026).
SIZES: dict[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
}
# Documented in 2026, but refused by the API when probed; add it to SIZES to
# offer it (facts, sections 2.1 and 18).
ANNOUNCED = {32768: (61440, 122880, 249856)}
WINDOWS_CPU = (1024, 2048, 4096)  # facts, section 2.1
# Section 2.2.
WINDOWS = tuple(
    f"WINDOWS_SERVER_{year}_{edition}" for year in ("2019", "2022") for edition in ("FULL", "CORE")
)

TIMEOUT_MAX_S = 120  # facts, section 1.3
NOFILE_MAX = 1_048_576  # facts, section 2.2
LOG_DRIVERS = ("awslogs", "splunk", "awsfirelens")
CAPABILITIES = {"SYS_PTRACE"}
LINUX_PARAMETERS = ("devices", "sharedMemorySize", "tmpfs", "maxSwap", "swappiness")


def network_mode(draft: Draft) -> str | None:
    """awsvpc, and it must be said (facts, section 2.3)."""
    return (
        None if draft.network_mode == "awsvpc" else "Fargate only supports network mode 'awsvpc'."
    )


def task_size_given(draft: Draft) -> str | None:
    """Both at the task level (facts, section 2.3); text for memory observed by
    cdk-preflight, pf-ecs-fargate-task-cpu-memory.
    """
    missing = next((member for member in ("cpu", "memory") if not draft.request.get(member)), None)
    return f"Fargate requires that '{missing}' be defined at the task level." if missing else None


def task_size(draft: Draft) -> str | None:
    """One of the pairs of section 2.1; full text observed by cdk-preflight,
    pf-ecs-fargate-windows-cpu-under-1vcpu.
    """
    cpu, memory = draft.cpu, draft.memory
    if cpu is None or memory is None:
        return None
    if memory in SIZES.get(cpu, ()) and (not draft.windows or cpu in WINDOWS_CPU):
        return None
    return (
        f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. "
        "See the Amazon ECS documentation for the valid values."
    )


def operating_system(draft: Draft) -> str | None:
    """Windows Server 2019 and 2022 (facts, section 2.2); the wording is ours."""
    family = draft.request.get("runtimePlatform", {}).get("operatingSystemFamily", "LINUX")
    return (
        None
        if family in {"LINUX", *WINDOWS}
        else f"Fargate compatible task definitions do not support {family}"
    )


def task_members(draft: Draft) -> str | None:
    """Members of the task that need a host of one's own; texts observed by
    cdk-preflight, rules pf-ecs-fargate-*.
    """
    if draft.request.get("placementConstraints"):
        return "Fargate compatible task definitions do not support constraints"
    if draft.request.get("ipcMode"):
        return "Fargate compatible task definitions do not support ipcMode"
    if draft.request.get("pidMode") == "host":
        return (
            "Tasks using the Fargate launch type do not support pidMode 'host'. The "
            "supported value for pidMode is 'task'."
        )
    return None


@for_each_container
def container_members(_: Draft, container: Json) -> str | None:
    """Members of a container that need a host of one's own (facts, section 2.3);
    texts from there and from cdk-preflight.
    """
    linux = container.get("linuxParameters", {})
    if container.get("privileged"):
        return "Fargate requires that the 'privileged' setting be 'false' at the container level."
    if container.get("dockerSecurityOptions"):
        return "Fargate compatible task definitions do not support dockerSecurityOptions"
    if given := next(
        (member for member in LINUX_PARAMETERS if linux.get(member) not in (None, [])), None
    ):
        return f"Fargate compatible task definitions do not support {given}"
    asked = linux.get("capabilities", {}).get("add", [])
    if (added := next((c for c in asked if c not in CAPABILITIES), None)) is not None:
        return f"{added} is not allowed on Fargate."
    return gpus.NOT_ON_FARGATE if gpus.asks_for_gpus(container) else None


def volumes(draft: Draft) -> str | None:
    """No Docker volumes, no paths of a host (facts, section 2.3), no FSx for
    Windows (BC:Volume; that wording follows).
    """
    for volume in draft.volumes:
        if "dockerVolumeConfiguration" in volume:
            return "Fargate compatible task definitions do not support dockerVolumeConfiguration"
        if volume.get("host", {}).get("sourcePath"):
            return "Fargate compatible task definitions do not support sourcePath"
        if "fsxWindowsFileServerVolumeConfiguration" in volume:
            return (
                "Fargate compatible task definitions do not support "
                "fsxWindowsFileServerVolumeConfiguration"
            )
    return None


@for_each_container
def log_driver(draft: Draft, container: Json) -> str | None:
    """Three drivers, and what awslogs needs on Fargate (facts, sections 2.3 and
    16); texts observed by cdk-preflight.
    """
    log = container.get("logConfiguration")
    if log is None:
        return None
    if log["logDriver"] not in LOG_DRIVERS:
        return (
            f"{log['logDriver']} is not a valid log driver. Must be one of "
            f"[{','.join(LOG_DRIVERS)}]"
        )
    if log["logDriver"] != "awslogs":
        return None
    if not draft.request.get("executionRoleArn"):
        return (
            "Fargate requires task definition to have execution role ARN to support log "
            "driver awslogs."
        )
    if "awslogs-stream-prefix" not in log.get("options", {}):
        return (
            "Fargate requires log configuration options to include awslogs-stream-prefix to "
            "support log driver awslogs."
        )
    return None


@for_each_container
def role_for_ecr(draft: Draft, container: Json) -> str | None:
    """Somebody must be allowed to pull; text in
    hashicorp/terraform-provider-aws#3051 and many other threads.
    """
    if draft.request.get("executionRoleArn") or not private_repository(container["image"]):
        return None
    return "Fargate requires task definition to have execution role ARN to support ECR images."


@for_each_container
def timeouts(_: Draft, container: Json) -> str | None:
    """At most 120 seconds (facts, section 1.3); text for stopping in several public
    deploy logs, the one for starting follows.
    """
    for member, words in (("startTimeout", "start"), ("stopTimeout", "stop")):
        if container.get(member, 0) > TIMEOUT_MAX_S:
            return (
                f"Tasks using the Fargate launch type must have a container {words} timeout "
                f"of less than {TIMEOUT_MAX_S} seconds."
            )
    return None


@for_each_container
def open_files(_: Draft, container: Json) -> str | None:
    """At most 1,048,576 open files (facts, section 2.2); the wording is ours."""
    if any(
        limit["name"] == "nofile" and limit["hardLimit"] > NOFILE_MAX
        for limit in container.get("ulimits", [])
    ):
        return (
            f"The nofile hard limit of container '{container['name']}' must be at most "
            f"{NOFILE_MAX}."
        )
    return None


@for_each_container
def firelens_from_a_file(_: Draft, container: Json) -> str | None:
    """The router's configuration comes from the image
    (BC:FirelensConfiguration); the wording is ours.
    """
    if (
        container.get("firelensConfiguration", {}).get("options", {}).get("config-file-type")
        == "s3"
    ):
        return (
            "Tasks using the Fargate launch type only support the FireLens configuration "
            "file type 'file'."
        )
    return None


RULES: tuple[Rule, ...] = (
    *(network_mode, task_size_given, task_size, operating_system, task_members, container_members),
    *(volumes, log_driver, role_for_ecr, timeouts, open_files, firelens_from_a_file),
)
