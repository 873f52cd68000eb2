"""Rebalances a steady service over Availability Zones: first a task more in the
emptiest, then one less in the fullest.

Facts, section 5.5; the events' texts and names are the developer guide's ("Track Amazon ECS
Availability Zone rebalancing"). It moves tasks only to zones that have room now: no instance is
launched for it. A service whose deployments are task sets is left alone, which is our assumption.
"""

from collections import Counter

from ecslab.ecs import timing
from ecslab.ecs.deployments.fleet import Fleet
from ecslab.ecs.launch.launches import Launches
from ecslab.ecs.launch.new_task import role_problem
from ecslab.ecs.launch.places import NO_SPOT
from ecslab.ecs.model.services import Rebalance, Service
from ecslab.ecs.model.tasks import Task
from ecslab.ecs.ports.network import Network
from ecslab.ecs.ports.roles import Roles
from ecslab.ecs.rounds import Rounds
from ecslab.ecs.services import zone_balance as rebalancing
from ecslab.ecs.services.repeats import Repeats
from ecslab.ecs.services.zones import launch_in, zones_of
from ecslab.ecs.tasks.runner import TaskRunner
from ecslab.ground.clock import Clock
from ecslab.ground.text import Text
from ecslab.timeline.services import (
    PlacementFailed,
    RebalancingCompleted,
    RebalancingStarted,
    RebalancingStopped,
    TasksStarted,
    TasksStopped,
)
from ecslab.timeline.teller import Teller

# The developer guide's stoppedReason.
STOPPED_BY = "Availability-zone rebalancing initiated by (deployment {})"


