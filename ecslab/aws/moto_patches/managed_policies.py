"""Brings AWS's own managed policies into moto's IAM, each when somebody first asks for it.

moto carries all of them, and makes them for every account or for none;
all of them take a tenth of a second.
"""

import json
from collections.abc import Callable
from functools import cache, wraps
from hashlib import sha256
from inspect import signature
from types import ModuleType
from typing import Any

from ecslab.aws.changes import Change, put_in_place

_ONE = tuple(
    f"{verb}_{whom}_policy" for verb in ("attach", "detach") for whom in ("role", "group", "user")
)


class Policies(dict[str, Any]):
    """An account's managed policies by ARN: its own, and those of
    AWS that somebody has asked for.
    """

    def __init__(self, module: ModuleType, account: str, partition: str) -> None:
        super().__init__()
        self._module, self._account, self._partition = module, account, partition
        self._prefix = f"arn:{partition}:iam::aws:policy/"

    def __contains__(self, arn: object) -> bool:
        return super().__contains__(arn) or (isinstance(arn, str) and self._make(arn))

    def __missing__(self, arn: str) -> Any:
        if self._make(arn):
            return self[arn]
        raise KeyError(arn)

    def all(self) -> None:
        """Make what AWS has and nobody has asked for yet."""
        for path in _catalogue(self._module):
            self._make(self._prefix + path)

    def made(self) -> list[Any]:
        """Those of AWS that have been asked for."""
        return [policy for arn, policy in self.items() if arn.startswith(self._prefix)]

    def _make(self, arn: str) -> bool:
        if not arn.startswith(self._prefix) or super().__contains__(arn):
            return super().__contains__(arn)
        path = arn.removeprefix(self._prefix)
        data = _catalogue(self._module).get(path)
        if data is None:
            return False
        self[arn] = self._policy(path, data)
        return True

    def _policy(self, path: str, data: dict[str, Any]) -> Any:
        """The same id in every account, as in AWS; it is drawn from no account's chance."""
        names = vars(self._module)
        draw, number = names["random_policy_id"], sha256(path.encode()).hexdigest().upper()
        names["random_policy_id"] = lambda: f"ANPA{number[:17]}"
        try:
            kind = names["AWSManagedPolicy"]
            return kind.from_data(path.rpartition("/")[2], self._account, self._partition, data)
        finally:
            names["random_policy_id"] = draw


@cache
def _catalogue(module: ModuleType) -> dict[str, dict[str, Any]]:
    """AWS's policies by path and name, such as
    service-role/AmazonECSTaskExecutionRolePolicy, read once per process.
    """
    known: dict[str, dict[str, Any]] = json.loads(module.aws_managed_policies_data)
    return {f"{data['Path']}{name}".removeprefix("/"): data for name, data in known.items()}


def offer(module: ModuleType) -> Callable[[], None]:
    """Have `moto.iam.models` offer AWS's policies; what is returned takes them away again."""
    kind = module.IAMBackend
    taught: dict[str, Callable[..., Any]] = {
        "_init_aws_policies": lambda _backend: [],
        "_init_managed_policies": lambda backend: Policies(
            module, backend.account_id, backend.region_name
        ),
        "list_policies": _listing(kind.list_policies),
        "get_account_authorization_details": _telling(kind.get_account_authorization_details),
        **{name: _attaching(vars(kind)[name]) for name in _ONE},
    }
    made, gone = "create_from_cloudformation_json", "delete_from_cloudformation_json"
    role = module.Role
    changes: list[Change] = [(kind, name, function) for name, function in taught.items()]
    changes.append((role, made, classmethod(_of_template(vars(role)[made].__func__, module))))
    changes.append((role, gone, classmethod(_without(vars(role)[gone].__func__, module))))
    return put_in_place(changes)


def _of_template(create: Callable[..., Any], module: ModuleType) -> Callable[..., Any]:
    """A role of a template has the ManagedPolicyArns that it asks for; moto drops them."""

    @wraps(create)
    def create_from_cloudformation_json(
        kind: Any, name: str, asked: Any, account_id: str, region_name: str, **more: Any
    ) -> Any:
        iam = module.iam_backends[account_id][module.get_partition(region_name)]
        policies = [iam.get_policy(arn) for arn in asked["Properties"].get("ManagedPolicyArns", [])]
        role = create(kind, name, asked, account_id, region_name, **more)
        for policy in policies:
            policy.attach_to(role)
        return role

    return create_from_cloudformation_json


def _without(delete: Callable[..., Any], module: ModuleType) -> Callable[..., Any]:
    """A role that has policies cannot be deleted; a stack takes them off first."""

    @wraps(delete)
    def delete_from_cloudformation_json(
        kind: Any, name: str, asked: Any, account_id: str, region_name: str
    ) -> None:
        roles = module.iam_backends[account_id][module.get_partition(region_name)].roles.values()
        for role in [r for r in roles if r.name == name]:
            for policy in list(role.managed_policies.values()):
                policy.detach_from(role)
        delete(kind, name, asked, account_id, region_name)

    return delete_from_cloudformation_json


def _attaching(attach: Callable[..., Any]) -> Callable[..., Any]:
    """Moto looks through all policies for the one that is meant: it has to be there."""

    @wraps(attach)
    def look_first(backend: Any, policy_arn: str, *whom: Any, **named: Any) -> Any:
        _ = policy_arn in backend.managed_policies
        return attach(backend, policy_arn, *whom, **named)

    return look_first


def _listing(list_policies: Callable[..., Any]) -> Callable[..., Any]:
    asked = signature(list_policies)

    @wraps(list_policies)
    def with_all(backend: Any, *arguments: Any, **named: Any) -> Any:
        wanted = asked.bind(backend, *arguments, **named).arguments
        if wanted["scope"] != "Local" and not wanted["only_attached"]:
            backend.managed_policies.all()
        return list_policies(backend, *arguments, **named)

    return with_all


def _telling(details: Callable[..., Any]) -> Callable[..., Any]:
    """AWS's policies are told of as far as the account has to do with them."""

    @wraps(details)
    def with_made(backend: Any, policy_filter: list[str]) -> Any:
        backend.aws_managed_policies = backend.managed_policies.made()
        return details(backend, policy_filter)

    return with_made
