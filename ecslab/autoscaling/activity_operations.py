"""DescribeScalingActivities: what scaling has done in six weeks, why, and,
when asked for, what it has not done.
"""

from ecslab.autoscaling.autoscaler import Autoscaler
from ecslab.autoscaling.model import DIMENSION, KEPT_MS, NAMESPACE, Activity
from ecslab.autoscaling.requests import Json, filtered, operation, page
from ecslab.ground.clock import Clock

PER_PAGE = 50  # botocore, DescribeScalingActivities$MaxResults


class ActivityOperations:
    """Scaling activities, shown."""

    def __init__(self, *, clock: Clock, autoscaling: Autoscaler) -> None:
        self._clock, self._autoscaling = clock, autoscaling

    @operation("DescribeScalingActivities")
    def describe_scaling_activities(self, request: Json) -> Json:
        """The activities, the newest first; those of a target that was deregistered are told
        too.
        """
        filtered([], request)  # raises for a dimension without a resource
        oldest_ms, resource = self._clock.now_ms - KEPT_MS, request.get("ResourceId")
        everything = request.get("IncludeNotScaledActivities", False)
        found = [
            a
            for a in self._autoscaling.held.activities
            if a.start_ms >= oldest_ms
            and resource in {None, a.resource}
            and (a.scaled or everything)
        ]
        shown, rest = page(found, request, PER_PAGE)
        return {"ScalingActivities": [self._shown(a) for a in shown], **rest}

    def _shown(self, activity: Activity) -> Json:
        shown: Json = {
            "ActivityId": activity.id,
            "ServiceNamespace": NAMESPACE,
            "ResourceId": activity.resource,
            "ScalableDimension": DIMENSION,
            "Description": activity.description,
            "Cause": activity.cause,
            "StartTime": self._clock.timestamp(activity.start_ms),
            "StatusCode": activity.status,
            "StatusMessage": activity.message,
        }
        if activity.end_ms is not None:
            shown["EndTime"] = self._clock.timestamp(activity.end_ms)
        if activity.reasons:
            shown["NotScaledReasons"] = activity.reasons
        return shown
