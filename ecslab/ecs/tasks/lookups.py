"""Looks up what a task's definition names elsewhere, before any image is pulled; on
instances Docker opens each container's log.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ecslab.ecs.definitions.references import DOCKER_LOGS, Reference, references
from ecslab.ecs.model import Json
from ecslab.ecs.model.tasks import Container, Task
from ecslab.ecs.ports import Neighbours, Unavailable
from ecslab.ecs.tasks import needs

if TYPE_CHECKING:
    from ecslab.ecs.plane import ControlPlane

PROXY = "serviceConnect"


def look_up(plane: "ControlPlane", task: Task) -> None:
    """Ask for everything in the order of `references`; raises Unavailable with the
    stoppedReason for the first that is not there.

    What cannot be reached cannot be asked for: Unreachable comes first.
    """
    for reference in references(_with_proxy(task)):
        if _at_start(task, reference):
            continue
        plane.reach.check(task, needs.of_reference(reference, plane.region))
        try:
            _ASK[reference.what](plane.neighbours, task, reference)
        except Unavailable as absent:
            raise Unavailable(reference.words.format(absent)) from absent


def log_problem(plane: "ControlPlane", task: Task, container: Container) -> str | None:
    """Open the log of a container that is about to start on an instance; why that
    cannot be, in Docker's words, or None.
    """
    for reference in references(task.spec):
        if reference.container == container.name and _at_start(task, reference):
            try:
                _log_group(plane.neighbours, task, reference)
            except Unavailable as absent:
                return DOCKER_LOGS.format(absent)
    return None


def _at_start(task: Task, reference: Reference) -> bool:
    """On an instance a missing log group is a container's own affair; of Service
    Connect's proxy it is asked first (assumption).
    """
    own = any(c.name == reference.container for c in task.containers)
    return reference.what == "log group" and task.instance is not None and own


def _with_proxy(task: Task) -> Json:
    """What the task runs, the logs of Service Connect's proxy included."""
    connect = (
        (task.deployment.settings.get("serviceConnectConfiguration") or {})
        if task.deployment
        else {}
    )
    proxy = next((s.name for s in task.sidecars if s.attachment_id), None)
    if proxy is None:
        return task.spec
    return task.spec | {PROXY: {"name": proxy, "logConfiguration": connect.get("logConfiguration")}}


def _login(_: Neighbours, __: Task, ___: Reference) -> None:
    """Nothing is looked up: ECR lets in whoever reaches it."""


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
    access_point = ((reference.settings or {}).get("authorizationConfig") or {}).get(
        "accessPointId"
    )
    neighbours.file_systems.mount(reference.name, access_point)


_ASK: dict[str, Callable[[Neighbours, Task, Reference], None]] = {
    "login": _login,
    "secret": _secret,
    "credentials": _credentials,
    "object": _object,
    "log group": _log_group,
    "file system": _file_system,
}
