"""Which task definitions are in use: one that is being deleted goes once
nothing uses it (DG:task-definition-state).
"""

from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.definitions import TaskDefinition
from ecslab.ecs.model.tasks import Stage


def is_in_use(state: AccountState, definition: TaskDefinition) -> bool:
    """Whether a task that has not stopped runs it, or a service that is not
    INACTIVE has it or may go back to it.
    """
    tasks = (
        t for c in state.clusters.values() for t in c.tasks.values() if t.stage != Stage.STOPPED
    )
    services = (
        s for c in state.clusters.values() for s in c.services.values() if s.status != "INACTIVE"
    )
    return any(t.definition is definition for t in tasks) or any(
        d and d.definition is definition for s in services for d in (*s.deployments, s.completed)
    )
