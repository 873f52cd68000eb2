"""PutAttributes, DeleteAttributes, ListAttributes: what instances are called,
to place tasks by (facts, section 4).
"""

import re
from typing import Any

from ecslab.ecs.api import operation
from ecslab.ecs.api.paging import page
from ecslab.ecs.capacity.capabilities import is_custom
from ecslab.ecs.capacity.instances import Instances
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ground.errors import AwsError, invalid_parameter

Json = dict[str, Any]

MOST_CUSTOM = 10  # per resource, and attributes in one call (BC:PutAttributesRequest)
TARGET = "container-instance"  # the only target type (BC:TargetType)
_NAME = re.compile(r"[A-Za-z0-9\-_/\\.]{1,128}")  # BC:Attribute.name
_VALUE = re.compile(r"(?! )[A-Za-z0-9\-_.@/\\: ]{1,128}(?<! )")  # BC:Attribute.value


def check_attribute(name: str, value: str | None) -> None:
    """BC:Attribute's rules, which ECS enforces
    (aws/amazon-ecs-agent#622, #2999); the wordings are ours.
    """
    if not _NAME.fullmatch(name):
        raise invalid_parameter(
            f"The attribute name {name!r} must have 1 to 128 letters, numbers, hyphens, "
            "underscores, slashes or periods."
        )
    if value is not None and not _VALUE.fullmatch(value):
        raise invalid_parameter(f"The value of the attribute {name} is not valid.")


class AttributeOperations:
    """Attributes of container instances, put, deleted and listed."""

    def __init__(self, *, state: AccountState, instances: Instances) -> None:
        self._state, self._instances = state, instances

    @operation("PutAttributes")
    def put_attributes(self, request: Json) -> Json:
        """Set attributes on instances; an existing one gets the new value, and
        none is set when one of them cannot be.
        """
        cluster = self._state.cluster(request.get("cluster"))
        wanted = self._targets(cluster, request["attributes"])
        for attribute, _ in wanted:
            check_attribute(attribute["name"], attribute.get("value"))
            _check_own(attribute["name"])
        for instance in {i.id: i for _, i in wanted}.values():
            names = set(instance.attributes) | {a["name"] for a, i in wanted if i is instance}
            if sum(map(is_custom, names)) > MOST_CUSTOM:
                raise AwsError(
                    "AttributeLimitExceededException",
                    f"You can apply up to {MOST_CUSTOM} custom attributes for each resource.",
                )
        for attribute, instance in wanted:
            instance.attributes[attribute["name"]] = attribute.get("value")
        return {"attributes": [_shown(i, a["name"]) for a, i in wanted]}

    @operation("DeleteAttributes")
    def delete_attributes(self, request: Json) -> Json:
        """Remove custom attributes; the answer names those that were there."""
        cluster = self._state.cluster(request.get("cluster"))
        named = self._targets(cluster, request["attributes"])
        for attribute, _ in named:
            _check_own(attribute["name"])
        gone = []
        for attribute, instance in named:
            if attribute["name"] in instance.attributes:
                gone.append(_shown(instance, attribute["name"]))
                del instance.attributes[attribute["name"]]
        return {"attributes": gone}

    @operation("ListAttributes")
    def list_attributes(self, request: Json) -> Json:
        """Every attribute of every instance of the cluster, or those of one
        name, or of one name and value.
        """
        cluster = self._state.cluster(request.get("cluster"))
        if request["targetType"] != TARGET:
            raise invalid_parameter(f"targetType should be one of [{TARGET}]")
        if "attributeValue" in request and "attributeName" not in request:
            # BC:ListAttributesRequest.attributeValue gives the rule; the wording is ours.
            raise invalid_parameter(
                "An attribute name must be specified when a value is specified."
            )
        listed = [
            _shown(instance, name)
            for instance in cluster.instances.values()
            for name, value in instance.attributes.items()
            if request.get("attributeName", name) == name
            and request.get("attributeValue", value) == value
        ]
        attributes, rest = page(listed, request)
        return {"attributes": attributes} | rest

    def _targets(
        self, cluster: Cluster, attributes: list[Json]
    ) -> list[tuple[Json, ContainerInstance]]:
        """Each attribute with the instance it is for: by ARN, or by id together with its type."""
        if not attributes:
            raise invalid_parameter("attributes can not be empty.")
        if len(attributes) > MOST_CUSTOM:
            raise invalid_parameter(f"attributes can have at most {MOST_CUSTOM} items.")
        return [(a, self._target(cluster, a)) for a in attributes]

    def _target(self, cluster: Cluster, attribute: Json) -> ContainerInstance:
        target = attribute.get("targetId", "")
        if not target:
            raise invalid_parameter("targetId can not be blank.")
        if not target.startswith("arn:") and attribute.get("targetType") != TARGET:
            # BC:Attribute.targetType: required with the short form of an id; the wording is ours.
            raise invalid_parameter(f"targetType must be {TARGET} when targetId is not an ARN.")
        found = self._instances.find(cluster, target)
        if found is None or found.status == "INACTIVE":
            raise AwsError(
                "TargetNotFoundException", f"Could not find {target}"
            )  # the wording is that of moto's maintainers
        return found


def _check_own(name: str) -> None:
    if not is_custom(name):
        # DG23:task-placement-constraints: they are ECS's and the agent's; the wording is ours.
        raise invalid_parameter(
            f"The attribute {name} is reserved: names that begin with ecs. or com.amazonaws. are "
            "ECS's own."
        )


def _shown(instance: ContainerInstance, name: str) -> Json:
    value = instance.attributes[name]
    shown = {"name": name, "targetType": TARGET, "targetId": instance.arn}
    return shown if value is None else shown | {"value": value}
