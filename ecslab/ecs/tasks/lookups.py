"""Looks up what a task's definition names elsewhere, before any image is pulled; on
instances Docker opens each container's log.
"""

from collections.abc import Callable

from ecslab.ecs.definitions.references import DOCKER_LOGS, Reference, references
from ecslab.ecs.model import Json
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.tasks import Container, Task
from ecslab.ecs.ports import Unavailable
from ecslab.ecs.ports.file_systems import FileSystems
from ecslab.ecs.ports.logs import Logs
from ecslab.ecs.ports.objects import Objects
from ecslab.ecs.ports.secrets import Secrets
from ecslab.ecs.tasks import needs
from ecslab.ecs.tasks.reach import Reach

PROXY = "serviceConnect"


class Lookups:
    """Asks the neighbours for what definitions name."""

    def __init__(
        self,
        *,
        state: AccountState,
        file_systems: FileSystems,
        logs: Logs,
        objects: Objects,
        secrets: Secrets,
        reach: Reach,
    ) -> None:
        self._state, self._file_systems, self._logs = state, file_systems, logs
        self._reach = reach
        self._ask: dict[str, Callable[[Task, Reference], None]] = {
            "login": lambda _task, _reference: None,  # ECR lets in whoever reaches it
            "secret": lambda _task, reference: secrets.read(reference.name),
            "credentials": lambda _task, reference: secrets.read_secret(reference.name),
            "object": lambda _task, reference: objects.read(reference.name),
            "log group": self._log_group,
            "file system": self._file_system,
        }

    def look_up(self, task: Task) -> None:
        """Ask for everything in the order of `references`; raises Unavailable with the
        stoppedReason for the first that is not there.

        What cannot be reached cannot be asked for: Unreachable comes first.
        """
        for reference in references(_with_proxy(task)):
            if _at_start(task, reference):
                continue
            self._reach.check(task, needs.of_reference(reference, self._state.region))
            try:
                self._ask[reference.what](task, reference)
            except Unavailable as absent:
                raise Unavailable(reference.words.format(absent)) from absent

    def log_problem(self, task: Task, container: Container) -> str | None:
        """Open the log of a container that is about to start on an instance; why that
        cannot be, in Docker's words, or None.
        """
        for reference in references(task.spec):
            if reference.container == container.name and _at_start(task, reference):
                try:
                    self._log_group(task, reference)
                except Unavailable as absent:
                    return DOCKER_LOGS.format(absent)
        return None

    def _log_group(self, task: Task, reference: Reference) -> None:
        options = reference.settings or {}
        stream = f"{options.get('awslogs-stream-prefix', 'ecs')}/{reference.container}/{task.id}"
        self._logs.open(options, stream)
        for container in task.containers:
            if container.name == reference.container:
                container.log_stream = stream

    def _file_system(self, _task: Task, reference: Reference) -> None:
        access = (reference.settings or {}).get("authorizationConfig") or {}
        self._file_systems.mount(reference.name, access.get("accessPointId"))


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
