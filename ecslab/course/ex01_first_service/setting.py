"""What several questions of this exercise use: where to look, and
a slip that three of them know.
"""

from typing import Any

from ecslab.grade.results import LessonSection

_FIRST, _SECOND, _THIRD = (
    "lessons/01-what-ecs-is.ipynb",
    "lessons/02-from-image-to-running-task.ipynb",
    "lessons/03-tasks-and-services.ipynb",
)
TASK_DEFINITION = LessonSection(1, "Part two: a task definition", _FIRST)
SERVICE = LessonSection(1, "Part four: a service", _FIRST)
ENDS = LessonSection(2, "How a task ends", _SECOND)
FAILURES = LessonSection(2, "Three ways to fail", _SECOND)
ONE_OFF = LessonSection(3, "One-off work", _THIRD)
REPLACED = LessonSection(3, "Work that must not end", _THIRD)
ILL = LessonSection(3, "A program that is ill", _THIRD)


def lacks_launch_type(service: dict[str, Any] | None) -> bool:
    """Whether a service looks for EC2 instances, which is what it does
    when nobody says anything else.
    """
    return service is not None and service.get("launchType") == "EC2"
