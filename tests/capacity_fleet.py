"""An account with Auto Scaling groups and capacity providers, for the tests of both."""

from collections import Counter
from typing import Any

from account import Account

APP = {"name": "app", "image": "nginx"}


class Fleet(Account):
    """An account whose default cluster runs tasks on Auto Scaling groups
    of m5.large (2,048 CPU units each).
    """

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)
        self.groups = self.plane.neighbours.groups
        self.metrics = self.plane.neighbours.metrics

    def provide(
        self,
        name: str = "mine",
        *,
        desired: int = 0,
        maximum: int = 100,
        scaling: dict[str, Any] | None = None,
        machine: dict[str, Any] | None = None,
        protects_new: bool = False,
        minimum: int = 0,
        **more: Any,
    ) -> None:
        """A provider of a group of that name, added to the cluster; the
        group's instances have booted.
        """
        group = self.groups.make(
            name,
            desired,
            maximum,
            machine=machine or {},
            protects_new=protects_new,
            minimum=minimum,
        )
        asked = {
            "autoScalingGroupArn": group,
            "managedScaling": scaling or {"status": "DISABLED"},
        } | more
        self.call("CreateCapacityProvider", name=name, autoScalingGroupProvider=asked)
        known = self.call("DescribeClusters")["clusters"][0]["capacityProviders"]
        self.associate(*known, name)
        self.boot()

    def associate(self, *providers: str, default: tuple[dict[str, Any], ...] = ()) -> None:
        """Give the cluster these providers."""
        self.call(
            "PutClusterCapacityProviders",
            cluster="default",
            capacityProviders=list(providers),
            defaultCapacityProviderStrategy=list(default),
        )

    def boot(self, seconds: float = 46) -> None:
        """Have ECS see the machines, and let them boot."""
        self.plane.instances.sync()
        self.advance(seconds)

    def define(
        self, family: str = "job", *, cpu: int = 1024, memory: int = 1024, **more: Any
    ) -> None:
        """A bridge task definition for EC2: two fit on an m5.large unless told otherwise."""
        self.call(
            "RegisterTaskDefinition",
            family=family,
            containerDefinitions=[APP | {"cpu": cpu, "memory": memory}],
            **{"networkMode": "bridge", "requiresCompatibilities": ["EC2"]} | more,
        )

    def go(self, count: int = 1, family: str = "job", **more: Any) -> dict[str, Any]:
        """RunTask on the provider called mine, unless told otherwise."""
        strategy = [{"capacityProvider": "mine", "weight": 1}]
        return self.call(
            "RunTask",
            taskDefinition=family,
            count=count,
            **{"capacityProviderStrategy": strategy} | more,
        )

    def keep(self, desired: int, strategy: list[dict[str, Any]] | None = None, **more: Any) -> None:
        """A service called site on providers."""
        strategy = strategy or [{"capacityProvider": "mine", "weight": 1}]
        asked = {
            "taskDefinition": "job",
            "desiredCount": desired,
            "capacityProviderStrategy": strategy,
        }
        self.call("CreateService", serviceName="site", **asked | more)

    @property
    def stages(self) -> Counter[str]:
        """How many live tasks are at which stage."""
        tasks = self.plane.state.clusters["default"].tasks.values()
        return Counter(t.stage.name for t in tasks if t.stage.name != "STOPPED")

    @property
    def sizes(self) -> list[int]:
        """How many tasks each registered instance has, oldest first."""
        return [len(i.tasks) for i in self.plane.state.clusters["default"].instances.values()]
