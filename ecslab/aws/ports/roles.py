"""What ECS asks of moto's IAM: whether ECS tasks may assume a role."""

import json
from fnmatch import fnmatchcase
from typing import Any

from ecslab.aws.ports.backends import backend

Statement = dict[str, Any]

# The principal of tasks (developer guide, "Amazon ECS task IAM role")
TASKS = "ecs-tasks.amazonaws.com"
ACTION = "sts:AssumeRole"

# The text is public in many issue threads, for example telia-oss/terraform-aws-ecs-fargate#58.
REFUSED = (
    "ECS was unable to assume the role '{}' that was provided for this task. Please verify that "
    "the role being passed has the proper trust relationship and permissions and that your IAM "
    "user has permissions to pass this role."
)


class MotoRoles:
    """Roles in moto's IAM."""

    def __init__(self, account: str, region: str) -> None:
        self._account, self._region = account, region

    def check(self, role_arn: str, principal: str = TASKS) -> str | None:
        """Why ECS tasks, or another principal, cannot assume this role, in AWS's words;
        None when its trust policy lets them.
        """
        roles = backend("iam", self._account, "aws").roles.values()
        role = next((r for r in roles if r.arn == role_arn), None)
        if role is None or not self._trusts(
            json.loads(role.assume_role_policy_document), principal
        ):
            return REFUSED.format(role_arn)
        return None

    def _trusts(self, policy: Statement, who: str) -> bool:
        """An Allow that fits, and no Deny that fits."""
        fitting = {
            statement.get("Effect")
            for statement in _listed(policy.get("Statement"))
            if self._fits(statement, who)
        }
        return fitting == {"Allow"}

    def _fits(self, statement: Statement, who: str) -> bool:
        principal = statement.get("Principal")
        services = (
            _listed(principal.get("Service")) if isinstance(principal, dict) else _listed(principal)
        )
        names = any(service in {who, "*"} for service in services)
        acts = any(
            fnmatchcase(ACTION.lower(), action.lower())
            for action in _listed(statement.get("Action"))
        )
        return names and acts and self._holds(statement.get("Condition") or {})

    def _holds(self, conditions: dict[str, dict[str, Any]]) -> bool:
        """The two keys that ECS sends (developer guide, "Prevent the confused deputy
        problem"); any other key is absent.
        """
        sent = {
            "aws:sourceaccount": self._account,
            "aws:sourcearn": f"arn:aws:ecs:{self._region}:{self._account}:*",
        }
        for operator, wanted in conditions.items():
            for key, values in wanted.items():
                value = sent.get(key.lower())
                if value is None and operator.endswith("IfExists"):
                    continue
                if value is None or not any(
                    _matches(operator.removesuffix("IfExists"), value, str(v))
                    for v in _listed(values)
                ):
                    return False
        return True


def _matches(operator: str, value: str, wanted: str) -> bool:
    # IAM: the two Arn operators are the same.
    if operator in {"StringLike", "ArnLike", "ArnEquals"}:
        return fnmatchcase(value, wanted)
    return operator == "StringEquals" and value == wanted


def _listed(value: Any) -> list[Any]:
    """IAM takes one thing for a list of one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
