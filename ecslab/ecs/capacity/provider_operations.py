"""CreateCapacityProvider, UpdateCapacityProvider, DeleteCapacityProvider,
DescribeCapacityProviders (facts, section 8).
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from ecslab.ecs import timing
from ecslab.ecs.api import operation
from ecslab.ecs.api.failures import missing
from ecslab.ecs.api.paging import page
from ecslab.ecs.api.tags import admitted
from ecslab.ecs.capacity import provider_rules as rules
from ecslab.ecs.capacity.scaling_policies import policy_name
from ecslab.ecs.capacity.strategy import PREDEFINED
from ecslab.ecs.model.clusters import CapacityProvider, Cluster
from ecslab.ecs.ports.groups import AutoScalingGroup
from ecslab.ground.errors import AwsError, client_exception, invalid_parameter
from ecslab.timeline.clusters import ProviderCreated, ProviderDeleted, ProviderUpdated

if TYPE_CHECKING:
    from ecslab.ecs.plane import ControlPlane

Json = dict[str, Any]

MOST_DESCRIBED, LONGEST_PAGE = 100, 10  # BC:DescribeCapacityProvidersRequest
# hashicorp/terraform-provider-aws.
UNKNOWN = (
    "The specified capacity provider does not exist. Specify a valid name or ARN and try again."
)


@operation("CreateCapacityProvider")
def create_capacity_provider(plane: "ControlPlane", request: Json) -> Json:
    """Make a capacity provider of an Auto Scaling group that no other one has."""
    rules.check_name(request["name"])
    asked = rules.check_kind(request)
    before = plane.capacity.providers.get(request["name"])
    if before and before.status == "ACTIVE":
        # aws/containers-roadmap#688
        raise client_exception(
            "The specified capacity provider already exists. To change the configuration of an "
            "existing capacity provider, update the capacity provider."
        )
    group = _group(plane, asked["autoScalingGroupArn"])
    scaling = rules.managed_scaling(asked.get("managedScaling") or {}, rules.SCALING)
    protection = asked.get("managedTerminationProtection") == "ENABLED"
    rules.check_scalable(group, scaling)
    rules.check_protection(scaling, protection=protection)
    provider = CapacityProvider(
        name=request["name"],
        arn=plane.arn(f"capacity-provider/{request['name']}"),
        group=group.name,
        group_arn=group.arn,
        scaling=scaling,
        protection=protection,
        draining=asked.get("managedDraining") == "ENABLED",
        attachment=plane.chance.uuid("capacity provider attachments"),
        tags=admitted(request.get("tags", [])),
    )
    plane.capacity.providers.pop(provider.name, None)  # a deleted one: the new one is the newest
    plane.capacity.providers[provider.name] = provider
    plane.story.say(ProviderCreated(provider=plane.story.provider(provider.name), group=group.name))
    return {"capacityProvider": _described(provider, tags=True)}


def _group(plane: "ControlPlane", name_or_arn: str) -> AutoScalingGroup:
    group = plane.neighbours.groups.find(name_or_arn)
    if group is None:
        raise client_exception(
            "The specified Auto Scaling group was not found. Specify a valid Auto Scaling group "
            "ARN and try again."
        )  # wording is ours
    if any(
        p.group == group.name and p.status == "ACTIVE" for p in plane.capacity.providers.values()
    ):
        # aws/containers-roadmap#632
        raise client_exception(
            "The specified Auto Scaling group ARN is already being used by another capacity "
            "provider. Specify a unique Auto Scaling group ARN and try again."
        )
    return group


def _group_of(plane: "ControlPlane", provider: CapacityProvider) -> AutoScalingGroup:
    group = plane.capacity.group(provider)
    if group is None:  # wording is ours
        raise client_exception("The Auto Scaling group of the capacity provider no longer exists.")
    return group


@operation("UpdateCapacityProvider")
def update_capacity_provider(plane: "ControlPlane", request: Json) -> Json:
    """Change how ECS scales a provider's group; what is not given stays.
    UPDATE_IN_PROGRESS first, UPDATE_COMPLETE soon after.
    """
    provider = _existing(plane, request["name"])
    asked = rules.check_kind(request)
    scaling = rules.managed_scaling(asked.get("managedScaling") or {}, provider.scaling)
    protection = (
        asked.get("managedTerminationProtection", "ENABLED" if provider.protection else "")
        == "ENABLED"
    )
    if scaling != provider.scaling:
        rules.check_scalable(_group_of(plane, provider), scaling)
    rules.check_protection(scaling, protection=protection)
    if (
        scaling["status"] == "ENABLED"
        and not provider.managed
        and len(plane.capacity.clusters(provider)) > 1
    ):
        raise _in_another_cluster(provider.name)
    provider.scaling, provider.protection = scaling, protection
    if "managedDraining" in asked:
        provider.draining = asked["managedDraining"] == "ENABLED"
    plane.story.say(ProviderUpdated(provider=plane.story.provider(provider.name)))
    plane.capacity.changed(provider)
    _finish_later(plane, provider, "UPDATE", lambda: None)
    return {"capacityProvider": _described(provider, tags=True)}


@operation("DeleteCapacityProvider")
def delete_capacity_provider(plane: "ControlPlane", request: Json) -> Json:
    """Delete a provider that no cluster has; one that a cluster has
    stays, and says DELETE_FAILED and why.
    """
    if request["capacityProvider"] in {
        *PREDEFINED,
        *(plane.arn(f"capacity-provider/{p}") for p in PREDEFINED),
    }:
        raise client_exception(
            "The specified capacity provider is reserved and cannot be deleted."
        )  # BC:DeleteCapacityProvider; the wording is ours
    rules.check_no_cluster(request)
    provider = _existing(plane, request["capacityProvider"])
    if clusters := plane.capacity.clusters(provider):
        # hashicorp/terraform-provider-aws#48156
        provider.update_status = "DELETE_FAILED"
        provider.update_reason = (
            "The capacity provider cannot be deleted because it is associated with cluster: "
            f"{clusters[0].name}. Remove the capacity provider from the cluster and try again."
        )
    else:
        _finish_later(plane, provider, "DELETE", partial(_deleted, plane, provider))
    return {"capacityProvider": _described(provider, tags=True)}


def _deleted(plane: "ControlPlane", provider: CapacityProvider) -> None:
    provider.status, provider.draining = "INACTIVE", False
    plane.draining.switch(provider)
    plane.story.say(ProviderDeleted(provider=plane.story.provider(provider.name)))


def _finish_later(
    plane: "ControlPlane", provider: CapacityProvider, what: str, finish: Callable[[], None]
) -> None:
    provider.update_status, provider.update_reason = f"{what}_IN_PROGRESS", None

    def done() -> None:
        if provider.update_status == f"{what}_IN_PROGRESS":
            provider.update_status = f"{what}_COMPLETE"
            finish()

    plane.clock.after(timing.PROVIDER_CHANGE_MS, done)


@operation("DescribeCapacityProviders")
def describe_capacity_providers(plane: "ControlPlane", request: Json) -> Json:
    """Providers by name or ARN, all when none is named, those of AWS included; unknown
    ones are `failures` with reason MISSING.
    """
    asked = request.get("capacityProviders") or [*PREDEFINED, *plane.capacity.providers]
    if len(asked) > MOST_DESCRIBED:
        raise invalid_parameter(
            f"capacityProviders can have at most {MOST_DESCRIBED} items."
        )  # wording is ours
    if "cluster" in request:
        of_cluster = plane.cluster(request["cluster"]).capacity_providers
        asked = [name for name in asked if name.rpartition("/")[2] in of_cluster]
    tags = "TAGS" in request.get("include", [])
    found = [(name, _told(plane, name, tags=tags)) for name in asked]
    shown, rest = page(
        [told for _, told in found if told],
        {"maxResults": LONGEST_PAGE} | request,
        limit=LONGEST_PAGE,
    )
    return {
        "capacityProviders": shown,
        "failures": missing(plane, "capacity-provider", found),
    } | rest


def _told(plane: "ControlPlane", name_or_arn: str, *, tags: bool) -> Json | None:
    [name] = plane.capacity.names([name_or_arn])
    if name in PREDEFINED:
        arn = plane.arn(f"capacity-provider/{name}")
        return {
            "capacityProviderArn": arn,
            "name": name,
            "status": "ACTIVE",
            "type": name,
            "tags": [],
        }
    provider = plane.capacity.find(name)
    return _described(provider, tags=tags) if provider else None


def _described(provider: CapacityProvider, *, tags: bool) -> Json:
    """One `capacityProviders[]` entry."""
    settings = {
        "autoScalingGroupArn": provider.group_arn,
        "managedScaling": dict(provider.scaling),
        "managedTerminationProtection": "ENABLED" if provider.protection else "DISABLED",
        "managedDraining": "ENABLED" if provider.draining else "DISABLED",
    }
    answer: Json = {
        "capacityProviderArn": provider.arn,
        "name": provider.name,
        "status": provider.status,
        "type": "EC2_AUTOSCALING",
        "autoScalingGroupProvider": settings,
        "tags": list(provider.tags) if tags else [],
    }
    updates = {"updateStatus": provider.update_status, "updateStatusReason": provider.update_reason}
    return answer | {name: value for name, value in updates.items() if value}


def _existing(plane: "ControlPlane", name_or_arn: str) -> CapacityProvider:
    provider = plane.capacity.find(name_or_arn)
    if provider is None or provider.status != "ACTIVE":
        raise client_exception(UNKNOWN)
    return provider


def check_alone(plane: "ControlPlane", cluster: str, providers: list[str]) -> None:
    """A provider that ECS scales can be in one cluster (facts, section 8.3)."""
    for name in providers:
        provider = plane.capacity.find(name)
        if (
            provider
            and provider.managed
            and any(c.name != cluster for c in plane.capacity.clusters(provider))
        ):
            raise _in_another_cluster(name)


def _in_another_cluster(name: str) -> AwsError:
    # Wording is ours.
    return invalid_parameter(
        f"The capacity provider {name} uses managed scaling, so it can be associated with one "
        "cluster only."
    )


def attachments(plane: "ControlPlane", cluster: Cluster) -> list[Json]:
    """What ECS made for a cluster's providers: a scaling policy for each one
    that it scales (BC:Cluster.attachments).
    """
    return [
        {
            "id": provider.attachment,
            "type": "as_policy",
            "status": "CREATED",
            "details": [
                {"name": "capacityProviderName", "value": provider.name},
                {"name": "scalingPolicyName", "value": policy_name(provider)},
            ],
        }
        for provider in plane.capacity.of(cluster)
        if provider.managed
    ]
