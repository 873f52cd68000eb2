"""Which tasks of both revisions run while a deployment shifts traffic: each revision
is kept by itself (facts, section 7.1).
"""

from collections.abc import Sequence
from dataclasses import replace

from ecslab.ecs.deployments.fleet import Copy, Fleet, Move, Rollout
from ecslab.ecs.deployments.strategies import rolling
from ecslab.ground.text import Listed, Text

BEFORE_GREEN = frozenset({"", "RECONCILE_SERVICE", "PRE_SCALE_UP"})


def keep(fleet: Fleet, rollout: Rollout) -> Move:
    """Blue stays at what is wanted, green joins it from SCALE_UP on; in
    CLEAN_UP what is left is a rolling update.
    """
    if rollout.stage == "CLEAN_UP":
        return rolling.plan(replace(fleet, keeps={}, rollout=None))
    sides = [rollout.source] if rollout.source else []
    if rollout.stage not in BEFORE_GREEN:
        sides.append(fleet.target)
    return _together([rolling.plan(_side(fleet, side)) for side in sides], leavable(fleet, rollout))


def keep_blue(fleet: Fleet, rollout: Rollout) -> Move:
    """While a deployment goes back only blue is looked after."""
    return rolling.plan(_side(fleet, rollout.source)) if rollout.source else Move()


def withdraw_green(fleet: Fleet, rollout: Rollout) -> Move:
    """Everything but blue goes, as far as the minimum of healthy tasks does not
    need it; complete when it has gone.
    """
    assert rollout.source is not None, "a deployment goes back to one before it"
    move = rolling.plan(replace(fleet, target=rollout.source, keeps={}, rollout=None))
    return replace(move, complete=all(c.deployment == rollout.source for c in fleet.copies))


def strangers(fleet: Fleet, rollout: Rollout) -> list[Copy]:
    """Copies of neither revision: of deployments that were given up before this one began."""
    return [c for c in fleet.copies if c.deployment not in {rollout.source, fleet.target}]


def _side(fleet: Fleet, deployment: str) -> Fleet:
    mine = tuple(c for c in fleet.copies if c.deployment == deployment)
    return replace(fleet, target=deployment, copies=mine, keeps={}, rollout=None)


def leavable(fleet: Fleet, rollout: Rollout) -> list[Copy]:
    """The strangers that may go: those that the minimum of healthy tasks does not need."""
    found = strangers(fleet, rollout)
    serving = [c for c in found if c.healthy]
    spare = max(0, fleet.healthy - max(fleet.floor, fleet.desired))
    return [*(c for c in found if not c.healthy), *serving[:spare]]


def _together(moves: Sequence[Move], leaving: Sequence[Copy]) -> Move:
    """One move out of what each side does; stuck only when nothing moves at all."""
    starts = tuple(start for move in moves for start in move.starts)
    stop = (*(copy for move in moves for copy in move.stop), *(c.id for c in leaving))
    told = [move.why for move in moves if move.start or move.stop]
    if leaving:
        told.append(Text("they belong to a deployment that was given up"))
    if starts or stop:
        return Move(starts=starts, stop=stop, why=Listed("; ", told))
    return next((move for move in moves if move.stuck), Move())
