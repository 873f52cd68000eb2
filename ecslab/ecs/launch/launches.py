"""Finds the tasks of one launch their places, first a capacity provider each when
a strategy decides, and launches them.
"""

from collections.abc import Iterator
from dataclasses import replace

from ecslab.ecs.capacity.providers import CapacityProviders
from ecslab.ecs.capacity.strategy import PREDEFINED, plan
from ecslab.ecs.launch.new_task import Launch, TaskMaker
from ecslab.ecs.launch.places import NO_SPOT, Place, Places, places
from ecslab.ecs.launch.spot import Spot
from ecslab.ecs.launch.waiting import FULL, MOST, Waiting
from ecslab.ecs.launch.wanted import Wanted
from ecslab.ecs.model.deployments import Deployment
from ecslab.ecs.model.services import Service
from ecslab.ecs.model.tasks import Task
from ecslab.ecs.placement.batch import PlacementRefused
from ecslab.ecs.tasks.runner import TaskRunner
from ecslab.ground.chance import Chance
from ecslab.ground.text import Listed, Text


class Launches:
    """Finds places for the tasks of one launch, and begins them."""

    def __init__(
        self,
        *,
        chance: Chance,
        capacity: CapacityProviders,
        runner: TaskRunner,
        spot: Spot,
        task_maker: TaskMaker,
        waiting: Waiting,
    ) -> None:
        self._chance, self._capacity, self._runner = chance, capacity, runner
        self._spot, self._task_maker, self._waiting = spot, task_maker, waiting

    def placements(
        self, wanted: Wanted, count: int
    ) -> Iterator[tuple[Launch, Place | PlacementRefused]]:
        """One place after another, or what refused it; a provider that has no room
        is refused once, and the others go on.

        The providers are chosen before anything is placed: what one of them cannot take is not
        given to another (facts, section 8.2: Fargate Spot never falls back).
        """
        if not wanted.strategy or wanted.launch.daemon:
            yield from _until_refused(wanted, places(self._chance, wanted), count)
            return
        found: dict[str, Places] = {}
        launches: dict[str, Launch] = {}
        refused: set[str] = set()
        may_wait = MOST - len(self._waiting.tasks(wanted.cluster))
        for choice in plan(wanted.strategy, wanted.there, count):
            if choice.provider in refused:
                continue
            launch = launches.setdefault(
                choice.provider, replace(wanted.launch, capacity_provider=choice.provider)
            )
            # They share their subnets.
            kind = "FARGATE" if choice.provider in PREDEFINED else choice.provider
            if kind not in found:
                found[kind] = places(self._chance, replace(wanted, launch=launch))
            place = NO_SPOT if self._spot.refuses(choice.provider) else found[kind]()
            if isinstance(place, PlacementRefused) and self._capacity.is_managed(choice.provider):
                # A provider that ECS scales never refuses: its tasks wait in PROVISIONING,
                # up to a limit (facts, section 8.3).
                place = (
                    Place(Text("waits for capacity: {why}", why=place.why))
                    if may_wait > 0
                    else FULL
                )
                may_wait -= 1
            if isinstance(place, PlacementRefused):
                refused.add(choice.provider)
            elif len(wanted.strategy) > 1:
                place = replace(place, why=Listed("; ", (choice.why, place.why)))
            yield launch, place

    def begin(
        self,
        wanted: Wanted,
        launch: Launch,
        place: Place,
        deployment: tuple[Service, Deployment] | None = None,
    ) -> Task:
        """Make the task that goes to a place, and launch it."""
        task = self._task_maker.new_task(
            wanted.cluster,
            wanted.definition,
            launch,
            subnet=place.subnet,
            instance=place.instance,
            deployment=deployment,
        )
        if deployment:
            deployment[0].tasks[task.id] = task
        if launch.launch_type != "FARGATE" and place.instance is None:
            self._waiting.admit(task, launch, wanted.subnets)
        self._runner.launch(task, place.why, losers=place.losers)
        return task


def _until_refused(
    wanted: Wanted, next_place: Places, count: int
) -> Iterator[tuple[Launch, Place | PlacementRefused]]:
    """Of a daemon with a strategy each task is on the provider of its
    instance, whatever bases and weights say.
    """
    for _ in range(count):
        place, launch = next_place(), wanted.launch
        if wanted.strategy and isinstance(place, Place) and place.instance:
            launch = replace(launch, capacity_provider=place.instance.capacity_provider)
        yield launch, place
        if isinstance(place, PlacementRefused):
            return
