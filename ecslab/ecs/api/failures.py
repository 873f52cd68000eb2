"""The `failures` of operations that are asked about things by name: those that do
not exist, by ARN, with reason MISSING.
"""

from collections.abc import Iterable
from typing import Any

from ecslab.ecs.model.account import AccountState


def long_form(state: AccountState, kind: str, name_or_arn: str) -> str:
    """The ARN of what a request names, whether it exists or not; `kind` is what
    stands before its name: "service/shop".
    """
    return name_or_arn if name_or_arn.startswith("arn:") else state.arn(f"{kind}/{name_or_arn}")


def missing(
    state: AccountState, kind: str, found: Iterable[tuple[str, object]]
) -> list[dict[str, Any]]:
    """A failure for each name of which nothing was found (facts, section 4, failure reasons)."""
    names = (name for name, thing in found if thing is None)
    return [{"arn": long_form(state, kind, name), "reason": "MISSING"} for name in names]
