"""A few storms with fixed seeds, and faults put in on purpose: a
checker that cannot fail checks nothing.
"""

import pytest

from ecslab.aws.ports.discovery import MotoDiscovery
from ecslab.aws.ports.network import MotoNetwork
from ecslab.ecs import timing, under_way
from ecslab.ecs.deployments.fleet import Fleet
from ecslab.ecs.model import services
from ecslab.ecs.tasks import reach
from ecslab.lab import closing_leftovers
from ecslab.world.reach.out import WayVerdict

from . import service_acts
from .instants import Instants
from .laws import Laws
from .quiet import watch_an_hour
from .shorten import shorten
from .storm import STEPS, advance, calm, storm
from .world import World


@pytest.mark.parametrize("seed", [1, 2, 7])
def test_a_storm_over_two_clusters_finds_nothing(seed):
    """Counts, interfaces, targets, names, weights, reservations, times, floor, ceiling, ill
    tasks, settle; in the end all is given back.
    """
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


def _none(_plane):
    return iter(())


def _forgets(*_, **__):
    return None


def _closed(*_):
    return WayVerdict(ok=False, why="a fault")


def _attach_as_not_asked(network, *arguments, public):
    return ATTACH(network, *arguments, public=not public)


ATTACH = MotoNetwork.attach
TEN_HOURS_MS = 36_000_000
FAULTS = {  # what is broken, and what the checkers then say
    "its ceiling is not kept": (Fleet, "ceiling", property(_five_times), "are the ceiling"),
    "its floor is not kept": (Fleet, "floor", property(_nothing), "are the floor"),
    "ill tasks are overlooked": (
        services,
        "is_unhealthy",
        _never_ill,
        "is ill since .* and nothing happens",
    ),
    "settle does not wait": (
        under_way.UnderWay,
        "under_way",
        _none,
        "after settle something went on",
    ),
    "interfaces stay": (MotoNetwork, "release", _forgets, "interfaces that no live task holds"),
    "names stay": (MotoDiscovery, "deregister", _forgets, "Cloud Map names addresses of no task"),
    "names are not entered": (MotoDiscovery, "register", _forgets, "Cloud Map does not know"),
    "tasks need no way": (reach.Reach, "check", _forgets, "has run, and had no way to"),
    "no way is found": (reach, "reaches", _closed, "has a way out, and is told"),
    "a way that opens is not taken": (
        reach.Reach,
        "look_again",
        _forgets,
        "has a way out, and is told",
    ),
    "agents try for ever": (
        timing,
        "MANIFEST_UNREACHED_MS",
        TEN_HOURS_MS,
        "has no way to .* and hangs for",
    ),
    "addresses are mixed up": (
        MotoNetwork,
        "attach",
        _attach_as_not_asked,
        "is not as it was asked for",
    ),
}


def a_short_life():
    """A service behind a load balancer and one with a name, released, scaled,
    broken and taken down; tasks without a way.
    """
    world = World(0)
    laws, instants, place = Laws(world), Instants(world), world.places["prod"]
    asked = {"cluster": "prod", "desiredCount": 4} | on_fargate(world, "ENABLED")
    bounds = {"minimumHealthyPercent": 50, "maximumPercent": 125}
    front = [service_acts.balancer(place.groups["web"])]
    named = [{"registryArn": place.registries["api"]["Arn"]}]
    world.ecs(
        "create_service",
        **asked,
        serviceName="web",
        taskDefinition="good",
        loadBalancers=front,
        deploymentConfiguration=bounds,
    )
    world.ecs(
        "create_service", **asked, serviceName="api", taskDefinition="good", serviceRegistries=named
    )
    for change in (
        {},
        {"taskDefinition": "next"},
        {"desiredCount": 2},
        {"taskDefinition": "wrong"},
    ):
        for service in ("web", "api") if change else ():
            world.ecs("update_service", cluster="prod", service=service, **change)
        if change.get("taskDefinition") != "wrong":
            watch_an_hour(world)
            instants.resume()
        advance(world, instants, 400)
        laws.look()
    meet_a_closed_way(world, instants, laws)
    calm(world)
    laws.look()
    laws.over()
    world.lab.close()


def on_fargate(world, public):
    """Tasks in the public subnets, with public addresses or without."""
    network = {"awsvpcConfiguration": {"subnets": world.subnets[:2], "assignPublicIp": public}}
    return {"launchType": "FARGATE", "networkConfiguration": network}


def meet_a_closed_way(world, instants, laws):
    """A task that has no public address, and one whose subnet has no route for a while."""
    world.ways.ec2("delete_route", RouteTableId=world.ways.main, DestinationCidrBlock="0.0.0.0/0")
    for public in ("DISABLED", "ENABLED"):
        world.ecs("run_task", cluster="prod", taskDefinition="good", **on_fargate(world, public))
    advance(world, instants, 100)
    laws.look()
    world.ways.give_back()
    advance(world, instants, 700)
    laws.look()


def test_a_short_life_finds_nothing():
    """What the faults below are put into."""
    a_short_life()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_is_put_in_is_found(fault, monkeypatch):
    """A checker that cannot fail checks nothing."""
    owner, name, wrong, sentence = FAULTS[fault]
    monkeypatch.setattr(owner, name, wrong)
    with pytest.raises(AssertionError, match=sentence), closing_leftovers():
        a_short_life()


def test_a_finding_is_told_with_as_few_acts_as_lead_to_it(monkeypatch):
    """Steps that are not needed are left out; what is left finds the same."""
    owner, name, wrong, sentence = FAULTS["its ceiling is not kept"]
    monkeypatch.setattr(owner, name, wrong)
    found = next(o for o in map(storm, range(7, 27)) if sentence in o.finding)
    short = shorten(found, STEPS, seconds=20)
    assert sentence in short.finding
    assert len(short.story) < len(found.story)
