"""Each class of a region is given what its constructor asks for: the composer goes by names,
and here the types are compared too.
"""

import typing
from inspect import isclass

import pytest
from fakes import new_region

from ecslab.ecs.composer import Composer


@pytest.fixture
def made(monkeypatch):
    """Every (class, what it was given by name) of a region, CodeDeploy's included."""
    found, make = [], Composer.make

    def watched(self, kind, name="", **given):
        found.append((kind, self._parts | given))
        return make(self, kind, name, **given)

    monkeypatch.setattr(Composer, "make", watched)
    assert new_region().codedeploy
    return found


def test_what_is_given_is_of_the_type_that_is_asked_for(made):
    """A part under another's name would be found out by whoever first calls it."""
    assert len(made) > 50
    compared = 0
    for kind, parts in made:
        for name, wanted in typing.get_type_hints(kind.__init__).items():
            if name == "return" or name not in parts:
                continue
            if getattr(wanted, "_is_protocol", False):
                missing = [m for m in _members(wanted) if not hasattr(parts[name], m)]
                assert missing == [], f"{kind.__name__}: {name} has no {missing}"
            elif isclass(wanted):
                assert isinstance(parts[name], wanted), f"{kind.__name__}: {name}"
            else:
                assert callable(parts[name]), f"{kind.__name__}: {name}"
            compared += 1
    assert compared > 200


def _members(port):
    return [name for name, value in vars(port).items() if callable(value) and name[0] != "_"]


def test_what_nobody_has_made_is_named():
    """The order of making is wrong, or a name."""

    class Needy:
        def __init__(self, *, somebody):
            self.somebody = somebody

    with pytest.raises(AssertionError, match=r"Needy takes \['somebody'\], which is not made yet"):
        Composer().make(Needy)
    assert Composer(somebody=1).make(Needy).somebody == 1


def test_what_is_made_within_stays_within():
    """CodeDeploy's own parts are not the region's."""
    around = Composer(number=1)
    within = around.within()
    within.make(lambda number: number + 1, "own")
    assert within.make(lambda number, own: (number, own)) == (1, 2)
    with pytest.raises(AssertionError, match="own"):
        around.make(lambda own: own)
