"""What an EC2 instance type offers a container agent: vCPUs, memory, network interfaces, GPUs."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ecslab.ground.errors import LabError
from ecslab.ground.text import Text

CPU_UNITS = 1_024  # a vCPU (facts, section 4, reservation on an instance)

# Of its nominal memory a machine registers what the kernel leaves. How much that is differs from
# kernel to kernel; every type gets the share of AWS's own example, an m4.large that has 8,192 MiB
# and registers 7,985 (developer guide, "Reserving Amazon ECS Linux container instance memory").
REGISTERED, NOMINAL = 7_985, 8_192


@dataclass(frozen=True, slots=True)
class MachineType:
    """One row of machines.csv, which says where its numbers are from."""

    name: str
    vcpus: int
    memory_mib: int  # nominal
    architecture: str  # x86_64 or arm64
    interfaces: int  # network interfaces that fit, the machine's own included
    # Awsvpc tasks with awsvpcTrunking; None where the type does not support it.
    trunked_tasks: int | None
    gpus: int

    @property
    def cpu(self) -> int:
        """CPU units that the agent registers."""
        return self.vcpus * CPU_UNITS

    @property
    def memory(self) -> int:
        """MiB that the agent finds, before ECS_RESERVED_MEMORY."""
        return self.memory_mib * REGISTERED // NOMINAL

    def tasks(self, *, trunked: bool) -> int:
        """How many awsvpc tasks fit: one interface is the machine's own
        (facts, section 3, ENI limits).
        """
        return (
            self.trunked_tasks
            if trunked and self.trunked_tasks is not None
            else self.interfaces - 1
        )


def machine_type(name: str) -> MachineType:
    """Look an instance type up; raises LabError, with the types there are, for one without data."""
    known = _types()
    if name not in known:
        raise LabError(
            Text(
                "ecslab has no data about the instance type {name!r}, so it cannot be a "
                "container instance. It knows {known}.",
                name=name,
                known=", ".join(known),
            ),
            wrong=f'InstanceType="{name}"',
            right='InstanceType="m5.large"',
        )
    return known[name]


def is_known(name: str) -> bool:
    """Whether there is data about an instance type."""
    return name in _types()


def without_data(name: str) -> str:
    """What an instance type without data cannot be, for a refusal that an AWS client reads."""
    families = dict.fromkeys(known.partition(".")[0] for known in _types())
    return (
        f"A container instance of the type {name!r} (ecslab knows m5.large and others of "
        f"{', '.join(families)})"
    )


@cache
def _types() -> dict[str, MachineType]:
    text = files("ecslab.world").joinpath("machines.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {row["type"]: _read(row) for row in rows}


def _read(row: dict[str, str]) -> MachineType:
    trunked = row["trunked_tasks"]
    return MachineType(
        name=row["type"],
        vcpus=int(row["vcpus"]),
        memory_mib=int(row["memory_mib"]),
        architecture=row["architecture"],
        interfaces=int(row["interfaces"]),
        trunked_tasks=int(trunked) if trunked else None,
        gpus=int(row["gpus"]),
    )
