"""Clusters: CreateCluster, DescribeClusters, ListClusters, the three updates, DeleteCluster."""

from collections.abc import Callable
from typing import Any

from ecslab.ecs.api import operation
from ecslab.ecs.api.account_settings import effective
from ecslab.ecs.api.failures import missing
from ecslab.ecs.api.paging import page
from ecslab.ecs.api.shapes import counts
from ecslab.ecs.api.tags import admitted
from ecslab.ecs.capacity.instances import Instances
from ecslab.ecs.capacity.provider_operations import attachments, check_alone
from ecslab.ecs.capacity.providers import CapacityProviders
from ecslab.ecs.capacity.scaling_policies import ScalingPolicies
from ecslab.ecs.capacity.strategy import launch_type
from ecslab.ecs.clusters import rules
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.tasks import Stage
from ecslab.ecs.ports.discovery import Discovery
from ecslab.ground.errors import AwsError, invalid_parameter
from ecslab.timeline.clusters import (
    ClusterCreated,
    ClusterDeleted,
    ClusterProvidersPut,
    ClusterUpdated,
)
from ecslab.timeline.teller import Teller

Json = dict[str, Any]

MOST_DESCRIBED = 100  # BC:DescribeClustersRequest.clusters
EVERYTHING = rules.FIELDS