class Rebalancing:
    """One operation a service at a time, from the event that says it is not
    balanced to the one that says it is.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        story: Teller,
        rounds: Rounds,
        repeats: Repeats,
        network: Network,
        roles: Roles,
        launches: Launches,
        runner: TaskRunner,
    ) -> None:
        self._clock, self._story, self._rounds = clock, story, rounds
        self._repeats, self._network, self._roles = repeats, network, roles
        self._launches, self._runner = launches, runner

    def look(self, service: Service, fleet: Fleet) -> None:
        """A round that had nothing to do: a steady service that is not balanced begins to be."""
        if not service.steady or service.rebalance or _not_wanted(service) or _at_ease(fleet):
            return
        counts, usable = zones_of(self._network, service, fleet)
        if not rebalancing.moves(counts, usable, 1):
            return
        deployment = service.primary
        if role_problem(self._roles, deployment.definition.spec):
            return  # no task could start; the next one that has to will say so
        if deployment.next_start_ms > self._clock.now_ms:
            return
        told = rebalancing.told(counts, usable)
        self._repeats.say(
            service, RebalancingStarted(service=service.ref, deployment=deployment.ref, zones=told)
        )
        service.rebalance = Rebalance(deployment.id, service.desired)
        self._start(service, fleet)

    def goes_on(self, service: Service, fleet: Fleet) -> bool:
        """The next step of one that has begun; False when it has ended and
        the round belongs to the strategy.
        """
        state = service.rebalance
        assert state is not None, "something has begun that goes on"
        if why := _interrupted(service, fleet, state):
            self._end(service, why)
            return False
        if state.started:
            well = {c.id for c in fleet.copies if c.healthy}
            if well.issuperset(state.started):
                self._stop(service, fleet, state)
            return True
        counts, usable = zones_of(self._network, service, fleet)
        if rebalancing.moves(counts, usable, 1):
            self._start(service, fleet)
            return service.rebalance is not None
        self._complete(service, counts, usable)
        return False

    # Starting

    def _start(self, service: Service, fleet: Fleet) -> None:
        """Choose who goes, and start as many elsewhere: on the providers that
        those leave, so that a ratio stays.
        """
        state = service.rebalance
        assert state is not None, "tasks are started for a rebalancing"
        counts, usable = zones_of(self._network, service, fleet)
        steps = rebalancing.moves(counts, usable, fleet.ceiling - len(fleet.copies))
        if not steps:
            self._end(service, Text("no room above {ceiling}", ceiling=fleet.ceiling))
            return
        state.going = rebalancing.going(Counter(fullest for fullest, _ in steps), fleet)
        for zone, count in Counter(emptiest for _, emptiest in steps).items():
            why = Text(
                "{zone} has {there} of {count} tasks",
                zone=zone,
                there=counts.get(zone, 0),
                count=len(fleet.copies),
            )
            started, refused = launch_in(
                self._launches,
                self._network,
                service,
                zone=zone,
                count=count,
                now_ms=self._clock.now_ms,
            )
            state.started += [task.id for task in started]
            if started:
                self._started(service, zone, started, why)
            if refused:
                self._no_room(service, zone, refused)
        state.going = state.going[: len(state.started)]
        if not state.started:
            self._end(service, Text("no zone with too few tasks has room"))

    def _started(self, service: Service, zone: str, tasks: list[Task], why: str) -> None:
        service.steady = False
        self._story.say(
            TasksStarted(
                service=service.ref,
                deployment=service.primary.ref,
                tasks=tuple(t.id for t in tasks),
                because=why,
                zone=zone,
            )
        )

    def _no_room(self, service: Service, zone: str, reason: str) -> None:
        """Tried again when an instance has room, or comes; for Fargate Spot after a while."""
        service.unbalanced = True
        spot = reason == NO_SPOT.code
        if spot:
            service.spot_again_ms = self._clock.now_ms + timing.SPOT_RETRY_MS
        what = "." if spot else " because no container instance met all of its requirements."
        failed = PlacementFailed(
            service=service.ref,
            deployment=service.primary.ref,
            code=reason,
            because=Text("no room in {zone}", zone=zone),
            message=f"is unable to place a task in {zone}{what}",
            zone=zone,
        )
        self._repeats.say(service, failed)

    # Stopping

    def _stop(self, service: Service, fleet: Fleet, state: Rebalance) -> None:
        left = Counter(c.zone for c in fleet.copies)
        by_zone: dict[str, list[Task]] = {}
        for task in (service.tasks[number] for number in state.going):
            by_zone.setdefault(task.zone or "", []).append(task)
        for zone, tasks in by_zone.items():
            why = Text(
                "{zone} has {left} of {count} tasks",
                zone=zone,
                left=left[zone],
                count=len(fleet.copies),
            )
            for task in tasks:
                reason = STOPPED_BY.format(service.primary.id)
                self._runner.stop(task, "ServiceSchedulerInitiated", reason, why)
            self._story.say(
                TasksStopped(
                    service=service.ref,
                    deployment=service.primary.ref,
                    running=tuple(t.id for t in tasks),
                    pending=(),
                    because=why,
                    zone=zone,
                )
            )
        state.started, state.going = [], []
        self._rounds.wake(service)

    # Ending

    def _complete(self, service: Service, counts: Counter[str], usable: set[str]) -> None:
        service.rebalance = None
        told = rebalancing.told(counts, usable)
        self._story.say(
            RebalancingCompleted(service=service.ref, deployment=service.primary.ref, zones=told)
        )

    def _end(self, service: Service, why: str) -> None:
        service.rebalance = None
        self._repeats.say(
            service,
            RebalancingStopped(service=service.ref, deployment=service.primary.ref, because=why),
        )


def _not_wanted(service: Service) -> bool:
    return service.uses_task_sets or service.settings["availabilityZoneRebalancing"] != "ENABLED"


def _at_ease(fleet: Fleet) -> bool:
    """Whether no zone has two tasks: then nothing can be uneven, whatever zones there are."""
    return max(Counter(c.zone for c in fleet.copies).values(), default=0) <= 1


def _interrupted(service: Service, fleet: Fleet, state: Rebalance) -> str:
    """Why a rebalancing cannot go on, or nothing: what it began with is no more."""
    if _not_wanted(service):
        return Text("it is no longer wanted")
    if service.primary.id != state.deployment or fleet.old:
        return Text("tasks are being replaced")
    if service.desired != state.desired:
        return Text(
            "{desired} tasks are wanted now, {before} were",
            desired=service.desired,
            before=state.desired,
        )
    there = {c.id for c in fleet.copies}
    if len(there) < service.desired + len(state.started) or not there.issuperset(state.started):
        return Text("a task has ended")
    if any(c.unhealthy for c in fleet.copies):
        return Text("a task is unhealthy")
    return ""
