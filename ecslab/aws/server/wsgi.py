"""Answers requests from outside the process, for one account, with moto's own server
application.
"""

import logging
import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from io import BytesIO
from typing import Any

from moto import backends
from moto.moto_server import werkzeug_app

from ecslab.aws import failures
from ecslab.aws.account import Account, closed, serving
from ecslab.aws.apis.catalogue import regions
from ecslab.aws.gate import mount
from ecslab.aws.gate.calls import (
    DEEPEST,
    ApiCall,
    Environ,
    HttpReply,
    is_local,
    is_too_deep,
    read_call,
)
from ecslab.aws.gate.look_again import look_again
from ecslab.ground.errors import LabError
from ecslab.ground.numerals import whole

NOT_SIMULATED = 501  # which botocore does not try again

# The server's Date is the wall's: SDKs compare it with their own clock, and the JavaScript SDK
# sends every refused call again when the two differ (seen with its client-ecs 3: three attempts
# instead of one). No page in a browser may read an answer.
_KEPT_BACK = re.compile(r"date$|access-control-", re.IGNORECASE)

_log = logging.getLogger(__name__)


class WsgiApplication:
    """A WSGI application for one account: one request at a time, `before` each, and
    `after` each that changed something.
    """

    def __init__(
        self, account: Account, before: Callable[[], None], after: Callable[[], None]
    ) -> None:
        self._account, self._before, self._after = account, before, after
        self._moto = werkzeug_app.DomainDispatcherApplication(werkzeug_app.create_backend_app)

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request; its body is read before anybody has to wait for it."""
        body = _read_body(environ)
        call = read_call(environ, body)
        with serving(self._account):
            reply = (
                _malformed(environ, call, body)
                or self._refusal(environ, call)
                or self._answer(environ, call)
            )
        start_response(
            reply.status, [field for field in reply.headers if not _KEPT_BACK.match(field[0])]
        )
        return [reply.body]

    def _refusal(self, environ: Environ, call: ApiCall) -> HttpReply | None:
        if not self._account.is_open:
            return call.refuse(400, "LabError", str(closed(self._account.id)).splitlines()[0])
        if "HTTP_ORIGIN" in environ:
            return call.refuse(403, "AccessDenied", "A web page may not use this endpoint.")
        if environ["PATH_INFO"].startswith("/moto-api"):
            return call.refuse(
                404,
                "NotFound",
                "moto's own controls would reach every lab of the process; they are closed.",
            )
        if call.region and call.region not in {*regions(), "aws-global"}:
            return call.refuse(
                400, "InvalidSignatureException", "Credential should be scoped to a valid region."
            )
        return None

    def _answer(self, environ: Environ, call: ApiCall) -> HttpReply:
        try:
            self._before()
            reply = (
                self._ask_plane(environ, call) if call.is_ours else self._ask_moto(environ, call)
            )
            if reply.status.startswith("404") and (
                reply.body == b"Not yet implemented" or _is_flasks_own(reply)
            ):
                return _not_simulated(
                    call, f"{call.service} {call.operation} {environ['PATH_INFO']}"
                )
            look_again(self._account, call.service, call.region, environ["wsgi.input"].getvalue())
            if not call.reads and reply.status.startswith("2"):
                self._after()
        except Exception as failure:  # noqa: BLE001 - whatever it is, the caller is another process and must hear of it
            what = f"{call.service} {call.operation}"
            if isinstance(failure, NotImplementedError):
                return _not_simulated(call, f"{what}: {failure}")
            known = failures.of_moto(failure, what)
            if known or isinstance(failure, LabError):
                return call.refuse(NOT_SIMULATED, "NotImplemented", str(known or failure))
            _log.exception("ecslab failed to answer %s %s", call.service, call.operation)
            return call.refuse(
                500, "ServerException", f"ecslab failed: {type(failure).__name__}: {failure}"
            )
        return reply

    def _knows(self, environ: Environ) -> bool:
        """Whether moto has the service; asking moto itself would print."""
        host = self._moto.infer_service_region_host(environ, environ["PATH_INFO"])
        if host is None or host in backends.list_of_moto_modules():
            return True
        return any(
            pattern.match(f"http://{host}") for _, pattern in self._moto.backend_url_patterns
        )

    def _ask_plane(self, environ: Environ, call: ApiCall) -> HttpReply:
        """ECS and CodeDeploy need nothing of moto's server."""
        region, target = call.region or self._account.region, environ["HTTP_X_AMZ_TARGET"]
        status, headers, text = mount.answer(
            self._account, region, target, environ["wsgi.input"].read()
        )
        return HttpReply(
            f"{status} {HTTPStatus(status).phrase}", list(headers.items()), text.encode()
        )

    def _ask_moto(self, environ: Environ, call: ApiCall) -> HttpReply:
        if not self._knows(environ):
            return _not_simulated(call, f"the service {call.service}")
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self._account.id
        status, headers = "", []

        def start(line: str, fields: list[tuple[str, str]], _: Any = None) -> None:
            nonlocal status, headers
            status, headers = line, fields

        # moto makes the default account's backend to look up a service's URLs: it would be
        # born with this lab's time and chance.
        before, werkzeug_app.DEFAULT_ACCOUNT_ID = werkzeug_app.DEFAULT_ACCOUNT_ID, self._account.id
        try:
            parts = self._moto(environ, start)
            body = b"".join(parts)
            parts.close()
        finally:
            werkzeug_app.DEFAULT_ACCOUNT_ID = before
        return HttpReply(status, headers, body)


def _malformed(environ: Environ, call: ApiCall, body: bytes) -> HttpReply | None:
    if not is_local(host := environ.get("HTTP_HOST", "localhost")):
        return call.refuse(
            403, "AccessDenied", f"This endpoint is of this machine alone, not of {host!r}."
        )
    if (call.is_json or "json" in environ.get("CONTENT_TYPE", "")) and is_too_deep(body):
        text = f"The request nests more than {DEEPEST} lists and structures in each other."
        return call.refuse(400, "SerializationException", text)
    return None


def _read_body(environ: Environ) -> bytes:
    length, stream = environ.get("CONTENT_LENGTH") or "", environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        body = stream.read()
        environ.pop("HTTP_TRANSFER_ENCODING", None)
    else:
        body = stream.read(whole(length) or 0)
    environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(body), str(len(body))
    return bytes(body)


def _not_simulated(call: ApiCall, what: str) -> HttpReply:
    return call.refuse(
        NOT_SIMULATED, "NotImplemented", f"Not simulated by ecslab, and not sent anywhere: {what}"
    )


def _is_flasks_own(reply: HttpReply) -> bool:
    """An HTML page: moto has no such path."""
    return any(
        name.lower() == "content-type" and value.startswith("text/html")
        for name, value in reply.headers
    )
