"""AWS Lambda: the functions that ECS and CodeDeploy call."""

from typing import Any, Protocol


class Lambdas(Protocol):
    """Lambda functions; a Python callable stands in for each one's code."""

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        """Call a function by its name or ARN and return its answer; raises Unavailable
        when there is none, and what it raises.
        """
