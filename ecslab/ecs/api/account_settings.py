"""The account settings of ECS: PutAccountSetting, PutAccountSettingDefault,
ListAccountSettings, DeleteAccountSetting.
"""

import re
from typing import Any

from ecslab.ecs.api import operation
from ecslab.ecs.api.paging import page
from ecslab.ecs.model.account import AccountState
from ecslab.ground.errors import invalid_parameter, not_simulated

Json = dict[str, Any]

SWITCH = ("enabled", "disabled")

# Every setting's values, the default first (BC:SettingName,
# BC:PutAccountSettingRequest; facts, sections 2.2, 3 and 13).
VALUES = {
    "serviceLongArnFormat": SWITCH,
    "taskLongArnFormat": SWITCH,
    "containerInstanceLongArnFormat": SWITCH,
    "awsvpcTrunking": ("disabled", "enabled"),
    "containerInsights": ("disabled", "enabled", "enhanced"),
    "fargateFIPSMode": ("disabled", "enabled"),
    "tagResourceAuthorization": ("on", "off"),
    "fargateTaskRetirementWaitPeriod": ("7", "0", "14"),
    "guardDutyActivate": ("off", "on"),
    "defaultLogDriverMode": ("non-blocking", "blocking"),
    "fargateEventWindows": ("disabled", "enabled"),
}
MANAGED_BY_AWS = {"guardDutyActivate"}  # BC:Setting.type: read-only here, GuardDuty owns it


def effective(state: AccountState, name: str, principal: str = "") -> str:
    """The value that holds for a principal: its own, else the root user's, else AWS's default."""
    settings = state.settings
    return settings.get((principal, name)) or settings.get((_root(state), name)) or VALUES[name][0]


class AccountSettings:
    """The settings of an account: what they are, put and deleted."""

    def __init__(self, *, state: AccountState) -> None:
        self._state = state

    @operation("PutAccountSetting")
    def put_account_setting(self, request: Json) -> Json:
        """Change a setting for one principal, the caller unless another is named."""
        name, value, principal = request["name"], request["value"], _principal(self._state, request)
        _check_name(name)
        if value not in VALUES[name] or name in MANAGED_BY_AWS:
            raise invalid_parameter(
                "Invalid setting 'value'"
            )  # aws/aws-cli#3785, hashicorp/terraform-provider-aws#32114
        if name == "fargateTaskRetirementWaitPeriod" and principal != _root(self._state):
            # BC:PutAccountSettingRequest.principalArn gives the rule; the wording is ours.
            raise invalid_parameter(
                "fargateTaskRetirementWaitPeriod can only be set for the root user."
            )
        if name.endswith("LongArnFormat") and value == "disabled":
            raise not_simulated(f"The short ARN format ({name} disabled)")
        self._state.settings[principal, name] = value
        return {"setting": _setting(self._state, name, value, principal)}

    @operation("PutAccountSettingDefault")
    def put_account_setting_default(self, request: Json) -> Json:
        """Change a setting for everybody who has none of their own, which
        is to set it for the root user.
        """
        return self.put_account_setting(
            {"name": request["name"], "value": request["value"], "principalArn": _root(self._state)}
        )

    @operation("DeleteAccountSetting")
    def delete_account_setting(self, request: Json) -> Json:
        """Forget a principal's own value; the answer is the one that holds from now on."""
        name, principal = request["name"], _principal(self._state, request)
        _check_name(name)
        self._state.settings.pop((principal, name), None)
        return {
            "setting": _setting(
                self._state, name, effective(self._state, name, principal), principal
            )
        }

    @operation("ListAccountSettings")
    def list_account_settings(self, request: Json) -> Json:
        """The settings a principal has set, or with `effectiveSettings` the ones that hold for
        it.
        """
        principal = _principal(self._state, request)
        if "name" in request:
            _check_name(request["name"])
        elif "value" in request:
            # BC:ListAccountSettingsRequest.value gives the rule; the wording is ours.
            raise invalid_parameter("A setting name must be specified when a value is specified.")
        own = self._state.settings
        listed = [
            _setting(self._state, name, own[principal, name], principal)
            if (principal, name) in own
            else _setting(
                self._state, name, effective(self._state, name, principal), _root(self._state)
            )
            for name in VALUES
            if request.get("name", name) == name
            and (request.get("effectiveSettings") or (principal, name) in own)
        ]
        settings, rest = page(
            [s for s in listed if request.get("value", s["value"]) == s["value"]], request, limit=10
        )
        return {"settings": settings} | rest


def _setting(state: AccountState, name: str, value: str, principal: str) -> Json:
    kind = "aws_managed" if name in MANAGED_BY_AWS else "user"
    return {"name": name, "value": value, "principalArn": principal or state.caller, "type": kind}


def _check_name(name: str) -> None:
    if name not in VALUES:
        # The form moto's maintainers observed ("unknown should be one of
        # […]"); the names are today's.
        raise invalid_parameter(f"{name} should be one of [{','.join(VALUES)}]")


def _principal(state: AccountState, request: Json) -> str:
    principal: str = request.get("principalArn", state.caller)
    if not re.fullmatch(rf"arn:aws:iam::{state.number}:(root|user/.+|role/.+)", principal):
        raise invalid_parameter("Invalid principal.")  # wording is ours
    return principal


def _root(state: AccountState) -> str:
    return f"arn:aws:iam::{state.number}:root"