class ClusterOperations:
    """Clusters made, changed, deleted and shown."""

    def __init__(
        self,
        *,
        story: Teller,
        state: AccountState,
        discovery: Discovery,
        capacity: CapacityProviders,
        on_settings: Callable[[], None],
        instances: Instances,
        scaling_policies: ScalingPolicies,
    ) -> None:
        self._story, self._state, self._discovery = story, state, discovery
        self._capacity, self._on_settings = capacity, on_settings
        self._instances, self._scaling_policies = instances, scaling_policies

    @operation("CreateCluster")
    def create_cluster(self, request: Json) -> Json:
        """Make a cluster, or answer with the ACTIVE one of that name; a
        deleted cluster's name is free again.
        """
        insights = [
            {
                "name": "containerInsights",
                "value": effective(self._state, "containerInsights", self._state.caller),
            }
        ]
        asked = {"clusterName": "default", "settings": insights} | {
            k: v for k, v in request.items() if v
        }
        name, providers = (
            asked["clusterName"],
            self._capacity.names(asked.get("capacityProviders", [])),
        )
        rules.check_name(name)
        _check(asked)
        rules.check_providers(providers, self._capacity.usable, set(), [])
        check_alone(self._capacity, name, providers)
        rules.check_strategy(asked.get("defaultCapacityProviderStrategy", []), providers)
        tags = admitted(asked.get("tags", []))
        if existing := self._same(asked, request):
            return {"cluster": self._cluster(existing, EVERYTHING)}
        self._state.clusters[name] = Cluster(
            name=name,
            arn=self._state.arn(f"cluster/{name}"),
            ref=self._story.cluster(name),
            settings=asked["settings"],
            configuration=asked.get("configuration"),
            capacity_providers=providers,
            default_strategy=rules.filled(asked.get("defaultCapacityProviderStrategy", [])),
            service_connect=self._default_namespace(asked),
            tags=tags,
            request=asked,
        )
        self._story.say(ClusterCreated(cluster=self._state.clusters[name].ref))
        self._capacity.associated(self._state.clusters[name])
        self._instances.sync()  # agents may wait for it
        self._on_settings()
        return {"cluster": self._cluster(self._state.clusters[name], EVERYTHING)}

    def _same(self, asked: Json, request: Json) -> Cluster | None:
        """The ACTIVE cluster of that name, when the request gives
        nothing that it was not created with.
        """
        there = self._state.clusters.get(asked["clusterName"])
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
    def describe_clusters(self, request: Json) -> Json:
        """Clusters in any status, "default" when none is named; unknown ones
        are `failures` with reason MISSING.
        """
        names, include = request.get("clusters") or ["default"], request.get("include", [])
        rules.check_include(include)
        if len(names) > MOST_DESCRIBED:
            # Wording is ours.
            raise invalid_parameter(f"clusters can have at most {MOST_DESCRIBED} items.")
        found = {name: self._state.find_cluster(name) for name in names}
        return {
            "clusters": [self._cluster(cluster, include) for cluster in found.values() if cluster],
            "failures": missing(self._state, "cluster", found.items()),
        }

    @operation("ListClusters")
    def list_clusters(self, request: Json) -> Json:
        """The ARNs of the ACTIVE clusters, oldest first."""
        arns, rest = page(
            [c.arn for c in self._state.clusters.values() if c.status == "ACTIVE"], request
        )
        return {"clusterArns": arns} | rest

    @operation("UpdateCluster")
    def update_cluster(self, request: Json) -> Json:
        """Change a cluster's settings and configuration; what is not given stays."""
        cluster = self._state.cluster(request["cluster"])
        _check(request)
        cluster.settings = request.get("settings") or cluster.settings
        cluster.configuration = request.get("configuration", cluster.configuration)
        if "serviceConnectDefaults" in request:
            cluster.service_connect = self._default_namespace(request)
        self._story.say(ClusterUpdated(cluster=cluster.ref))
        self._on_settings()
        return {"cluster": self._cluster(cluster, EVERYTHING)}

    @operation("UpdateClusterSettings")
    def update_cluster_settings(self, request: Json) -> Json:
        """Change Container Insights for one cluster."""
        return self.update_cluster(request)

    @operation("PutClusterCapacityProviders")
    def put_cluster_capacity_providers(self, request: Json) -> Json:
        """Replace the cluster's whole list of capacity providers and its default strategy."""
        cluster = self._state.cluster(request["cluster"])
        providers = self._capacity.names(request["capacityProviders"])
        strategy = request["defaultCapacityProviderStrategy"]
        rules.check_providers(
            providers, self._capacity.usable, _in_use(cluster), cluster.capacity_providers
        )
        rules.check_strategy(strategy, providers)
        check_alone(self._capacity, cluster.name, providers)
        cluster.capacity_providers, cluster.default_strategy = (
            list(providers),
            rules.filled(strategy),
        )
        self._story.say(ClusterProvidersPut(cluster=cluster.ref, providers=tuple(providers)))
        self._capacity.associated(cluster)
        return {"cluster": self._cluster(cluster, EVERYTHING)}

    @operation("DeleteCluster")
    def delete_cluster(self, request: Json) -> Json:
        """Delete an empty cluster: it becomes INACTIVE and can still be
        described; its tags are gone.
        """
        cluster = self._state.cluster(request["cluster"])
        if any(s.status != "INACTIVE" for s in cluster.services.values()):
            raise AwsError(
                "ClusterContainsServicesException",
                "The Cluster cannot be deleted while Services are active.",
            )
        if any(t.stage != Stage.STOPPED for t in cluster.tasks.values()):
            raise AwsError(
                "ClusterContainsTasksException",
                "The Cluster cannot be deleted while Tasks are active.",
            )
        if cluster.instances:
            raise AwsError(
                "ClusterContainsContainerInstancesException",
                "The Cluster cannot be deleted while Container Instances are active or draining.",
            )
        cluster.status, cluster.tags = "INACTIVE", []
        self._scaling_policies.look()
        self._story.say(ClusterDeleted(cluster=cluster.ref))
        self._on_settings()
        return {"cluster": self._cluster(cluster, EVERYTHING)}

    def _default_namespace(self, request: Json) -> Json | None:
        """What services use that name no namespace; a new name makes a namespace for API calls only
        (BC:ClusterServiceConnectDefaultsRequest).
        """
        wanted = request.get("serviceConnectDefaults", {}).get("namespace")
        if not wanted:
            return None
        discovery = self._discovery
        found = discovery.namespace(wanted)
        if found is None and wanted.startswith("arn:"):
            raise AwsError(
                "NamespaceNotFoundException", f"The specified namespace {wanted} was not found."
            )
        return {"namespace": (found or discovery.create_namespace(wanted)).arn}

    def _cluster(self, cluster: Cluster, include: tuple[str, ...] | list[str]) -> Json:
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
                "attachments": attachments(self._capacity, cluster),
                "attachmentsStatus": "UPDATE_COMPLETE",
            }
        return answer


def _check(request: Json) -> None:
    rules.check_settings(request.get("settings", []))
    rules.check_configuration(request.get("configuration", {}))


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
