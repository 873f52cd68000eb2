"""Short words for asking the control plane something it must refuse."""

import copy
from typing import Any

import pytest

from ecslab.ground.errors import AwsError


def refused(account: Any, operation: str, **request: Any) -> AwsError:
    """The error a call is answered with; fails when the call succeeds."""
    with pytest.raises(AwsError) as caught:
        account.plane.call(operation, request)
    return caught.value


def changed(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A copy of `base` with values set at paths such as
    "containerDefinitions.0.cpu"; `...` removes a member.
    """
    copied = copy.deepcopy(base)
    for path, value in changes.items():
        *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        target: Any = copied
        for step in way:
            if isinstance(target, list) and step == len(target):
                target.append({})
            target = target.setdefault(step, {}) if isinstance(target, dict) else target[step]
        if value is ...:
            del target[last]
        elif isinstance(target, list) and last == len(target):
            target.append(value)
        else:
            target[last] = value
    return copied
