"""What boto3 sessions and clients older than a lab would do in it: look for real credentials, tell
a monitor.
"""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any
from weakref import WeakSet

from botocore.configprovider import ConfiguredEndpointProvider
from botocore.credentials import Credentials, DeferredRefreshableCredentials, RefreshableCredentials
from botocore.monitoring import Monitor, SocketPublisher
from botocore.session import Session

from ecslab.aws.changes import Change
from ecslab.aws.environment import FAKE_KEY, FAKE_SECRET


def changes() -> Iterator[Change]:
    """What is put in place while a lab is open.

    A session finds credentials by asking files, programs (`credential_process`), the instance's
    metadata and AWS itself. One made in a lab finds the lab's in the environment first; an older
    one has read its configuration already, and would go and ask.
    """
    made_here: WeakSet[Any] = WeakSet()
    for kind in (Session, RefreshableCredentials, DeferredRefreshableCredentials):
        yield kind, "__init__", _noted(kind.__init__, made_here)
    yield Session, "get_credentials", _made_up_unless_there(made_here)
    yield RefreshableCredentials, "_refresh", _only_of(made_here, RefreshableCredentials._refresh)  # noqa: SLF001 - botocore has no other way in
    yield RefreshableCredentials, "get_frozen_credentials", _made_up_unless_frozen()
    yield ConfiguredEndpointProvider, "provide", lambda _: None  # such URLs are for other programs
    # A monitor on this machine may tell others of it.
    yield Monitor, "register", lambda *_: None
    yield SocketPublisher, "publish", lambda *_: None


def _made_up() -> Credentials:
    return Credentials(FAKE_KEY, FAKE_SECRET, method="ecslab")


def _noted(initialise: Callable[..., None], made_here: WeakSet[Any]) -> Callable[..., None]:
    @wraps(initialise)
    def noted(made: Any, *args: Any, **named: Any) -> None:
        made_here.add(made)
        initialise(made, *args, **named)

    return noted


def _made_up_unless_there(made_here: WeakSet[Any]) -> Callable[..., Any]:
    find = Session.get_credentials

    def get_credentials(session: Any) -> Any:
        """What botocore's does; an older session that has looked for none yet gets
        made-up ones, and does not keep them.
        """
        looks = session in made_here or session._credentials is not None  # noqa: SLF001 - asking for them would look for them
        return find(session) if looks else _made_up()

    return get_credentials


def _only_of(made_here: WeakSet[Any], refresh: Callable[[Any], None]) -> Callable[[Any], None]:
    def refresh_here(credentials: Any) -> None:
        if credentials in made_here:
            refresh(credentials)

    return refresh_here


def _made_up_unless_frozen() -> Callable[..., Any]:
    freeze = RefreshableCredentials.get_frozen_credentials

    def get_frozen_credentials(credentials: Any) -> Any:
        return freeze(credentials) or _made_up().get_frozen_credentials()

    return get_frozen_credentials
