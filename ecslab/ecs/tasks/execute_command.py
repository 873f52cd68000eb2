"""ExecuteCommand (ECS Exec): what AWS refuses is refused in its words; a shell
inside a simulated container does not exist.
"""

from typing import Any

from ecslab.ecs.api import operation
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.tasks import Stage, Task
from ecslab.ground.errors import AwsError, invalid_parameter, not_simulated

Json = dict[str, Any]

# Public in many issue threads, e.g. aws/copilot-cli and aws-containers/amazon-ecs-exec-checker.
NOT_ENABLED = (
    "The execute command failed because execute command was not enabled when the task was run or "
    "the execute command agent isn't running. Wait and try again or run a new task with "
    "execute command enabled and try again."
)


class ExecuteCommand:
    """ExecuteCommand, as far as it refuses."""

    def __init__(self, *, state: AccountState) -> None:
        self._state = state

    @operation("ExecuteCommand")
    def execute_command(self, request: Json) -> Json:
        """Check everything that ECS checks before it opens a session, then say
        that there is no session in the lab.
        """
        cluster = self._state.cluster(request.get("cluster"))
        task = self._state.find_task(cluster, request["task"])
        if task is None or task.stage >= Stage.STOPPED:
            # Wording is ours.
            raise invalid_parameter("The specified task was not found or is not running.")
        status = _status(task, request.get("container"))
        if not request["interactive"]:
            # Wording is ours.
            raise invalid_parameter("Interactive is the only mode supported currently.")
        if not task.execute_command:
            raise invalid_parameter(NOT_ENABLED)
        if status != "RUNNING":
            raise AwsError("TargetNotConnectedException", NOT_ENABLED)
        raise not_simulated("A session of ECS Exec", "Nothing runs inside a container of the lab.")


def _status(task: Task, name: str | None) -> str:
    """That of the container asked for; it may be left out when the task has one
    only, those that AWS adds included.

    BC:ExecuteCommandRequest and facts, section 30; the wordings are ours.
    """
    there = {c.name: c.status for c in task.containers} | {
        s.name: s.status(task) for s in task.sidecars
    }
    if name is None and len(there) > 1:
        raise invalid_parameter(
            "Container name is required for tasks with more than one container."
        )
    if name is not None and name not in there:
        raise invalid_parameter(f"The container {name} was not found in the task.")
    return there[name or task.containers[0].name]
