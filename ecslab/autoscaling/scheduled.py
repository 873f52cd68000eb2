"""Scheduled actions: at their times they set a target's bounds, and the
desired count follows (facts, section 9.4).
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from ecslab.autoscaling.activities import ScalingActivities, find
from ecslab.autoscaling.model import ScalableTarget, ScheduledAction
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.services import Service
from ecslab.ground.clock import Clock
from ecslab.ground.text import Text
from ecslab.timeline.scaling import BoundsSet, ScalingHeld
from ecslab.timeline.teller import Teller

BEFORE_ALARMS = 4  # the clock's priority: bounds of this minute hold for what alarms call for in it


class ScheduledScaling:
    """Each action wakes when it is next due."""

    def __init__(
        self,
        *,
        clock: Clock,
        story: Teller,
        state: AccountState,
        activities: ScalingActivities,
        fit: Callable[[ScalableTarget], None],
    ) -> None:
        """`fit` brings a target's desired count inside its bounds."""
        self._clock, self._story, self._state = clock, story, state
        self._activities, self._fit = activities, fit

    def arm(self, target: ScalableTarget, action: ScheduledAction) -> None:
        """Have an action ring when it is next due, if ever."""
        self._clock.cancel(action.wake)
        due = self._next(action)
        action.wake = None
        if due is not None:
            delay_ms = round((due - self._clock.now) / timedelta(milliseconds=1))
            action.wake = self._clock.after(
                delay_ms, partial(self._ring, target, action), BEFORE_ALARMS
            )

    def disarm(self, action: ScheduledAction) -> None:
        """An action is gone."""
        self._clock.cancel(action.wake)

    def _next(self, action: ScheduledAction) -> datetime | None:
        """The next due moment inside StartTime and EndTime."""
        moment = self._clock.now
        if action.start is not None:
            moment = max(
                moment, datetime.fromtimestamp(action.start, UTC) - timedelta(milliseconds=1)
            )
        due = action.schedule.after(moment)
        ended = due is not None and action.end is not None and due.timestamp() > action.end
        return None if ended else due

    def _ring(self, target: ScalableTarget, action: ScheduledAction) -> None:
        self._act(target, action)
        if action.schedule.once:
            action.wake = None
        else:
            self.arm(target, action)

    def _act(self, target: ScalableTarget, action: ScheduledAction) -> None:
        service = find(self._state, target.resource)
        if service is None:
            return
        words = {"MinCapacity": "min capacity to", "MaxCapacity": "max capacity to"}
        new = [f"{words[name]} {action.bounds[name]}" for name in words if name in action.bounds]
        description, cause = (
            f"Setting {' and '.join(new)}",
            f"scheduled action name {action.name} was triggered",
        )
        minimum = action.bounds.get("MinCapacity", target.minimum)
        maximum = action.bounds.get("MaxCapacity", target.maximum)
        if target.is_suspended("ScheduledScaling"):
            suspended = Text(
                "{action} is due, but scheduled scaling is suspended", action=action.name
            )
            self._held(service, action, suspended)
            return
        if minimum > maximum:
            why = Text(
                "the minimum of {minimum} would be above the maximum of {maximum}",
                minimum=minimum,
                maximum=maximum,
            )
            self._activities.refuse(target, description, cause, why)
            self._held(service, action, Text("{action}: {why}", action=action.name, why=why))
            return
        target.minimum, target.maximum = minimum, maximum
        self._activities.bound(target, description, cause)
        self._story.say(
            BoundsSet(
                service=service.ref, scheduled_action=action.name, minimum=minimum, maximum=maximum
            )
        )
        self._fit(target)

    def _held(self, service: Service, action: ScheduledAction, why: Text) -> None:
        held = ScalingHeld(service=service.ref, because=why, scheduled_action=action.name)
        self._story.say(held)
