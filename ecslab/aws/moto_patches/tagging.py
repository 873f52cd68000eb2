"""Lets the Resource Groups Tagging API find ECS: moto asks the backends that it knows, and ECS
is ours.
"""

from collections.abc import Callable, Iterator
from functools import wraps
from types import ModuleType
from typing import Any

from moto.core.resource_tagging import TaggedResource

from ecslab.aws.account import numbered
from ecslab.aws.changes import put_in_place
from ecslab.ecs.api.tags import taggable
from ecslab.ground.errors import AwsError

Json = dict[str, Any]
Failed = dict[str, dict[str, Any]]

NAMES = "_get_tag_keys_generator", "_get_tag_values_generator"
ARN_LIST = ("tag_filters", "resource_type_filters")  # which a list of ARNs excludes
PREFIX = "arn:aws:ecs:"


class _Ecs:
    """ECS of one account and region, as moto's Tagging API asks a backend."""

    def __init__(self, account: str, region: str) -> None:
        self._account, self._region = account, region

    def owns_arn(self, _arn: str) -> bool:
        """What ECS tags does not come this way."""
        return False

    def iter_tagged_resources(self) -> Iterator[TaggedResource]:
        """Everything that can have tags, as it is now: a page that is asked for
        later tells of the same resources.
        """
        ecs = numbered(self._account).regions[self._region].ecs
        for kind, resource in list(taggable(ecs.state, ecs.capacity.providers.values())):
            tags = {tag["key"]: tag["value"] for tag in resource.tags}
            yield TaggedResource(resource.arn, tags, f"ecs:{kind}")


def teach(module: ModuleType) -> Callable[[], None]:
    """Teach `moto.resourcegroupstaggingapi.models`; what is returned makes it forget."""
    kind = module.ResourceGroupsTaggingAPIBackend
    return put_in_place(
        [
            (module, "iter_taggable_backends", _with_ecs(module.iter_taggable_backends)),
            (kind, "get_resources", _either(kind.get_resources, module)),
            (kind, "tag_resources", _tag(kind.tag_resources)),
            (kind, "untag_resources", _untag(kind.untag_resources)),
            *((kind, name, _once(vars(kind)[name])) for name in NAMES),
        ]
    )


def _with_ecs(backends: Callable[[str, str], Iterator[Any]]) -> Callable[[str, str], Iterator[Any]]:
    """ECS too, where it is in use."""

    @wraps(backends)
    def iter_taggable_backends(account_id: str, region_name: str) -> Iterator[Any]:
        yield from backends(account_id, region_name)
        if region_name in numbered(account_id).regions:
            yield _Ecs(account_id, region_name)

    return iter_taggable_backends


def _either(get: Callable[..., Any], module: ModuleType) -> Callable[..., Any]:
    """A list of ARNs goes with no other filter (botocore,
    GetResourcesInput$ResourceARNList; the wording is ours).
    """

    @wraps(get)
    def get_resources(backend: Any, **asked: Any) -> Any:
        if asked.get("resource_arn_list") and any(asked.get(name) for name in ARN_LIST):
            raise module.RESTError(
                "InvalidParameterException",
                "ResourceARNList cannot be specified together with TagFilters or "
                "ResourceTypeFilters.",
            )
        return get(backend, **asked)

    return get_resources


def _once(names: Callable[..., Iterator[str]]) -> Callable[..., Iterator[str]]:
    """AWS tells of each key and value once, however many resources have it."""

    @wraps(names)
    def each(backend: Any, *asked: Any) -> Iterator[str]:
        yield from dict.fromkeys(names(backend, *asked))

    return each


def _tag(tag: Callable[..., Failed]) -> Callable[..., Failed]:
    @wraps(tag)
    def tag_resources(backend: Any, resource_arns: list[str], tags: dict[str, str]) -> Failed:
        ours, others = _parted(resource_arns)
        told = [{"key": key, "value": value} for key, value in tags.items()]
        failed = tag(backend, resource_arns=others, tags=tags)
        return failed | _each(backend, ours, "TagResource", {"tags": told})

    return tag_resources


def _untag(untag: Callable[..., Failed]) -> Callable[..., Failed]:
    @wraps(untag)
    def untag_resources(backend: Any, resource_arn_list: list[str], tag_keys: list[str]) -> Failed:
        ours, others = _parted(resource_arn_list)
        failed = untag(backend, resource_arn_list=others, tag_keys=tag_keys)
        return failed | _each(backend, ours, "UntagResource", {"tagKeys": tag_keys})

    return untag_resources


def _parted(arns: list[str]) -> tuple[list[str], list[str]]:
    return [a for a in arns if a.startswith(PREFIX)], [a for a in arns if not a.startswith(PREFIX)]


def _each(backend: Any, arns: list[str], operation: str, asked: Json) -> Failed:
    """Ask ECS for each; what it refuses is told with its own code (botocore, FailureInfo)."""
    ecs, failed = numbered(backend.account_id).plane(backend.region_name), {}
    for arn in arns:
        try:
            ecs.call(operation, {"resourceArn": arn, **asked})
        except AwsError as refused:
            failed[arn] = {
                "StatusCode": refused.status,
                "ErrorCode": refused.code,
                "ErrorMessage": refused.message,
            }
    return failed
