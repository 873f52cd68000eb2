"""How ECS and CodeDeploy call Lambda functions: those that were registered with the lab."""

from typing import Any

from ecslab.ecs.ports import Unavailable
from ecslab.world.lambdas import Functions


class LabFunctions:
    """The functions of one account; moto's Lambda, which would run a container, is not asked."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        """Call a function by name or ARN; raises Unavailable when there is
        none, and whatever its code raises.
        """
        if function not in self._functions:
            raise Unavailable(f"the function {function} does not exist")
        return self._functions.call(function, event)
