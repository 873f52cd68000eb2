"""CodeDeploy's pages: its lists take no length, and a token says where to go on."""

from collections.abc import Sequence
from typing import Any

from ecslab.ecs.api.paging import page
from ecslab.ground.errors import AwsError

PAGE = 100  # pedagogical: CodeDeploy does not publish the length of its pages


def listed(name: str, items: Sequence[Any], request: dict[str, Any]) -> dict[str, Any]:
    """One page as the member `name` of an answer; raises
    InvalidNextTokenException for a token that was not given out.
    """
    asked = {"nextToken": request["nextToken"]} if "nextToken" in request else {}
    try:
        found, rest = page(items, asked, limit=PAGE)
    except AwsError as error:
        raise AwsError(
            "InvalidNextTokenException", "The next token was specified in an invalid format."
        ) from error
    return {name: found} | rest
