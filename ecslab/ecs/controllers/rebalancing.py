"""Rebalances a steady service over Availability Zones: first a task more in the emptiest, then one less in the fullest.

Facts, section 5.5; the events' texts and names are the developer guide's ("Track Amazon ECS Availability Zone
rebalancing"). It moves tasks only to zones that have room now: no instance is launched for it. A service whose
deployments are task sets is left alone, which is our assumption.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ecslab.ecs import announce, timing
from ecslab.ecs.controllers.launches import Wanted, begin, placements
from ecslab.ecs.controllers.places import NO_SPOT
from ecslab.ecs.controllers.service_acts import launch_of, named, that_stay
from ecslab.ecs.neighbours import Subnet
from ecslab.ecs.new_task import Launch
from ecslab.ecs.policy import rebalancing
from ecslab.ecs.policy.capacity.strategy import leaving
from ecslab.ecs.policy.deployment.fleet import Copy, Fleet
from ecslab.ecs.policy.placement.batch import Refused
from ecslab.ecs.policy.placement.constraints import Constraints
from ecslab.ecs.policy.placement.fit import standing
from ecslab.ecs.policy.placement.needs import needs
from ecslab.ecs.state import Rebalance, Service, Task
from ecslab.errors import AwsError

if TYPE_CHECKING:
    from ecslab.ecs.plane import ControlPlane

STOPPED_BY = (
    "Availability-zone rebalancing initiated by (deployment {})"  # the developer guide's stoppedReason
)


class Rebalancing:
    """One operation a service at a time, from the event that says it is not balanced to the one that says it is."""

    def __init__(self, plane: "ControlPlane") -> None:
        self._plane, self._clock = plane, plane.clock

    def look(self, service: Service, fleet: Fleet) -> None:
        """A round that had nothing to do: a steady service that is not balanced begins to be."""
        if not service.steady or service.rebalance or _not_wanted(service) or _at_ease(fleet):
            return
        counts, usable = self._zones(service, fleet)
        if not rebalancing.moves(counts, usable, 1):
            return
        deployment = service.primary
        if deployment.next_start_ms > self._clock.now_ms:
            self._plane.scheduler.wake(service, not_before_ms=deployment.next_start_ms)
            return
        text = f"is not AZ balanced with {rebalancing.told(counts, usable)}. AZ Rebalancing in progress."
        if announce.service_event_once(self._plane, service, text):
            announce.service_action(self._plane, service, "INFO", "SERVICE_REBALANCING_STARTED")
            self._say(service, "rebalancing", rebalancing.told(counts, usable))
        service.rebalance = Rebalance(deployment.id, service.desired)
        self._start(service, fleet)

    def goes_on(self, service: Service, fleet: Fleet) -> bool:
        """The next step of one that has begun; False when it has ended and the round belongs to the strategy."""
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
        counts, usable = self._zones(service, fleet)
        if rebalancing.moves(counts, usable, 1):
            self._start(service, fleet)
            return service.rebalance is not None
        self._complete(service, counts, usable)
        return False

    # Starting

    def _start(self, service: Service, fleet: Fleet) -> None:
        """Choose who goes, and start as many elsewhere: on the providers that those leave, so that a ratio stays."""
        state = service.rebalance
        assert state is not None, "tasks are started for a rebalancing"
        counts, usable = self._zones(service, fleet)
        steps = rebalancing.moves(counts, usable, fleet.ceiling - len(fleet.copies))
        if not steps:
            self._end(service, f"no room above {fleet.ceiling}")
            return
        state.going = _going(Counter(fullest for fullest, _ in steps), fleet)
        for zone, count in Counter(emptiest for _, emptiest in steps).items():
            why = f"{zone} has {counts.get(zone, 0)} of {len(fleet.copies)} tasks"
            started, refused = self._launch(service, zone, count)
            state.started += [task.id for task in started]
            if started:
                self._started(service, zone, started, why)
            if refused:
                self._no_room(service, zone, refused)
        state.going = state.going[: len(state.started)]
        if not state.started:
            self._end(service, "no zone with too few tasks has room")

    def _launch(self, service: Service, zone: str, count: int) -> tuple[list[Task], str]:
        """Begin tasks in one zone; also AWS's reason when it has no room for all of them."""
        assert service.rebalance is not None, "tasks are started for a rebalancing"
        deployment = service.primary
        launch = launch_of(service, deployment)
        if launch.launch_type != "FARGATE":
            only = {"type": "memberOf", "expression": f"{rebalancing.ZONE} == {zone}"}
            launch = replace(launch, constraints=(*launch.constraints, only))
        live = [t for t in service.tasks.values() if t.desired == "RUNNING"]
        wanted = Wanted(
            service.cluster,
            deployment.definition,
            launch,
            [s for s in self._subnets(launch) if s.zone == zone],
            live,
            deployment.settings.get("capacityProviderStrategy") or [],
            that_stay(deployment, [t for t in live if t.id not in service.rebalance.going]),
        )
        started, refused = [], ""
        for of_provider, place in placements(self._plane, wanted, count):
            if isinstance(place, Refused):
                refused = place.code
            elif place.instance is None and launch.launch_type != "FARGATE":
                refused = "RESOURCE"  # a provider that ECS scales would have it wait for an instance
            else:
                started.append(begin(self._plane, wanted, of_provider, place, (service, deployment)))
        return started, refused

    def _started(self, service: Service, zone: str, tasks: list[Task], why: str) -> None:
        service.steady = False
        text = f"has started {len(tasks)} tasks in {zone} to AZ Rebalance: {named(tasks)}."
        announce.service_event(self._plane, service, text)
        announce.service_action(self._plane, service, "INFO", "TASKS_STARTED")
        self._say(service, "started tasks", why, count=len(tasks), zone=zone)

    def _no_room(self, service: Service, zone: str, reason: str) -> None:
        """Tried again when an instance has room, or comes; for Fargate Spot after a while."""
        service.unbalanced = True
        spot = reason == NO_SPOT.code
        if spot:
            again_ms = self._clock.now_ms + timing.SPOT_RETRY_MS
            self._plane.scheduler.wake(service, not_before_ms=again_ms)
        what = "." if spot else " because no container instance met all of its requirements."
        if announce.service_event_once(self._plane, service, f"is unable to place a task in {zone}{what}"):
            announce.service_action(
                self._plane, service, "ERROR", "SERVICE_TASK_PLACEMENT_FAILURE", reason=reason
            )
            self._say(service, "placement failed", f"no room in {zone}", zone=zone)

    # Stopping

    def _stop(self, service: Service, fleet: Fleet, state: Rebalance) -> None:
        left = Counter(c.zone for c in fleet.copies)
        by_zone: dict[str, list[Task]] = {}
        for task in (service.tasks[number] for number in state.going):
            by_zone.setdefault(task.zone or "", []).append(task)
        for zone, tasks in by_zone.items():
            why = f"{zone} has {left[zone]} of {len(fleet.copies)} tasks"
            for task in tasks:
                reason = STOPPED_BY.format(service.primary.id)
                self._plane.runner.stop(task, "ServiceSchedulerInitiated", reason, why)
            text = f"has stopped {len(tasks)} running tasks in {zone} due to AZ rebalancing: {named(tasks)}."
            announce.service_event(self._plane, service, text)
            announce.service_action(self._plane, service, "INFO", "TASKS_STOPPED")
            self._say(service, "stopped tasks", why, count=len(tasks), zone=zone)
        state.started, state.going = [], []
        self._plane.scheduler.wake(service)

    # Ending

    def _complete(self, service: Service, counts: Counter[str], usable: set[str]) -> None:
        service.rebalance = None
        announce.service_event(
            self._plane, service, f"is AZ balanced with {rebalancing.told(counts, usable)}."
        )
        announce.service_action(self._plane, service, "INFO", "SERVICE_REBALANCING_COMPLETED")
        self._say(service, "rebalanced", rebalancing.told(counts, usable))

    def _end(self, service: Service, why: str) -> None:
        service.rebalance = None
        if announce.service_event_once(self._plane, service, "stopped AZ Rebalancing."):
            announce.service_action(self._plane, service, "INFO", "SERVICE_REBALANCING_STOPPED")
            self._say(service, "rebalancing stopped", why)

    # Looking

    def _zones(self, service: Service, fleet: Fleet) -> tuple[Counter[str], set[str]]:
        """The tasks of each zone, and the zones in which more can be wanted."""
        counts = Counter(c.zone for c in fleet.copies if c.zone)
        launch = launch_of(service, service.primary)
        subnets = self._subnets(launch)
        if launch.launch_type == "FARGATE":
            return counts, {s.zone for s in subnets}
        definition = service.primary.definition
        wanted = needs(definition.spec, {})
        rules = Constraints.of([*definition.spec.get("placementConstraints", []), *launch.constraints])
        zones = {s.zone for s in subnets} if subnets else None
        strategy = service.primary.settings.get("capacityProviderStrategy") or []
        providers = {item["capacityProvider"] for item in strategy}
        fit = (
            i
            for i in service.cluster.instances.values()
            if (not providers or i.capacity_provider in providers)
            and standing(i, wanted, zones=zones) is None
            and rules.verdict(i, 0) is None
        )
        return counts, {i.zone for i in fit if i.zone}

    def _subnets(self, launch: Launch) -> list[Subnet]:
        """Where tasks may go; none when somebody has deleted one, which the next start will say."""
        if not launch.network:
            return []
        groups = launch.network.get("securityGroups", [])
        try:
            return self._plane.neighbours.network.subnets(launch.network["subnets"], groups)
        except AwsError:
            return []

    def _say(self, service: Service, kind: str, why: str, **facts: object) -> None:
        deployment = service.primary
        about = {"definition": deployment.definition.name, "deployment": deployment.id} | facts
        self._plane.say(f"service/{service.name}", kind, why, service=service.name, **about)


