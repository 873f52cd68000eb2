"""Reads a request byte by byte as it comes, without a server's help, to refuse
it in a form that its client can read.
"""

from collections.abc import Callable
from socket import socket

from ecslab.aws.gate.calls import read_call

ENDS_S = 5  # what a client gets to read its answer
READ_AT_ONCE = 1 << 16  # bytes
# Bytes that are kept: all headers, and the form of the services that send one.
LONGEST_BEGIN = 1 << 16

Refusal = Callable[[], tuple[str, str]]  # a code and a sentence


class Conversation:
    """One request, as far as it has come, and its answer."""

    def __init__(self, connection: socket) -> None:
        self._connection = connection
        self._begin, self._end, self._length = b"", b"", 0

    def goes_on(self, refusal: Refusal) -> bool:
        """Read what there is; False once all is said."""
        try:
            came = self._connection.recv(READ_AT_ONCE)
            if came and not self._is_complete(came):
                return True
            if came:
                self._connection.settimeout(ENDS_S)
                self._connection.sendall(_reply(self._begin, refusal()))
        except (OSError, ValueError):
            pass  # a client that is gone, or that speaks something else
        return False

    def _is_complete(self, came: bytes) -> bool:
        """Whether the request has been read to its end: an answer
        before it could be lost on the way.
        """
        if len(self._begin) < LONGEST_BEGIN:
            self._begin += came
        self._end, self._length = (self._end + came)[-4:], self._length + len(came)
        head, gap, _ = self._begin.partition(b"\r\n\r\n")
        if not gap:
            return len(self._begin) >= LONGEST_BEGIN
        fields = _fields(head)
        if "HTTP_EXPECT" in fields:  # its body comes only after we ask for it
            return True
        body = self._length - len(head) - len(gap)
        if "HTTP_TRANSFER_ENCODING" in fields:
            return body > 0 and self._end == b"\r\n\r\n"
        return body >= int(fields.get("CONTENT_LENGTH", "0"))


def _fields(head: bytes) -> dict[str, str]:
    """A request's line and headers, as WSGI names them."""
    first, *lines = head.decode("latin-1").split("\r\n")
    method, _, rest = first.partition(" ")
    path, _, query = rest.rpartition(" ")[0].partition("?")
    fields = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query}
    for line in lines:
        name, _, value = line.partition(":")
        key = name.strip().upper().replace("-", "_")
        fields[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value.strip()
    return fields


def _reply(request: bytes, refusal: tuple[str, str]) -> bytes:
    head, _, body = request.partition(b"\r\n\r\n")
    call = read_call(_fields(head), body)
    reply = call.refuse(400, *refusal)
    headers = [*reply.headers, ("Content-Length", str(len(reply.body))), ("Connection", "close")]
    lines = [f"HTTP/1.1 {reply.status}", *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1") + (b"" if call.operation == "HEAD" else reply.body)
