"""How the tasks of a service's deployment are launched, and which
of them stay (facts, section 8.1).
"""

from collections import Counter

from ecslab.ecs.capacity.strategy import launch_type
from ecslab.ecs.launch.new_task import Launch
from ecslab.ecs.model.deployments import Deployment
from ecslab.ecs.model.services import Service, is_minded
from ecslab.ecs.model.tasks import Task
from ecslab.ecs.placement.daemons import is_daemon


def launch_of(service: Service, deployment: Deployment) -> Launch:
    """How the tasks of a deployment run."""
    network = deployment.settings["networkConfiguration"]
    daemon = is_daemon(service)
    one_each = [{"type": "distinctInstance"}] if daemon else []
    return Launch(
        launch_type=launch_type(deployment.settings),
        group=f"service:{service.name}",
        started_by=deployment.id,
        network=network["awsvpcConfiguration"] if network else None,
        platform_version=deployment.settings.get("platformVersion"),
        tags=tuple(_tags(service, deployment.definition.tags)),
        execute_command=bool(service.settings.get("enableExecuteCommand")),
        constraints=(*service.settings["placementConstraints"], *one_each),
        strategies=tuple(service.settings["placementStrategy"]),
        daemon=daemon,
    )


def that_stay(
    service: Service, deployment: Deployment, live: list[Task], now_ms: int
) -> Counter[str]:
    """How many tasks each provider has of what is wanted: those that are being
    replaced do not count (facts, section 8.1).
    """
    stay = (
        t
        for t in live
        if t.deployment is deployment
        and not is_minded(service, t, now_ms)
        and not (t.instance and t.instance.status == "DRAINING")
    )
    return Counter(t.capacity_provider for t in stay if t.capacity_provider)


def _tags(service: Service, definition_tags: list[dict[str, str]]) -> list[dict[str, str]]:
    """The tags a service's tasks are born with: propagated ones, and ECS's own when asked for."""
    source = {"SERVICE": service.tags, "TASK_DEFINITION": definition_tags}.get(
        service.settings.get("propagateTags") or "NONE", []
    )
    if not service.settings.get("enableECSManagedTags"):
        return list(source)
    managed = {"aws:ecs:clusterName": service.cluster.name, "aws:ecs:serviceName": service.name}
    return [*source, *({"key": k, "value": v} for k, v in managed.items())]
