"""AWS's APIs as botocore's data describe them: services, their models, their regions; each is read
once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from functools import cache

from boto3.session import Session
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.regions import EndpointResolver

from ecslab.ground.errors import LabError
from ecslab.ground.text import Text


@cache
def loader() -> Loader:
    """One loader for every lab: a service's model is read from disk once.
    ~/.aws/models is none of a lab's business.
    """
    return Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)


@cache
def _endpoints() -> EndpointResolver:
    return EndpointResolver(loader().load_data("endpoints"))


class Catalogue:
    """What moto asks a boto3 session about regions, answered without
    parsing a service's whole model for it.
    """

    def get_available_partitions(self) -> list[str]:
        """The partitions' names: aws, aws-cn, aws-us-gov and the others."""
        return _endpoints().get_available_partitions()  # type: ignore[no-any-return]

    def get_available_regions(
        self,
        service: str,
        partition_name: str = "aws",
        allow_non_regional: bool = False,  # noqa: FBT001, FBT002 - boto3's own signature
    ) -> list[str]:
        """A service's regions: by its own name when that is its endpoint's name,
        else by the name its model gives.
        """
        quick = _endpoints().get_available_endpoints(service, partition_name, allow_non_regional)
        if quick or service not in loader().list_available_services("service-2"):
            return quick  # type: ignore[no-any-return]
        prefix = service_model(service).endpoint_prefix
        return _endpoints().get_available_endpoints(prefix, partition_name, allow_non_regional)  # type: ignore[no-any-return]


@contextmanager
def quick_regions() -> Iterator[None]:
    """Answer `boto3.Session().get_available_regions` from one catalogue: moto.ec2,
    loading, asks fresh sessions three times.
    """
    slow = Session.get_available_regions
    Session.get_available_regions = lambda _, *args, **named: Catalogue().get_available_regions(
        *args, **named
    )
    try:
        yield
    finally:
        Session.get_available_regions = slow


@cache
def service_model(service: str) -> ServiceModel:
    """A service's API as botocore describes it."""
    return ServiceModel(loader().load_service_model(service, "service-2"), service)


@cache
def regions() -> frozenset[str]:
    """The regions of AWS's public partition."""
    partitions = loader().load_data("partitions")["partitions"]
    return frozenset(
        name
        for p in partitions
        if p["id"] == "aws"
        for name in p["regions"]
        if not name.endswith("-global")
    )


def check_region(name: str) -> None:
    """Raise LabError, with names that look alike, for a region that AWS does not have."""
    if name not in regions():
        near = get_close_matches(str(name), sorted(regions()), n=3, cutoff=0.5)
        raise LabError(
            Text("AWS has no region {name!r}; near it are {near}.", name=name, near=", ".join(near))
            if near
            else Text("AWS has no region {name!r}.", name=name),
            wrong=f"Lab(region={name!r})",
            right=f'Lab(region="{near[0] if near else "us-east-1"}")',
        )
