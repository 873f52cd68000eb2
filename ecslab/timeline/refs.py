"""Whom a line is about: names that carry their cluster and region, so that
two of one name are never mixed up.

A `label` is what the line prints. Refs are equal when they mean the same
thing, whatever has become of it since.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """Somebody a line is about; `knows` are the facts that it brings along."""

    knows: ClassVar[tuple[str, ...]] = ()
    label: str

    @property
    def names(self) -> tuple[str, ...]:
        """By what it is found: its label, and its full name where that is another."""
        return (self.label,)

    @property
    def whole(self) -> "Ref | None":
        """What it is a part of, when lines about that are its lines too."""
        return None

    @property
    def facts(self) -> Mapping[str, Any]:
        """What it brings along to a line, by name."""
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject(Ref):
    """Something that has only a label, such as Fargate Spot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRef(Ref):
    """A cluster of a region."""

    knows = ("cluster",)
    label: str = field(compare=False)
    name: str
    region: str

    @property
    def names(self) -> tuple[str, ...]:
        """Its label, and the name that says its region."""
        return self.label, f"cluster/{self.region}/{self.name}"

    @property
    def facts(self) -> Mapping[str, Any]:
        """Its name."""
        return {"cluster": self.name}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRef(Ref):
    """A service of a cluster."""

    knows = ("service", "cluster")
    label: str = field(compare=False)
    name: str
    cluster: ClusterRef

    @property
    def called(self) -> str:
        """What readers call it: its name, with its cluster where
        another service had the name before.
        """
        return self.label.removeprefix("service/")

    @property
    def names(self) -> tuple[str, ...]:
        """Its label, and the names that say its cluster and its region."""
        place = f"{self.cluster.name}/{self.name}"
        return self.label, f"service/{place}", f"service/{self.cluster.region}/{place}"

    @property
    def facts(self) -> Mapping[str, Any]:
        """Its name and its cluster's."""
        return {"service": self.name, "cluster": self.cluster.name}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentRef(Ref):
    """A deployment of a service, or one of its task sets; its label is its id."""

    knows = ("deployment", "definition")
    definition: str = field(compare=False)  # family:revision

    @property
    def facts(self) -> Mapping[str, Any]:
        """Its id, and what it runs."""
        return {"deployment": self.label, "definition": self.definition}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRef(Ref):
    """A task; only its id says which, the rest is what is known of it now."""

    knows = ("task", "cluster", "service", "definition", "deployment", "zone")
    label: str = field(compare=False)
    id: str
    cluster: ClusterRef = field(compare=False)
    service: ServiceRef | None = field(compare=False)
    definition: str = field(compare=False)  # family:revision
    deployment: str | None = field(compare=False)  # its id
    zone: str | None = field(compare=False)

    @property
    def facts(self) -> Mapping[str, Any]:
        """Its id, and whose and where it is."""
        return {
            "task": self.id,
            "cluster": self.cluster.name,
            "service": self.service and self.service.name,
            "definition": self.definition,
            "deployment": self.deployment,
            "zone": self.zone,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerRef(Ref):
    """A container of a task."""

    knows = ("container",)
    label: str = field(compare=False)
    name: str
    task: TaskRef

    @property
    def whole(self) -> Ref:
        """Its task."""
        return self.task

    @property
    def facts(self) -> Mapping[str, Any]:
        """Its name, and what is known of its task."""
        return {"container": self.name, **self.task.facts}


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineRef(Ref):
    """An EC2 instance, whether an agent runs on it or not; its label is its id."""

    knows = ("machine", "instance_type")
    label: str
    region: str
    instance_type: str = field(compare=False)

    @property
    def facts(self) -> Mapping[str, Any]:
        """Its id and its type."""
        return {"machine": self.label, "instance_type": self.instance_type}


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceRef(Ref):
    """A container instance of a cluster."""

    knows = ("instance", "cluster", "machine", "zone")
    label: str = field(compare=False)
    id: str
    cluster: ClusterRef = field(compare=False)
    machine: str = field(compare=False)  # EC2's id
    zone: str | None = field(compare=False)

    @property
    def facts(self) -> Mapping[str, Any]:
        """Its id, its cluster, and the EC2 instance that it is."""
        return {
            "instance": self.id,
            "cluster": self.cluster.name,
            "machine": self.machine,
            "zone": self.zone,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionalRef(Ref):
    """Something that bears a name of its own in a region."""

    label: str = field(compare=False)
    name: str
    region: str

    @property
    def facts(self) -> Mapping[str, Any]:
        """Its name, under the word for its kind."""
        return {self.knows[0]: self.name}


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionRef(RegionalRef):
    """A revision of a task definition, family:revision."""

    knows = ("definition",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRef(RegionalRef):
    """A capacity provider."""

    knows = ("provider",)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRef(RegionalRef):
    """A CloudWatch alarm."""

    knows = ("alarm",)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRef(Ref):
    """A flow of traffic, traffic/1 and so on."""

    knows = ("flow",)

    @property
    def facts(self) -> Mapping[str, Any]:
        """Its label."""
        return {"flow": self.label}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRef(Ref):
    """A client that calls again and again, probe/1 and so on."""

    knows = ("probe",)

    @property
    def facts(self) -> Mapping[str, Any]:
        """Its label."""
        return {"probe": self.label}
