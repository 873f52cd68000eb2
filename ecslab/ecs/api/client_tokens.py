"""What a clientToken may be, and which calls are the same call (Amazon ECS
API Reference, "Ensuring idempotency").

A token is known in one cluster. How AWS words its refusal of a token that is too
long was not found; that text is ours.
"""

from typing import Any

from ecslab.ground.errors import invalid_parameter

Json = dict[str, Any]

LONGEST = {"RunTask": 64, "CreateService": 36, "CreateTaskSet": 36}  # characters
KNOWN_FOR_MS = 24 * 3_600_000  # of RunTask: 24 hours


def check_token(operation: str, request: Json) -> None:
    """Refuse a token that is too long; that other characters than ASCII's 33
    to 126 are refused was seen nowhere.
    """
    if len(request.get("clientToken", "")) > LONGEST[operation]:
        raise invalid_parameter(f"clientToken can have up to {LONGEST[operation]} characters.")


def asks_the_same(request: Json, other: Json) -> bool:
    """Whether two calls in one cluster want the same, however they name the
    cluster and whatever their tokens.
    """
    apart = {"clientToken", "cluster"}
    plain = [{k: v for k, v in one.items() if k not in apart} for one in (request, other)]
    return plain[0] == plain[1]
