"""Puts the gate before what sends a client's requests: for as long as the client lives, whatever
is open.
"""

from collections.abc import Callable, Iterator
from copy import copy
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any
from urllib.parse import urlsplit
from weakref import ref

import boto3.s3.transfer
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.endpoint import Endpoint
from botocore.httpsession import URLLib3Session
from botocore.session import Session as CoreSession
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse
from moto.core.models import botocore_stubber

from ecslab.aws.account import Account, nearest
from ecslab.aws.changes import Change
from ecslab.aws.gate.calls import LOOPBACK
from ecslab.aws.gate.gate import Gate, is_here
from ecslab.ground.errors import LabError
from ecslab.ground.text import Text


class Sender:
    """Stands in a client where botocore's HTTP session stood, for ever: what is not
    for this machine is answered or refused.

    A client used while the last lab closes in another thread is why: whether a lab is open is asked
    by the gate, under its lock, and not by looking whether the process is changed.
    """

    def __init__(self, session: Any, gate: Gate, made_in: Account | None) -> None:
        self.owner: Account | None = None  # whose client it is; None for anybody's
        self._session, self._gate = session, gate
        self._made_in = ref(made_in) if made_in else lambda: None

    def send(self, request: AWSPreparedRequest) -> Any:
        """What URLLib3Session.send does, for a request to this machine;
        the gate's answer to any other.
        """
        reply = self._gate.answer(request, self.owner, self._made_in())
        return (
            _response(request, reply)
            if reply
            else send_here(self._session.send, self._session, request)
        )

    def __getattr__(self, name: str) -> Any:
        if name == "_session":  # being copied: not there yet
            raise AttributeError(name)
        return getattr(self._session, name)


def _response(request: AWSPreparedRequest, reply: Any) -> AWSResponse:
    status, headers, body = reply
    return AWSResponse(request.url, status, headers, MockRawResponse(body))


def send_here(send: Callable[..., Any], session: Any, request: AWSPreparedRequest) -> Any:
    """Send a request to this machine; raises LabError where the way would lead elsewhere first."""
    proxies = getattr(session, "_proxy_config", None)
    if proxies and proxies.proxy_url_for(request.url):
        raise LabError(
            Text(
                "{url} would be sent through a proxy, away from this machine; it was not sent.",
                url=request.url,
            )
        )
    _name_no_name(request)
    return send(request)


def _name_no_name(request: AWSPreparedRequest) -> None:
    """A name such as bucket.localhost is this machine by definition, yet some
    resolvers ask their name server: none is asked.
    """
    parts = urlsplit(request.url)
    if not (parts.hostname or "").endswith(".localhost"):
        return
    if parts.scheme != "http":
        port = f":{parts.port}" if parts.port else ""
        raise LabError(
            Text(
                "{url}: a name server might be asked for this name; the request was not sent.",
                url=request.url,
            ),
            wrong=f'endpoint_url="{parts.scheme}://{parts.netloc}"',
            right=f'endpoint_url="{parts.scheme}://localhost{port}"',
        )
    request.headers["Host"] = parts.netloc
    request.url = parts._replace(netloc=f"{LOOPBACK}:{parts.port or 80}").geturl()


def changes(gate: Gate) -> Iterator[Change]:
    """What is put in place while a lab is open, so that nothing reaches a
    socket but requests to this machine.
    """
    yield BotocoreStubber, "process_request", lambda _, request: gate.answer(request)
    yield URLLib3Session, "send", _guarded_send(gate)
    yield Endpoint, "__init__", _guarded_from_the_start(gate)
    yield Endpoint, "make_request", _guarded_for_a_call(gate)
    yield CoreSession, "create_client", _guarded_when_made(gate)
    yield (
        boto3.s3.transfer,
        "_should_use_crt",
        lambda _: False,
    )  # AWS's own transfer library has sockets of its own


def _guarded_send(gate: Gate) -> Callable[..., Any]:
    """For what sends without a client, such as a look-up of an instance's credentials."""
    send = URLLib3Session.send

    def guarded(session: Any, request: AWSPreparedRequest) -> Any:
        reply = gate.answer(request)
        return (
            _response(request, reply)
            if reply
            else send_here(lambda asked: send(session, asked), session, request)
        )

    return guarded


def _guard(endpoint: Any, gate: Gate, made_in: Account | None) -> None:
    if not isinstance(endpoint.http_session, Sender):
        endpoint.http_session = Sender(endpoint.http_session, gate, made_in)
        endpoint._event_emitter.unregister("before-send", botocore_stubber)  # noqa: SLF001 - it would be asked twice


def _guarded_from_the_start(gate: Gate) -> Callable[..., None]:
    """Every client made while a lab is open, whoever makes it."""
    initialise = Endpoint.__init__

    @wraps(initialise)
    def guarded(endpoint: Any, *args: Any, **named: Any) -> None:
        initialise(endpoint, *args, **named)
        _guard(endpoint, gate, nearest())

    return guarded


def _guarded_when_made(gate: Gate) -> Callable[..., Any]:
    """Clients that read the lab's made-up credentials while another thread closed it."""
    create = CoreSession.create_client

    @wraps(create)
    def made(session: Any, *args: Any, **named: Any) -> Any:
        client = create(session, *args, **named)
        if endpoint := getattr(client, "_endpoint", None):
            _guard(endpoint, gate, nearest())
        return client

    return made


def _guarded_for_a_call(gate: Gate) -> Callable[..., Any]:
    """A client older than the lab is its maker's again when the lab is closed; a
    call that began before is not sent.
    """
    make_request = Endpoint.make_request

    @wraps(make_request)
    def guarded(endpoint: Any, *args: Any, **named: Any) -> Any:
        _refuse_asynchronous(endpoint)
        if not isinstance(endpoint.http_session, Sender):
            endpoint = copy(endpoint)
            endpoint.http_session = Sender(endpoint.http_session, gate, None)
        return make_request(endpoint, *args, **named)

    return guarded


def _refuse_asynchronous(endpoint: Any) -> None:
    """Aiobotocore awaits an answer of a server's; its clients reach a lab that is served."""
    session = endpoint.http_session
    if isinstance(session, Sender):
        session = session._session  # noqa: SLF001 - of this module
    if iscoroutinefunction(session.send) and not is_here(endpoint.host):
        raise LabError(
            Text(
                "an asynchronous client is answered by a lab only over its endpoint; nothing was "
                "sent."
            ),
            wrong='session.create_client("ecs")',
            right='session.create_client("ecs", endpoint_url=lab.serve().url)',
        )
