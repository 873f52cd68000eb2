"""What happens to a task's targets in target groups, and where others find it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecslab.ground.text import Text
from ecslab.timeline.tasks import AboutTask


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AboutTarget(AboutTask):
    """Something about a task's target: the group's ARN, the target's id and port."""

    derives = ("group_name",)
    target_group: str
    target: str
    port: int

    def derived(self) -> Mapping[str, Any]:
        """The group's name."""
        arn = self.target_group
        return {"group_name": arn.split("/")[-2] if "/" in arn else arn}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TargetRegistered(AboutTarget):
    """A task has a target in a group."""

    kinds = ("target registered",)
    says = "{target}:{port} in {group_name}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TargetHealthChanged(AboutTarget):
    """Elastic Load Balancing thinks otherwise of a target; `reason`
    is AWS's, None when checks pass.
    """

    kinds = (
        "target healthy",
        "target unhealthy",
        "target unused",
        "target initial",
        "target draining",
    )
    state: str
    before: str
    reason: str | None

    @property
    def kind(self) -> str:
        """What it thinks now."""
        return f"target {self.state}"

    @property
    def is_trouble(self) -> bool:
        """Whether it is unhealthy."""
        return self.state == "unhealthy"

    @property
    def why(self) -> Text:
        """AWS's reason, or which checks passed."""
        passed = (
            Text("a health check passed")
            if self.before == "initial"
            else Text("health checks pass again")
        )
        return Text("{group_name}: {because}", **self.derived(), because=self.reason or passed)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TargetDraining(AboutTarget):
    """A target gets no new requests any more."""

    kinds = ("target draining",)
    says = "{group_name}: no new requests"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TaskDiscoverable(AboutTask):
    """A task is entered where others find it: the registry's ARN,
    its name, and where the task is.
    """

    kinds = ("registered",)
    says = "{dns_name} at {address}"
    registry: str
    dns_name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TaskUndiscoverable(AboutTask):
    """A task is taken out of where others find it."""

    kinds = ("deregistered",)
    says = "{dns_name}: {because}"
    registry: str
    dns_name: str
    because: str
