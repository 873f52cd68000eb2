"""ecslab: an Amazon ECS account that behaves, on virtual time, for learning and for tests.

Nothing heavy is imported until it is used: `import ecslab` loads neither boto3 nor moto nor plotly.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ecslab.course.catalogue import check as check
    from ecslab.course.catalogue import hint as hint
    from ecslab.course.ex08_scaling.rehearsal import rehearse as rehearse
    from ecslab.ground.clock import Clock as Clock
    from ecslab.ground.errors import LabError as LabError
    from ecslab.lab import Lab as Lab
    from ecslab.view.calls import calls as calls
    from ecslab.view.cost import cost as cost
    from ecslab.view.explain import explain as explain
    from ecslab.view.instances import instances as instances
    from ecslab.view.instances_why import why_there as why_there
    from ecslab.view.layers import layers as layers
    from ecslab.view.networks import networks as networks
    from ecslab.view.rollout import releases as releases
    from ecslab.view.rollout import rollout as rollout
    from ecslab.view.scaling import scaling as scaling
    from ecslab.view.show import show as show
    from ecslab.view.story import story as story

__version__ = "0.1.0"

# Where a public name lives, pictures aside: those are found by their file.
_HOME = {
    "Clock": "ecslab.ground.clock",
    "Lab": "ecslab.lab",
    "LabError": "ecslab.ground.errors",
    "check": "ecslab.course.catalogue",
    "hint": "ecslab.course.catalogue",
    "rehearse": "ecslab.course.ex08_scaling.rehearsal",
    "releases": "ecslab.view.rollout",
    "why_there": "ecslab.view.instances_why",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use (PEP 562)."""
    if name == "__all__":
        return _public()
    if name in _HOME or _is_picture(name):
        return getattr(import_module(_HOME.get(name, f"ecslab.view.{name}")), name)
    known = ", ".join(_public())
    raise AttributeError(f"module 'ecslab' has no attribute {name!r}; it has {known}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_public()])


def _public() -> list[str]:
    return sorted([*_HOME, *_pictures()])


def _pictures() -> list[str]:
    folders = import_module("ecslab.view").__path__
    names = [file.stem for folder in folders for file in Path(folder).glob("*.py")]
    return list(filter(_is_picture, names))


def _is_picture(name: str) -> bool:
    """Whether a module of `view/` offers what bears its name: read, without loading it."""
    files = (Path(folder, f"{name}.py") for folder in import_module("ecslab.view").__path__)
    offers = f'__all__ = ["{name}"]'
    return any(f.exists() and offers in f.read_text(encoding="utf-8") for f in files)
