"""What every test shares: a hypothesis profile that draws the same examples
every time, and a control plane on fakes.
"""

import pytest
from fakes import new_plane
from hypothesis import settings

from ecslab.aws.account import latest
from ecslab.pytest_plugin import lab  # noqa: F401 - the fixture, also where ecslab is not installed

settings.register_profile("ecslab", derandomize=True, database=None, deadline=None, max_examples=60)
settings.load_profile("ecslab")


@pytest.fixture
def plane():
    """A control plane with in-memory neighbours."""
    return new_plane()


@pytest.fixture(autouse=True, scope="module")
def _every_lab_is_closed():
    """A test file closes the labs it opens: the next one starts with the process as it was."""
    yield
    assert latest() is None, "a test of this file left a lab open"
