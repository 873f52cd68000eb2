"""The only way in: every request that botocore would send while a lab is open comes here, and none leaves the machine."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import moto.core
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import EndpointConnectionError
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse

from ecslab.aws import alarms, elbv2, instances, mount, standstill
from ecslab.aws.account import Account, latest, numbered, serving
from ecslab.aws.clients import ACCOUNT_HEADER, regions
from ecslab.aws.waiters import asked
from ecslab.errors import LabError

Answer = tuple[int, Any, Any]
Process = Callable[[BotocoreStubber, AWSPreparedRequest], Answer | None]

_SUFFIX = re.compile(r"\.(?:amazonaws\.com|api\.aws)(?:\.cn)?$")
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-\d+")
_OURS = re.compile(r"(?:ecs|codedeploy)(?:-fips)?\.([^.]+)")  # the services with a plane of our own
_LOOPBACK = re.compile(r"localhost|127(?:\.\d+){3}|::1|.+\.localhost")


class Destination(NamedTuple):
    """Where a request wants to go."""

    loopback: bool
    our_region: str | None  # of a service that we answer ourselves
    region: str | None  # the last label before AWS's domain, when there is one
    service: str  # the first label


@lru_cache(maxsize=1024)
def _destination(url: str) -> Destination:
    host = urlsplit(url).hostname or ""
    labels, is_aws = _SUFFIX.subn("", host)
    ours = _OURS.fullmatch(labels) if is_aws else None
    region = labels.rpartition(".")[2] if is_aws else None
    return Destination(
        bool(_LOOPBACK.fullmatch(host)), ours[1] if ours else None, region, labels.partition(".")[0]
    )


def gate(process: Process) -> Process:
    """The gate in front of moto's own way to answer a request.

    1. A request to this machine is not ours: None.
    2. Whose is it? The account in its header, else the lab opened last.
    3. ECS and CodeDeploy go straight to their planes; a region that AWS does not have is an endpoint that cannot be reached.
    4. Everything else is moto's; what moto does not answer is refused with a LabError.
    5. Once EC2, Auto Scaling or Elastic Load Balancing has answered, ECS looks whether container instances or targets changed;
       once CloudWatch has, whether there are alarms to evaluate.
    """

    def answer(stubber: BotocoreStubber, request: AWSPreparedRequest) -> Answer | None:
        to = _destination(request.url)
        if to.loopback:
            asked.set(None)
            return None
        account = _owner(request)
        standstill.count(account)
        asked.set(account)
        with serving(account):
            if to.region and (to.our_region or _REGION.fullmatch(to.region)) and to.region not in regions():
                raise EndpointConnectionError(endpoint_url=request.url)
            if to.our_region:
                return mount.answer(
                    account, to.our_region, _text(request.headers.get("X-Amz-Target")), request.body
                )
            with _urls_of(account):
                reply = _simulated(lambda: process(stubber, request), request, to)
            instances.tell(account, to.service, to.region)
            alarms.tell(account, to.service, to.region)
            elbv2.tell(account, to.service, to.region, request.body)
            return reply

    return answer


def _owner(request: AWSPreparedRequest) -> Account:
    number = request.headers.get(ACCOUNT_HEADER)
    if number is not None:
        return numbered(_text(number))
    account = latest()
    assert account is not None, "the gate stands only while a lab is open"
    request.headers[ACCOUNT_HEADER] = account.id
    return account


@contextmanager
def _urls_of(account: Account) -> Iterator[None]:
    """Have moto look a service's URLs up in this account.

    It makes the default account's backend for that, which would be born with the time and the chance of another lab.
    """
    before, moto.core.DEFAULT_ACCOUNT_ID = moto.core.DEFAULT_ACCOUNT_ID, account.id
    try:
        yield
    finally:
        moto.core.DEFAULT_ACCOUNT_ID = before


def _simulated(answer: Callable[[], Answer | None], request: AWSPreparedRequest, to: Destination) -> Answer:
    """What moto answers; raises LabError for what it does not simulate."""
    try:
        reply = answer()
    except NotImplementedError as missing:
        raise LabError(f"this call is not simulated: {missing}. It was not sent anywhere.") from missing
    except ModuleNotFoundError as missing:  # one of moto's extras, such as moto[cloudformation]
        raise LabError(
            f"this call needs the package {missing.name}, which is not installed here. It was not sent anywhere."
        ) from missing
    except KeyError as missing:
        if to.region and missing.args == (to.region,):  # moto has no backend there, and AWS no endpoint
            raise EndpointConnectionError(endpoint_url=request.url) from missing
        raise
    if reply is None or (reply[0], reply[2]) == (404, "Not yet implemented"):  # moto's way to say so
        raise LabError(
            f"nothing in the lab answers {request.method} {request.url}; the request was not sent anywhere."
        )
    return reply


def _text(header: str | bytes | None) -> str:
    return header.decode() if isinstance(header, bytes) else header or ""


def guard(
    send: Callable[[Any, AWSPreparedRequest], AWSResponse], stubber: BotocoreStubber
) -> Callable[..., AWSResponse]:
    """Put the gate before botocore's way to the network too: for clients made before moto was imported, which do not ask it."""

    def guarded(session: Any, request: AWSPreparedRequest) -> AWSResponse:
        reply = stubber.process_request(request)
        if reply is not None:
            status, headers, body = reply
            return AWSResponse(request.url, status, headers, MockRawResponse(body))
        if session._proxy_config.proxy_url_for(request.url):  # noqa: SLF001 - where botocore would send it
            raise LabError(
                f"{request.url} would be sent through a proxy, away from this machine; it was not sent."
            )
        return send(session, request)

    return guarded
