"""ecslab: an Amazon ECS account that behaves, on virtual time, for learning and for tests.

Nothing heavy is imported until it is used: `import ecslab` loads neither boto3 nor moto nor plotly.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ecslab.errors import LabError as LabError
    from ecslab.lab import Lab as Lab

__version__ = "0.1.0"

_HOME = {"Lab": "ecslab.lab", "LabError": "ecslab.errors"}

__all__ = ["Lab", "LabError"]


def __getattr__(name: str) -> Any:
    """Import a public name on first use (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module 'ecslab' has no attribute {name!r}; it has {', '.join(sorted(_HOME))}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
