"""The only way in: every request that botocore would send while a lab is open
comes here, and none leaves the machine.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import moto.core
from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import EndpointConnectionError

from ecslab.aws import failures, standstill
from ecslab.aws.account import Account, asked, closed, nearest, none_open, numbered, serving
from ecslab.aws.apis.catalogue import regions
from ecslab.aws.gate import mount
from ecslab.aws.gate.clients import ACCOUNT_HEADER
from ecslab.aws.gate.look_again import look_again
from ecslab.ground.errors import LabError
from ecslab.ground.text import Text

Answer = tuple[int, Any, Any]
Process = Callable[[AWSPreparedRequest], Answer | None]

_SUFFIX = re.compile(r"\.(?:amazonaws\.com|api\.aws)(?:\.cn)?$")
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-\d+")
_OURS = re.compile(r"(?:ecs|codedeploy)(?:-fips)?\.([^.]+)")  # the services with a plane of our own
_LOOPBACK = re.compile(r"localhost|127(?:\.\d+){3}|::1|.+\.localhost")


class RequestDestination(NamedTuple):
    """Where a request wants to go."""

    loopback: bool
    our_region: str | None  # of a service that we answer ourselves
    region: str | None  # the last label before AWS's domain, when there is one
    service: str  # the first label


@lru_cache(maxsize=1024)
def _destination(url: str) -> RequestDestination:
    host = urlsplit(url).hostname or ""
    labels, is_aws = _SUFFIX.subn("", host)
    ours = _OURS.fullmatch(labels) if is_aws else None
    region = labels.rpartition(".")[2] if is_aws else None
    return RequestDestination(
        bool(_LOOPBACK.fullmatch(host)), ours[1] if ours else None, region, labels.partition(".")[0]
    )


def is_here(url: str) -> bool:
    """Whether a URL is of this machine."""
    return _destination(url).loopback


class Gate:
    """What stands between every request and the network, and `process`,
    moto's own way to answer one, behind it.

    1. A request to this machine is not ours: None. 2. Whose is it? The lab's whose client
    it is; the account in its header; else the nearest lab's. 3. ECS and CodeDeploy go
    straight to their planes; a region that AWS does not have is an endpoint that cannot be
    reached. 4. Everything else is moto's; what moto does not answer is refused with a
    LabError. 5. Once EC2, Auto Scaling or Elastic Load Balancing has answered, ECS looks
    whether container instances, ways out or targets
       changed; once CloudWatch has, whether there are alarms to evaluate.

    It needs nothing of the process: once no lab is open it refuses, whoever still holds it.
    """

    def __init__(self, process: Process) -> None:
        self._process = process

    def answer(
        self,
        request: AWSPreparedRequest,
        owner: Account | None = None,
        made_in: Account | None = None,
    ) -> Answer | None:
        """Answer for a client of `owner`, or of nobody in particular, made while `made_in` was
        open; None for a request to this machine.
        """
        to = _destination(request.url)
        if to.loopback:
            asked.set(None)
            return None
        account = owner or _whose(request, made_in)
        standstill.count(account)
        asked.set(account)
        with serving(account):
            if not account.is_open:  # closed since, by another thread
                raise closed(account.id)
            request.headers[ACCOUNT_HEADER] = account.id
            return self._ask(account, request, to)

    def _ask(self, account: Account, request: AWSPreparedRequest, to: RequestDestination) -> Answer:
        if (
            to.region
            and (to.our_region or _REGION.fullmatch(to.region))
            and to.region not in regions()
        ):
            raise EndpointConnectionError(endpoint_url=request.url)
        if to.our_region:
            return mount.answer(
                account, to.our_region, _text(request.headers.get("X-Amz-Target")), request.body
            )
        with _urls_of(account):
            reply = _simulated(lambda: self._process(request), request, to)
        look_again(account, to.service, to.region, request.body)
        return reply


def _whose(request: AWSPreparedRequest, made_in: Account | None) -> Account:
    number = request.headers.get(ACCOUNT_HEADER)
    account = nearest(made_in) if number is None else numbered(_text(number))
    if account is None:
        raise none_open()
    return account


@contextmanager
def _urls_of(account: Account) -> Iterator[None]:
    """Have moto look a service's URLs up in this account.

    It makes the default account's backend for that, which would be born with the
    time and the chance of another lab.
    """
    before, moto.core.DEFAULT_ACCOUNT_ID = moto.core.DEFAULT_ACCOUNT_ID, account.id
    try:
        yield
    finally:
        moto.core.DEFAULT_ACCOUNT_ID = before


def _simulated(
    answer: Callable[[], Answer | None], request: AWSPreparedRequest, to: RequestDestination
) -> Answer:
    """What moto answers; raises LabError for what it does not
    simulate, and for what it fails at.
    """
    try:
        reply = answer()
    except Exception as failure:
        if isinstance(failure, KeyError) and to.region and failure.args == (to.region,):
            # moto has no backend there, and AWS no endpoint
            raise EndpointConnectionError(endpoint_url=request.url) from failure
        known = failures.of_moto(failure, f"{request.method} {request.url}")
        if known is None:
            raise
        raise known from failure
    # Moto's way to say so.
    if reply is None or (reply[0], reply[2]) == (404, "Not yet implemented"):
        raise LabError(
            Text(
                "nothing in the lab answers {method} {url}; the request was not sent anywhere.",
                method=request.method,
                url=request.url,
            )
        )
    return reply


def _text(header: str | bytes | None) -> str:
    return header.decode() if isinstance(header, bytes) else header or ""
