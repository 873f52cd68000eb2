"""The task around its containers: roles, operating system, kernel
settings, proxies, storage, placement.
"""

import re

from ecslab.ecs.definitions import gpus
from ecslab.ecs.definitions.draft import Draft, Json, Rule, for_each_container
from ecslab.ecs.placement.rules import check_constraints
from ecslab.ground.errors import AwsError

MOST_CONSTRAINTS = 10  # facts, section 15
LONGEST_EXPRESSION = 2_000  # facts, section 4
STORAGE_MIN_GIB, STORAGE_MAX_GIB = 21, 200  # facts, section 2.2
SWAPPINESS_MAX = 100  # BC:LinuxParameters.swappiness

# BC:ContainerDefinition: each of these is not supported for Windows containers.
NOT_ON_WINDOWS = (
    *(
        "links",
        "disableNetworking",
        "privileged",
        "readonlyRootFilesystem",
        "dnsServers",
        "dnsSearchDomains",
    ),
    *("extraHosts", "ulimits", "user", "systemControls", "linuxParameters"),
)
CAPABILITIES = {  # BC:KernelCapabilities
    *(
        "ALL",
        "AUDIT_CONTROL",
        "AUDIT_WRITE",
        "BLOCK_SUSPEND",
        "CHOWN",
        "DAC_OVERRIDE",
        "DAC_READ_SEARCH",
        "FOWNER",
        "FSETID",
    ),
    *(
        "IPC_LOCK",
        "IPC_OWNER",
        "KILL",
        "LEASE",
        "LINUX_IMMUTABLE",
        "MAC_ADMIN",
        "MAC_OVERRIDE",
        "MKNOD",
        "NET_ADMIN",
    ),
    *(
        "NET_BIND_SERVICE",
        "NET_BROADCAST",
        "NET_RAW",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_ADMIN",
        "SYS_BOOT",
    ),
    *(
        "SYS_CHROOT",
        "SYS_MODULE",
        "SYS_NICE",
        "SYS_PACCT",
        "SYS_PTRACE",
        "SYS_RAWIO",
        "SYS_RESOURCE",
        "SYS_TIME",
    ),
    *("SYS_TTY_CONFIG", "SYSLOG", "WAKE_ALARM"),
}
_ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}")


def roles(draft: Draft) -> str | None:
    """Roles of this account, by ARN, the task role also by name
    (BC:RegisterTaskDefinitionRequest); text in many public threads.
    """
    arn = re.compile(
        rf"arn:aws[\w-]*:iam::{draft.account}:role/(?:[\w+=,.@-]+/)*{_ROLE_NAME.pattern}"
    )
    task, execution = draft.request.get("taskRoleArn"), draft.request.get("executionRoleArn")
    known = (not task or arn.fullmatch(task) or _ROLE_NAME.fullmatch(task)) and (
        not execution or arn.fullmatch(execution)
    )
    return None if known else "Role is not valid"


def no_accelerators(draft: Draft) -> str | None:
    """Elastic Inference is gone (facts, section 2.3); the second wording is ours."""
    if draft.request.get("inferenceAccelerators"):
        return "Unsupported field 'inferenceAccelerators'"
    resources = [r["type"] for c in draft.containers for r in c.get("resourceRequirements", [])]
    return (
        "Unsupported resource type 'InferenceAccelerator'"
        if "InferenceAccelerator" in resources
        else None
    )


@for_each_container
def gpu(_: Draft, container: Json) -> str | None:
    """A number of GPUs, ALL, or a way of sharing one
    (BC:ResourceRequirement); the wording is ours.
    """
    return gpus.problem(container)


def windows(draft: Draft) -> str | None:
    """What Windows cannot do (facts, section 2.2; BC:ContainerDefinition); the wording is ours."""
    if not draft.windows:
        return None
    if draft.request["runtimePlatform"].get("cpuArchitecture") == "ARM64":
        return "ARM64 is not supported for Windows containers."
    given = [m for m in ("pidMode", "ipcMode") if draft.request.get(m)]
    given += [m for m in NOT_ON_WINDOWS for c in draft.containers if c.get(m)]
    return f"{given[0]} is not supported for Windows containers." if given else None


@for_each_container
def ulimits(_: Draft, container: Json) -> str | None:
    """Text observed by cdk-preflight, rule pf-ecs-ulimit-soft-over-hard;
    a hard limit below zero is none.
    """
    for limit in container.get("ulimits", []):
        if 0 <= limit["hardLimit"] < limit["softLimit"]:
            return f"Soft limit exceeds hard limit for ulimit {limit['name']}"
    return None


