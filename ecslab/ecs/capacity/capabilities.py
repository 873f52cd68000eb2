"""What a container instance can do and is: the attributes that its agent
registers and ECS adds (facts, section 4).

The names are those of AG:agent/app/agent_capability.go, as public describe-container-instances
output shows them; `definitions/required_attributes.py` asks for them.
"""

from collections.abc import Iterable
from typing import Any

from ecslab.ecs.definitions.required_attributes import DOCKER, ECS, REMOTE_API

Json = dict[str, Any]
Attributes = dict[str, str | None]

EXTERNAL = f"{ECS}external"
TRUNK = "ecs.awsvpc-trunk-id"
LOG_DRIVERS = ("json-file", "syslog", "journald", "gelf", "fluentd", "awslogs", "splunk", "none")
_API_VERSIONS = range(17, 45)  # Docker's remote API 1.17 to 1.44
_AGENT = (
    *("ecr-auth", "privileged-container", "selinux", "apparmor"),
    *("task-iam-role", "task-iam-role-network-host", "logging-driver.awsfirelens"),
)
_ECS = (
    *(
        "execution-role-ecr-pull",
        "execution-role-awslogs",
        "private-registry-authentication.secretsmanager",
    ),
    *("secrets.asm.environment-variables", "secrets.asm.bootstrap.log-driver"),
    *("secrets.ssm.environment-variables", "secrets.ssm.bootstrap.log-driver"),
    *("env-files.s3", "container-health-check", "container-ordering", "container-restart-policy"),
    *(
        "container-port-range",
        "pid-ipc-namespace-sharing",
        "docker-plugin.local",
        "task-cpu-mem-limit",
    ),
    *(
        "firelens.fluentd",
        "firelens.fluentbit",
        "firelens.options.config.file",
        "firelens.options.config.s3",
    ),
)
# Facts, section 8.6.
_NOT_EXTERNAL = ("task-eni", "efs", "efsAuth", "aws-appmesh", "storage.ebs-task-volume-attach")


def capabilities(log_drivers: Iterable[str] | None = None, *, external: bool = False) -> Attributes:
    """What an agent of today on Linux offers; an EXTERNAL one neither awsvpc
    nor what needs AWS's own network.
    """
    names = [
        f"{DOCKER}logging-driver.{d}" for d in (LOG_DRIVERS if log_drivers is None else log_drivers)
    ]
    names += [f"{REMOTE_API}1.{version}" for version in _API_VERSIONS]
    names += [DOCKER + name for name in _AGENT] + [ECS + name for name in _ECS]
    names += [EXTERNAL] if external else [ECS + name for name in _NOT_EXTERNAL]
    return dict.fromkeys(names)


def is_custom(name: str) -> bool:
    """Whether an attribute is somebody's own, of which an instance can have ten."""
    return not name.startswith(("ecs.", "com.amazonaws."))


def shown(attributes: Attributes) -> list[Json]:
    """In the shape of the API: an attribute without a value has only a name."""
    return [{"name": n} if v is None else {"name": n, "value": v} for n, v in attributes.items()]
