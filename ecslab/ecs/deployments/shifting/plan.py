"""How a deployment that shifts traffic goes from stage to stage, and back when
something is wrong (facts, section 7.1).
"""

from collections.abc import Sequence
from dataclasses import replace

from ecslab.ecs.deployments.fleet import Fleet, Move, Rollout, Shift
from ecslab.ecs.deployments.shifting import sides
from ecslab.ecs.deployments.shifting.lifecycle import (
    ALL,
    STAGE_LIMIT_MS,
    WHOLE_LIMIT_MS,
    ShiftStep,
)
from ecslab.ecs.deployments.shifting.way import (
    LAST_WITHOUT_BLUE,
    SHIFTS,
    STAGES,
    LifecycleStage,
    stage_after,
    stage_of,
)
from ecslab.ecs.deployments.strategies import rolling
from ecslab.ground.text import Text

BECAUSE = "Service deployment rolled back because"


def plan(fleet: Fleet, steps: Sequence[ShiftStep]) -> Move:
    """One round: keep the tasks of both revisions, and go on to the
    next stage when this one is done.

    Without a rollout under way there is one revision to keep, and unhealthy
    tasks are replaced as ROLLING does.
    """
    rollout = fleet.rollout
    if rollout is None:
        return rolling.plan(fleet)
    if rollout.back:
        return _back(fleet, rollout)
    keep = sides.keep(fleet, rollout)
    if reason := _failure(rollout):
        return replace(keep, rollback=reason)
    return _forward(keep, fleet, rollout, steps)


def _failure(rollout: Rollout) -> str:
    """Why the deployment cannot go on, in the words of AWS's troubleshooting
    guide; those of the two limits are ours.
    """
    for hook in rollout.hooks:
        if hook.fatal and hook.kind == "PAUSE" and hook.status == "TIMED_OUT":
            return f"{BECAUSE} {rollout.stage} pause hook timed out."
        if hook.fatal:
            return f"{BECAUSE} {rollout.stage} lifecycle hook(s) failed. {hook.reason}"
    if rollout.whole_ms >= WHOLE_LIMIT_MS:
        return f"{BECAUSE} the deployment took 30 days."
    if rollout.stage_ms > STAGE_LIMIT_MS and not _is_paused(rollout):
        return f"{BECAUSE} {rollout.stage} took more than 24 hours."
    return rollout.broken


def _is_paused(rollout: Rollout) -> bool:
    """Whether it waits for ContinueServiceDeployment, which may take longer than a stage."""
    return any(hook.open and hook.kind == "PAUSE" for hook in rollout.hooks)


# Forward.


def _forward(keep: Move, fleet: Fleet, rollout: Rollout, steps: Sequence[ShiftStep]) -> Move:
    waits_ms = _waits_ms(fleet, rollout, steps)
    keep = replace(keep, stuck=keep.stuck and waits_ms is None)
    if waits_ms is None:
        left_ms = WHOLE_LIMIT_MS - rollout.whole_ms
        return replace(
            keep, again_ms=left_ms if _is_paused(rollout) else min(left_ms, _limit_ms(rollout))
        )
    if waits_ms > 0:
        return replace(keep, again_ms=waits_ms)
    alone = rollout.source is None
    if rollout.stage == STAGES[-1] or (alone and rollout.stage == LAST_WITHOUT_BLUE):
        return replace(keep, complete=True)
    return replace(keep, shift=_next(fleet, rollout, steps))


def _limit_ms(rollout: Rollout) -> int:
    return STAGE_LIMIT_MS + 1 - rollout.stage_ms


def _waits_ms(fleet: Fleet, rollout: Rollout, steps: Sequence[ShiftStep]) -> int | None:
    """How much longer the stage lasts: 0 when it is done, None when that
    depends on something other than time.
    """
    stage = stage_of(rollout)
    if any(hook.open for hook in rollout.hooks) or (stage and not stage.until(fleet, rollout)):
        return None
    return max(0, stage.lasts_ms(rollout, steps) - rollout.stage_ms) if stage else 0


def _next(fleet: Fleet, rollout: Rollout, steps: Sequence[ShiftStep]) -> Shift:
    """The step into the stage after this one, with what it shifts."""
    after = stage_after(fleet, rollout)
    production, test, step = rollout.production, rollout.test, rollout.step
    if after.shifts == "test":
        test = ALL
    if after.shifts == "production":
        # A first deployment has no blue to share with and gets everything at
        # once: assumed, no source tells.
        production, step = (steps[step].share if rollout.source else ALL), step + 1
    return Shift(after.name, production, test, step, _reason(fleet, rollout, after))


def _reason(fleet: Fleet, rollout: Rollout, stage: LifecycleStage) -> str:
    """What a stage is for, where its name or a line about the traffic does not say it."""
    if stage.shifts and stage.shifts not in rollout.routes:
        none = "there is no listener for {kind} traffic, so nothing is shifted"
        return Text(none, kind=stage.shifts)
    minutes = rollout.config.get("bakeTimeInMinutes")
    return Text(stage.says, desired=fleet.desired, minutes=minutes) if stage.says else ""


# Back.


def _back(fleet: Fleet, rollout: Rollout) -> Move:
    """Production traffic returns first, then test traffic, then green's tasks go.

    The shift stages' hooks are told of it, not heeded. Traffic waits for one
    healthy task of blue to return to.
    """
    if rollout.source is None:
        return Move(complete=True)
    if rollout.stage == "CLEAN_UP":
        return sides.withdraw_green(fleet, rollout)
    keep = sides.keep_blue(fleet, rollout)
    shifting_ms = rollout.shift_ms - rollout.stage_ms if rollout.stage in SHIFTS else 0
    if shifting_ms > 0 or any(hook.open for hook in rollout.hooks):
        return replace(keep, again_ms=max(0, shifting_ms) or None)
    if rollout.production and not _can_return(fleet, rollout):
        return replace(keep, again_ms=_limit_ms(rollout))
    return replace(keep, shift=_next_back(rollout))


def _can_return(fleet: Fleet, rollout: Rollout) -> bool:
    blue = [c for c in fleet.copies if c.deployment == rollout.source]
    return not fleet.desired or any(c.healthy for c in blue) or rollout.stage_ms > STAGE_LIMIT_MS


def _next_back(rollout: Rollout) -> Shift:
    if rollout.production:
        why = Text("all production traffic goes back to the old revision")
        return Shift("PRODUCTION_TRAFFIC_SHIFT", 0, rollout.test, rollout.step, why)
    if rollout.test:
        return Shift(
            "TEST_TRAFFIC_SHIFT",
            0,
            0,
            rollout.step,
            Text("test traffic goes back to the old revision"),
        )
    return Shift("CLEAN_UP", 0, 0, rollout.step, Text("the new revision's tasks go"))
