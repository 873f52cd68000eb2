"""The only place that knows which accounts are open, and which of them is being served now."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from threading import RLock
from weakref import ReferenceType, ref

from ecslab.aws.garbage import collected_rarely
from ecslab.aws.opener import Opener
from ecslab.aws.ports import neighbours
from ecslab.ecs.plane import ControlPlane
from ecslab.ecs.under_way import Movement
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.ground.errors import LabError
from ecslab.ground.text import Text
from ecslab.region import Region
from ecslab.timeline.clusters import ReachOpened
from ecslab.timeline.refs import Subject
from ecslab.timeline.timeline import Timeline
from ecslab.world.lambdas import Functions

FIRST = 123456789012  # the id AWS's own examples use, and moto's default

_open: dict[str, "Account"] = {}  # in the order of opening
_served: ContextVar["Account | None"] = ContextVar("served", default=None)
# The account that answered this thread's last request.
asked: ContextVar["Account | None"] = ContextVar("asked", default=None)
_opened_here: ContextVar[tuple[ReferenceType["Account"], ...]] = ContextVar(
    "opened_here", default=()
)
_lock = RLock()  # one for the process: moto keeps state on its classes, so two labs share it


class Account:
    """One simulated AWS account: a clock, chance and a timeline, shared by
    an ECS control plane per region.
    """

    def __init__(
        self,
        number: str,
        region: str,
        start: datetime,
        seed: int | str,
        *,
        reach: str = "aws",
        keep_events: int | None = None,
        keep_datapoints: int | None = None,
    ) -> None:
        self.id, self.region = number, region
        self.clock, self.chance = Clock(start), Chance(seed)
        self.timeline = Timeline(limit=keep_events)
        self._keep_datapoints = keep_datapoints
        self.judges_routes = reach != "open"
        if not self.judges_routes:
            self.timeline.append(ReachOpened(whose=Subject(label="account")))
        self.regions: dict[str, Region] = {}  # those that somebody has asked for
        self.functions = Functions()
        self.endpoints: list[str] = []  # where it is served, in the order of opening
        self.opener = Opener()

    def plane(self, region: str) -> ControlPlane:
        """This account's ECS in a region."""
        return self.in_region(region).ecs

    def in_region(self, region: str) -> Region:
        """This account's ECS in a region and what stands around it, made on first use."""
        if region not in self.regions:
            around = neighbours(
                self.id,
                region,
                self.clock,
                self.chance,
                self.functions,
                judges_routes=self.judges_routes,
                keep_datapoints=self._keep_datapoints,
            )
            self.regions[region] = Region(
                ControlPlane(
                    region=region,
                    account=self.id,
                    clock=self.clock,
                    chance=self.chance,
                    timeline=self.timeline,
                    neighbours=around,
                )
            )
        return self.regions[region]

    @property
    def is_open(self) -> bool:
        """Whether the lab of this account has not been closed."""
        return _open.get(self.id) is self

    @property
    def is_alone(self) -> bool:
        """Whether no other lab is open."""
        return list(_open) == [self.id]

    @property
    def under_way(self) -> Iterator[Movement]:
        """What comes about by itself in any region, worked out as it is asked for;
        empty when the account has settled.
        """
        for region in self.regions.values():
            yield from region.under_way

    def advance(self, by_ms: int) -> None:
        """Let time pass, and everything that is due in it happen."""
        with serving(self), collected_rarely():
            self.clock.run_until(self.clock.now_ms + by_ms)

    def advance_until(
        self,
        holds: Callable[[], bool],
        within_ms: int,
        next_ms: Callable[[], int | None] | None = None,
    ) -> bool:
        """Go from one instant at which something happens to the next until
        `holds`; False when time is up.

        The next instant is that of the clock's next alarm, unless `next_ms` says otherwise.
        """
        next_ms = next_ms or self.clock.next_due_ms
        deadline_ms = self.clock.now_ms + within_ms
        with collected_rarely():
            while not holds():
                if self.clock.now_ms >= deadline_ms:
                    return False
                with serving(self):
                    due_ms = next_ms()
                    self.clock.run_until(
                        deadline_ms if due_ms is None else min(due_ms, deadline_ms)
                    )
        return True

    def settle(self, within_ms: int, *, without_asking: bool = True) -> list[Movement]:
        """Go on until nothing is under way; what still is when time is up.

        Without asking, time passes too while somebody could say how it goes on;
        otherwise it is left to them from there.
        """

        def holds() -> bool:
            with serving(self):
                return all(move.asks and not without_asking for move in self.under_way)

        self.advance_until(holds, within_ms, self._next_ms)
        with serving(self):
            return list(self.under_way)

    def _next_ms(self) -> int | None:
        """When the next thing happens: an alarm of the clock, or the last target
        that drains is gone, which rings none.
        """
        balancers = (r.ecs.neighbours.balancers.drained_ms() for r in self.regions.values())
        known = [at_ms for at_ms in (self.clock.next_due_ms(), *balancers) if at_ms is not None]
        return min(known, default=None)


