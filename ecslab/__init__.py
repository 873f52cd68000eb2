"""ecslab: an Amazon ECS account that behaves, on virtual time, for learning and for tests.

Nothing heavy is imported until it is used: `import ecslab` loads neither boto3 nor moto nor plotly.
"""

from importlib import import_module
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

_HOME = {
    "Clock": "ecslab.ground.clock",
    "Lab": "ecslab.lab",
    "LabError": "ecslab.ground.errors",
    "calls": "ecslab.view.calls",
    "check": "ecslab.course.catalogue",
    "cost": "ecslab.view.cost",
    "explain": "ecslab.view.explain",
    "hint": "ecslab.course.catalogue",
    "instances": "ecslab.view.instances",
    "layers": "ecslab.view.layers",
    "networks": "ecslab.view.networks",
    "rehearse": "ecslab.course.ex08_scaling.rehearsal",
    "releases": "ecslab.view.rollout",
    "rollout": "ecslab.view.rollout",
    "scaling": "ecslab.view.scaling",
    "show": "ecslab.view.show",
    "story": "ecslab.view.story",
    "why_there": "ecslab.view.instances_why",
}

__all__ = [
    "Clock",
    "Lab",
    "LabError",
    "calls",
    "check",
    "cost",
    "explain",
    "hint",
    "instances",
    "layers",
    "networks",
    "rehearse",
    "releases",
    "rollout",
    "scaling",
    "show",
    "story",
    "why_there",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(
            f"module 'ecslab' has no attribute {name!r}; it has {', '.join(sorted(_HOME))}"
        )
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
