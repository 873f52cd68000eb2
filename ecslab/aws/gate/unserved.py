"""Answers programs started while a lab is open and not served: it refuses, and says what to do."""

import atexit
import os
import socket
from _thread import (
    start_new_thread,
)  # does not wait until the thread has begun, as threading does: Lab() would
from contextlib import suppress
from selectors import EVENT_READ, DefaultSelector
from threading import Event, Lock
from typing import Any

from ecslab.aws.gate.calls import LOOPBACK
from ecslab.aws.gate.conversation import Conversation, Refusal

# Where nothing listens (the port of RFC 863): for where no socket can be had.
NOWHERE = f"http://{LOOPBACK}:9"
MOST = 64  # conversations at a time; the oldest gives way

_PAUSE, _CLOSE = b"p", b"c"


class RefusingListener:
    """A loopback port on which every AWS request is refused, in the form that its
    client can read; one thread, and no more.

    Before the process forks the thread ends, and after it another begins: no lock of its is copied,
    and Python, which warns of a fork among threads, sees none.
    """

    def __init__(self, refusal: Refusal) -> None:
        self._refusal = refusal
        self._socket = socket.create_server((LOOPBACK, 0), backlog=MOST)
        self._socket.settimeout(0)
        self._stop, self._stopped = socket.socketpair()
        self._talking: dict[socket.socket, Conversation] = {}
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
            self._talking[connection] = Conversation(connection)
            selector.register(connection, EVENT_READ)

    def _hang_up(self, selector: DefaultSelector, connection: socket.socket) -> None:
        selector.unregister(connection)
        del self._talking[connection]
        connection.close()


class ProcessListener:
    """The process's listener, when it has one; none where no socket or thread can be had."""

    def __init__(self) -> None:
        self._listener: RefusingListener | None = None
        self._changing = Lock()
        atexit.register(self._at_exit)
        if hasattr(os, "register_at_fork"):  # Windows does not fork
            os.register_at_fork(
                before=self._before_fork,
                after_in_parent=self._after_fork,
                after_in_child=self._in_child,
            )

    def open(self, refusal: Refusal) -> str:
        """Listen, if not yet; the URL to give to other programs."""
        with self._changing:
            if self._listener is None:
                with suppress(OSError, RuntimeError):  # a sandbox without network or threads
                    self._listener = RefusingListener(refusal)
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
