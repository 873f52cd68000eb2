"""Daemon services and the instances they want: one task on each, room that is kept
for it, last to leave (facts, section 5.1).
"""

from collections.abc import Mapping

from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.model.services import Service
from ecslab.ecs.model.tasks import Needs, Task
from ecslab.ecs.placement.constraints import Constraints
from ecslab.ecs.placement.fit import standing
from ecslab.ecs.placement.needs import needs


def is_daemon(service: Service | None) -> bool:
    """Whether a service wants one task on every instance."""
    return service is not None and service.settings["schedulingStrategy"] == "DAEMON"


def in_use(instance: ContainerInstance) -> bool:
    """Whether an instance has a task other than a daemon service's."""
    return any(not is_daemon(t.service) for t in instance.tasks.values())


def providers_of(service: Service) -> set[str]:
    """The capacity providers on whose instances a service's newest tasks run;
    empty when it has a launch type instead.
    """
    strategy = service.primary.settings.get("capacityProviderStrategy") or []
    return {item["capacityProvider"] for item in strategy}


def daemons_of(cluster: Cluster, provider: str) -> list[Needs]:
    """What the daemons take of each instance of a capacity provider;
    their constraints are not looked at.
    """
    daemons = [s for s in cluster.services.values() if s.status == "ACTIVE" and is_daemon(s)]
    here = [s for s in daemons if s.settings["launchType"] == "EC2" or provider in providers_of(s)]
    return [needs(s.primary.definition.spec) for s in here]


def daemon_places(service: Service) -> list[ContainerInstance]:
    """The instances on which a daemon service wants one task each: ACTIVE,
    within its constraints, of its providers.

    An instance whose agent is away keeps the task it has and gets no new one; one that drains keeps
    it until the other tasks have left: daemon tasks are the last to stop.
    """
    definition = service.primary.definition
    wanted = needs(definition.spec)
    external = service.settings["launchType"] == "EXTERNAL"
    providers = providers_of(service)
    rules = Constraints.of(
        [
            *definition.spec.get("placementConstraints", []),
            *service.settings["placementConstraints"],
        ]
    )
    found = []
    for instance in service.cluster.instances.values():
        if providers and instance.capacity_provider not in providers:
            continue
        verdict = standing(instance, wanted, external=external) or rules.verdict(instance, 0)
        stays = verdict and (
            verdict.code == "AGENT" or (verdict.code == "DRAINING" and in_use(instance))
        )
        if verdict is None or (stays and _has_one(service, instance)):
            found.append(instance)
    return found


def kept_for_daemons(cluster: Cluster) -> Mapping[str, list[Needs]]:
    """By instance id what daemon services are still going to take there: no
    other task gets it (facts, section 5.1).
    """
    kept: dict[str, list[Needs]] = {}
    for service in cluster.services.values():
        if (
            service.status == "ACTIVE"
            and is_daemon(service)
            and service.primary.rollout != "FAILED"
        ):
            wanted = needs(service.primary.definition.spec)
            for instance in daemon_places(service):
                if not _has_one(service, instance):
                    kept.setdefault(instance.id, []).append(wanted)
    return kept


def _has_one(service: Service, instance: ContainerInstance) -> bool:
    return any(_lives(t) for t in instance.tasks.values() if t.service is service)


def _lives(task: Task) -> bool:
    return task.desired == "RUNNING"
