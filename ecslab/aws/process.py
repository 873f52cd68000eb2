"""The only place that changes the process while a lab is open, and changes it back when the last one closes."""

import os
from collections.abc import Callable
from typing import Any

import boto3
import botocore.endpoint
import botocore.retryhandler
import botocore.waiter
from botocore.handlers import BUILTIN_HANDLERS
from botocore.retries.standard import ExponentialBackoff
from botocore.session import Session as CoreSession
from moto import backends
from moto.core.base_backend import AccountSpecificBackend
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.models import MockAWS, botocore_stubber
from moto.moto_api._internal import mock_random

from ecslab.aws import mount, older_sessions, senders, virtual_chance, virtual_time
from ecslab.aws.account import Account, admit, dismiss, latest, none_open, serving
from ecslab.aws.clients import FAKE_KEY, FAKE_SECRET, Catalogue, share_loader
from ecslab.aws.gate import Gate
from ecslab.aws.moto_modules import Rewriter
from ecslab.aws.moto_state import MotoState
from ecslab.aws.waiters import LabTime

_LISTENED_TO = (
    "AWS_",
    "MOTO_",
    "BOTO_",
    "TEST_SERVER_MODE",
    "TEST_PROXY_MODE",
)  # by botocore, boto3 and moto
_PROXY_EXCEPTIONS = ("NO_PROXY", "no_proxy")
_THIS_MACHINE = "localhost,127.0.0.1,::1"

_undo: list[Callable[[], None]] = []  # what to do, last first, to have the process as it was
_forget: list[Callable[[Account], None]] = []  # what drops one account's data


def open_account(account: Account) -> None:
    """Make the process answer for this account too; the first one turns the process into a lab."""
    first = latest() is None
    admit(account)
    try:
        if first:
            _change()
        _point_at(account)
    except BaseException:
        close_account(account)
        raise


def close_account(account: Account) -> None:
    """Drop an account and all it holds; the last one gives the process back as it was."""
    with serving(account):
        for forget in _forget:
            forget(account)
        if account.is_alone:
            while _undo:
                _undo.pop()()
            _forget.clear()
        dismiss(account)
    remaining = latest()
    if remaining is not None:
        _point_at(remaining)


def _point_at(account: Account) -> None:
    """Clients that nobody made for a lab in particular belong to this one."""
    os.environ["AWS_DEFAULT_REGION"] = os.environ["AWS_REGION"] = account.region
    boto3.DEFAULT_SESSION = None


def _set(owner: Any, name: str, value: Any) -> None:
    before = (
        vars(owner)[name] if name in vars(owner) else getattr(owner, name)
    )  # as it lies there: a classmethod unbound
    setattr(owner, name, value)
    _undo.append(lambda: setattr(owner, name, before))


def _change() -> None:
    _stand_guard()  # first, and so the last to go: nobody finds credentials of a lab where nothing guards them
    _mark_clients()
    _hide_environment()
    _set(CoreSession, "_register_data_loader", share_loader)  # plain boto3 clients parse no model twice
    _set(boto3, "DEFAULT_SESSION", None)
    mock = MockAWS()  # not mock_aws(): that one may speak to a server that an environment variable names
    mock.start()
    _undo.append(mock.stop)
    _fake_credentials()
    _rewrite_moto()
    _sleep_in_the_lab()


def _hide_environment() -> None:
    """Whatever could lead to a real account, a real endpoint or a proxy is out of sight; nothing of it is read."""

    def ours() -> dict[str, str]:
        return {k: v for k, v in os.environ.items() if k.startswith(_LISTENED_TO) or k in _PROXY_EXCEPTIONS}

    before = ours()

    def restore() -> None:
        for name in ours():
            del os.environ[name]
        os.environ.update(before)

    _undo.append(restore)
    for name in before:
        if name not in _PROXY_EXCEPTIONS:
            del os.environ[name]
    for name in _PROXY_EXCEPTIONS:
        os.environ[name] = ",".join(filter(None, (before.get(name), _THIS_MACHINE)))


def _fake_credentials() -> None:
    os.environ.update(
        AWS_ACCESS_KEY_ID=FAKE_KEY,
        AWS_SECRET_ACCESS_KEY=FAKE_SECRET,
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_IGNORE_CONFIGURED_ENDPOINT_URLS="true",
        AWS_EC2_METADATA_DISABLED="true",
    )


def _rewrite_moto() -> None:
    """Time, chance and state of moto become the labs', in the modules loaded by now and in those to come."""
    _set(mock_random, "__class__", virtual_chance.LabRandom)
    _set(AccountSpecificBackend, "get_session", staticmethod(Catalogue))
    state = MotoState()
    _undo.append(state.give_back)
    _forget.append(state.forget)
    rewriter = Rewriter([*virtual_time.substitutes(), *virtual_chance.substitutes()], state.take_over)
    rewriter.start()
    _undo.append(rewriter.stop)
    ours, theirs = mount.backends(), backends.get_backend
    _set(backends, "get_backend", lambda name: ours[name] if name in ours else theirs(name))


def _stand_guard() -> None:
    """Nothing reaches a socket but requests to this machine."""
    process = BotocoreStubber.process_request
    gate = Gate(lambda request: process(botocore_stubber, request))
    for owner, name, value in (*senders.changes(gate), *older_sessions.changes()):
        _set(owner, name, value)


def _sleep_in_the_lab() -> None:
    time, random = LabTime("time"), virtual_chance.LabJitter("random")
    _set(botocore.waiter, "time", time)
    _set(botocore.endpoint, "time", time)
    _set(botocore.retryhandler, "random", random)
    # The newer way to retry, botocore's default, takes its random function as a default argument.
    backoff = ExponentialBackoff.__init__
    _set(backoff, "__defaults__", tuple(random.random if callable(d) else d for d in backoff.__defaults__))


def _mark_clients() -> None:
    """A session made in a lab may hold made-up credentials for ever; clients it makes after the lab say so when they are used."""
    mark = ("before-call", _refuse_after_the_lab)
    BUILTIN_HANDLERS.append(mark)
    _undo.append(lambda: BUILTIN_HANDLERS.remove(mark))


def _refuse_after_the_lab(**_: Any) -> None:
    if latest() is None:
        raise none_open()
