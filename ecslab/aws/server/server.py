"""The only place with a socket and a wall clock: a lab's account on a loopback
endpoint, for the AWS CLI and other programs.
"""

import logging
import socket
import threading
import time
from collections.abc import Callable
from importlib.util import find_spec
from types import TracebackType
from typing import Any, Protocol, Self

from ecslab.aws.account import Account, numbered
from ecslab.aws.environment import UNCONFIGURED
from ecslab.aws.gate.calls import LOOPBACK
from ecslab.aws.process import lead_programs
from ecslab.ground.errors import LabError
from ecslab.ground.text import Listed, Text

_log = logging.getLogger(__name__)

LAST_PORT = 65535
SILENT_S = 30  # after which a client that says nothing is dropped
LOOP_S = 1  # how often the server looks for silent clients when nobody says anything
CONNECTIONS = 200  # at the same time; more wait
LARGEST = 256 * 2**20  # bytes of a request: a layer of an image is the largest that anybody sends
SETTLE_MS = 3_600_000  # of the lab's time: what a task that crashes again and again gets

CLOCKS = {
    "manual": Text("time moves only when the lab's own process moves it"),
    "settle": Text("after every call that changes something, time passes until all is settled"),
    "paced": Text("time passes `speed` times as fast as on the wall"),
}


class ServedLab(Protocol):
    """What an endpoint needs of a lab."""

    @property
    def account(self) -> str:
        """The account's twelve digits."""


def serve(
    lab: ServedLab,
    port: int = 0,
    clock: str = "manual",
    speed: float = 60,
    *,
    host: str = LOOPBACK,
    monotonic: Callable[[], float] = time.monotonic,
) -> "ServerEndpoint":
    """Serve a lab's account on 127.0.0.1 until `close()`; port 0 takes a free one.

    Clocks: "manual"; "settle", which lets time pass after every call that changes something until
    all is settled; "paced", which before every call lets `speed` seconds of the lab pass for every
    second of the wall (`monotonic` says the seconds). Raises LabError for any other address or
    clock, for a speed that is not positive, for a port that is taken.
    """
    _check(port, clock, speed, host)
    account = numbered(lab.account)
    pace = _Pace(account, speed, monotonic) if clock == "paced" else None

    def settle() -> None:
        moving = account.settle(SETTLE_MS, without_asking=False)
        if moving:
            _log.warning(
                "still under way at %s: %s", account.clock.now, "; ".join(map(str, moving))
            )

    before, after = (pace or _nothing), (settle if clock == "settle" else _nothing)
    return ServerEndpoint(
        account,
        port,
        before,
        after,
        clock if pace is None else f"{clock} at {speed:g} times the wall's speed",
    )


