"""The only place for `explain(lab, "task/3")`: one subject's story in sentences."""

from collections.abc import Iterable
from typing import Any

from ecslab.timeline.event import Event
from ecslab.view import vocabulary as words
from ecslab.view.axis import written
from ecslab.view.chart import story_of

_OVER = {words.STOPPED, "inactive"}
_LASTING = {*words.STATUSES, *_OVER}
_TOLD = {
    "stop wanted": "was told to stop",
    "hastened": "was told to stop sooner",
    "waits": "waited for room on its instance",
    "cannot reach": "could not reach what it needs",
    "reaches": "reached it after all",
    "takes a way": "took a way on trust",
    "pulling": "began to pull its image",
    "pulled": "had its image",
    "pull failed": "could not pull its image",
    "never started": "could never start",
    "killed": "was killed",
    "restarted": "was restarted",
    "SIGTERM": "was sent SIGTERM",
    "created": "was created",
    "updated": "was updated",
    "limits changed": "got other limits for deployments",
    "registered": "was registered",
    "deregistered": "was deregistered",
    "deleted": "was deleted",
    "deleting": "began to be deleted",
    "inactive": "became INACTIVE",
    "steady": "was steady",
    "throttled": "was held back",
    "placement failed": "could not place a task",
    "stuck": "was stuck",
    "deployment started": "began a deployment",
    "deployment completed": "completed a deployment",
    "task set created": "got a task set",
    "task set scaled": "had a task set scaled",
    "task set steady": "had a steady task set",
    "task set primary": "got another primary task set",
    "task set draining": "began to drain a task set",
    "task set deleted": "lost a task set",
    "deployment failed": "gave up a deployment",
    "rollback requested": "was asked to go back",
    "circuit breaker": "was stopped by its circuit breaker",
    "alarms ignored": "began a deployment without its alarms",
    "alarms missing": "began a deployment with alarms that do not exist",
    "baking": "began its bake time",
    "rolling back": "began to go back",
    "stalled": "stalled",
    "stage": "came to a stage",
    "traffic shifted": "had traffic shifted",
    "hook": "had a hook",
}


class Sentences(str):
    """Text that a notebook shows as it is, not quoted."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def explain(source: Any, about: str) -> Sentences:
    """Tell what happened to one subject of a lab or a timeline, and why, sentence by sentence.

    `about` is a task, a service, a container ("task/3/app"), a cluster or a task definition.
    Raises LabError for a subject that the timeline does not know.
    """
    timeline, now_ms = story_of(source)
    events = list(timeline.of(about))
    sentences = [
        _introduction(about, events),
        *(_sentence(about, event) for event in events),
        _now(about, events, now_ms),
    ]
    return Sentences("\n".join(filter(None, sentences)))


def _introduction(about: str, events: Iterable[Event]) -> str:
    facts = {key: value for event in events for key, value in event.facts.items() if value is not None}
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
    who = "it" if event.subject == about else f"its container {event.subject.removeprefix(about + '/')}"
    did = _TOLD.get(event.kind) or (f"became {event.kind}" if event.kind.isupper() else event.kind)
    return f"At {written(event.at_ms)} {who} {did}" + (f": {event.why}" if event.why else "") + "."


def _now(about: str, events: list[Event], now_ms: int) -> str:
    lasting = [e for e in events if e.subject == about and e.kind in _LASTING]
    if not lasting or lasting[-1].kind in _OVER or now_ms == lasting[-1].at_ms:
        return ""
    return f"It has been {lasting[-1].kind} for {written(now_ms - lasting[-1].at_ms)}."