def free_number() -> str:
    """The first account id that no open lab has, from 123456789012 on."""
    return next(number for number in map(str, range(FIRST, 10**12)) if number not in _open)


def admit(account: Account) -> None:
    """Note an account as open, and as the one that clients of nobody in particular
    talk to, here and where there is no other.
    """
    if account.id in _open:
        raise LabError(
            Text(
                "a lab with the account {id} is open already, and two labs never share an account.",
                id=account.id,
            ),
            wrong=f'Lab(account="{account.id}")',
            right=Text("Lab()   # takes the next free account id; or close the other lab first"),
        )
    _open[account.id] = account
    _opened_here.set((*_still_open_here(), ref(account)))


def dismiss(account: Account) -> None:
    """Forget a closed account."""
    del _open[account.id]
    _opened_here.set(_still_open_here())


def _still_open_here() -> tuple[ReferenceType[Account], ...]:
    return tuple(weak for weak in _opened_here.get() if (account := weak()) and account.is_open)


def opened() -> list[Account]:
    """The accounts that are open, in the order of opening."""
    return list(_open.values())


def latest() -> Account | None:
    """The account opened last, of those still open."""
    return next(reversed(_open.values()), None)


def nearest(made_in: Account | None = None) -> Account | None:
    """Whose account a client of nobody in particular talks to: a context is what
    `contextvars` calls so, a thread or a task.

    The lab opened last in the caller's context, or in its thread by a task that is
    over; where none was opened, the one in which the client was made; else the one
    opened last anywhere. None when no lab is open.
    """
    inherited = [weak() for weak in _still_open_here()]
    for account in reversed(opened()):
        if account in inherited or account.opener.is_here:
            return account
    return made_in if made_in is not None and made_in.is_open else latest()


def numbered(number: str) -> Account:
    """The open account with this id; raises LabError when its lab has been closed."""
    if number not in _open:
        raise closed(number)
    return _open[number]


def closed(number: str) -> LabError:
    """What everything that belongs to a closed lab answers."""
    return LabError(
        Text(
            "the lab with the account {number} has been closed, and everything in it is gone.",
            number=number,
        ),
        wrong=Text(
            'with Lab() as lab: ecs = lab.client("ecs")\n            ecs.list_clusters()   # '
            "outside the block"
        ),
        right='lab = Lab(); ecs = lab.client("ecs"); ecs.list_clusters()',
    )


def none_open() -> LabError:
    """What a client answers that was made in a lab of which nothing is left, or whose
    call is under way when the last closes.
    """
    return LabError(
        Text(
            "this client was made while a lab was open, or its call began while one was; there "
            "is no lab any more, and the request was not sent anywhere."
        ),
        wrong=Text('ecs = boto3.client("ecs")   # inside the lab, used after it'),
        right='lab = Lab(); ecs = boto3.client("ecs")',
    )


def being_served() -> Account | None:
    """The account that the code running now works for; None outside
    any request or step of a clock.
    """
    return _served.get()


def current() -> Account:
    """The account being served, else the one opened last (moto's worker
    threads, direct calls of moto).
    """
    account = _served.get() or latest()
    assert account is not None, "virtual time is in force only while a lab is open"
    return account


@contextmanager
def serving(account: Account) -> Iterator[Account]:
    """Work for one account: its clock is moto's clock, its chance moto's
    chance, and no other thread interferes.
    """
    with _lock:
        before = _served.set(account)
        try:
            yield account
        finally:
            _served.reset(before)
