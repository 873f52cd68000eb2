"""Texts that look like numbers to Python and are none, or are too long
for it, at every door that reads one.
"""

import pytest
from account import NETWORK, Account
from refusals import refused

from ecslab.codedeploy.appspec import _port
from ecslab.ground.errors import AwsError
from ecslab.ground.numerals import whole

ODD = ["²", "٣", "9" * 5000, "1_0", "+1", " 1", "-1", ""]


@pytest.fixture(scope="module")
def account():
    """An account with a task definition and a service that scales."""
    made = Account()
    made.register("web")
    made.serve("web", "web", 1)
    made.region.autoscaling.call(
        "RegisterScalableTarget", TARGET | {"MinCapacity": 1, "MaxCapacity": 5}
    )
    return made


TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/default/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}


@pytest.mark.parametrize("text", ODD)
def test_only_digits_are_a_number(text):
    """What int() takes, and what isdigit() takes, is more than AWS reads."""
    assert whole(text) is None
    assert (whole("0"), whole("007"), whole("9" * 18)) == (0, 7, 10**18 - 1)


@pytest.mark.parametrize("text", [t for t in ODD if t])
@pytest.mark.parametrize(
    "operation", ["DescribeTaskDefinition", "DeregisterTaskDefinition", "RunTask"]
)
def test_a_revision_that_is_no_number_is_refused(account, operation, text):
    """BC:RunTaskRequest.taskDefinition: family:revision; no error of Python's."""
    asked = {"taskDefinition": f"web:{text}"} | (
        {"launchType": "FARGATE", "networkConfiguration": NETWORK} if operation == "RunTask" else {}
    )
    assert refused(account, operation, **asked).code in {
        "ClientException",
        "InvalidParameterException",
    }


@pytest.mark.parametrize("text", [t for t in ODD if t != " 1"])
def test_a_schedule_without_a_number_is_refused(account, text):
    """Facts, section 12: rate(value unit), and fields of cron; nor does a number
    that no calendar holds make a rate.
    """
    for schedule in (f"rate({text} days)", "rate(9999999 days)", f"cron({text} * * * ? *)"):
        asked = TARGET | {"ScheduledActionName": "x", "Schedule": schedule}
        with pytest.raises(AwsError) as error:
            account.region.autoscaling.call(
                "PutScheduledAction", asked | {"ScalableTargetAction": {"MinCapacity": 1}}
            )
        assert error.value.code == "ValidationException"


@pytest.mark.parametrize("text", ODD)
def test_a_port_of_an_appspec_is_a_number(text):
    """CodeDeploy's AppSpec, ContainerPort."""
    with pytest.raises(AwsError, match="ContainerPort is missing, or not a number"):
        _port(text)
