"""What a rule about task definitions looks at: the request, and whose
account it would be registered in.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Draft:
    """A RegisterTaskDefinition request; its task-level cpu and memory are
    numbers in text, units already converted.
    """

    request: Json
    account: str

    @property
    def containers(self) -> list[Json]:
        """The container definitions as asked for."""
        return list(self.request.get("containerDefinitions", []))

    @property
    def volumes(self) -> list[Json]:
        """The volumes as asked for."""
        return list(self.request.get("volumes", []))

    @property
    def targets(self) -> list[str]:
        """The launch types this definition must be valid for."""
        return list(self.request.get("requiresCompatibilities", []))

    @property
    def network_mode(self) -> str:
        """The network mode, bridge when none is given
        (BC:RegisterTaskDefinitionRequest.networkMode).
        """
        return str(self.request.get("networkMode") or "bridge")

    @property
    def windows(self) -> bool:
        """Whether the runtime platform asks for Windows."""
        return str(
            self.request.get("runtimePlatform", {}).get("operatingSystemFamily", "")
        ).startswith("WINDOWS")

    @property
    def cpu(self) -> int | None:
        """The task's CPU units."""
        return int(self.request["cpu"]) if self.request.get("cpu") else None

    @property
    def memory(self) -> int | None:
        """The task's memory in MiB."""
        return int(self.request["memory"]) if self.request.get("memory") else None


Rule = Callable[[Draft], str | None]  # why AWS refuses, in its words, or None
ContainerRule = Callable[[Draft, Json], str | None]


def for_each_container(rule: ContainerRule) -> Rule:
    """Turn a rule about one container into one about the task: the first
    container that breaks it speaks.
    """

    @wraps(rule)
    def of_task(draft: Draft) -> str | None:
        return next(
            (why for container in draft.containers if (why := rule(draft, container))), None
        )

    return of_task


def first(rules: tuple[Rule, ...], draft: Draft) -> str | None:
    """What the first broken rule says, or None when all hold."""
    return next((why for rule in rules if (why := rule(draft))), None)


def within(value: Any, path: str) -> Iterator[Any]:
    """Every value at a path such as
    "containerDefinitions[].dependsOn[].condition"; absent members give nothing.
    """
    name, _, rest = path.partition(".")
    found = value.get(name.removesuffix("[]")) if isinstance(value, dict) else None
    for item in (found or []) if name.endswith("[]") else [] if found is None else [found]:
        if rest:
            yield from within(item, rest)
        else:
            yield item
