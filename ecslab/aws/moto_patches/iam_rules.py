"""Has moto's IAM refuse names that are longer than AWS takes."""

from collections.abc import Callable
from functools import wraps
from inspect import signature
from types import ModuleType
from typing import Any

from ecslab.aws.changes import put_in_place

LONGEST = {  # botocore, the shapes of IAM's names
    "roleName": 64,
    "userName": 64,
    "groupName": 128,
    "policyName": 128,
    "instanceProfileName": 128,
}
_NAMES = {  # by method of moto's backend: its parameter, and AWS's member
    "create_role": ("role_name", "roleName"),
    "create_user": ("user_name", "userName"),
    "create_group": ("group_name", "groupName"),
    "create_policy": ("policy_name", "policyName"),
    "create_instance_profile": ("name", "instanceProfileName"),
}


def teach(module: ModuleType) -> Callable[[], None]:
    """Teach `moto.iam.models`; what is returned makes it forget."""
    kind = module.IAMBackend
    return put_in_place(
        (kind, method, _within(vars(kind)[method], parameter, member, module))
        for method, (parameter, member) in _NAMES.items()
    )


def _within(
    create: Callable[..., Any], parameter: str, member: str, module: ModuleType
) -> Callable[..., Any]:
    asked, most = signature(create), LONGEST[member]

    @wraps(create)
    def checked(backend: Any, *arguments: Any, **named: Any) -> Any:
        name = asked.bind(backend, *arguments, **named).arguments[parameter]
        if len(name) > most:  # the text is in many public reports, for example aws/copilot-cli#2118
            raise module.ValidationError(
                f"1 validation error detected: Value '{name}' at '{member}' failed to satisfy "
                f"constraint: Member must have length less than or equal to {most}"
            )
        return create(backend, *arguments, **named)

    return checked
