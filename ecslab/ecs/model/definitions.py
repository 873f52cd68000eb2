"""Task definitions as an account holds them."""

from dataclasses import dataclass, field

from ecslab.ecs.model import Json


@dataclass(slots=True)
class TaskDefinition:
    """One revision of a family; `spec` is the registered request with ECS's defaults filled in."""

    family: str
    revision: int
    arn: str
    spec: Json
    registered_ms: int
    registered_by: str
    status: str = "ACTIVE"  # → INACTIVE → DELETE_IN_PROGRESS
    deregistered_ms: int | None = None
    delete_requested_ms: int | None = None
    tags: list[Json] = field(default_factory=list)

    @property
    def name(self) -> str:
        """family:revision, the short form that people read."""
        return f"{self.family}:{self.revision}"

    @property
    def containers(self) -> list[Json]:
        """The container definitions, in AWS's shape."""
        return self.spec["containerDefinitions"]  # type: ignore[no-any-return]
