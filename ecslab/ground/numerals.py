"""Whole numbers in the texts that callers send."""

import re

_WHOLE = re.compile(r"[0-9]{1,18}")


def whole(text: str) -> int | None:
    """The number that up to 18 digits write, None for any other text: Python counts ²
    among the digits, and gives up on long ones.
    """
    return int(text) if _WHOLE.fullmatch(text) else None