@for_each_container
def kernel(_: Draft, container: Json) -> str | None:
    """Capabilities that exist, and swap within its bounds (BC:KernelCapabilities,
    BC:LinuxParameters); the wording is ours.
    """
    linux = container.get("linuxParameters", {})
    asked = linux.get("capabilities", {})
    unknown = [c for c in [*asked.get("add", []), *asked.get("drop", [])] if c not in CAPABILITIES]
    if unknown:
        return f"{unknown[0]} is not a valid capability."
    if not 0 <= linux.get("swappiness", 0) <= SWAPPINESS_MAX or linux.get("maxSwap", 0) < 0:
        return (
            f"swappiness must be between 0 and {SWAPPINESS_MAX}, and maxSwap must not be negative."
        )
    return None


@for_each_container
def system_controls(draft: Draft, container: Json) -> str | None:
    """No network controls on the host's network, no IPC controls on the host's IPC
    (BC:SystemControl); the wording is ours.
    """
    for control in container.get("systemControls", []):
        name = control.get("namespace", "")
        network, ipc = (
            name.startswith("net."),
            name.startswith(("fs.mqueue.", "kernel.msg", "kernel.sem", "kernel.shm")),
        )
        if not network and not ipc:
            return f"The system control '{name}' is not supported."
        if (network and draft.network_mode == "host") or (
            ipc and draft.request.get("ipcMode") == "host"
        ):
            return (
                f"The system control '{name}' is not supported when the task shares that "
                "namespace with its host."
            )
    return None


def proxy(draft: Draft) -> str | None:
    """The App Mesh proxy; three texts observed by cdk-preflight
    (pf-ecs-proxy-configuration-*), the other two follow.
    """
    asked = draft.request.get("proxyConfiguration")
    if not asked:
        return None
    if draft.network_mode != "awsvpc":
        return "APPMESH proxy configuration is only supported in networkMode=awsvpc"
    if asked["containerName"] not in {c["name"] for c in draft.containers}:
        return f"Proxy container [{asked['containerName']}] does not exist."
    given = {p.get("name") for p in asked.get("properties", []) if p.get("value")}
    for name, words in (
        ("ProxyIngressPort", "Ingress port"),
        ("ProxyEgressPort", "Egress port"),
        ("AppPorts", "App ports"),
    ):
        if name not in given:
            return f"{words} not found"
    return None if given & {"IgnoredUID", "IgnoredGID"} else "Ignored UID or GID not found"


def ephemeral_storage(draft: Draft) -> str | None:
    """21 to 200 GiB, and on Fargate only; texts observed by cdk-preflight
    (pf-ecs-ephemeral-storage-range, …-ec2).
    """
    if not draft.request.get("ephemeralStorage"):
        return None
    size = draft.request["ephemeralStorage"]["sizeInGiB"]
    if size < STORAGE_MIN_GIB:
        return f"EphemeralStorage size should be at least {STORAGE_MIN_GIB}"
    if size > STORAGE_MAX_GIB:
        return f"EphemeralStorage size should be at most {STORAGE_MAX_GIB}"
    other = next((target for target in draft.targets if target != "FARGATE"), None)
    return (
        f"Tasks using the {other} launch type do not support EphemeralStorage." if other else None
    )


def placement(draft: Draft) -> str | None:
    """Ten constraints, each with an expression of at most 2,000 characters (facts,
    sections 4 and 15); the wording is ours.
    """
    constraints = draft.request.get("placementConstraints", [])
    if len(constraints) > MOST_CONSTRAINTS:
        return f"A task definition can have at most {MOST_CONSTRAINTS} placement constraints."
    if not all(1 <= len(c.get("expression", "")) <= LONGEST_EXPRESSION for c in constraints):
        return (
            f"A placement constraint needs an expression of at most {LONGEST_EXPRESSION} "
            "characters."
        )
    try:
        check_constraints(constraints, in_task_definition=True)
    except AwsError as refused:
        if refused.code == "UnsupportedFeatureException":
            raise
        return refused.message
    return None


RULES: tuple[Rule, ...] = (
    *(roles, no_accelerators, gpu, windows, ulimits, kernel, system_controls),
    *(proxy, ephemeral_storage, placement),
)
