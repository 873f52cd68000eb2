"""What several questions of this exercise use: where to look, names for the hidden cases, words."""

from collections.abc import Iterator
from typing import Any

from ecslab.chance import Chance
from ecslab.grade.outcomes import Place

_FIRST, _SECOND, _THIRD = (
    "lessons/01-what-ecs-is.ipynb",
    "lessons/02-from-image-to-running-task.ipynb",
    "lessons/03-tasks-and-services.ipynb",
)
TASK_DEFINITION = Place(1, "Part two: a task definition", _FIRST)
SERVICE = Place(1, "Part four: a service", _FIRST)
ENDS = Place(2, "How a task ends", _SECOND)
FAILURES = Place(2, "Three ways to fail", _SECOND)
ONE_OFF = Place(3, "One-off work", _THIRD)
REPLACED = Place(3, "Work that must not end", _THIRD)
ILL = Place(3, "A program that is ill", _THIRD)

OTHER_LAB = (
    "Nothing has changed in the lab that the function was given. A client that was made outside the function belongs to "
    "another lab: make the client inside, from the function's own `lab`."
)

_NAMES = ("shop", "orders", "blog", "radio", "atlas", "river", "lotus", "bamboo", "tiger", "comet")


def names(chance: Chance) -> Iterator[str]:
    """Names that no two things of one case share, in an order of the seed's."""
    pool = list(_NAMES)
    chance.stream("names").shuffle(pool)
    return iter(pool)


def lacks_launch_type(service: dict[str, Any] | None) -> bool:
    """Whether a service looks for EC2 instances, which is what it does when nobody says anything else."""
    return service is not None and service.get("launchType") == "EC2"


def listed(values: Any) -> str:
    """Several things in one line, in a fixed order."""
    return ", ".join(sorted(map(str, values))) or "none"
