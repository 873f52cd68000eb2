"""The only place where moto's and botocore's randomness is replaced:
every id comes from the lab's seed.

moto draws most ids from one `MotoRandom` object; some of its modules use the
standard library's `random` and `uuid`.
"""

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from random import Random
from types import ModuleType
from typing import Any

from moto.moto_api._internal import mock_random
from moto.moto_api._internal.moto_random import MotoRandom

from ecslab.aws.account import asked, current
from ecslab.aws.moto_patches.virtual_time import LabModule

_stream: ContextVar[str] = ContextVar("stream of chance that moto draws from", default="moto")


def _source() -> Random:
    return current().chance.stream(_stream.get())


@contextmanager
def drawing_for(stream: str) -> Iterator[None]:
    """Have moto draw from a stream of its own meanwhile, so that
    what it makes shifts no other id.
    """
    before = _stream.set(stream)
    try:
        yield
    finally:
        _stream.reset(before)


class LabRandom(MotoRandom):
    """moto's random object, fed by the lab that is being served."""

    def random(self) -> float:
        """The root of every other draw, together with getrandbits."""
        return _source().random()

    def getrandbits(self, k: int, /) -> int:
        """The root of every other draw, together with random."""
        return _source().getrandbits(k)

    def _randbelow(self, n: int) -> int:
        """What choice, sample and their kin draw: the same numbers in one step,
        which moto asks for per letter of an id.
        """
        return _source()._randbelow(n)  # type: ignore[attr-defined, no-any-return]  # noqa: SLF001


def substitutes() -> list[tuple[object, object]]:
    """(original, substitute) for every object through which a module can draw an id."""
    draws = {
        name: getattr(mock_random, name) for name in random.__all__ if hasattr(mock_random, name)
    }
    ids = {"uuid1": mock_random.uuid1, "uuid4": mock_random.uuid4}
    return [
        (random, LabModule(random, draws)),
        (uuid, LabModule(uuid, ids)),
        *((getattr(uuid, name), draw) for name, draw in ids.items()),
    ]


class LabJitter(ModuleType):
    """botocore's `random`: how long a retry waits comes from the lab's seed."""

    @staticmethod
    def random() -> float:
        """A number in [0, 1)."""
        account = asked.get()
        if account is not None and account.is_open:
            return account.chance.stream("retry jitter").random()
        return random.random()  # noqa: S311 - spreading retries

    def __getattr__(self, name: str) -> Any:
        return getattr(random, name)
