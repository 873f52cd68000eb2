"""What the descriptions of everything in the account share
(`describe_task.py`, `describe_service.py` …).
"""

from typing import Any

from ecslab.ecs.model import Json
from ecslab.ecs.model.tasks import Stage, Task


def present(**members: Any) -> Json:
    """Only the members that have a value: AWS leaves the others out."""
    return {name: value for name, value in members.items() if value is not None}


def counts(tasks: list[Task]) -> tuple[int, int]:
    """How many tasks are running and how many are on their way (facts, section
    1.1); those told to stop are neither.
    """
    wanted = [t for t in tasks if t.desired == "RUNNING"]
    running = sum(t.stage == Stage.RUNNING for t in wanted)
    return running, len(wanted) - running
