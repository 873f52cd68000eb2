"""Events made of a line's words, for tests that write a story by hand: the
class is found by subject and kind.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

from ecslab.ground.text import Text
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
from ecslab.timeline import refs as r
from ecslab.timeline.event import Event, stamp
from ecslab.timeline.event_types import classes
from ecslab.timeline.timeline import Timeline

REGION = "us-east-1"
KINDS_OF = {
    "task": tasks.AboutTask,
    "container": tasks.AboutContainer,
    "service": services.AboutService,
    "cluster": clusters.AboutCluster,
    "instance": instances.AboutInstance,
    "i": instances.AboutMachine,
    "capacity-provider": clusters.AboutProvider,
    "task-definition": clusters.AboutDefinition,
    "traffic": traffic.AboutFlow,
    "probe": traffic.CallsChanged,
    "alarm": scaling.AlarmChanged,
}
assert deployments.__doc__, "their classes are there to be found"
assert targets.__doc__, "as above"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line(Event):
    """A line of a kind that nobody tells."""

    label: str
    word: str
    words: str = ""
    known: dict[str, Any] = field(default_factory=dict)

    def about(self) -> r.Ref:
        """A subject by its label."""
        return r.Subject(label=self.label)

    @property
    def kind(self) -> str:
        """The word."""
        return self.word

    @property
    def facts(self) -> dict[str, Any]:
        """As they were given."""
        return self.known

    @property
    def why(self) -> Text:
        """As the test says."""
        return Text("{words}", words=self.words)


def told(
    at_ms: int,
    subject: str,
    kind: str,
    why: str = "",
    *,
    a: type[Event] | None = None,
    **facts: Any,
) -> Event:
    """The event that such a line prints, of class `a` where several have the
    kind; facts that are missing get a value.
    """
    found = a or _class(subject, kind)
    if found is None:
        event: Event = Line(label=subject, word=kind, words=why, known=facts)
    else:
        event = _worded(found)(words=why, **_filled(found, subject, kind, facts))
    stamp(event, at_ms, facts.get("region", REGION))
    return event


class ByHand(Timeline):
    """A timeline that is written line by line."""

    def say(self, at_ms: int, subject: str, kind: str, why: str = "", **facts: Any) -> None:
        """Add a line."""
        self.append(told(at_ms, subject, kind, why, **facts))


def _noun(subject: str) -> str:
    noun, _, rest = subject.partition("/")
    return (
        "container" if noun == "task" and "/" in rest else "i" if subject.startswith("i-") else noun
    )


def _class(subject: str, kind: str) -> type[Event] | None:
    above = KINDS_OF.get(_noun(subject))
    found = (c for c in _all() if above and issubclass(c, above) and kind in c.kinds)
    return next(found, None)


@cache
def _all() -> tuple[type[Event], ...]:
    return tuple(classes())


@cache
def _worded(kind: type[Event]) -> Any:
    """The class, with whatever words a test gives it as its sentence."""

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Worded(kind):
        words: str

        @property
        def why(self) -> Text:
            """As the test says."""
            return Text("{words}", words=self.words)

    return Worded


WORDS = {"health", "how", "state", "outcome"}  # what a class with several kinds is told by
SAMPLES = {
    "float": 1.0,
    "int": 1,
    "bool": False,
    "str": "",
    "tuple[str, ...]": (),
    "tuple[tuple[str, str], ...]": (),
    "tuple[int, int]": (100, 200),
    "Mapping[str, float]": {},
}


def _filled(kind: type[Event], subject: str, word: str, facts: dict[str, Any]) -> dict[str, Any]:
    filled = {
        one.name: _value(one.name, _sort(one), subject, word, facts)
        for one in fields(kind)
        if one.name not in {"at_ms", "region"}
    }
    many = tuple("task" for _ in range(facts.get("count", 0)))
    return filled | {name: many for name in ("tasks", "running") if filled.get(name) == ()}


def _sort(one: Any) -> str:
    return (
        one.type.__name__
        if isinstance(one.type, type)
        else str(one.type).replace("collections.abc.", "")
    )


def _value(name: str, sort: str, subject: str, word: str, facts: dict[str, Any]) -> Any:
    if "Ref" in sort:
        return _ref(name, sort, subject, facts)
    if name == "launch":
        return _launch(facts) if "launch_type" in facts else None
    if name in facts:
        return facts[name]
    if name in WORDS and sort == "str":
        return word.rpartition(" ")[2]
    return None if "None" in sort else SAMPLES.get(sort, "")


def _launch(facts: dict[str, Any]) -> tasks.LaunchFacts:
    usual = {
        "cpu": 256,
        "memory": 512,
        "architecture": "X86_64",
        "system": "LINUX",
        "storage_gib": 20,
    }
    usual |= {"public_ip": False, "provider": facts["launch_type"]}
    names = [one.name for one in fields(tasks.LaunchFacts)]
    return tasks.LaunchFacts(**{name: facts.get(name, usual.get(name)) for name in names})


def _ref(name: str, sort: str, subject: str, facts: dict[str, Any]) -> r.Ref | None:
    region, cluster = facts.get("region", REGION), facts.get("cluster", "default")
    of = r.ClusterRef(label=f"cluster/{cluster}", name=cluster, region=region)
    id_, kind = facts.get("deployment"), facts.get("instance_type", "m5.large")
    machine, zone, (whole, _, part) = (
        facts.get("machine", "i-1"),
        facts.get("zone"),
        subject.rpartition("/"),
    )
    called = {"label": subject, "name": facts.get(name, subject), "region": region}
    make: dict[str, Callable[[], r.Ref | None]] = {
        "DeploymentRef": lambda: (
            r.DeploymentRef(label=id_, definition=facts.get("definition", "")) if id_ else None
        ),
        "ServiceRef": lambda: r.ServiceRef(label=subject, name=part, cluster=of),
        "ContainerRef": lambda: r.ContainerRef(
            label=subject, name=part, task=_task(whole, of, facts)
        ),
        "TaskRef": lambda: _task(subject, of, facts),
        "ClusterRef": lambda: r.ClusterRef(label=subject, name=part, region=region),
        "InstanceRef": lambda: r.InstanceRef(
            label=subject, id=subject, cluster=of, machine=machine, zone=zone
        ),
        "MachineRef": lambda: r.MachineRef(label=subject, region=region, instance_type=kind),
        "DefinitionRef": lambda: r.DefinitionRef(**called),
        "ProviderRef": lambda: r.ProviderRef(**called),
        "AlarmRef": lambda: r.AlarmRef(**called),
        "FlowRef": lambda: r.FlowRef(label=subject),
        "ProbeRef": lambda: r.ProbeRef(label=subject),
    }
    found = next((made for word, made in make.items() if word in sort), None)
    return found() if found else None


def _task(subject: str, cluster: r.ClusterRef, facts: dict[str, Any]) -> r.TaskRef:
    name = facts.get("service")
    service = r.ServiceRef(label=f"service/{name}", name=name, cluster=cluster) if name else None
    return r.TaskRef(
        label=subject,
        id=facts.get("task", subject),
        cluster=cluster,
        service=service,
        definition=facts.get("definition", ""),
        deployment=facts.get("deployment"),
        zone=facts.get("zone"),
    )
