"""Makes boto3 sessions and clients: fake credentials, models parsed once."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from boto3.session import Session
from botocore.config import Config
from botocore.session import Session as CoreSession
from botocore.utils import parse_timestamp

from ecslab.aws.account import Account, closed
from ecslab.aws.apis.catalogue import check_region, loader
from ecslab.aws.environment import FAKE_KEY, FAKE_SECRET

ACCOUNT_HEADER = "x-moto-account-id"  # moto's own way to say which account a request is for


def share_loader(session: CoreSession) -> None:
    """What a session of somebody else's does to find botocore's data while a lab
    is open: it finds it parsed already.
    """
    session._components.lazy_register_component("data_loader", loader)  # noqa: SLF001 - botocore has no other way in


@cache
def _session() -> Session:
    """One session for every lab, because making one costs more than making a client;
    labs differ by account and region only.
    """
    core = CoreSession()
    core.register_component("data_loader", loader())
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
