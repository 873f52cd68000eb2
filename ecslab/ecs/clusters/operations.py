"""Clusters: CreateCluster, DescribeClusters, ListClusters, the three updates, DeleteCluster."""

from typing import TYPE_CHECKING, Any

from ecslab.ecs.api import operation
from ecslab.ecs.api.account_settings import effective
from ecslab.ecs.api.failures import missing
from ecslab.ecs.api.paging import page
from ecslab.ecs.api.shapes import counts
from ecslab.ecs.api.tags import admitted
from ecslab.ecs.capacity.provider_operations import attachments, check_alone
from ecslab.ecs.capacity.strategy import launch_type
from ecslab.ecs.clusters import rules
from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.tasks import Stage
from ecslab.ground.errors import AwsError, invalid_parameter
from ecslab.timeline.clusters import (
    ClusterCreated,
    ClusterDeleted,
    ClusterProvidersPut,
    ClusterUpdated,
)

if TYPE_CHECKING:
    from ecslab.ecs.plane import ControlPlane

Json = dict[str, Any]

MOST_DESCRIBED = 100  # BC:DescribeClustersRequest.clusters
EVERYTHING = rules.FIELDS


@operation("CreateCluster")
def create_cluster(plane: "ControlPlane", request: Json) -> Json:
    """Make a cluster, or answer with the ACTIVE one of that name; a
    deleted cluster's name is free again.
    """
    insights = [
        {"name": "containerInsights", "value": effective(plane, "containerInsights", plane.caller)}
    ]
    asked = {"clusterName": "default", "settings": insights} | {
        k: v for k, v in request.items() if v
    }
    name, providers = asked["clusterName"], plane.capacity.names(asked.get("capacityProviders", []))
    rules.check_name(name)
    _check(asked)
    rules.check_providers(providers, plane.capacity.usable, set(), [])
    check_alone(plane, name, providers)
    rules.check_strategy(asked.get("defaultCapacityProviderStrategy", []), providers)
    tags = admitted(asked.get("tags", []))
    if existing := _same(plane, asked, request):
        return {"cluster": _cluster(plane, existing, EVERYTHING)}
    plane.clusters[name] = Cluster(
        name=name,
        arn=plane.arn(f"cluster/{name}"),
        ref=plane.story.cluster(name),
        settings=asked["settings"],
        configuration=asked.get("configuration"),
        capacity_providers=providers,
        default_strategy=rules.filled(asked.get("defaultCapacityProviderStrategy", [])),
        service_connect=_default_namespace(plane, asked),
        tags=tags,
        request=asked,
    )
    plane.story.say(ClusterCreated(cluster=plane.clusters[name].ref))
    plane.capacity.associated(plane.clusters[name])
    plane.instances.sync()  # agents may wait for it
    plane.insights.wake()
    return {"cluster": _cluster(plane, plane.clusters[name], EVERYTHING)}


def _same(plane: "ControlPlane", asked: Json, request: Json) -> Cluster | None:
    """The ACTIVE cluster of that name, when the request gives
    nothing that it was not created with.
    """
    there = plane.clusters.get(asked["clusterName"])
    if there is None or there.status != "ACTIVE":
        return None
    if any(asked.get(member) != there.request.get(member) for member in request):
        # Seen in public code that creates clusters with boto3 and falls back to update_cluster.
        raise invalid_parameter(
            "Arguments on this idempotent request are inconsistent with arguments used in "
            "previous request(s)."
        )
    return there


@operation("DescribeClusters")
def describe_clusters(plane: "ControlPlane", request: Json) -> Json:
    """Clusters in any status, "default" when none is named; unknown ones
    are `failures` with reason MISSING.
    """
    names, include = request.get("clusters") or ["default"], request.get("include", [])
    rules.check_include(include)
    if len(names) > MOST_DESCRIBED:
        # Wording is ours.
        raise invalid_parameter(f"clusters can have at most {MOST_DESCRIBED} items.")
    found = {name: plane.find_cluster(name) for name in names}
    return {
        "clusters": [_cluster(plane, cluster, include) for cluster in found.values() if cluster],
        "failures": missing(plane, "cluster", found.items()),
    }


@operation("ListClusters")
def list_clusters(plane: "ControlPlane", request: Json) -> Json:
    """The ARNs of the ACTIVE clusters, oldest first."""
    arns, rest = page([c.arn for c in plane.clusters.values() if c.status == "ACTIVE"], request)
    return {"clusterArns": arns} | rest


@operation("UpdateCluster")
def update_cluster(plane: "ControlPlane", request: Json) -> Json:
    """Change a cluster's settings and configuration; what is not given stays."""
    cluster = plane.cluster(request["cluster"])
    _check(request)
    cluster.settings = request.get("settings") or cluster.settings
    cluster.configuration = request.get("configuration", cluster.configuration)
    if "serviceConnectDefaults" in request:
        cluster.service_connect = _default_namespace(plane, request)
    plane.story.say(ClusterUpdated(cluster=cluster.ref))
    plane.insights.wake()
    return {"cluster": _cluster(plane, cluster, EVERYTHING)}


@operation("UpdateClusterSettings")
def update_cluster_settings(plane: "ControlPlane", request: Json) -> Json:
    """Change Container Insights for one cluster."""
    return update_cluster(plane, request)


