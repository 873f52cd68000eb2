"""How task-level CPU and memory may be written: "1024", "1 vCPU",
"2048", "2GB", and what they mean.
"""

import re
from typing import Any

from ecslab.ground.errors import client_exception

Json = dict[str, Any]

_CPU = re.compile(r"(\d{1,12})|(\d{0,12}\.?\d{1,12})\s*vcpus?", re.IGNORECASE)
_MEMORY = re.compile(r"(\d{1,12})|(\d{0,12}\.?\d{1,12})\s*gb", re.IGNORECASE)
PER_UNIT = 1024  # CPU units in a vCPU, MiB in a GB
INVALID = (
    "Invalid '{}' setting for task. For more information, see the Troubleshooting "
    "section of the Amazon ECS Developer Guide."
)


def in_units(request: Json) -> Json:
    """The request with its task-level cpu and memory as plain numbers.

    Raises ClientException for what cannot be read (DG:task-cpu-memory-error; the
    text for memory follows the one for cpu).
    """
    converted = dict(request)
    for member, read in (("cpu", cpu_units), ("memory", mebibytes)):
        if member in request:
            converted[member] = read(request[member])
            if converted[member] is None:
                raise client_exception(INVALID.format(member))
    return converted


def cpu_units(text: str) -> str | None:
    """CPU units as text, such as "256" for ".25 vCPU"; None when it
    cannot be read (facts, section 2.1).
    """
    return _number(_CPU, text)


def mebibytes(text: str) -> str | None:
    """MiB as text, such as "1024" for "1 GB"; None when it cannot be read (facts, section 2.1)."""
    return _number(_MEMORY, text)


def _number(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.fullmatch(text.strip())
    if not found:
        return None
    plain, scaled = found.groups()
    amount = int(plain) if plain else float(scaled) * PER_UNIT
    return str(int(amount)) if amount == int(amount) and amount > 0 else None
