"""One storm: a seed, its steps, and what was found. A step depends on the seed and its
number alone, so that steps can be left out.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from botocore.exceptions import ClientError

from ecslab.ground.errors import LabError

from .acts import ACTS
from .instants import Instants
from .laws import Laws
from .quiet import watch_an_hour
from .world import World

STEPS = 40
PAUSES_S = (0, 1, 7, 40, 120, 700)
# How likely a way out that was cut is back before an act: no storm is about nothing else.
GIVEN_BACK = 0.2


@dataclass(slots=True)
class Outcome:
    """What one storm came to: nothing found, or a finding with its story."""

    seed: int
    calls: int = 0
    finding: str = ""
    story: list[str] = field(default_factory=list)  # the calls that led there
    timeline: str = ""
    at: int = -1  # the step at which it was found


def storm(seed: int, steps: Sequence[int] = range(STEPS)) -> Outcome:
    """Let a storm go over a fresh account; any exception but a refusal is a finding."""
    outcome = Outcome(seed)
    world = World(seed)
    try:
        _blow(world, steps, outcome)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what a storm looks for
        outcome.finding = f"{type(error).__name__}: {error}"
    outcome.calls, outcome.story, outcome.timeline = (
        world.calls.total(),
        world.log,
        str(world.lab.timeline),
    )
    world.lab.close()
    return outcome


def _blow(world: World, steps: Sequence[int], outcome: Outcome) -> None:
    laws, instants = Laws(world), Instants(world)
    for outcome.at in steps:
        chance = Random(f"{outcome.seed}/{outcome.at}")
        [act] = chance.choices(list(ACTS), list(ACTS.values()))
        place = world.places[chance.choice(list(world.places))]
        with suppress(ClientError):  # being refused is part of the weather
            if chance.random() < GIVEN_BACK and world.ways.are_cut:
                world.ways.give_back()
            act(world, place, chance)
        advance(world, instants, chance.choice(PAUSES_S))
        laws.look()
        if chance.random() < 0.15:
            watch_an_hour(world)
            instants.resume()
            laws.look()
    calm(world)
    laws.look()
    laws.over()
    for place in world.places.values():
        place.take_down()


def advance(world: World, instants: Instants, seconds: float) -> None:
    """Let time pass, and look at every instant at which something happens."""
    clock = world.lab.clock
    until_ms = clock.now_ms + round(seconds * 1000)
    while (due_ms := clock.next_due_ms()) is not None and due_ms <= until_ms:
        world.lab.advance((due_ms - clock.now_ms) / 1000)
        instants.look()
    world.lab.advance((until_ms - clock.now_ms) / 1000)


def calm(world: World) -> None:
    """Delete and stop everything, and let it end; settle must then be possible."""
    world.log.append("(everything is deleted)")
    for flow in world.flows:
        flow.stop()
    for cluster in world.places:
        for service in world.services(cluster):
            if service["status"] == "ACTIVE":
                world.ecs(
                    "delete_service", cluster=cluster, service=service["serviceName"], force=True
                )
        for task in world.task_arns(cluster):
            world.ecs("stop_task", cluster=cluster, task=task)
    try:
        world.lab.settle("3h")
    except LabError as error:
        raise AssertionError(
            f"with everything deleted, the account does not settle: {error}"
        ) from None
    for cluster in world.places:
        there = [s["status"] for s in world.services(cluster)]
        assert not there, f"{cluster}: after settle its deleted services are {there}"
    world.lab.advance("10m")
