"""Watches the CloudWatch alarms of the deployment that is under way, and how
long it bakes (facts, section 6.5).
"""

from typing import TYPE_CHECKING

from ecslab.cloudwatch.alarms import AlarmChange
from ecslab.ecs.deployments import rollbacks
from ecslab.ecs.deployments.bake import bake_ms
from ecslab.ecs.model.service_deployments import ServiceDeployment
from ecslab.ecs.model.services import Service
from ecslab.timeline.deployments import AlarmsIgnored, AlarmsMissing, BakeStarted

if TYPE_CHECKING:
    from ecslab.ecs.plane import ControlPlane

EVENT = "deployment failed: alarm detected."  # the wording is ours


def begin(plane: "ControlPlane", service: Service, work: ServiceDeployment) -> None:
    """Watch a service deployment that begins; alarms of which one is in ALARM
    already are ignored (facts, section 6.5).

    What ECS makes of a name that no alarm has is not documented; here it watches the others
    (assumption), and the timeline names it.
    """
    asked = work.configuration.get("alarms") or {}
    work.alarms.names = list(asked.get("alarmNames", []))
    if not asked.get("enable"):
        return
    states = plane.alarms.state(work.alarms.names)
    if missing := [name for name in work.alarms.names if states[name] is None]:
        plane.story.say(
            AlarmsMissing(
                service=service.ref,
                deployment=service.primary.ref,
                work=work.id,
                missing=tuple(missing),
            )
        )
    ringing = in_alarm(plane, work)
    if ringing:
        plane.story.say(
            AlarmsIgnored(
                service=service.ref,
                deployment=service.primary.ref,
                work=work.id,
                ringing=tuple(ringing),
            )
        )
    else:
        work.alarms.status = "MONITORING"


def in_alarm(plane: "ControlPlane", work: ServiceDeployment) -> list[str]:
    """Which of a service deployment's alarms are in ALARM now."""
    states = plane.alarms.state(work.alarms.names)
    return [name for name in work.alarms.names if states[name] == "ALARM"]


def heard(plane: "ControlPlane", change: AlarmChange) -> None:
    """An alarm changed: services that deploy under it are looked at in their next round."""
    for cluster in plane.clusters.values():
        for service in cluster.services.values():
            work = service.service_deployment
            if (
                work
                and work.alarms.status == "MONITORING"
                and change.alarm.name in work.alarms.names
            ):
                plane.rounds.wake(service)


def judge(plane: "ControlPlane", service: Service) -> bool:
    """In the scheduler's round: an alarm in ALARM ends the deployment, and
    rolls it back when that was asked for.

    True when it has just ended.
    """
    work = service.service_deployment
    if work is None or work.alarms.status != "MONITORING":
        return False
    ringing = in_alarm(plane, work)
    if ringing:
        work.alarms.status, work.alarms.triggered = "TRIGGERED", ringing
        reason = f"ECS deployment alarms: {', '.join(ringing)} in ALARM."  # the wording is ours
        rollback = bool(work.configuration["alarms"]["rollback"])
        rollbacks.give_up(plane, service, work, rollbacks.Failed(EVENT, reason, rollback=rollback))
    return bool(ringing)


def baked(plane: "ControlPlane", service: Service, work: ServiceDeployment) -> bool:
    """Whether a deployment that is ready has been watched for its bake time;
    without alarms that watch it, it needs none.
    """
    if work.alarms.status != "MONITORING":
        return True
    now = plane.clock.now_ms
    if work.bake_until_ms is None:
        known = plane.neighbours.alarms.known()
        length_ms = bake_ms(work.configuration, [known[n] for n in work.alarms.names if n in known])
        work.bake_until_ms = now + length_ms
        if length_ms:
            plane.story.say(
                BakeStarted(
                    service=service.ref,
                    deployment=service.primary.ref,
                    work=work.id,
                    bake_ms=length_ms,
                    alarms=tuple(work.alarms.names),
                )
            )
    return now >= work.bake_until_ms
