"""Scheduled actions: PutScheduledAction, DeleteScheduledAction,
DescribeScheduledActions (facts, section 9.4).
"""

from datetime import UTC, datetime

from ecslab.autoscaling.autoscaler import Autoscaler
from ecslab.autoscaling.model import DIMENSION, NAMESPACE, ScalableTarget, ScheduledAction
from ecslab.autoscaling.requests import (
    Json,
    check_resource,
    filtered,
    not_found,
    operation,
    page,
    registered,
)
from ecslab.autoscaling.schedule import schedule
from ecslab.ecs.model.account import AccountState
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.ground.errors import AwsError, validation

PER_PAGE = 50  # botocore, DescribeScheduledActions$MaxResults
MOST_ACTIONS = 200  # Application Auto Scaling quotas, "Scheduled actions per scalable target"


class ScheduleOperations:
    """Scheduled actions put, deleted and shown."""

    def __init__(
        self, *, clock: Clock, chance: Chance, state: AccountState, autoscaling: Autoscaler
    ) -> None:
        self._clock, self._chance, self._state = clock, chance, state
        self._autoscaling = autoscaling

    @operation("PutScheduledAction")
    def put_scheduled_action(self, request: Json) -> Json:
        """Make a scheduled action, or replace it: what is not given
        keeps its value, but for the times.
        """
        target = registered(self._autoscaling, request)
        name = request["ScheduledActionName"]
        before = target.actions.get(name)
        expression = request.get("Schedule") or (before.expression if before else None)
        if not expression:
            # The wording is ours.
            raise validation("Schedule is required when creating a scheduled action.")
        zone = request.get(
            "Timezone", before.zone if before and "Schedule" not in request else None
        )
        bounds = request.get("ScalableTargetAction") or (before.bounds if before else {})
        start, end = request.get("StartTime"), request.get("EndTime")
        _check(bounds, start, end)
        if before is None and len(target.actions) >= MOST_ACTIONS:
            raise AwsError(
                "LimitExceededException",
                f"A scalable target has at most {MOST_ACTIONS} scheduled actions.",
            )
        counted_from = datetime.fromtimestamp(start, UTC) if start is not None else self._clock.now
        when = schedule(expression, zone, counted_from)
        if when.once and when.after(self._clock.now) is None:
            # The wording is ours.
            raise validation(f"The time of the schedule {expression} has passed.")
        action = ScheduledAction(
            name=name,
            arn=before.arn if before else self._arn(target, name),
            expression=expression,
            zone=zone,
            start=start,
            end=end,
            bounds=dict(bounds),
            created_ms=before.created_ms if before else self._clock.now_ms,
            schedule=when,
        )
        if before:
            self._autoscaling.scheduled.disarm(before)
        target.actions[name] = action
        self._autoscaling.scheduled.arm(target, action)
        return {}

    def _arn(self, target: ScalableTarget, name: str) -> str:
        number = self._chance.uuid("scheduled action ids")
        where = f"resource/{NAMESPACE}/{target.resource}:scheduledActionName/{name}"
        whose = f"{self._state.region}:{self._state.number}"
        return f"arn:aws:autoscaling:{whose}:scheduledAction:{number}:{where}"

    @operation("DeleteScheduledAction")
    def delete_scheduled_action(self, request: Json) -> Json:
        """Delete a scheduled action; the bounds that it has set stay."""
        name, target = (
            request["ScheduledActionName"],
            self._autoscaling.held.targets.get(check_resource(request)),
        )
        if target is None or name not in target.actions:
            raise not_found("scheduled action found", request, f", scheduled action name: {name}")
        self._autoscaling.scheduled.disarm(target.actions.pop(name))
        return {}

    @operation("DescribeScheduledActions")
    def describe_scheduled_actions(self, request: Json) -> Json:
        """The scheduled actions, in the order of their targets and of their making."""
        targets = filtered(self._autoscaling.held.targets.values(), request)
        names = request.get("ScheduledActionNames")
        actions = [
            (t, a) for t in targets for a in t.actions.values() if not names or a.name in names
        ]
        found, rest = page(actions, request, PER_PAGE)
        return {"ScheduledActions": [self._shown(t, a) for t, a in found], **rest}

    def _shown(self, target: ScalableTarget, action: ScheduledAction) -> Json:
        shown: Json = {
            "ScheduledActionName": action.name,
            "ScheduledActionARN": action.arn,
            "ServiceNamespace": NAMESPACE,
            "Schedule": action.expression,
            "Timezone": action.zone,
            "ResourceId": target.resource,
            "ScalableDimension": DIMENSION,
            "StartTime": action.start,
            "EndTime": action.end,
            "ScalableTargetAction": action.bounds,
            "CreationTime": self._clock.timestamp(action.created_ms),
        }
        return {name: value for name, value in shown.items() if value is not None}


def _check(bounds: Json, start: float | None, end: float | None) -> None:
    """Raise ValidationException for bounds or times that cannot be; the wording
    is ours but for AWS's on the bounds.
    """
    minimum, maximum = bounds.get("MinCapacity"), bounds.get("MaxCapacity")
    if minimum is None and maximum is None:
        raise validation("A scheduled action needs MinCapacity or MaxCapacity.")
    if min(b for b in (minimum, maximum) if b is not None) < 0:
        raise validation("Minimum capacity cannot be less than 0.")
    if minimum is not None and maximum is not None and maximum < minimum:
        raise validation("Maximum capacity cannot be less than minimum capacity")
    if start is not None and end is not None and end <= start:
        raise validation("EndTime must be later than StartTime.")
