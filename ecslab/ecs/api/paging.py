"""Pagination: stable order, maxResults, and a token that says where to go on."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from ecslab.ground.errors import invalid_parameter


def page(
    items: Sequence[Any], request: dict[str, Any], *, limit: int = 100
) -> tuple[list[Any], dict[str, str]]:
    """One page of `items` and the `nextToken` member for the response (empty on the last page).

    Raises InvalidParameterException for a maxResults outside 1…limit or a
    token that this list did not give out.
    """
    size = request.get("maxResults", limit)
    if not 1 <= size <= limit:
        raise invalid_parameter(f"maxResults must be between 1 and {limit}.")
    start = 0
    if "nextToken" in request:
        found = position(request["nextToken"], len(items))
        if found is None:
            raise invalid_parameter("Invalid token.")
        start = found
    stop = start + size
    return list(items[start:stop]), {"nextToken": token(stop)} if stop < len(items) else {}


def token(at: int) -> str:
    """What stands for a place in a list."""
    return base64.urlsafe_b64encode(f"ecslab:{at}".encode()).decode()


def position(token: str, length: int) -> int | None:
    """The place that a token stands for; None when no list of this length gave it out."""
    try:
        mark, _, number = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        found = int(number)
    except (binascii.Error, ValueError):
        return None
    return found if mark == "ecslab" and 0 < found <= length else None
