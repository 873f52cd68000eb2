"""Lets requests flow: who answers them, how fast and with which errors,
added up between one change and the next.

Nothing counts single requests. Between two changes everybody's share is constant, so a step of time
is some arithmetic for each revision; a step ends when a minute is over (its metrics are published),
when somebody who answers comes, goes or changes, and where the traffic's curve bends.
"""

import math

from ecslab.cloudwatch.metrics import Metrics
from ecslab.ecs.model.tasks import Task
from ecslab.ecs.ports.balancers import Balancers
from ecslab.ecs.targets.registrar import Targets
from ecslab.ground.clock import Alarm, Clock
from ecslab.timeline.refs import FlowRef
from ecslab.timeline.teller import Teller
from ecslab.timeline.traffic import TrafficBegan
from ecslab.traffic.flows import Flow, Goal
from ecslab.traffic.log import TrafficLog
from ecslab.traffic.metrics import MinuteMetrics
from ecslab.traffic.outcomes import Met, failing, fate, loads
from ecslab.traffic.recorder import FlowTally
from ecslab.traffic.routing import Routing
from ecslab.traffic.snapshot import Kind, Snapshot
from ecslab.world.load import Served
from ecslab.world.traffic import Curve

MINUTE_MS, DAY_MS = 60_000, 86_400_000
# Pedagogical: metrics are published so long after the last request, for alarms to calm down.
AFTERWARDS_MS = 30 * MINUTE_MS
# Pedagogical: a row of the log is at least so long, unless its minute ends or shares change a lot.
ROW_MS = 5_000
# Pedagogical: with more tasks than this, changes are seen once a second.
MANY, BREATH_MS = 200, 1_000
SLOW_S = 2  # facts, section 11: no health check gives up sooner
# The clock's priority: after everything else of the instant, before alarms are looked at.
AFTER_ALL = 3


