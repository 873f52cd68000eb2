"""Tells from a request of another program what it asks for, and writes
an error that its client can read.
"""

import json
import re
from typing import Any, NamedTuple
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from ecslab.aws.gate import wire

Environ = dict[str, Any]  # as WSGI has it

# The other services send forms (Query, EC2) or speak JSON.
_XML_WITHOUT_FORMS = {"s3", "route53", "cloudfront"}
_READING = re.compile(r"(?:Describe|List|Get)")
_SCOPE = re.compile(r"Credential=[^/]+/[^/]+/(?P<region>[^/]+)/(?P<service>[^/]+)/")
_HERE = re.compile(r"(?:(?:[^\s:/@\[\]]+\.)?localhost|127\.0\.0\.1|\[::1\])(?::\d+)?")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
LOOPBACK = "127.0.0.1"  # where whatever the lab opens listens
DEEPEST = 100  # lists and structures inside each other; wording and number are ours
_IN_PATH = re.compile(r"/operation/(\w+)")  # Smithy RPC
_CBOR = "rpc-v2-cbor"
# RFC 8949: a map of two pairs; a text whose length follows in two bytes.
_CBOR_MAP_OF_TWO, _CBOR_TEXT = 0xA2, 0x79


class HttpReply(NamedTuple):
    """An answer, complete."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


class ApiCall(NamedTuple):
    """What a request asks for, as far as its headers and body say it; service and
    region are empty when it is not signed.
    """

    service: str
    region: str
    operation: str  # for REST services, the HTTP method
    is_json: bool
    is_cbor: bool = False
    is_ours: bool = False  # ECS's or CodeDeploy's

    @property
    def reads(self) -> bool:
        """Whether it changes nothing, by its name."""
        return self.operation in {"GET", "HEAD"} or bool(_READING.match(self.operation))

    def refuse(self, status: int, code: str, message: str) -> HttpReply:
        """An error, in a form that this service's clients can read."""
        if self.is_cbor:
            fields = [("Content-Type", "application/cbor"), ("smithy-protocol", _CBOR)]
            return HttpReply(f"{status} {code}", fields, _cbor(code, message))
        if self.is_json:
            text = json.dumps({"__type": code, "message": message})
        else:
            text = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
            if self.service == "ec2":
                text = f"<Response><Errors>{text}</Errors></Response>"
            elif self.service != "s3":
                text = f"<ErrorResponse>{text}</ErrorResponse>"
        kind = "application/x-amz-json-1.1" if self.is_json else "text/xml"
        return HttpReply(f"{status} {code}", [("Content-Type", kind)], text.encode())


def _cbor(code: str, message: str) -> bytes:
    texts = [text.encode() for text in ("__type", code, "message", message)]
    return bytes([_CBOR_MAP_OF_TWO]) + b"".join(
        bytes([_CBOR_TEXT, *divmod(len(text), 256)]) + text for text in texts
    )


def is_local(host: str) -> bool:
    """Whether a Host header names this machine; a page of another site that was led
    here by its own DNS names that site.
    """
    return bool(_HERE.fullmatch(host))


def is_too_deep(body: bytes) -> bool:
    """Whether a JSON body nests deeper than any AWS request: reading it would exhaust the stack."""
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return False
    depth = 0
    for sign in _STRING.sub(b"", body):
        depth += (sign in b"[{") - (sign in b"]}")
        if depth > DEEPEST:
            return True
    return False


def read_call(environ: Environ, body: bytes) -> ApiCall:
    """What a request asks for."""
    scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    target, kind = environ.get("HTTP_X_AMZ_TARGET", ""), environ.get("CONTENT_TYPE") or ""
    form = (
        body.decode(errors="replace") if "urlencoded" in kind else environ.get("QUERY_STRING", "")
    )
    action = parse_qs(form).get("Action", [""])[0]
    in_path = _IN_PATH.search(environ["PATH_INFO"])
    operation = (
        target.rpartition(".")[2]
        or (in_path[1] if in_path else "")
        or action
        or environ["REQUEST_METHOD"]
    )
    service, region = (scope["service"], scope["region"]) if scope else ("", "")
    is_json = bool(target) or (not action and service not in _XML_WITHOUT_FORMS)
    is_cbor = environ.get("HTTP_SMITHY_PROTOCOL") == _CBOR
    is_ours = wire.is_ours(target)
    return ApiCall(service, region, operation, is_json, is_cbor, is_ours)
