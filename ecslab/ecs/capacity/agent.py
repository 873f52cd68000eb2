"""What the container agent of a machine is told by the machine's user data (facts, section 12)."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ecslab.ecs.ports.machines import Ec2Instance
from ecslab.ground.numerals import whole

# How AWS names the images that have an agent inside: Amazon Linux 2023,
# Amazon Linux 2, the first Amazon Linux.
_WITH_AGENT = re.compile(r"al2023-ami-ecs-|amzn2-ami-ecs-|amzn-ami-.*-amazon-ecs-optimized")
_SETTING = re.compile(r"""(ECS_[A-Z_]+)=('[^']*'|"(?:[^"\\]|\\.)*"|\{.*\}|\[.*\]|[^\s'"]*)""")
DEFAULT_CLUSTER = "default"


class BadSetting(Exception):  # noqa: N818 - what the agent says of it
    """A setting that the agent cannot read: it does not start."""


@dataclass(frozen=True, slots=True)
class Agent:
    """What ecs.config says; the defaults are the agent's."""

    cluster: str | None = None  # None: the default one, which the agent makes when it is not there
    reserved_memory: int = 0  # MiB
    attributes: dict[str, str | None] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    log_drivers: tuple[str, ...] | None = None  # None: those of an image with an agent inside
    gpus: bool = False  # whether it offers the machine's


def has_agent(machine: Ec2Instance) -> bool:
    """Whether a machine runs an agent: its image is an ECS-optimised one for
    Linux, or its user data names a cluster.

    An image is recognised by the name AWS gives it, which is what the public SSM parameters under
    /aws/service/ecs/optimized-ami lead to. Of any other image with ECS_CLUSTER in its user data we
    believe that it installs the agent. Windows is not simulated.
    """
    if machine.windows:
        return False
    return bool(_WITH_AGENT.match(machine.image_name or "")) or "ECS_CLUSTER" in settings(
        machine.user_data
    )


def agent(machine: Ec2Instance) -> Agent:
    """The agent's settings; raises BadSetting for those it cannot read."""
    given = settings(machine.user_data)
    drivers = given.get("ECS_AVAILABLE_LOGGING_DRIVERS")
    return Agent(
        cluster=given.get("ECS_CLUSTER") or None,
        reserved_memory=_whole("ECS_RESERVED_MEMORY", given.get("ECS_RESERVED_MEMORY") or "0"),
        attributes=dict(_pairs("ECS_INSTANCE_ATTRIBUTES", given)),
        tags=dict(_pairs("ECS_CONTAINER_INSTANCE_TAGS", given)),
        log_drivers=None
        if drivers is None
        else tuple(_list("ECS_AVAILABLE_LOGGING_DRIVERS", drivers)),
        gpus=_with_gpus(machine, given),
    )


def settings(user_data: str) -> dict[str, str]:
    """Every ECS_… that a shell script or a cloud-init text writes; of two the
    later one holds, comments do not count.

    Variables of the shell are not expanded.
    """
    lines = (line for line in user_data.splitlines() if not line.lstrip().startswith("#"))
    return {name: _unquoted(text) for line in lines for name, text in _SETTING.findall(line)}


def _with_gpus(machine: Ec2Instance, given: dict[str, str]) -> bool:
    """The GPU-optimised images offer GPUs, any other when
    ECS_ENABLE_GPU_SUPPORT says so (AG:README).
    """
    default = "true" if "-ecs-gpu-" in (machine.image_name or "") else "false"
    return given.get("ECS_ENABLE_GPU_SUPPORT", default) == "true"


def _unquoted(text: str) -> str:
    if text[:1] in {"'", '"'}:
        text = text[1:-1]
    return text.replace('\\"', '"')


def _whole(name: str, text: str) -> int:
    number = whole(text)
    if number is None:
        raise BadSetting(f"{name} is {text!r}, which is not a whole number of MiB")
    return number


def _pairs(name: str, given: dict[str, str]) -> Iterator[tuple[str, str]]:
    text = given.get(name) or "{}"
    try:
        pairs = json.loads(text)
    except (ValueError, RecursionError):
        pairs = None
    if not isinstance(pairs, dict) or not all(isinstance(v, str) for v in pairs.values()):
        raise BadSetting(f"{name} is {text!r}, which is not a JSON object of strings")
    yield from pairs.items()


def _list(name: str, text: str) -> list[str]:
    try:
        words = json.loads(text)
    except (ValueError, RecursionError):
        words = None
    if not isinstance(words, list) or not all(isinstance(w, str) for w in words):
        raise BadSetting(f"{name} is {text!r}, which is not a JSON list of strings")
    return words
