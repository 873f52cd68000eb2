"""TagResource, UntagResource, ListTagsForResource, and what a tag may look like."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from ecslab.ecs.api import operation
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.clusters import CapacityProvider, Cluster
from ecslab.ecs.model.definitions import TaskDefinition
from ecslab.ecs.model.deployments import TaskSet
from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.model.services import Service
from ecslab.ecs.model.tasks import Task
from ecslab.ground.errors import AwsError, invalid_parameter

Json = dict[str, Any]
Taggable = (
    CapacityProvider | Cluster | ContainerInstance | Service | Task | TaskDefinition | TaskSet
)

MOST = 50  # per resource, without the reserved ones (facts, section 15; BC:Tag)
LONGEST_KEY, LONGEST_VALUE = 128, 256  # BC:TagKey, BC:TagValue
ALSO_ALLOWED = set("_.:/=+-@")  # beside letters, separators and numbers


class FindsProviders(Protocol):
    """Who finds capacity providers."""

    def find(self, name_or_arn: str) -> CapacityProvider | None:
        """A provider in any status, or None."""


class FindsInstances(Protocol):
    """Who finds container instances."""

    def find(self, cluster: Cluster, id_or_arn: str) -> ContainerInstance | None:
        """An instance of the cluster, or None."""


def admitted(tags: list[Json], refuse: Callable[[str], AwsError] = invalid_parameter) -> list[Json]:
    """The tags of a request as they are stored, each with a key and a value.

    Raises what `refuse` makes for a tag that BC:Tag does not allow. The text for a repeated key is
    seen in public RunTask errors; the other wordings are ours.
    """
    for tag in tags:
        if not tag.get("key"):
            raise refuse("Tag keys can not be blank.")
        if len(tag["key"]) > LONGEST_KEY or len(tag.get("value", "")) > LONGEST_VALUE:
            raise refuse(
                f"Tag keys can have up to {LONGEST_KEY} and tag values up to {LONGEST_VALUE} "
                "characters."
            )
        if reserved(tag["key"]) or reserved(tag.get("value", "")):
            raise refuse(
                "Tag keys and values can not start with aws:, which is reserved for AWS use."
            )
        if not (_readable(tag["key"]) and _readable(tag.get("value", ""))):
            raise refuse(
                "Tags can have letters, numbers, spaces and the characters + - = . _ : / @ only."
            )
    if len({tag["key"] for tag in tags}) < len(tags):
        raise refuse("Multiple tags contain the same key.")
    if len(tags) > MOST:
        raise refuse(f"A resource can have at most {MOST} tags.")
    return [{"key": tag["key"], "value": tag.get("value", "")} for tag in tags]


def reserved(text: str) -> bool:
    """Whether a key or value is AWS's own, in any upper or lower case: nobody
    can edit it, and it does not count.
    """
    return text.lower().startswith("aws:")


def _readable(text: str) -> bool:
    return all(c in ALSO_ALLOWED or unicodedata.category(c)[0] in "LZN" for c in text)


class Tags:
    """TagResource, UntagResource and ListTagsForResource, for whatever of ECS bears tags."""

    def __init__(
        self, *, state: AccountState, capacity: FindsProviders, instances: FindsInstances
    ) -> None:
        self._state, self._capacity, self._instances = state, capacity, instances

    @operation("TagResource")
    def tag_resource(self, request: Json) -> Json:
        """Add tags, or give existing keys new values; those not named stay as they are."""
        resource = self._find(request["resourceArn"], "ResourceNotFoundException")
        merged = {tag["key"]: tag for tag in [*resource.tags, *admitted(request["tags"])]}
        if sum(not reserved(key) for key in merged) > MOST:
            raise AwsError(
                "LimitExceededException", f"A resource can have at most {MOST} tags."
            )  # wording is ours
        resource.tags = list(merged.values())
        return {}

    @operation("UntagResource")
    def untag_resource(self, request: Json) -> Json:
        """Remove tags by key; a key that is not there is no error."""
        resource = self._find(request["resourceArn"], "ResourceNotFoundException")
        gone = {key for key in request["tagKeys"] if not reserved(key)}
        resource.tags = [tag for tag in resource.tags if tag["key"] not in gone]
        return {}

    @operation("ListTagsForResource")
    def list_tags_for_resource(self, request: Json) -> Json:
        """Every tag of a resource, those of AWS included."""
        return {"tags": list(self._find(request["resourceArn"], "InvalidParameterException").tags)}

    def _find(self, arn: str, missing: str) -> Taggable:
        """The resource an ARN names; `missing` is the code the operation's
        model declares for an unknown one.
        """
        prefix = self._state.arn("")
        if not arn.startswith(prefix) or "/" not in arn:
            # The wording moto's maintainers observed.
            raise invalid_parameter("The ARN provided is invalid.")
        kind, _, rest = arn.removeprefix(prefix).partition("/")
        found: Taggable | None = None
        if kind == "cluster":
            found = self._active(rest)
        elif kind == "service" and "/" not in rest:
            raise invalid_parameter(
                "Long arn format must be used for tagging operations"
            )  # BC:TagResourceRequest; public threads
        elif kind == "service":
            found = self._state.find_service(self._active(rest.partition("/")[0]), arn)
            if found and found.status == "INACTIVE":
                raise invalid_parameter(
                    "The specified service is inactive. Specify an active service and try again."
                )  # as for clusters
        elif kind in {"task", "container-instance", "task-set"}:
            found = self._in_cluster(self._active(rest.partition("/")[0]), kind, arn)
        elif kind in {"capacity-provider", "task-definition"}:  # of no cluster
            found = (
                self._capacity.find(rest) if kind == "capacity-provider" else self._definition(rest)
            )
        if found is None:
            # Wording is ours.
            raise AwsError(missing, f"The specified {kind.replace('-', ' ')} does not exist.")
        return found

    def _active(self, name: str) -> Cluster:
        cluster = self._state.find_cluster(name)
        if cluster is None:
            raise AwsError("ClusterNotFoundException", "Cluster not found.")
        if cluster.status != "ACTIVE":
            # The wording is in the Terraform provider for AWS, which waits for it.
            raise invalid_parameter(
                "The specified cluster is inactive. Specify an active cluster and try again."
            )
        return cluster

    def _in_cluster(self, cluster: Cluster, kind: str, arn: str) -> Taggable | None:
        if kind == "task":
            return self._state.find_task(cluster, arn)
        return (
            self._instances.find(cluster, arn)
            if kind == "container-instance"
            else _task_set(cluster, arn)
        )

    def _definition(self, name: str) -> TaskDefinition | None:
        family, _, revision = name.partition(":")
        return next(
            (d for d in self._state.families.get(family, []) if str(d.revision) == revision), None
        )


def taggable(
    state: AccountState, providers: Iterable[CapacityProvider]
) -> Iterator[tuple[str, Taggable]]:
    """Everything that TagResource finds, with its kind as ARNs have it: clusters,
    what is in them, and what is in none.
    """
    for cluster in (c for c in state.clusters.values() if c.status == "ACTIVE"):
        yield "cluster", cluster
        for service in (s for s in cluster.services.values() if s.status != "INACTIVE"):
            yield "service", service
            yield from (("task-set", d.task_set) for d in service.deployments if d.task_set)
        yield from (("task", task) for task in cluster.tasks.values())
        yield from (
            ("container-instance", i) for i in cluster.instances.values() if i.status != "INACTIVE"
        )
    yield from (("task-definition", d) for revisions in state.families.values() for d in revisions)
    yield from (("capacity-provider", p) for p in providers if p.status == "ACTIVE")


def _task_set(cluster: Cluster, arn: str) -> TaskSet | None:
    sets = (d.task_set for s in cluster.services.values() for d in s.deployments if d.task_set)
    return next((task_set for task_set in sets if task_set.arn == arn), None)
