"""Looks up what a task's definition names elsewhere, before any image is pulled."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ecslab.ecs.neighbours import Neighbours, Unavailable
from ecslab.ecs.policy.references import Reference, references
from ecslab.ecs.state import Json
from ecslab.ecs.state.tasks import Task

if TYPE_CHECKING:
    from ecslab.ecs.plane import ControlPlane

PROXY = "serviceConnect"


def look_up(plane: "ControlPlane", task: Task) -> None:
    """Ask for everything in the order of `references`; raises Unavailable with the stoppedReason for the first that is not there."""
    for reference in references(_with_proxy(task)):
        try:
            _ASK[reference.what](plane.neighbours, task, reference)
        except Unavailable as absent:
            raise Unavailable(reference.words.format(absent)) from absent


def _with_proxy(task: Task) -> Json:
    """What the task runs, the logs of Service Connect's proxy included."""
    connect = (task.deployment.settings.get("serviceConnectConfiguration") or {}) if task.deployment else {}
    proxy = next((s.name for s in task.sidecars if s.attachment_id), None)
    if proxy is None:
        return task.spec
    return task.spec | {PROXY: {"name": proxy, "logConfiguration": connect.get("logConfiguration")}}


def _secret(neighbours: Neighbours, _: Task, reference: Reference) -> None:
    neighbours.secrets.read(reference.name)


def _credentials(neighbours: Neighbours, _: Task, reference: Reference) -> None:
    neighbours.secrets.read_secret(reference.name)


def _object(neighbours: Neighbours, _: Task, reference: Reference) -> None:
    neighbours.objects.read(reference.name)


def _log_group(neighbours: Neighbours, task: Task, reference: Reference) -> None:
    options = reference.settings or {}
    stream = f"{options.get('awslogs-stream-prefix', 'ecs')}/{reference.container}/{task.id}"
    neighbours.logs.open(options, stream)
    for container in task.containers:
        if container.name == reference.container:
            container.log_stream = stream


def _file_system(neighbours: Neighbours, _: Task, reference: Reference) -> None:
    access_point = ((reference.settings or {}).get("authorizationConfig") or {}).get("accessPointId")
    neighbours.file_systems.mount(reference.name, access_point)


_ASK: dict[str, Callable[[Neighbours, Task, Reference], None]] = {
    "secret": _secret,
    "credentials": _credentials,
    "object": _object,
    "log group": _log_group,
    "file system": _file_system,
}
