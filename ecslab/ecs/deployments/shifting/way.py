"""The way of a deployment that shifts traffic, as a table: its stages in order, what each waits
for, and what it is for (facts, section 7.1).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ecslab.ecs.deployments.fleet import Fleet, Rollout
from ecslab.ecs.deployments.shifting import sides
from ecslab.ecs.deployments.shifting.lifecycle import ALL, MINUTE_MS, ShiftStep

Steps = Sequence[ShiftStep]


@dataclass(frozen=True, slots=True)
class LifecycleStage:
    """A stage: it is over when its open hooks are answered, `until` holds, and it has
    lasted so long; without `only_if` it is left out.

    `shifts` is the kind of traffic that goes over when it begins; `says` what it is for, where its
    name does not tell; with `hooks=False` no lifecycle hook can be attached to it.
    """

    name: str
    only_if: Callable[[Fleet, Rollout], object] = lambda _fleet, _rollout: True
    until: Callable[[Fleet, Rollout], object] = lambda _fleet, _rollout: True
    lasts_ms: Callable[[Rollout, Steps], int] = lambda _rollout, _steps: 0
    shifts: str = ""
    says: str = ""
    hooks: bool = True


def _green_is_whole(fleet: Fleet, rollout: Rollout) -> bool:
    """Strangers are in the group that is about to get traffic; the last of them
    go once green does what they did.
    """
    whole = sum(c.healthy for c in fleet.new) >= fleet.desired
    return whole and not sides.strangers(fleet, rollout)


def _watched_ms(rollout: Rollout, steps: Steps) -> int:
    """The shift, and the step's bake time; none once everything has been shifted
    (facts, section 7.1).
    """
    whole = rollout.production == ALL or not rollout.step
    return rollout.shift_ms + (0 if whole else steps[rollout.step - 1].bake_ms)


def _bake_ms(rollout: Rollout, _steps: Steps) -> int:
    minutes: int = rollout.config["bakeTimeInMinutes"]
    return minutes * MINUTE_MS


WAY = (
    LifecycleStage(
        "RECONCILE_SERVICE",
        only_if=sides.strangers,
        until=lambda fleet, rollout: not sides.leavable(fleet, rollout),
        says="tasks of a deployment that was given up go first",
    ),
    LifecycleStage("PRE_SCALE_UP"),
    LifecycleStage(
        "SCALE_UP",
        until=_green_is_whole,
        says="{desired} tasks of the new revision start beside the old ones",
        hooks=False,
    ),
    LifecycleStage("POST_SCALE_UP"),
    LifecycleStage(
        "TEST_TRAFFIC_SHIFT", shifts="test", lasts_ms=lambda rollout, _steps: rollout.shift_ms
    ),
    LifecycleStage("POST_TEST_TRAFFIC_SHIFT"),
    LifecycleStage("PRE_PRODUCTION_TRAFFIC_SHIFT"),  # these two for each step
    LifecycleStage("PRODUCTION_TRAFFIC_SHIFT", shifts="production", lasts_ms=_watched_ms),
    LifecycleStage("POST_PRODUCTION_TRAFFIC_SHIFT"),
    LifecycleStage(
        "BAKE_TIME",
        lasts_ms=_bake_ms,
        says="both revisions run for {minutes} min more",
        hooks=False,
    ),
    LifecycleStage(
        "CLEAN_UP",
        until=lambda fleet, _rollout: not fleet.old,
        says="the old revision's tasks go",
        hooks=False,
    ),
)
STAGES = tuple(stage.name for stage in WAY)
LAMBDA_STAGES = tuple(stage.name for stage in WAY if stage.hooks)
SHIFTS = tuple(stage.name for stage in WAY if stage.shifts)
# Not where a rollback passes again: it would have to wait for somebody.
PAUSE_STAGES = tuple(stage.name for stage in WAY if stage.hooks and not stage.shifts)
BEFORE_EACH_STEP = "PRE_PRODUCTION_TRAFFIC_SHIFT"
LAST_WITHOUT_BLUE = "POST_PRODUCTION_TRAFFIC_SHIFT"  # nothing to compare with, nothing to clean up


def stage_of(rollout: Rollout) -> LifecycleStage | None:
    """The stage that a deployment is in; None before the first."""
    return next((stage for stage in WAY if stage.name == rollout.stage), None)


def stage_after(fleet: Fleet, rollout: Rollout) -> LifecycleStage:
    """The stage after that; the two production stages come again until green has everything."""
    if rollout.stage == "PRODUCTION_TRAFFIC_SHIFT" and rollout.production < ALL:
        return next(stage for stage in WAY if stage.name == BEFORE_EACH_STEP)
    done = STAGES.index(rollout.stage) + 1 if rollout.stage else 0
    return next(stage for stage in WAY[done:] if stage.only_if(fleet, rollout))
