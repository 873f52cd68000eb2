"""CreateCapacityProvider, UpdateCapacityProvider, DeleteCapacityProvider,
DescribeCapacityProviders (facts, section 8).
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from ecslab.ecs import timing
from ecslab.ecs.api import operation
from ecslab.ecs.api.failures import missing
from ecslab.ecs.api.paging import page
from ecslab.ecs.api.tags import admitted
from ecslab.ecs.capacity import provider_rules as rules
from ecslab.ecs.capacity.managed_draining import ManagedDraining
from ecslab.ecs.capacity.providers import CapacityProviders
from ecslab.ecs.capacity.scaling_policies import policy_name
from ecslab.ecs.capacity.strategy import PREDEFINED
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.clusters import CapacityProvider, Cluster
from ecslab.ecs.ports.groups import AutoScalingGroup, Groups
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.ground.errors import AwsError, client_exception, invalid_parameter
from ecslab.timeline.clusters import ProviderCreated, ProviderDeleted, ProviderUpdated
from ecslab.timeline.teller import Teller

Json = dict[str, Any]

MOST_DESCRIBED, LONGEST_PAGE = 100, 10  # BC:DescribeCapacityProvidersRequest
# hashicorp/terraform-provider-aws.
UNKNOWN = (
    "The specified capacity provider does not exist. Specify a valid name or ARN and try again."
)


class ProviderOperations:
    """Capacity providers made, changed, deleted and shown."""

    def __init__(
        self,
        *,
        clock: Clock,
        chance: Chance,
        story: Teller,
        state: AccountState,
        groups: Groups,
        capacity: CapacityProviders,
        draining: ManagedDraining,
    ) -> None:
        self._clock, self._chance, self._story, self._state = clock, chance, story, state
        self._groups, self._capacity, self._draining = groups, capacity, draining

    @operation("CreateCapacityProvider")
    def create_capacity_provider(self, request: Json) -> Json:
        """Make a capacity provider of an Auto Scaling group that no other one has."""
        rules.check_name(request["name"])
        asked = rules.check_kind(request)
        before = self._capacity.providers.get(request["name"])
        if before and before.status == "ACTIVE":
            # aws/containers-roadmap#688
            raise client_exception(
                "The specified capacity provider already exists. To change the configuration of an "
                "existing capacity provider, update the capacity provider."
            )
        group = self._group(asked["autoScalingGroupArn"])
        scaling = rules.managed_scaling(asked.get("managedScaling") or {}, rules.SCALING)
        protection = asked.get("managedTerminationProtection") == "ENABLED"
        rules.check_scalable(group, scaling)
        rules.check_protection(scaling, protection=protection)
        provider = CapacityProvider(
            name=request["name"],
            arn=self._state.arn(f"capacity-provider/{request['name']}"),
            group=group.name,
            group_arn=group.arn,
            scaling=scaling,
            protection=protection,
            draining=asked.get("managedDraining") == "ENABLED",
            attachment=self._chance.uuid("capacity provider attachments"),
            tags=admitted(request.get("tags", [])),
        )
        self._capacity.providers.pop(
            provider.name, None
        )  # a deleted one: the new one is the newest
        self._capacity.providers[provider.name] = provider
        self._story.say(
            ProviderCreated(provider=self._story.provider(provider.name), group=group.name)
        )
        return {"capacityProvider": _described(provider, tags=True)}

    def _group(self, name_or_arn: str) -> AutoScalingGroup:
        group = self._groups.find(name_or_arn)
        if group is None:
            raise client_exception(
                "The specified Auto Scaling group was not found. Specify a valid Auto Scaling "
                "group ARN and try again."
            )  # wording is ours
        if any(
            p.group == group.name and p.status == "ACTIVE"
            for p in self._capacity.providers.values()
        ):
            # aws/containers-roadmap#632
            raise client_exception(
                "The specified Auto Scaling group ARN is already being used by another capacity "
                "provider. Specify a unique Auto Scaling group ARN and try again."
            )
        return group

    def _group_of(self, provider: CapacityProvider) -> AutoScalingGroup:
        group = self._capacity.group(provider)
        if group is None:  # wording is ours
            raise client_exception(
                "The Auto Scaling group of the capacity provider no longer exists."
            )
        return group

    @operation("UpdateCapacityProvider")
    def update_capacity_provider(self, request: Json) -> Json:
        """Change how ECS scales a provider's group; what is not given stays.
        UPDATE_IN_PROGRESS first, UPDATE_COMPLETE soon after.
        """
        provider = self._existing(request["name"])
        asked = rules.check_kind(request)
        scaling = rules.managed_scaling(asked.get("managedScaling") or {}, provider.scaling)
        protection = (
            asked.get("managedTerminationProtection", "ENABLED" if provider.protection else "")
            == "ENABLED"
        )
        if scaling != provider.scaling:
            rules.check_scalable(self._group_of(provider), scaling)
        rules.check_protection(scaling, protection=protection)
        if (
            scaling["status"] == "ENABLED"
            and not provider.managed
            and len(self._capacity.clusters(provider)) > 1
        ):
            raise _in_another_cluster(provider.name)
        provider.scaling, provider.protection = scaling, protection
        if "managedDraining" in asked:
            provider.draining = asked["managedDraining"] == "ENABLED"
        self._story.say(ProviderUpdated(provider=self._story.provider(provider.name)))
        self._capacity.changed(provider)
        self._finish_later(provider, "UPDATE", lambda: None)
        return {"capacityProvider": _described(provider, tags=True)}

    @operation("DeleteCapacityProvider")
    def delete_capacity_provider(self, request: Json) -> Json:
        """Delete a provider that no cluster has; one that a cluster has
        stays, and says DELETE_FAILED and why.
        """
        if request["capacityProvider"] in {
            *PREDEFINED,
            *(self._state.arn(f"capacity-provider/{p}") for p in PREDEFINED),
        }:
            raise client_exception(
                "The specified capacity provider is reserved and cannot be deleted."
            )  # BC:DeleteCapacityProvider; the wording is ours
        rules.check_no_cluster(request)
        provider = self._existing(request["capacityProvider"])
        if clusters := self._capacity.clusters(provider):
            # hashicorp/terraform-provider-aws#48156
            provider.update_status = "DELETE_FAILED"
            provider.update_reason = (
                "The capacity provider cannot be deleted because it is associated with cluster: "
                f"{clusters[0].name}. Remove the capacity provider from the cluster and try again."
            )
        else:
            self._finish_later(provider, "DELETE", partial(self._deleted, provider))
        return {"capacityProvider": _described(provider, tags=True)}

    def _deleted(self, provider: CapacityProvider) -> None:
        provider.status, provider.draining = "INACTIVE", False
        self._draining.switch(provider)
        self._story.say(ProviderDeleted(provider=self._story.provider(provider.name)))

    def _finish_later(
        self, provider: CapacityProvider, what: str, finish: Callable[[], None]
    ) -> None:
        provider.update_status, provider.update_reason = f"{what}_IN_PROGRESS", None

        def done() -> None:
            if provider.update_status == f"{what}_IN_PROGRESS":
                provider.update_status = f"{what}_COMPLETE"
                finish()

        self._clock.after(timing.PROVIDER_CHANGE_MS, done)

    @operation("DescribeCapacityProviders")
    def describe_capacity_providers(self, request: Json) -> Json:
        """Providers by name or ARN, all when none is named, those of AWS included; unknown
        ones are `failures` with reason MISSING.
        """
        asked = request.get("capacityProviders") or [*PREDEFINED, *self._capacity.providers]
        if len(asked) > MOST_DESCRIBED:
            raise invalid_parameter(
                f"capacityProviders can have at most {MOST_DESCRIBED} items."
            )  # wording is ours
        if "cluster" in request:
            of_cluster = self._state.cluster(request["cluster"]).capacity_providers
            asked = [name for name in asked if name.rpartition("/")[2] in of_cluster]
        tags = "TAGS" in request.get("include", [])
        found = [(name, self._told(name, tags=tags)) for name in asked]
        shown, rest = page(
            [told for _, told in found if told],
            {"maxResults": LONGEST_PAGE} | request,
            limit=LONGEST_PAGE,
        )
        return {
            "capacityProviders": shown,
            "failures": missing(self._state, "capacity-provider", found),
        } | rest

    def _told(self, name_or_arn: str, *, tags: bool) -> Json | None:
        [name] = self._capacity.names([name_or_arn])
        if name in PREDEFINED:
            arn = self._state.arn(f"capacity-provider/{name}")
            return {
                "capacityProviderArn": arn,
                "name": name,
                "status": "ACTIVE",
                "type": name,
                "tags": [],
            }
        provider = self._capacity.find(name)
        return _described(provider, tags=tags) if provider else None

    def _existing(self, name_or_arn: str) -> CapacityProvider:
        provider = self._capacity.find(name_or_arn)
        if provider is None or provider.status != "ACTIVE":
            raise client_exception(UNKNOWN)
        return provider


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


def check_alone(capacity: CapacityProviders, cluster: str, providers: list[str]) -> None:
    """A provider that ECS scales can be in one cluster (facts, section 8.3)."""
    for name in providers:
        provider = capacity.find(name)
        if (
            provider
            and provider.managed
            and any(c.name != cluster for c in capacity.clusters(provider))
        ):
            raise _in_another_cluster(name)


def _in_another_cluster(name: str) -> AwsError:
    # Wording is ours.
    return invalid_parameter(
        f"The capacity provider {name} uses managed scaling, so it can be associated with one "
        "cluster only."
    )


def attachments(capacity: CapacityProviders, cluster: Cluster) -> list[Json]:
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
        for provider in capacity.of(cluster)
        if provider.managed
    ]