@operation("PutClusterCapacityProviders")
def put_cluster_capacity_providers(plane: "ControlPlane", request: Json) -> Json:
    """Replace the cluster's whole list of capacity providers and its default strategy."""
    cluster = plane.cluster(request["cluster"])
    providers = plane.capacity.names(request["capacityProviders"])
    strategy = request["defaultCapacityProviderStrategy"]
    rules.check_providers(
        providers, plane.capacity.usable, _in_use(cluster), cluster.capacity_providers
    )
    rules.check_strategy(strategy, providers)
    check_alone(plane, cluster.name, providers)
    cluster.capacity_providers, cluster.default_strategy = list(providers), rules.filled(strategy)
    plane.story.say(ClusterProvidersPut(cluster=cluster.ref, providers=tuple(providers)))
    plane.capacity.associated(cluster)
    return {"cluster": _cluster(plane, cluster, EVERYTHING)}


@operation("DeleteCluster")
def delete_cluster(plane: "ControlPlane", request: Json) -> Json:
    """Delete an empty cluster: it becomes INACTIVE and can still be
    described; its tags are gone.
    """
    cluster = plane.cluster(request["cluster"])
    if any(s.status != "INACTIVE" for s in cluster.services.values()):
        raise AwsError(
            "ClusterContainsServicesException",
            "The Cluster cannot be deleted while Services are active.",
        )
    if any(t.stage != Stage.STOPPED for t in cluster.tasks.values()):
        raise AwsError(
            "ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active."
        )
    if cluster.instances:
        raise AwsError(
            "ClusterContainsContainerInstancesException",
            "The Cluster cannot be deleted while Container Instances are active or draining.",
        )
    cluster.status, cluster.tags = "INACTIVE", []
    plane.scaling_policies.look()
    plane.story.say(ClusterDeleted(cluster=cluster.ref))
    plane.insights.wake()
    return {"cluster": _cluster(plane, cluster, EVERYTHING)}


def _check(request: Json) -> None:
    rules.check_settings(request.get("settings", []))
    rules.check_configuration(request.get("configuration", {}))


def _default_namespace(plane: "ControlPlane", request: Json) -> Json | None:
    """What services use that name no namespace; a new name makes a namespace for API calls only
    (BC:ClusterServiceConnectDefaultsRequest).
    """
    wanted = request.get("serviceConnectDefaults", {}).get("namespace")
    if not wanted:
        return None
    discovery = plane.neighbours.discovery
    found = discovery.namespace(wanted)
    if found is None and wanted.startswith("arn:"):
        raise AwsError(
            "NamespaceNotFoundException", f"The specified namespace {wanted} was not found."
        )
    return {"namespace": (found or discovery.create_namespace(wanted)).arn}


def _in_use(cluster: Cluster) -> set[str]:
    """What services would launch on, and what tasks run on (facts, section 8.1)."""
    live = (s for s in cluster.services.values() if s.status != "INACTIVE")
    wanted = {
        item["capacityProvider"]
        for s in live
        for item in s.settings.get("capacityProviderStrategy") or []
    }
    return wanted | {
        t.capacity_provider
        for t in cluster.tasks.values()
        if t.capacity_provider and t.stage < Stage.STOPPED
    }


def _cluster(plane: "ControlPlane", cluster: Cluster, include: tuple[str, ...] | list[str]) -> Json:
    """One `clusters[]` entry; what is not asked for in `include` is empty, as in AWS."""
    running, pending = counts(list(cluster.tasks.values()))
    answer = {
        "clusterArn": cluster.arn,
        "clusterName": cluster.name,
        "status": cluster.status,
        "registeredContainerInstancesCount": sum(
            i.status in {"ACTIVE", "DRAINING"} for i in cluster.instances.values()
        ),
        "runningTasksCount": running,
        "pendingTasksCount": pending,
        "activeServicesCount": sum(s.status == "ACTIVE" for s in cluster.services.values()),
        "statistics": _statistics(cluster) if "STATISTICS" in include else [],
        "tags": list(cluster.tags) if "TAGS" in include else [],
        "settings": list(cluster.settings) if "SETTINGS" in include else [],
        "capacityProviders": list(cluster.capacity_providers),
        "defaultCapacityProviderStrategy": list(cluster.default_strategy),
    }
    if cluster.service_connect:
        answer["serviceConnectDefaults"] = cluster.service_connect
    if "CONFIGURATIONS" in include and cluster.configuration:
        answer["configuration"] = cluster.configuration
    if "ATTACHMENTS" in include and cluster.capacity_providers:
        answer |= {
            "attachments": attachments(plane, cluster),
            "attachmentsStatus": "UPDATE_COMPLETE",
        }
    return answer


def _statistics(cluster: Cluster) -> list[Json]:
    """The eight counts of BC:Cluster.statistics."""
    kinds = {"EC2": "EC2", "FARGATE": "Fargate"}
    tasks = {
        kind: counts([t for t in cluster.tasks.values() if t.launch_type == kind]) for kind in kinds
    }
    services = [(launch_type(s.settings), s.status) for s in cluster.services.values()]
    values = {f"running{name}TasksCount": tasks[kind][0] for kind, name in kinds.items()}
    values |= {f"pending{name}TasksCount": tasks[kind][1] for kind, name in kinds.items()}
    values |= {
        f"active{name}ServiceCount": services.count((kind, "ACTIVE"))
        for kind, name in kinds.items()
    }
    values |= {
        f"draining{name}ServiceCount": services.count((kind, "DRAINING"))
        for kind, name in kinds.items()
    }
    return [{"name": name, "value": str(value)} for name, value in values.items()]