class ServerEndpoint:
    """A lab's account at an URL of this machine; use it in a `with` block, or call `close()`."""

    def __init__(
        self,
        account: Account,
        port: int,
        before: Callable[[], None],
        after: Callable[[], None],
        clock: str,
    ) -> None:
        from waitress import create_server, wasyncore  # noqa: PLC0415 - few installations have it

        from ecslab.aws.server.wsgi import WsgiApplication  # noqa: PLC0415 - needs flask, as above

        # It lives in somebody's notebook.
        logging.getLogger("waitress").addHandler(logging.NullHandler())
        self._sockets: dict[int, Any] = {}  # what the server's loop looks at
        self._loop, self._closing = wasyncore, False
        self._server = create_server(
            WsgiApplication(account, before, after),
            map=self._sockets,
            sockets=[_bound(port)],
            channel_timeout=SILENT_S,
            cleanup_interval=SILENT_S // 3,
            connection_limit=CONNECTIONS,
            max_request_body_size=LARGEST,
            ident=None,
        )
        self._port = self._server.socket.getsockname()[1]
        self._account, self._clock = account, clock
        self._thread = threading.Thread(target=self._serve, name="ecslab endpoint", daemon=True)
        self._thread.start()
        account.endpoints.append(self.url)
        lead_programs()

    @property
    def url(self) -> str:
        """Where it listens, such as http://127.0.0.1:5000."""
        return f"http://{LOOPBACK}:{self._port}"

    def environment(self) -> dict[str, str]:
        """The environment variables that lead the AWS CLI, or any AWS SDK, here:
        `env=os.environ | endpoint.environment()`.
        """
        return UNCONFIGURED | {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": self._account.region,
            "AWS_DEFAULT_REGION": self._account.region,
            "NO_PROXY": LOOPBACK,
        }

    def close(self) -> None:
        """Stop listening; closing twice is harmless."""
        if self._thread.is_alive():
            self._account.endpoints.remove(self.url)
            lead_programs()
            self._closing = True
            self._server.pull_trigger()
            self._thread.join()
            self._server.task_dispatcher.shutdown()
            self._loop.close_all(self._sockets, ignore_all=True)

    def _serve(self) -> None:
        """The server's own loop, but one that ends: whoever closes it closes the
        sockets once nobody looks at them any more.
        """
        while not self._closing:
            self._loop.loop(LOOP_S, use_poll=True, map=self._sockets, count=1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = f"clock {self._clock}" if self._thread.is_alive() else "closed"
        return f"<Endpoint of account {self._account.id} at {self.url}, {state}>"


class _Pace:
    """Lets time pass in a lab as it passes on the wall, `speed` times as fast."""

    def __init__(self, account: Account, speed: float, monotonic: Callable[[], float]) -> None:
        self._account, self._speed, self._monotonic = account, speed, monotonic
        self._began, self._given_ms = monotonic(), 0

    def __call__(self) -> None:
        due_ms = int((self._monotonic() - self._began) * 1000 * self._speed)
        self._account.advance(due_ms - self._given_ms)
        self._given_ms = due_ms


def _nothing() -> None:
    """Time stands still."""


def _bound(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((LOOPBACK, port))
    except OSError as taken:
        listening.close()
        raise LabError(
            Text(
                "port {port} of this machine cannot be used: {reason}.",
                port=port,
                reason=taken.strerror,
            ),
            wrong=f"lab.serve(port={port})",
            right=Text("lab.serve()   # takes a free port; the endpoint's url says which"),
        ) from taken
    return listening


def _check(port: Any, clock: Any, speed: Any, host: Any) -> None:
    if host != LOOPBACK:
        raise LabError(
            Text(
                "a lab is served on this machine only, at {loopback}; anybody who reaches it can "
                "use it.",
                loopback=LOOPBACK,
            ),
            wrong=f"serve(lab, host={host!r})",
            right="lab.serve()",
        )
    if clock not in CLOCKS:
        known = Listed(
            "; ", [Text("{name}: {what}", name=n, what=what) for n, what in CLOCKS.items()]
        )
        raise LabError(
            Text("{clock!r} is not a clock of an endpoint. {known}.", clock=clock, known=known),
            wrong=f"lab.serve(clock={clock!r})",
            right='lab.serve(clock="settle")',
        )
    if (
        isinstance(speed, bool)
        or not isinstance(speed, int | float)
        or not 0 < speed < float("inf")
    ):
        raise LabError(
            Text("the speed is a positive number, not {speed!r}.", speed=speed),
            wrong=f"lab.serve(speed={speed!r})",
            right="lab.serve(speed=60)",
        )
    if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port <= LAST_PORT:
        raise LabError(
            Text(
                "a port is a whole number from 0 to {last_port}, not {port!r}.",
                last_port=LAST_PORT,
                port=port,
            ),
            wrong=f"lab.serve(port={port!r})",
            right="lab.serve()",
        )
    if missing := [name for name in ("flask", "flask_cors", "waitress") if not find_spec(name)]:
        raise LabError(
            Text("lab.serve() needs {missing}, which is not installed here.", missing=missing[0]),
            right='pip install "ecslab[serve]"',
        )