def _not_wanted(service: Service) -> bool:
    return service.uses_task_sets or service.settings["availabilityZoneRebalancing"] != "ENABLED"


def _at_ease(fleet: Fleet) -> bool:
    """Whether no zone has two tasks: then nothing can be uneven, whatever zones there are."""
    return max(Counter(c.zone for c in fleet.copies).values(), default=0) <= 1


def _interrupted(service: Service, fleet: Fleet, state: Rebalance) -> str:
    """Why a rebalancing cannot go on, or nothing: what it began with is no more."""
    if _not_wanted(service):
        return "it is no longer wanted"
    if service.primary.id != state.deployment or fleet.old:
        return "tasks are being replaced"
    if service.desired != state.desired:
        return f"{service.desired} tasks are wanted now, {state.desired} were"
    there = {c.id for c in fleet.copies}
    if len(there) < service.desired + len(state.started) or not there.issuperset(state.started):
        return "a task has ended"
    if any(c.unhealthy for c in fleet.copies):
        return "a task is unhealthy"
    return ""


def _going(from_zones: Mapping[str, int], fleet: Fleet) -> list[str]:
    """The ids of the tasks that will go, zone by zone."""
    return [
        copy.id
        for zone, count in from_zones.items()
        for copy in _chosen([c for c in fleet.copies if c.zone == zone], count, fleet)
    ]


def _chosen(copies: list[Copy], count: int, fleet: Fleet) -> list[Copy]:
    """Which of one zone's tasks go: so that capacity providers keep their ratio, then by the stop order, or chance on Fargate."""
    if fleet.strategy:
        quota = leaving(
            fleet.strategy,
            Counter(c.provider for c in fleet.copies),
            Counter(c.provider for c in copies),
            count,
        )
    else:
        quota = Counter({None: count})
    going: list[Copy] = []
    for provider, share in quota.items():
        left = [c for c in copies if not fleet.strategy or c.provider == provider]
        if fleet.choose:
            going += fleet.choose(left, share)
        else:
            going += [left.pop(fleet.pick(len(left))) for _ in range(share)]
    return going
