"""`explain(lab, "task/3")`: one subject's story in sentences."""

from collections.abc import Iterable
from typing import Any

from ecslab.timeline import clusters, deployments, instances, services, targets, tasks
from ecslab.timeline.event import Event, looked_up
from ecslab.timeline.refs import ServiceRef
from ecslab.timeline.timeline import Timeline
from ecslab.view import vocabulary as words
from ecslab.view.axis import written
from ecslab.view.chart import story_of

__all__ = ["explain"]  # a picture of the front door

_OVER = (tasks.TaskStopped, services.ServiceInactive)
_TOLD: dict[type[Event], str] = {
    tasks.TaskStopWanted: "was told to stop",
    tasks.TaskHastened: "was told to stop sooner",
    tasks.TaskWaits: "waited for room on its instance",
    tasks.TaskCannotReach: "could not reach what it needs",
    tasks.TaskReaches: "reached it after all",
    tasks.TaskTakesWay: "took a way on trust",
    tasks.ImagePulling: "began to pull its image",
    tasks.ImagePulled: "had its image",
    tasks.ImagePullFailed: "could not pull its image",
    tasks.ContainerNeverStarted: "could never start",
    tasks.ContainerKilled: "was killed",
    tasks.ContainerRestarted: "was restarted",
    tasks.ContainerSignalled: "was sent SIGTERM",
    services.ServiceCreated: "was created",
    clusters.ClusterCreated: "was created",
    clusters.ProviderCreated: "was created",
    services.ServiceUpdated: "was updated",
    clusters.ClusterUpdated: "was updated",
    clusters.ProviderUpdated: "was updated",
    deployments.LimitsChanged: "got other limits for deployments",
    targets.TaskDiscoverable: "was registered",
    instances.InstanceRegistered: "was registered",
    clusters.DefinitionRegistered: "was registered",
    targets.TaskUndiscoverable: "was deregistered",
    instances.InstanceDeregistered: "was deregistered",
    clusters.DefinitionDeregistered: "was deregistered",
    clusters.ClusterDeleted: "was deleted",
    clusters.ProviderDeleted: "was deleted",
    clusters.DefinitionDeleted: "was deleted",
    services.ServiceDeleting: "began to be deleted",
    clusters.DefinitionDeleting: "began to be deleted",
    services.ServiceInactive: "became INACTIVE",
    services.ServiceSteady: "was steady",
    services.StartsThrottled: "was held back",
    services.PlacementFailed: "could not place a task",
    services.ServiceStuck: "was stuck",
    deployments.DeploymentStarted: "began a deployment",
    deployments.DeploymentCompleted: "completed a deployment",
    deployments.TaskSetCreated: "got a task set",
    deployments.TaskSetScaled: "had a task set scaled",
    deployments.TaskSetSteady: "had a steady task set",
    deployments.TaskSetMadePrimary: "got another primary task set",
    deployments.TaskSetDraining: "began to drain a task set",
    deployments.TaskSetDeleted: "lost a task set",
    deployments.DeploymentFailed: "gave up a deployment",
    deployments.RollbackRequested: "was asked to go back",
    deployments.BreakerTripped: "was stopped by its circuit breaker",
    deployments.AlarmsIgnored: "began a deployment without its alarms",
    deployments.AlarmsMissing: "began a deployment with alarms that do not exist",
    deployments.BakeStarted: "began its bake time",
    deployments.RollingBack: "began to go back",
    deployments.DeploymentStalled: "stalled",
    deployments.StageEntered: "came to a stage",
    deployments.TrafficShifted: "had traffic shifted",
    deployments.HookChanged: "had a hook",
}


class Sentences(str):
    """Text that a notebook shows as it is, not quoted."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def explain(source: Any, about: str) -> Sentences:
    """Tell what happened to one subject of a lab or a timeline, and why, sentence by sentence.

    `about` is a task, a service ("service/web", "prod/web"), a container ("task/3/app"), a cluster
    or a task definition.
    Raises LabError for a subject that the timeline does not know.
    """
    timeline, now_ms = story_of(source)
    about = _label(timeline, about)
    events = list(timeline.of(about))
    sentences = [
        _introduction(about, events),
        *(_sentence(about, event) for event in events),
        _now(about, events, now_ms),
    ]
    return Sentences("\n".join(filter(None, sentences)))


def _label(timeline: Timeline, about: str) -> str:
    """What the lines call somebody who is asked for by label, full name, or CLUSTER/SERVICE."""
    refs = [event.about() for event in timeline]
    if found := next((ref.label for ref in refs if about in ref.names), None):
        return found
    cluster = about.rpartition("/")[0]
    if any(isinstance(ref, ServiceRef) and ref.cluster.name == cluster for ref in refs):
        return timeline.service(about, asked="explain(lab, {})").label
    return about


def _introduction(about: str, events: Iterable[Event]) -> str:
    facts = {
        key: value for event in events for key, value in event.facts.items() if value is not None
    }
    if not about.startswith("task/") or about.count("/") > 1 or "definition" not in facts:
        return ""
    wanted_by = (
        f"wanted by service {facts['service']}"
        if facts.get("service")
        else "started by itself, for no service"
    )
    where = f", in {facts['zone']}" if facts.get("zone") else ""
    return f"{about} is one running copy of {facts['definition']}, {wanted_by}{where}."


def _sentence(about: str, event: Event) -> str:
    who = (
        "it"
        if event.subject == about
        else f"its container {event.subject.removeprefix(about + '/')}"
    )
    did = looked_up(event, _TOLD) or (
        f"became {event.kind}" if event.kind.isupper() else event.kind
    )
    return f"At {written(event.at_ms)} {who} {did}" + (f": {event.why}" if event.why else "") + "."


def _now(about: str, events: list[Event], now_ms: int) -> str:
    of_it = [e for e in events if e.subject == about]
    lasting = [e for e in of_it if e.kind in words.STATUSES or isinstance(e, _OVER)]
    if not lasting or isinstance(lasting[-1], _OVER) or now_ms == lasting[-1].at_ms:
        return ""
    return f"It has been {lasting[-1].kind} for {written(now_ms - lasting[-1].at_ms)}."
