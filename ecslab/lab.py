"""What a learner meets of the simulation: `Lab` opens an account, hands out boto3 clients, and
moves time.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from ecslab import arguments
from ecslab.aws.account import Account, closed, opened, serving
from ecslab.aws.apis.catalogue import check_region
from ecslab.aws.gate.clients import client, resource
from ecslab.aws.process import close_account, open_account
from ecslab.billing.cost import Cost, cost
from ecslab.ecs.plane import ControlPlane
from ecslab.ground.clock import Clock, Duration, milliseconds
from ecslab.ground.errors import LabError
from ecslab.ground.text import Listed, Text
from ecslab.timeline.timeline import Timeline
from ecslab.traffic.calls import Call
from ecslab.traffic.flows import Flow, goal
from ecslab.traffic.probes import Probe
from ecslab.world.traffic import Curve, curve

_LAST_LINES = 8  # of the timeline, shown when something never happened
_MOST_NAMED = 5  # of what is still under way then


class Lab:
    """An AWS account of your own, in this process: nothing it does leaves the
    machine, and time moves only when you move it.

    `seed` decides everything that chance decides; the same seed tells the same story. `start` is
    when the story begins (UTC; a Monday at nine unless you say otherwise). `account` is the
    account's twelve digits. For very long runs, `keep_events` and `keep_datapoints` cap what grows
    with time: the timeline's lines (without them all there is no bill) and the metrics of each
    region. With `reach="open"` every task reaches everything, whatever its subnet's routes say: for
    tests of something else; otherwise a Fargate task needs a way to its image, its secrets and its
    logs, as on AWS. Use it in a `with` block, or call `close()`.

    `lab.client` makes clients of this lab, in whatever thread they are used. A plain
    `boto3.client` talks to the lab that was opened last in the same thread or asyncio task
    (one that is over counts for its thread); where none was (a pool's threads, say), to the
    lab in which the client was made, else to the one opened last. Its default region is that
    of the lab opened last. Clients made while a lab is open send nothing ever after; those
    made before are real ones again once it is closed, so threads that use them end before
    that. Programs started meanwhile reach this lab once `serve` has been called, and nobody
    before that. Only boto3 and these are looked after: a presigned URL that another HTTP
    library fetches is AWS's own, unless a client of `serve().url` made it. Raises LabError for
    a region that AWS does not have, for an account that another open lab has, for a seed that
    would not be the same on every run, and for any other reach.
    """

    def __init__(
        self,
        seed: int | str = 0,
        region: str = "us-east-1",
        start: datetime | None = None,
        account: str | None = None,
        *,
        reach: str = "aws",
        keep_events: int | None = None,
        keep_datapoints: int | None = None,
    ) -> None:
        check_region(region)
        arguments.check_caps(keep_events=keep_events, keep_datapoints=keep_datapoints)
        self._account = Account(
            arguments.number(account),
            region,
            arguments.start(start),
            arguments.seed(seed),
            reach=arguments.reach(reach),
            keep_events=keep_events,
            keep_datapoints=keep_datapoints,
        )
        open_account(self._account)
        self._endpoints: list[Any] = []

    # Clients

    def client(self, name: str, region_name: str | None = None, **options: Any) -> Any:
        """A boto3 client of this account, such as `lab.client("ecs")`; options are boto3's."""
        return client(self._opened(), name, {"region_name": region_name or self.region, **options})

    def resource(self, name: str, region_name: str | None = None, **options: Any) -> Any:
        """A boto3 resource of this account, such as `lab.resource("ec2")`; options are boto3's."""
        return resource(
            self._opened(), name, {"region_name": region_name or self.region, **options}
        )

    @property
    def images(self) -> Any:
        """Pushes container images that behave: `lab.images.push("web:1",
        starts_in=8, crashes_after=40)`.
        """
        from ecslab.aws.image_pusher import Pusher  # noqa: PLC0415 - most labs never push

        return Pusher(self.client("ecr"))

    def lambda_function(self, name: str, handler: Callable[[dict[str, Any], Any], Any]) -> str:
        """Have a Python function stand in for the code of a Lambda function,
        for hooks that call it; its ARN.

        `handler` gets the event and a context, as on Lambda; a name in use gets other code.
        """
        arguments.check_code(handler)
        self._opened().functions.register(name, handler)
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{name}"

    def serve(self, port: int = 0, clock: str = "manual", speed: float = 60) -> Any:
        """Serve this account on a loopback endpoint, for the AWS CLI and other
        programs, until it or the lab is closed.

        Programs started from now on find it by themselves (`!aws ecs list-clusters` in a notebook,
        `subprocess` in a script): they inherit its URL, a region and credentials. Before, they are
        refused, and told to have `serve` called.

        The clock is "manual" (time moves only here), "settle" (after every call that changes
        something, time passes until all is settled) or "paced" (`speed` seconds of the lab for
        each of the wall). Port 0 takes a free one.
        """
        self._opened()
        from ecslab.aws.server.server import serve  # noqa: PLC0415 - needs flask, which few installations have

        endpoint = serve(self, port=port, clock=clock, speed=speed)
        self._endpoints.append(endpoint)
        return endpoint

    # Time

    @property
    def now(self) -> datetime:
        """What time it is in the lab."""
        return self.clock.now

    def advance(self, duration: Duration) -> None:
        """Let time pass: "90s", "5m", "1h30m", seconds, or a timedelta.
        Raises LabError for anything else.
        """
        self._opened().advance(milliseconds(duration))

    def until(self, holds: Callable[[], Any], timeout: Duration = "10m") -> None:
        """Let time pass until `holds()` is true, asking after every
        instant at which something happened.

        Raises LabError, with the last lines of the timeline, when it is not true
        within `timeout` of the lab's time.
        """
        arguments.check_condition(holds)
        if not self._opened().advance_until(lambda: bool(holds()), milliseconds(timeout)):
            raise self._never(
                Text(
                    "the condition did not become true within {limit} of the lab's time.",
                    limit=timeout,
                )
            )

    def settle(self, limit: Duration = "1h") -> None:
        """Let time pass until nothing is under way that comes about by itself.

        That is: no task, instance, target or deployment is on its way, and every service is
        steady or has said what stands in its way (no instance, no room between its percentages, a
        failed deployment). What is driven from outside is not waited for: schedules, traffic,
        programs that end, reminders. Raises LabError, which says what still moves, when it takes
        longer than `limit` of the lab's time: a task that crashes again and again never settles,
        an open hook or a bake time may take longer.
        """
        if moving := self._opened().settle(milliseconds(limit)):
            more = [Text("and more")] if moving[_MOST_NAMED:] else []
            raise self._never(
                Text(
                    "the account did not settle within {limit} of the lab's time. Still under way: "
                    "{left}.",
                    limit=limit,
                    left=Listed("; ", [*(one.says for one in moving[:_MOST_NAMED]), *more]),
                )
            )

    # Looking inside

    @property
    def account(self) -> str:
        """The account's twelve digits."""
        return self._account.id

    @property
    def region(self) -> str:
        """The region that clients use unless told otherwise."""
        return self._account.region

    @property
    def clock(self) -> Clock:
        """The lab's clock."""
        return self._account.clock

    @property
    def timeline(self) -> Timeline:
        """What happened and why, one line per decision."""
        return self._account.timeline

    def plane(self, region: str | None = None) -> ControlPlane:
        """The control plane of a region: what pictures and checks look at."""
        return self._opened().plane(region or self.region)

    def cost(self) -> Cost:
        """What this run has cost so far, from a dated sample of prices: per task,
        instance, service and provider, and in total.

        Print it, or ask it: `.total`, `.providers`, `.of("service/web")`,
        `.compare(instance_type="m5.large")`.
        """
        if self.timeline.forgotten:
            raise LabError(
                Text(
                    "the timeline has forgotten its first {forgotten} lines, and a bill needs "
                    "them all.",
                    forgotten=self.timeline.forgotten,
                ),
                wrong=Text("Lab(keep_events=…) and lab.cost()"),
                right=Text("Lab()   # keeps every line"),
            )
        return cost(self._opened().timeline, self.clock.now_ms)

    # Faults

    def interrupt_spot(self, *tasks: str, region: str | None = None) -> None:
        """Have AWS take Fargate Spot capacity back: the tasks named, by ARN or id, get their
        two-minute warning; all, when none is named.

        Raises LabError for a task that is not there, is over or does not run on FARGATE_SPOT, and
        when there is none at all; then nothing is interrupted.
        """
        spot = self.plane(region).spot
        with serving(self._opened()):
            for task in spot.running(tasks):
                spot.interrupt(task)

    def set_spot_capacity(self, *, available: bool, region: str | None = None) -> None:
        """Whether new Fargate Spot tasks find capacity; without it services go on
        asking, and never fall back to FARGATE.
        """
        spot = self.plane(region).spot
        with serving(self._opened()):
            spot.offer(available=available)

    # Calls

    def call(self, sender: str | None, url: str, region: str | None = None) -> Call:
        """Send one HTTP request as a client would and see what comes back:
        `lab.call("web", "http://orders:8080")`.

        `sender` is a service ("web", or "shop/web" with its cluster), whose oldest RUNNING task
        calls, or None for a machine of the VPC outside ECS. Names of Service Connect and of service
        discovery are known. Time does not move. Raises LabError for a service that does not exist.
        """
        there = self._opened().in_region(region or self.region)
        with serving(self._opened()):
            return there.callers.call(arguments.sender(there.ecs.state, sender), arguments.url(url))

    def probe(
        self,
        sender: str | None,
        url: str,
        *,
        every: Duration = "1s",
        lasting: Duration = "10m",
        region: str | None = None,
    ) -> Probe:
        """Send the same request again and again while time passes; the answer remembers
        each: `probe = lab.probe("web", url)`.

        `every` and `lasting` are lengths of the lab's time. Raises LabError as `call` does.
        """
        there = self._opened().in_region(region or self.region)
        return Probe(
            arguments.sender(there.ecs.state, sender),
            arguments.url(url),
            every_ms=arguments.period(every),
            lasting_ms=milliseconds(lasting),
            clock=self.clock,
            story=there.ecs.story,
            callers=there.callers,
        )

    # Traffic

    def traffic(
        self,
        to: str,
        shape: float | Curve,
        *,
        lasting: Duration | None = None,
        region: str | None = None,
    ) -> Flow:
        """Send requests from now on: `flow = lab.traffic(dns_name, 50)`; they flow
        while time passes, until `flow.stop()`.

        `to` is where: a listener's ARN, a load balancer's ARN or DNS name, a URL
        ("http://…:8080/api/orders"), or a service ("web", or "shop/web" with its cluster)
        whose RUNNING tasks get them straight. `shape` is a number of requests per second or a
        curve of `ecslab.world.traffic`: steady, ramp, spike, daily, replay. `lasting` ends
        them by itself. What becomes of them is in `flow.log`, in CloudWatch's
        AWS/ApplicationELB and AWS/ECS once a minute, and on the timeline. Raises LabError for
        a place that is not there and a shape that is none.
        """
        there, wanted = self._opened().in_region(region or self.region), curve(shape)
        ecs = there.ecs
        length_ms = milliseconds(lasting) if lasting is not None else None
        with serving(self._opened()):
            where = goal(ecs.state, ecs.neighbours.balancers, to)
            return there.traffic.send(where, wanted, length_ms)

    # Opening and closing

    def close(self) -> None:
        """Drop the account; the last lab to close gives the process back as
        it was. Closing twice is harmless.
        """
        for endpoint in self._endpoints:
            endpoint.close()
        if self._account.is_open:
            close_account(self._account)

    def __enter__(self) -> Self:
        self._opened()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __reduce__(self) -> Any:
        """A lab cannot be copied: a copy, in this process or another, would share its account."""
        raise LabError(
            Text(
                "a lab cannot be copied, and cannot travel to another process; open another one "
                "there."
            ),
            wrong="copy.deepcopy(lab)",
            right="with Lab() as lab: …",
        )

    def __repr__(self) -> str:
        if not self._account.is_open:
            return f"<Lab {self.account}, closed>"
        clusters = [
            c
            for region in self._account.regions.values()
            for c in region.ecs.state.clusters.values()
            if c.status == "ACTIVE"
        ]
        services = sum(s.status != "INACTIVE" for c in clusters for s in c.services.values())
        tasks = sum(t.last_status != "STOPPED" for c in clusters for t in c.tasks.values())
        return (
            f"<Lab {self.account} in {self.region}, {self.now:%Y-%m-%d %H:%M:%S} UTC, "
            f"{self.clock.now_ms / 1000:g} s after it began: "
            f"{'' if self._account.judges_routes else 'reach is open, '}clusters "
            f"{len(clusters)}, services {services}, tasks {tasks}>"
        )

    def _opened(self) -> Account:
        if not self._account.is_open:
            raise closed(self.account)
        return self._account

    def _never(self, what: Text) -> LabError:
        story = str(self.timeline).splitlines()[-_LAST_LINES:] or [Text("(nothing has happened)")]
        return LabError(
            Text(
                "{what} The last lines of the timeline:\n{story}",
                what=what,
                story=Listed("\n", story),
            )
        )


@contextmanager
def closing_leftovers() -> Iterator[None]:
    """Close the labs that are opened inside the block and left open: for running code of others."""
    before = opened()
    try:
        yield
    finally:
        for account in opened():
            if account not in before:
                close_account(account)
