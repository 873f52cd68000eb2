"""Every class of event there is, and the names under which they tell something; what
a reader asks for by name is looked up here.
"""

from collections.abc import Iterator

from ecslab.timeline import (
    clusters,
    deployments,
    instances,
    scaling,
    services,
    targets,
    tasks,
    traffic,
)
from ecslab.timeline.event import Event, told_names
from ecslab.timeline.refs import Ref

# Loading a module of events is what makes its classes known.
MODULES = (clusters, deployments, instances, scaling, services, targets, tasks, traffic)


def classes(kind: type[Event] = Event) -> Iterator[type[Event]]:
    """Every kind of event there is."""
    for below in kind.__subclasses__():
        # Giving a dataclass slots makes a second class; the first, without, is left over.
        if "__slots__" not in vars(below):
            continue
        if below.kinds:
            yield below
        yield from classes(below)


def kinds() -> frozenset[str]:
    """Every word that an event can print as its kind."""
    return frozenset(kind for one in classes() for kind in one.kinds)


def fact_names() -> frozenset[str]:
    """Every name under which an event tells something: its fields, what it
    derives, and what those know whom it names.
    """
    own = {name for one in classes() for name in ("region", *told_names(one), *one.derives)}
    return frozenset(own.union(*(below.knows for below in _all_refs(Ref))))


def _all_refs(kind: type[Ref]) -> Iterator[type[Ref]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _all_refs(below)
