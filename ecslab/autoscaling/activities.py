"""What scaling sets a service's desired count to, as an activity that is
followed until ECS has brought it about.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import takewhile

from ecslab.autoscaling.model import Activity, Scalable, ScalableTarget
from ecslab.ecs.model import Json
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.services import Service
from ecslab.ecs.model.tasks import Stage
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.ground.errors import AwsError

FOLLOW_MS = 10_000  # pedagogical: how often an activity's service is looked at
# Pedagogical: when a change that ECS cannot bring about is called unfulfilled.
GIVE_UP_MS = 3_600_000


class ScalingActivities:
    """Acts on services for Application Auto Scaling, and notes it.

    The texts are those of AWS's examples ("Successfully set desired count to 1. Change successfully
    fulfilled by ecs."); those of changes that are not fulfilled are ours.
    """

    def __init__(
        self,
        held: Scalable,
        *,
        clock: Clock,
        chance: Chance,
        state: AccountState,
        call: Callable[[str, Json], Json],
    ) -> None:
        self._held, self._clock, self._chance, self._state = held, clock, chance, state
        self._call = call

    def set(self, target: ScalableTarget, to: int, cause: str) -> bool:
        """Set the desired count; False when ECS refuses, which is noted too."""
        activity = self._note(target, f"Setting desired count to {to}.", cause)
        activity.wanted = to
        try:
            asked = {"cluster": target.cluster, "service": target.service, "desiredCount": to}
            self._call("UpdateService", asked)
        except AwsError as refused:
            self._end(
                activity,
                "Failed",
                f"Failed to set desired count to {to}. {refused.code}: {refused.message}",
            )
            return False
        activity.status = "InProgress"
        activity.message = (
            f"Successfully set desired count to {to}. Waiting for change to be fulfilled by ecs."
        )
        self._follow_later(activity)
        return True

    def bound(self, target: ScalableTarget, description: str, cause: str) -> None:
        """Note that a scheduled action has set the bounds."""
        activity = self._note(target, description, cause)
        activity.status, activity.message = (
            "Successful",
            f"Successfully set {description[len('Setting ') :]}",
        )

    def refuse(self, target: ScalableTarget, description: str, cause: str, why: str) -> None:
        """Note that a scheduled action could not be done."""
        self._end(self._note(target, description, cause), "Failed", why)

    def leave(self, target: ScalableTarget, cause: str, why: str, reason: Json) -> None:
        """Note that an alarm did not scale anything: what
        DescribeScalingActivities tells when it is asked for it.
        """
        activity = self._note(target, "Attempting to scale due to alarm triggered", cause)
        activity.reasons = [reason]
        self._end(activity, "Unfulfilled", why)

    def followed(self) -> Iterator[Activity]:
        """The activities whose change ECS has not brought about yet, nor been given up on."""
        since_ms = self._clock.now_ms - GIVE_UP_MS - FOLLOW_MS
        recent = takewhile(lambda activity: activity.start_ms >= since_ms, self._held.activities)
        return (activity for activity in recent if activity.status == "InProgress")

    def _note(self, target: ScalableTarget, description: str, cause: str) -> Activity:
        activity = Activity(
            id=self._chance.uuid("scaling activity ids"),
            resource=target.resource,
            description=description,
            cause=cause,
            start_ms=self._clock.now_ms,
            status="Pending",
            message="",
        )
        self._held.activities.appendleft(activity)
        return activity

    def _end(self, activity: Activity, status: str, message: str) -> None:
        activity.status, activity.message, activity.end_ms = status, message, self._clock.now_ms

    def _follow_later(self, activity: Activity) -> None:
        self._clock.after(FOLLOW_MS, partial(self._follow, activity), priority=3)

    def _follow(self, activity: Activity) -> None:
        service = find(self._state, activity.resource)
        done = f"Successfully set desired count to {activity.wanted}."
        if service is None or service.desired != activity.wanted:
            self._end(activity, "Overridden", f"{done} A later change took its place.")
        elif running(service) == activity.wanted:
            self._end(activity, "Successful", f"{done} Change successfully fulfilled by ecs.")
        elif self._clock.now_ms - activity.start_ms >= GIVE_UP_MS:
            self._end(activity, "Unfulfilled", f"{done} Change was not fulfilled by ecs.")
        else:
            self._follow_later(activity)


def find(state: AccountState, resource: str) -> Service | None:
    """The ACTIVE service of a resource, service/CLUSTER/SERVICE, or None."""
    _, cluster_name, name = resource.split("/")
    cluster = state.clusters.get(cluster_name)
    service = cluster.services.get(name) if cluster else None
    return service if service and service.status == "ACTIVE" else None


def running(service: Service) -> int:
    """How many of its tasks run: of every deployment, which is what inflates
    the count while one is in progress.
    """
    return sum(t.stage == Stage.RUNNING for t in service.tasks.values())
