"""Makes boto3 sessions and reads AWS's published models: fake credentials, models parsed once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cache
from typing import Any

from boto3.session import Session
from botocore.config import Config
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.regions import EndpointResolver
from botocore.session import Session as CoreSession
from botocore.utils import parse_timestamp

from ecslab.aws.account import Account, closed
from ecslab.aws.environment import FAKE_KEY, FAKE_SECRET
from ecslab.ground.errors import LabError

ACCOUNT_HEADER = "x-moto-account-id"  # moto's own way to say which account a request is for


@cache
def _loader() -> Loader:
    """One loader for every lab: a service's model is read from disk once.
    ~/.aws/models is none of a lab's business.
    """
    return Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)


def share_loader(session: CoreSession) -> None:
    """What a session of somebody else's does to find botocore's data while a lab
    is open: it finds it parsed already.
    """
    session._components.lazy_register_component("data_loader", _loader)  # noqa: SLF001 - botocore has no other way in


@cache
def _session() -> Session:
    """One session for every lab, because making one costs more than making a client;
    labs differ by account and region only.
    """
    core = CoreSession()
    core.register_component("data_loader", _loader())
    core.set_credentials(FAKE_KEY, FAKE_SECRET)
    core.set_default_client_config(
        Config(user_agent="ecslab")
    )  # botocore composes its own anew for every call, a sixth of its time
    core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_in_utc)
    return Session(botocore_session=core)


def _in_utc(value: Any) -> datetime:
    """A time in an answer. botocore would show it in this machine's time zone:
    a lesson shows the same everywhere.
    """
    return parse_timestamp(value).astimezone(UTC)  # type: ignore[no-any-return]


@cache
def _endpoints() -> EndpointResolver:
    return EndpointResolver(_loader().load_data("endpoints"))


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
        if quick or service not in _loader().list_available_services("service-2"):
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
    return ServiceModel(_loader().load_service_model(service, "service-2"), service)


@cache
def regions() -> frozenset[str]:
    """The regions of AWS's public partition."""
    partitions = _loader().load_data("partitions")["partitions"]
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
            f"AWS has no region {name!r}{'; near it are ' + ', '.join(near) if near else ''}.",
            wrong=f"Lab(region={name!r})",
            right=f'Lab(region="{near[0] if near else "us-east-1"}")',
        )


def client(account: Account, name: str, options: dict[str, Any]) -> Any:
    """A boto3 client that talks to one account, and says so once its lab is closed."""
    if region := options.get("region_name"):
        check_region(region)
    made = _session().client(name, **options)
    _address(made, account)
    return made


def resource(account: Account, name: str, options: dict[str, Any]) -> Any:
    """A boto3 resource that talks to one account, and says so once its lab is closed."""
    made = _session().resource(name, **options)
    _address(made.meta.client, account)
    return made


def _address(made: Any, account: Account) -> None:
    def check(**_: Any) -> None:
        if not account.is_open:
            raise closed(account.id)

    made._endpoint.http_session.owner = account  # noqa: SLF001 - a Sender, since a lab is open
    made.meta.events.register_first("before-call", check)
