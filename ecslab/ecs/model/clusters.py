"""Clusters, and the capacity providers that they use."""

from dataclasses import dataclass, field

from ecslab.ecs.model import Json
from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.model.services import Service
from ecslab.ecs.model.tasks import Task
from ecslab.timeline.refs import ClusterRef


@dataclass(slots=True)
class Cluster:
    """A named group of services and tasks, and its settings."""

    name: str
    arn: str
    ref: ClusterRef  # what lines about it are about
    status: str = "ACTIVE"  # → INACTIVE
    settings: list[Json] = field(default_factory=list)
    configuration: Json | None = None
    capacity_providers: list[str] = field(default_factory=list)
    default_strategy: list[Json] = field(default_factory=list)
    service_connect: Json | None = None
    tags: list[Json] = field(default_factory=list)
    services: dict[str, Service] = field(default_factory=dict)
    instances: dict[str, ContainerInstance] = field(default_factory=dict)  # INACTIVE ones are gone
    tasks: dict[str, Task] = field(default_factory=dict)  # stopped ones too, for an hour
    # Of RunTask: when, the request, ids of its tasks.
    client_tokens: dict[str, tuple[int, Json, list[str]]] = field(default_factory=dict)
    # What it was created with; creating it again must ask for the same.
    request: Json = field(default_factory=dict)


@dataclass(slots=True)
class CapacityProvider:
    """An Auto Scaling group whose instances run tasks, and how ECS scales it."""

    name: str
    arn: str
    group: str  # the Auto Scaling group's name
    group_arn: str
    scaling: Json  # managedScaling, defaults filled in
    protection: bool  # managed termination protection
    draining: bool  # managed draining
    attachment: str  # the id of what ECS makes to scale it
    status: str = "ACTIVE"  # → INACTIVE
    update_status: str | None = None
    update_reason: str | None = None
    tags: list[Json] = field(default_factory=list)

    @property
    def managed(self) -> bool:
        """Whether ECS sets the group's size."""
        return bool(self.scaling["status"] == "ENABLED")
