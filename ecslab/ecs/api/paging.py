"""The only place for pagination: stable order, maxResults, and a nextToken that says where to go on."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from ecslab.errors import invalid_parameter


def page(
    items: Sequence[Any], request: dict[str, Any], *, limit: int = 100
) -> tuple[list[Any], dict[str, str]]:
    """One page of `items` and the `nextToken` member for the response (empty on the last page).

    Raises InvalidParameterException for a maxResults outside 1…limit or a token that this list did not give out.
    """
    size = request.get("maxResults", limit)
    if not 1 <= size <= limit:
        raise invalid_parameter(f"maxResults must be between 1 and {limit}.")
    start = _start(request["nextToken"], len(items)) if "nextToken" in request else 0
    stop = start + size
    rest = (
        {"nextToken": base64.urlsafe_b64encode(f"ecslab:{stop}".encode()).decode()}
        if stop < len(items)
        else {}
    )
    return list(items[start:stop]), rest


def _start(token: str, length: int) -> int:
    try:
        mark, _, number = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        if mark == "ecslab" and 0 < int(number) <= length:
            return int(number)
    except (binascii.Error, ValueError):
        pass
    raise invalid_parameter("Invalid token.")
