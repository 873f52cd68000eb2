"""Lambda functions, as far as a lab knows them: for each name a Python
callable that stands in for its code.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

Handler = Callable[[dict[str, Any], Any], Any]  # (event, context), as Lambda calls one


class Functions:
    """The functions of one account."""

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}

    def register(self, name: str, handler: Handler) -> None:
        """Make a function, or give one other code."""
        self._handlers[name] = handler

    def __contains__(self, function: str) -> bool:
        return name_of(function) in self._handlers

    def call(self, function: str, event: dict[str, Any]) -> Any:
        """What a function answers, by its name or ARN; raises KeyError when there is
        none, and whatever its code raises.
        """
        name = name_of(function)
        return self._handlers[name](event, SimpleNamespace(function_name=name))


def name_of(function: str) -> str:
    """A function's name, out of its name, ARN, or either with a version or alias behind it."""
    _, is_arn, rest = function.rpartition(":function:")
    return (rest if is_arn else function).partition(":")[0]
