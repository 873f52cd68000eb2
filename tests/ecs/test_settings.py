"""Account settings: whose they are, and which one holds."""

import pytest
from account import Account
from refusals import refused
from shapes import model

from ecslab.ecs.api.account_settings import VALUES

ROOT = "arn:aws:iam::123456789012:root"
ANNA = "arn:aws:iam::123456789012:user/anna"


@pytest.fixture
def account():
    """An account where nobody has set anything."""
    return Account()


def _listed(account, **asked):
    return {s["name"]: s["value"] for s in account.call("ListAccountSettings", **asked)["settings"]}


def test_the_settings_are_those_of_the_model():
    """BC:SettingName."""
    assert set(VALUES) == set(model().shape_for("SettingName").enum)


@pytest.mark.parametrize(
    ("name", "value"), [(n, v) for n, values in VALUES.items() for v in values]
)
def test_every_setting_takes_its_values(account, name, value):
    """Facts, sections 2.2, 3 and 13; short ARNs are refused as not
    simulated, GuardDuty's setting is read-only.
    """
    if name == "guardDutyActivate":
        assert (
            refused(account, "PutAccountSetting", name=name, value=value).message
            == "Invalid setting 'value'"
        )
    elif name.endswith("LongArnFormat") and value == "disabled":
        assert (
            refused(account, "PutAccountSetting", name=name, value=value).code
            == "UnsupportedFeatureException"
        )
    else:
        answer = account.call("PutAccountSetting", name=name, value=value)["setting"]
        assert answer == {"name": name, "value": value, "principalArn": ROOT, "type": "user"}


@pytest.mark.parametrize("operation", ["PutAccountSetting", "PutAccountSettingDefault"])
def test_other_values_are_refused(account, operation):
    """The text of aws/aws-cli#3785: ENABLED is not enabled."""
    error = refused(account, operation, name="containerInsights", value="ENABLED")
    assert (error.code, error.message) == ("InvalidParameterException", "Invalid setting 'value'")


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("PutAccountSetting", {"value": "enabled"}),
        ("PutAccountSettingDefault", {"value": "enabled"}),
        ("ListAccountSettings", {}),
        ("DeleteAccountSetting", {}),
    ],
)
def test_an_unknown_setting_is_refused_with_the_known_ones(account, operation, more):
    """The form moto's maintainers observed."""
    error = refused(account, operation, name="shortArns", **more)
    assert error.code == "InvalidParameterException"
    assert error.message.startswith(
        "shortArns should be one of [serviceLongArnFormat,taskLongArnFormat,"
    )


def test_only_what_somebody_set_is_listed_unless_effective_settings_are_asked_for(account):
    """With effectiveSettings false: the principal's own; true: what holds for
    it (BC:ListAccountSettingsRequest).
    """
    assert _listed(account) == {}
    account.call("PutAccountSetting", name="awsvpcTrunking", value="enabled")
    assert _listed(account) == {"awsvpcTrunking": "enabled"}
    effective = _listed(account, effectiveSettings=True)
    assert effective["awsvpcTrunking"] == "enabled"
    assert effective["fargateTaskRetirementWaitPeriod"] == "7"


def test_a_users_own_setting_goes_before_the_default(account):
    """The default holds for everybody who has none of their own (BC:PutAccountSettingDefault)."""
    account.call("PutAccountSettingDefault", name="containerInsights", value="enabled")
    assert _listed(
        account, principalArn=ANNA, effectiveSettings=True, name="containerInsights"
    ) == {"containerInsights": "enabled"}
    account.call("PutAccountSetting", name="containerInsights", value="enhanced", principalArn=ANNA)
    assert _listed(account, principalArn=ANNA) == {"containerInsights": "enhanced"}
    assert _listed(account) == {"containerInsights": "enabled"}
    gone = account.call("DeleteAccountSetting", name="containerInsights", principalArn=ANNA)[
        "setting"
    ]
    assert (gone["principalArn"], gone["value"]) == (ANNA, "enabled")
    assert _listed(account, principalArn=ANNA) == {}


def test_settings_are_filtered_by_name_and_value(account):
    """A value without a name is refused (BC:ListAccountSettingsRequest.value)."""
    account.call("PutAccountSetting", name="awsvpcTrunking", value="enabled")
    assert _listed(account, name="awsvpcTrunking", value="enabled") == {"awsvpcTrunking": "enabled"}
    assert _listed(account, name="awsvpcTrunking", value="disabled") == {}
    assert (
        refused(account, "ListAccountSettings", value="enabled").code == "InvalidParameterException"
    )


def test_the_retirement_wait_is_the_root_users(account):
    """BC:PutAccountSettingRequest.principalArn."""
    asked = {"name": "fargateTaskRetirementWaitPeriod", "value": "14"}
    assert (
        refused(account, "PutAccountSetting", **asked, principalArn=ANNA).code
        == "InvalidParameterException"
    )
    assert account.call("PutAccountSetting", **asked)["setting"]["value"] == "14"


@pytest.mark.parametrize("principal", ["anna", "arn:aws:iam::210987654321:user/anna"])
def test_a_principal_is_a_user_a_role_or_root_of_this_account(account, principal):
    """BC:PutAccountSettingRequest.principalArn."""
    asked = {"name": "awsvpcTrunking", "value": "enabled", "principalArn": principal}
    assert refused(account, "PutAccountSetting", **asked).code == "InvalidParameterException"


def test_guardduty_owns_its_setting(account):
    """Facts, section 13: the type says who manages it (BC:Setting.type)."""
    answer = account.call("ListAccountSettings", effectiveSettings=True, name="guardDutyActivate")[
        "settings"
    ]
    assert answer == [
        {"name": "guardDutyActivate", "value": "off", "principalArn": ROOT, "type": "aws_managed"}
    ]
