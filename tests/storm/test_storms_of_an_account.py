"""A few storms with fixed seeds, and faults put in on purpose: a checker that cannot fail checks nothing."""

import pytest

from ecslab.ecs.controllers import fleets
from ecslab.ecs.plane import ControlPlane
from ecslab.ecs.policy.deployment.fleet import Fleet

from .shorten import shorten
from .storm import STEPS, storm


@pytest.mark.parametrize("seed", [1, 2, 7])
def test_a_storm_over_two_clusters_finds_nothing(seed):
    """Counts, interfaces, targets, names, weights, reservations, times, floor, ceiling, ill tasks, settle; in the end all is given back."""
    outcome = storm(seed)
    assert not outcome.finding, "\n".join([outcome.finding, *outcome.story[-15:]])


def test_the_same_storm_twice_tells_the_same_story():
    """A finding can be seen again by its seed."""
    first, second = storm(5), storm(5)
    assert (first.calls, first.timeline) == (second.calls, second.timeline)


def _never_ill(_task):
    return False


def _nothing(_fleet):
    return 0


def _five_times(fleet):
    return fleet.desired * 5


def _yes(_plane):
    return True


FAULTS = {
    "its ceiling is not kept": (Fleet, "ceiling", property(_five_times), "are the ceiling"),
    "its floor is not kept": (Fleet, "floor", property(_nothing), "are the floor"),
    "ill tasks are overlooked": (fleets, "is_ill", _never_ill, "nothing happens"),
    "settle does not wait": (
        ControlPlane,
        "settled",
        property(_yes),
        "after settle|are left over",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_is_put_in_is_found(fault, monkeypatch):
    """Some storm of the first twenty meets it, and says what does not hold."""
    owner, name, wrong, sentence = FAULTS[fault]
    monkeypatch.setattr(owner, name, wrong)
    findings = []
    for seed in range(20):
        findings.append(storm(seed).finding)
        if any(part in findings[-1] for part in sentence.split("|")):
            return
    pytest.fail(f"nobody noticed: {findings}")


def test_a_finding_is_told_with_as_few_acts_as_lead_to_it(monkeypatch):
    """Steps that are not needed are left out; what is left finds the same."""
    owner, name, wrong, sentence = FAULTS["its ceiling is not kept"]
    monkeypatch.setattr(owner, name, wrong)
    found = next(o for o in map(storm, range(20)) if sentence in o.finding)
    short = shorten(found, STEPS)
    assert sentence in short.finding
    assert len(short.story) < len(found.story)
