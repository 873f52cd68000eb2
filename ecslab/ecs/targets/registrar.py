"""Keeps the tasks of services in their target groups: registers, has them checked
on virtual time, drains, deregisters.

Nothing is asked every interval: the next change of each target's health is worked out
(`health.py`), and worked out anew when a container, the group or its listeners
change. Facts, sections 5.3, 5.7 and 11.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial

from ecslab.ecs import timing
from ecslab.ecs.model.services import Service
from ecslab.ecs.model.tasks import Progress, TargetRegistration, Task
from ecslab.ecs.ports import Unavailable
from ecslab.ecs.ports.balancers import Balancers, Target, TargetGroup, TargetHealth
from ecslab.ecs.targets import health as checks
from ecslab.ecs.targets.announcements import TargetNews
from ecslab.ecs.targets.ports import container_of, expected_answers, load_balancers_of, target_of
from ecslab.ground.clock import Clock
from ecslab.timeline.teller import Teller

Held = tuple[Task, TargetRegistration]
Left = tuple[Task, TargetRegistration, int]  # and until when it is sent requests
GONE = TargetHealth("unhealthy", None, "TARGET GROUP IS NOT FOUND")  # facts, section 5.3
TAKEN_OUT = TargetHealth("unhealthy", None, "TARGET IS NOT FOUND")
UNWATCHED = (GONE, TAKEN_OUT, checks.NOT_IN_USE)  # no check is made


class Targets:
    """Every target that ECS registered; `sync()` hears of a change of
    Elastic Load Balancing, whoever made it.
    """

    on_health: Callable[[Task], None]  # what is thought of a task's targets has changed

    def __init__(
        self,
        *,
        clock: Clock,
        story: Teller,
        balancers: Balancers,
    ) -> None:
        self._clock = clock
        # Whoever serves has changed, or how well.
        self.on_change: Callable[[], None] = lambda: None
        # By how many seconds a task answers later than its program would without requests.
        self.delay: Callable[[Task], float] = lambda _task: 0.0
        self._balancers = balancers
        self._balancers.on_change = self.sync
        self._news = TargetNews(clock=clock, story=story)
        self._held: dict[str, dict[Target, Held]] = {}  # by target group
        self._left: dict[str, list[Left]] = {}  # by target group: those deregistered moments ago
        # As last seen, and whether in use.
        self._groups: dict[str, tuple[TargetGroup | None, bool]] = {}

    def held(self, group: str) -> dict[Target, Held]:
        """The tasks in a group, and their registrations, by target;
        draining ones are not in it any more.
        """
        return self._held.get(group, {})

    def missed(self, group: str) -> list[Left]:
        """Targets that get requests although they serve no more: not every node of the
        load balancer knows that they have gone.

        A target that was deregistered as late and still serves is among them only where no other is
        left: whoever gets its answer instead of another's misses nothing.
        """
        alone = not self._held.get(group)
        left = [one for one in self._left.get(group, ()) if one[2] > self._clock.now_ms]
        return [one for one in left if alone or not container_of(one[0], one[1].container).serves]

    # A task's life

    def enrol(self, task: Task) -> None:
        """Register a task whose containers have started, while it is
        ACTIVATING (facts, section 1.1).
        """
        for wanted in load_balancers_of(task):
            arn, container = wanted["targetGroupArn"], container_of(task, wanted["containerName"])
            target = target_of(task, container, wanted["containerPort"])
            if target is None:
                continue
            registration = TargetRegistration(
                arn,
                target,
                container.name,
                wanted["containerPort"],
                checks.REGISTERING,
                self._anew(),
            )
            task.targets.append(registration)
            held = self._held.setdefault(arn, {})
            assert target not in held, "no target is registered twice"
            held[target] = (task, registration)
            self._admit(task, registration)
            self.on_change()

    def _anew(self, state: str = checks.INITIAL) -> Progress:
        now_ms = self._clock.now_ms
        return Progress(state, begins_ms=now_ms, at_ms=now_ms)

    def _admit(self, task: Task, registration: TargetRegistration) -> None:
        group, in_use = self._known(registration.group)
        try:
            self._balancers.register(registration.group, registration.target)
        except Unavailable:
            self._judge(task, registration, GONE)
            return
        self._balancers.tell(registration.group, registration.target, registration.health)
        self._news.registered(task, registration)
        if group and in_use:
            self._plan(task, registration)
        else:
            self._judge(task, registration, checks.NOT_IN_USE)

    def let_go(self, task: Task) -> int:
        """Have a task's targets drain a round from now; after how many milliseconds its
        containers may stop (facts, section 11).
        """
        going = [r for r in task.targets if not r.draining]
        if not going:
            return 0
        task.alarms.append(self._clock.after(timing.DEREGISTER_MS, lambda: self.drop(task)))
        groups = (self._known(r.group) for r in going)
        delays_s = [group.deregistration_delay_s for group, in_use in groups if group and in_use]
        return timing.DEREGISTER_MS + 1000 * max(delays_s, default=0)

    def drop(self, task: Task) -> None:
        """Deregister a task's targets now; Elastic Load Balancing goes on to
        show them as draining for a while.
        """
        going = [r for r in task.targets if not r.draining]
        for registration in going:
            registration.draining = True
            self._clock.cancel(registration.alarm)
            self._clock.cancel(registration.grace)
            del self._held[registration.group][registration.target]
            if registration.health.state == checks.HEALTHY:
                now_ms = self._clock.now_ms
                left = [one for one in self._left.get(registration.group, ()) if one[2] > now_ms]
                self._left[registration.group] = [
                    *left,
                    (task, registration, now_ms + timing.TARGET_LAG_MS),
                ]
            self._balancers.deregister(registration.group, registration.target)
            self._news.deregistered(task, registration)
        if going:
            self._news.draining(task)
            self.on_change()

    def look(self, task: Task) -> None:
        """A container of the task has changed: what it answers may have too."""
        for registration in task.targets:
            if not registration.draining:
                self._plan(task, registration)
        if task.targets:
            self.on_change()

    def look_at(self, tasks: Collection[str]) -> None:
        """Some tasks, by id, answer faster or slower than before."""
        for held in self._held.values():
            for task, registration in held.values():
                if task.id in tasks:
                    self._plan(task, registration)

    def heed_grace(self, service: Service) -> None:
        """The grace period may be another now: work out anew when somebody is told
        of targets that are unhealthy in it.
        """
        for task in service.tasks.values():
            for registration in task.targets:
                if registration.grace is not None:
                    self._news.complain(task, registration)

    # Elastic Load Balancing

    def sync(self) -> None:
        """See what has changed: a group's settings, whether a listener forwards to
        it, targets that somebody took out.
        """
        for arn, held in self._held.items():
            before = self._groups.pop(arn, None)
            group, in_use = now = self._known(arn)
            there = self._balancers.registered(arn) if held else ()
            for target, (task, registration) in list(held.items()):
                if group is None:
                    self._judge(task, registration, GONE)
                elif target not in there:
                    self._judge(task, registration, TAKEN_OUT)
                elif now != before or registration.health is TAKEN_OUT:
                    self._reconsider(task, registration, in_use=in_use)
        self.on_change()

    def _reconsider(self, task: Task, registration: TargetRegistration, *, in_use: bool) -> None:
        if not in_use:
            self._judge(task, registration, checks.NOT_IN_USE)
        # Its group has got a listener: it begins as a new target does.
        elif registration.health in UNWATCHED:
            registration.watch, registration.progress = None, self._anew()
            self._judge(task, registration, checks.REGISTERING)
        else:
            self._plan(task, registration)

    def _known(self, arn: str) -> tuple[TargetGroup | None, bool]:
        if arn not in self._groups:
            self._groups[arn] = (self._balancers.group(arn), self._balancers.forwards_to(arn))
        return self._groups[arn]

    # Health

    def _plan(self, task: Task, registration: TargetRegistration) -> None:
        """Set the alarm for the next change of a target's health; none when there will be none."""
        self._clock.cancel(registration.alarm)
        registration.alarm = None
        group, _ = self._known(registration.group)
        if group is None or registration.health in UNWATCHED:
            return
        now_ms = self._clock.now_ms
        _count(registration, now_ms)
        expected = expected_answers(group, task, registration, self.delay(task))
        registration.watch = group, expected
        coming = checks.next_verdict(group, registration.progress, expected)
        first_ms = registration.progress.begins_ms + group.interval_s * 1000
        new = registration.health is checks.REGISTERING and now_ms < first_ms
        if new and not (coming and coming.at_ms <= first_ms):
            coming = checks.HealthVerdict(first_ms, checks.CHECKING)
        if coming:
            ring = partial(self._judge, task, registration, coming.health)
            registration.alarm = self._clock.after(max(0, coming.at_ms - now_ms), ring)

    def _judge(self, task: Task, registration: TargetRegistration, health: TargetHealth) -> None:
        """Note what is now thought of a target, tell everybody, and
        look ahead to the next change.
        """
        before, now_ms = registration.health, self._clock.now_ms
        if health == before:
            return
        _count(registration, now_ms)
        registration.health = health
        self._balancers.tell(registration.group, registration.target, health)
        if health.state != before.state:
            registration.progress = replace(registration.progress, state=health.state, in_a_row=0)
            registration.healthy_since_ms = now_ms if health.state == checks.HEALTHY else None
            self._news.judged(task, registration, before.state)
        self._plan(task, registration)
        self.on_change()
        self.on_health(task)


def _count(registration: TargetRegistration, now_ms: int) -> None:
    """Count the checks since the last look, by what they went by then."""
    if registration.watch:
        group, met = registration.watch
        registration.progress = checks.later(group, registration.progress, now_ms, met)
