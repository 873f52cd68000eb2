"""Changes the process while a lab is open, and changes it back when the last one closes."""

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

from ecslab.aws.account import Account, admit, dismiss, latest, none_open, serving
from ecslab.aws.apis.catalogue import Catalogue
from ecslab.aws.changes import put_in_place
from ecslab.aws.environment import Environment
from ecslab.aws.gate import mount, older_sessions, senders
from ecslab.aws.gate.clients import share_loader
from ecslab.aws.gate.gate import Gate
from ecslab.aws.gate.unserved import ProcessListener
from ecslab.aws.gate.waiters import LabTime
from ecslab.aws.moto_patches import virtual_chance, virtual_time
from ecslab.aws.moto_patches.modules import Rewriter
from ecslab.aws.moto_patches.state import MotoState

_undo: list[Callable[[], None]] = []  # what to do, last first, to have the process as it was
_forget: list[Callable[[Account], None]] = []  # what drops one account's data
# What programs inherit, and where they are refused.
_environment, _unserved = Environment(), ProcessListener()


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
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        _environment.put(name, account.region)
    lead_programs()
    boto3.DEFAULT_SESSION = None


def lead_programs() -> None:
    """Programs started from now on are led where clients of nobody in particular are:
    to the lab opened last, if it is served.
    """
    account = latest()
    if account is not None:
        served = account.endpoints[-1:] or [_unserved.open(_refusal)]
        _environment.put("AWS_ENDPOINT_URL", served[0])


def _refusal() -> tuple[str, str]:
    """What a program hears that was started before its lab was
    served; code and wording are ours.
    """
    account = latest()
    if account is not None and account.endpoints:
        return (
            "LabServedElsewhere",
            "The lab of the Python program that started this one is served at "
            f"{account.endpoints[-1]} by now: start this program again, or set "
            f"AWS_ENDPOINT_URL={account.endpoints[-1]}. Nothing "
            "was sent to AWS.",
        )
    return (
        "LabNotServed",
        "The AWS account here is a lab inside the Python program that started this one, and "
        "other programs do not reach it yet. Call lab.serve() there, then start this program "
        "again. Nothing was sent to AWS.",
    )


def _set(owner: Any, name: str, value: Any) -> None:
    _undo.append(put_in_place([(owner, name, value)]))


def _change() -> None:
    # First, and so the last to go: nobody finds credentials of a lab where nothing guards them.
    _stand_guard()
    _mark_clients()
    _undo.append(_unserved.close)
    _undo.append(_environment.leave)
    _environment.enter()
    # Plain boto3 clients parse no model twice.
    _set(CoreSession, "_register_data_loader", share_loader)
    _set(boto3, "DEFAULT_SESSION", None)
    # Not mock_aws(): that one may speak to a server that an environment variable names.
    mock = MockAWS()
    mock._fake_creds = {}  # noqa: SLF001 - ours are in place, and it would put back more than it changed
    mock.start()
    _undo.append(mock.stop)
    _rewrite_moto()
    _sleep_in_the_lab()


def _rewrite_moto() -> None:
    """Time, chance and state of moto become the labs', in the modules
    loaded by now and in those to come.
    """
    _set(mock_random, "__class__", virtual_chance.LabRandom)
    _set(AccountSpecificBackend, "get_session", staticmethod(Catalogue))
    state = MotoState(mount.EcsBackend)
    _undo.append(state.give_back)
    _forget.append(state.forget)
    rewriter = Rewriter(
        [*virtual_time.substitutes(), *virtual_chance.substitutes()], state.take_over
    )
    rewriter.start()
    _undo.append(rewriter.stop)
    ours, theirs = mount.backends(), backends.get_backend
    _set(backends, "get_backend", lambda name: ours[name] if name in ours else theirs(name))


def _stand_guard() -> None:
    """Nothing reaches a socket but requests to this machine."""
    process = BotocoreStubber.process_request
    gate = Gate(lambda request: process(botocore_stubber, request))
    _undo.append(put_in_place((*senders.changes(gate), *older_sessions.changes())))


def _sleep_in_the_lab() -> None:
    time, random = LabTime("time"), virtual_chance.LabJitter("random")
    _set(botocore.waiter, "time", time)
    _set(botocore.endpoint, "time", time)
    _set(botocore.retryhandler, "random", random)
    # The newer way to retry, botocore's default, takes its random function as a default argument.
    backoff = ExponentialBackoff.__init__
    _set(
        backoff,
        "__defaults__",
        tuple(random.random if callable(d) else d for d in backoff.__defaults__),
    )


def _mark_clients() -> None:
    """A session made in a lab may hold made-up credentials for ever; clients it makes
    after the lab say so when they are used.
    """
    mark = ("before-call", _refuse_after_the_lab)
    BUILTIN_HANDLERS.append(mark)
    _undo.append(lambda: BUILTIN_HANDLERS.remove(mark))


def _refuse_after_the_lab(**_: Any) -> None:
    if latest() is None:
        raise none_open()