class Traffic:
    """Every flow of requests in the account and region; without one nothing here costs anything."""

    def __init__(
        self,
        *,
        clock: Clock,
        story: Teller,
        balancers: Balancers,
        metrics: Metrics,
        targets: Targets,
    ) -> None:
        self._clock, self._story, self._balancers = clock, story, balancers
        self._targets = targets
        self._pages: list[FlowTally] = []  # one for each flow
        self._scene = Snapshot()
        self._books = MinuteMetrics(metrics=metrics)
        # Up to when all is added up; of the log; who answers was looked up.
        self._at_ms = self._row_ms = self._looked_ms = 0
        # By task: seconds that its requests take, when they are many.
        self._late: dict[str, int] = {}
        self._alarm: Alarm | None = None
        self._due: Alarm | None = None  # a look at who answers now

    def send(self, to: Goal, curve: Curve, lasting_ms: int | None = None) -> Flow:
        """Let a flow begin now; without a length it lasts as long as its
        curve does, else until it is stopped.
        """
        now_ms = self._clock.now_ms
        self._settle()
        if not self._pages:
            self._row_ms = now_ms
        flow = Flow(self._story.label("traffic"), curve, to, self)
        flow.begin(now_ms, lasting_ms, midnight_ms=-(self._clock.epoch_ms % DAY_MS))
        self._pages.append(FlowTally(flow, clock=self._clock, story=self._story))
        self._story.say(TrafficBegan(flow=FlowRef(label=flow.label), rate=flow.rate(now_ms)))
        self._look()
        return flow

    def utilisation(self, service_arn: str, began_ms: int) -> tuple[float, float] | None:
        """Percent of CPU and memory that a service used in the minute that began
        then; None when no requests are known of.
        """
        minute_ms, cpu, memory = self._books.used.get(service_arn, (-1, 0.0, 0.0))
        return (cpu, memory) if minute_ms == began_ms else None

    def stop(self, flow: Flow) -> None:
        """End a flow now; ending it twice is harmless."""
        if flow.ends_ms > self._clock.now_ms:
            self._settle()
            flow.ends_ms = self._clock.now_ms
            self._look()

    def so_far(self, flow: Flow) -> TrafficLog:
        """A flow's log with the row that is being written, as it is
        now; nothing changes by looking.
        """
        for page, met in self._met(self._at_ms)[1]:
            if page.flow is flow:
                return page.preview(met, self._row_ms)
        return flow.written

    def changed(self) -> None:
        """Somebody who may answer has come, gone or changed: what was
        counts up to now, then look anew.
        """
        if not self._pages or self._due is not None:
            return
        self._settle()
        crowd = sum(
            busy + idle for _, kinds in self._scene.services.values() for _, busy, idle in kinds
        )
        wait_ms = max(0, self._looked_ms + BREATH_MS - self._clock.now_ms) if crowd > MANY else 0
        self._due = self._clock.after(wait_ms, self._look, priority=AFTER_ALL)

    # Steps

    def _step(self) -> None:
        """A minute is over, a curve bends, a flow ends, or somebody's answers change."""
        self._settle()
        if self._clock.since_1970_ms % MINUTE_MS == 0:
            self._write()
            self._books.publish(self._clock.now_ms - MINUTE_MS)
        now_ms = self._clock.now_ms
        over = any(
            page.ended or now_ms >= page.flow.ends_ms + AFTERWARDS_MS for page in self._pages
        )
        if over or now_ms >= self._scene.until_ms:
            self._look()
        else:
            self._appraise()
            self._plan()

    def _look(self) -> None:
        """See who answers from now on."""
        self._clock.cancel(self._due)
        self._due = None
        self._settle()
        now_ms = self._clock.now_ms
        for page in self._pages:
            page.finish(self._row_ms)
        self._pages = [p for p in self._pages if now_ms < p.flow.ends_ms + AFTERWARDS_MS]
        self._scene = Routing(
            clock=self._clock, balancers=self._balancers, targets=self._targets
        ).scene(page.flow.goal for page in self._pages)
        turns = any(
            p.turns(streams) for p, streams in zip(self._pages, self._scene.streams, strict=True)
        )
        if turns or now_ms - self._row_ms >= ROW_MS:
            self._write()
        self._looked_ms = now_ms
        self._appraise()
        self._plan()

    def _plan(self) -> None:
        self._clock.cancel(self._alarm)
        self._alarm = None
        if self._pages:
            now_ms = self._clock.now_ms
            minute_ms = now_ms + MINUTE_MS - self._clock.since_1970_ms % MINUTE_MS
            due_ms = min(
                minute_ms, self._scene.until_ms, *(p.flow.next_edge(now_ms) for p in self._pages)
            )
            delay_ms = max(1, math.ceil(due_ms) - now_ms)
            self._alarm = self._clock.after(delay_ms, self._step, priority=AFTER_ALL)

    def _settle(self) -> None:
        """Add up what has happened since the last step, by the scene as it was."""
        now_ms, before_ms = self._clock.now_ms, self._at_ms
        self._at_ms = now_ms
        if now_ms == before_ms or not self._pages:
            return
        served, all_met = self._met(before_ms)
        for page, met in all_met:
            page.add(met)
            self._books.requests(met)
        self._books.lapse(self._scene, served, (now_ms - before_ms) / 1000)

    def _met(self, since_ms: int) -> tuple[dict[Kind, Served], list[tuple[FlowTally, Met]]]:
        """How the tasks coped since then, and what became of each flow's requests."""
        seconds = (self._clock.now_ms - since_ms) / 1000
        amounts = [page.flow.between(since_ms, self._clock.now_ms) for page in self._pages]
        served = loads(self._scene, [amount / seconds if seconds else 0.0 for amount in amounts])
        met = [
            [(stream, amount * stream.share, fate(stream, served)) for stream in streams]
            if amount
            else []
            for amount, streams in zip(amounts, self._scene.streams, strict=True)
        ]
        return served, list(zip(self._pages, met, strict=True))

    def _write(self) -> None:
        """Close the row of every flow's log."""
        for page in self._pages:
            page.write(self._row_ms, self._clock.now_ms)
        self._row_ms = self._clock.now_ms

    def _appraise(self) -> None:
        """Say what is different from now on: whose share has changed, whether requests fail."""
        rates = [page.flow.rate(self._clock.now_ms) for page in self._pages]
        served = loads(self._scene, rates)
        for page, rate, streams in zip(self._pages, rates, self._scene.streams, strict=True):
            if rate:
                page.appraise(streams, *failing(streams, served))
        self._delay_checks(served)

    def _delay_checks(self, served: dict[Kind, Served]) -> None:
        """Health checks wait as long as everybody else: have the targets of tasks looked at
        that have become slow, or no longer are.
        """
        slow = {
            kind: math.ceil(cope.latency_s)
            for kind, cope in served.items()
            if cope.latency_s > SLOW_S
        }
        late = (
            {task: slow[kind] for task, kind in self._scene.busy.items() if kind in slow}
            if slow
            else {}
        )
        if late != self._late:
            before, self._late = self._late, late
            self._targets.look_at({t for t in {*before, *late} if before.get(t) != late.get(t)})

    def late_s(self, task: Task) -> float:
        """How long requests to a task take now, in whole seconds; 0 while that is
        too short for any health check to mind.
        """
        return self._late.get(task.id, 0)
