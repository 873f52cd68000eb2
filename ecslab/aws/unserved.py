"""The only place that answers programs started while a lab is open and not served: it refuses, and says what to do."""

import atexit
import os
import socket
from _thread import (
    start_new_thread,
)  # does not wait until the thread has begun, as threading does: Lab() would
from collections.abc import Callable
from contextlib import suppress
from selectors import EVENT_READ, DefaultSelector
from threading import Event, Lock
from typing import Any

from ecslab.aws.calls import read_call

LOOPBACK = "127.0.0.1"
NOWHERE = (
    f"http://{LOOPBACK}:9"  # where nothing listens (the port of RFC 863): for where no socket can be had
)
ENDS_S = 5  # what a client gets to read its answer
READ_AT_ONCE = 1 << 16  # bytes
LONGEST_BEGIN = 1 << 16  # bytes that are kept: all headers, and the form of the services that send one
MOST = 64  # conversations at a time; the oldest gives way

_PAUSE, _CLOSE = b"p", b"c"

Answer = Callable[[], tuple[str, str]]  # a code and a sentence


class Listener:
    """A loopback port on which every AWS request is refused, in the form that its client can read; one thread, and no more.

    Before the process forks the thread ends, and after it another begins: no lock of its is copied, and Python, which warns of
    a fork among threads, sees none.
    """

    def __init__(self, refusal: Answer) -> None:
        self._refusal = refusal
        self._socket = socket.create_server((LOOPBACK, 0), backlog=MOST)
        self._socket.settimeout(0)
        self._stop, self._stopped = socket.socketpair()
        self._talking: dict[socket.socket, _Conversation] = {}
        self._paused = Event()
        self.resume()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{LOOPBACK}:{self._socket.getsockname()[1]}"

    def pause(self) -> None:
        """Answer nobody; who asks waits."""
        self._stop.send(_PAUSE)
        self._paused.wait()

    def resume(self) -> None:
        """Answer."""
        self._paused.clear()
        start_new_thread(self._listen, ())

    def close(self) -> None:
        """Give the port back, soon."""
        self._stop.send(_CLOSE)

    def forget(self) -> None:
        """Let go of the sockets; in a forked process, of what belongs to the other."""
        for held in (self._socket, self._stop, self._stopped, *self._talking):
            held.close()

    def _listen(self) -> None:
        if self._answer_until_told() == _CLOSE:
            self.forget()
        self._paused.set()

    def _answer_until_told(self) -> bytes:
        with DefaultSelector() as selector:
            for readable in (self._socket, self._stopped, *self._talking):
                selector.register(readable, EVENT_READ)
            while True:
                for key, _ in selector.select():
                    ready: Any = key.fileobj
                    if ready is self._stopped:
                        told: bytes = self._stopped.recv(1)
                        return told
                    if ready is self._socket:
                        self._accept(selector)
                    elif ready in self._talking and not self._talking[ready].goes_on(self._refusal):
                        self._hang_up(selector, ready)

    def _accept(self, selector: DefaultSelector) -> None:
        with suppress(OSError):  # whoever asked is gone again
            connection, _ = self._socket.accept()
            if len(self._talking) == MOST:
                self._hang_up(selector, next(iter(self._talking)))
            connection.settimeout(0)
            self._talking[connection] = _Conversation(connection)
            selector.register(connection, EVENT_READ)

    def _hang_up(self, selector: DefaultSelector, connection: socket.socket) -> None:
        selector.unregister(connection)
        del self._talking[connection]
        connection.close()


class _Conversation:
    """One request, as far as it has come, and its answer."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._begin, self._end, self._length = b"", b"", 0

    def goes_on(self, refusal: Answer) -> bool:
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
        """Whether the request has been read to its end: an answer before it could be lost on the way."""
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


class Port:
    """The process's listener, when it has one; none where no socket or thread can be had."""

    def __init__(self) -> None:
        self._listener: Listener | None = None
        self._changing = Lock()
        atexit.register(self._at_exit)
        if hasattr(os, "register_at_fork"):  # Windows does not fork
            os.register_at_fork(
                before=self._before_fork, after_in_parent=self._after_fork, after_in_child=self._in_child
            )

    def open(self, refusal: Answer) -> str:
        """Listen, if not yet; the URL to give to other programs."""
        with self._changing:
            if self._listener is None:
                with suppress(OSError, RuntimeError):  # a sandbox without network or threads
                    self._listener = Listener(refusal)
            return self._listener.url if self._listener else NOWHERE

    def close(self) -> None:
        """Listen no more."""
        with self._changing:
            listener, self._listener = self._listener, None
            if listener is not None:
                listener.close()

    def _at_exit(self) -> None:
        if self._listener is not None:
            self._listener.pause()
            self._listener.forget()

    def _before_fork(self) -> None:
        self._changing.acquire()
        if self._listener is not None:
            self._listener.pause()

    def _after_fork(self) -> None:
        if self._listener is not None:
            self._listener.resume()
        self._changing.release()

    def _in_child(self) -> None:
        if self._listener is not None:
            self._listener.forget()
            self._listener = None
        self._changing.release()
