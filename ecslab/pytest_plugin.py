"""pytest's way in: a fixture that opens a fresh account for every test, and closes it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ecslab.lab import Lab


@pytest.fixture
def lab() -> Iterator["Lab"]:
    """A lab with seed 0 in us-east-1, of its own for every test: `def
    test_it(lab): lab.client("ecs")`.
    """
    from ecslab.lab import Lab  # noqa: PLC0415 - pytest loads this plugin in every run, and most of them open no lab

    with Lab() as opened:
        yield opened
