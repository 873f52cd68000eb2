"""What goes wrong with a deployment, and what becomes of it: hooks, deadlines, alarms,
stops and rollbacks (facts, section 7.2).
"""

import pytest
from blue_green import GROUP, ROLLS_BACK, Shop, blue_green, spec

from ecslab.cloudwatch.alarms import AlarmChange, MetricAlarm
from ecslab.ground.errors import AwsError

CANARY = "CodeDeployDefault.ECSCanary10Percent5Minutes"
HOOKS = [
    "BeforeInstall",
    "AfterInstall",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AfterAllowTraffic",
]


def functions(shop, **code):
    """Give the shop functions by name."""
    shop.plane.neighbours.functions.code |= code


def rollback_of(shop, id_):
    """The deployment that rolled another one back."""
    return shop.info(shop.info(id_)["rollbackInfo"]["rollbackDeploymentId"])


def test_every_hook_calls_its_function_once_and_in_order():
    """Facts, section 7.2: each hook is one function, run once; its
    event carries what it reports with.
    """
    shop = Shop(test=True)
    functions(shop, check=shop.report())
    id_ = shop.release(hooks=dict.fromkeys(HOOKS, "check"))
    shop.advance(400)
    assert shop.info(id_)["status"] == "Succeeded"
    calls = shop.plane.neighbours.functions.calls
    assert {event["DeploymentId"] for _, event in calls} == {id_}
    assert (
        len({event["LifecycleEventHookExecutionId"] for _, event in calls})
        == len(HOOKS)
        == len(calls)
    )
    lines = [
        e for e in shop.account.timeline.where(kind="hook") if e.facts["status"] == "InProgress"
    ]
    assert [e.facts["stage"] for e in lines] == HOOKS


@pytest.mark.parametrize("hook", HOOKS[1:])
def test_a_failed_check_is_rolled_back(hook):
    """Facts, section 7.2: possible at every hook but BeforeInstall; the text
    is that of the troubleshooting guide.
    """
    shop = Shop(test=True, autoRollbackConfiguration=ROLLS_BACK)
    functions(shop, check=shop.report("Failed"))
    id_ = shop.release(hooks={hook: "check"})
    shop.advance(400)
    info = shop.info(id_)
    assert (info["status"], info["errorInformation"]["code"]) == (
        "Failed",
        "HOOK_EXECUTION_FAILURE",
    )
    assert info["errorInformation"]["message"] == (
        "The deployment failed because one or more of the lifecycle event validation functions "
        "failed."
    )
    assert shop.events(id_)[hook] == "Failed"
    back = rollback_of(shop, id_)
    assert (back["creator"], back["status"]) == ("codeDeployRollback", "Succeeded")
    assert back["rollbackInfo"]["rollbackTriggeringDeploymentId"] == id_
    assert (shop.weights(), shop.weights(shop.test), shop.task_sets()) == (
        (100, 0),
        (100, 0),
        [("web:1", "PRIMARY")],
    )
    assert shop.account.service("web")["taskDefinition"].endswith("web:1")


def test_a_check_that_fails_before_anything_is_installed_leaves_nothing_to_roll_back():
    """Facts, section 7.2: no rollback at BeforeInstall."""
    shop = Shop(autoRollbackConfiguration=ROLLS_BACK)
    functions(shop, check=shop.report("Failed"))
    id_ = shop.release(hooks={"BeforeInstall": "check"})
    shop.advance(400)
    info = shop.info(id_)
    assert (info["status"], "rollbackInfo" in info) == ("Failed", False)
    assert shop.events(id_) == {"BeforeInstall": "Failed"} | dict.fromkeys(
        list(shop.events(id_))[1:], "Skipped"
    )
    assert shop.task_sets() == [("web:1", "PRIMARY")]


def test_a_function_that_says_nothing_has_an_hour():
    """Facts, section 7.2: without put_lifecycle_event_hook_execution_status
    within one hour the deployment fails.
    """
    shop = Shop()
    functions(shop, silent=lambda _event: {"statusCode": 200})
    id_ = shop.release(hooks={"BeforeInstall": "silent"})
    shop.advance(3590)
    assert shop.info(id_)["status"] == "InProgress"
    shop.advance(20)
    info = shop.info(id_)
    assert info["status"] == "Failed"
    assert info["errorInformation"]["message"] == (
        "The deployment timed out while waiting for a status callback. "
        "CodeDeploy expects a status callback within one hour after a deployment hook is invoked."
    )


def test_a_function_may_report_later():
    """Facts, section 7.2: anybody who has the execution id reports; once
    only, and with one of two words.
    """
    shop = Shop()
    functions(shop, slow=lambda _event: None)
    id_ = shop.release(hooks={"AfterInstall": "slow"})
    shop.advance(200)
    execution = shop.plane.neighbours.functions.calls[0][1]["LifecycleEventHookExecutionId"]
    report = {"deploymentId": id_, "lifecycleEventHookExecutionId": execution}
    for wrong, code in (
        ({"status": "Fine"}, "InvalidLifecycleEventHookExecutionStatusException"),
        (
            {"lifecycleEventHookExecutionId": "x", "status": "Failed"},
            "InvalidLifecycleEventHookExecutionIdException",
        ),
    ):
        with pytest.raises(AwsError) as caught:
            shop.call("PutLifecycleEventHookExecutionStatus", **report | wrong)
        assert caught.value.code == code
    shop.call("PutLifecycleEventHookExecutionStatus", **report, status="Succeeded")
    with pytest.raises(AwsError) as caught:
        shop.call("PutLifecycleEventHookExecutionStatus", **report, status="Succeeded")
    assert caught.value.code == "LifecycleEventAlreadyCompletedException"
    shop.advance(200)
    assert shop.info(id_)["status"] == "Succeeded"


def test_a_function_that_raises_has_reported_nothing():
    """As on Lambda: the timeline says what it raised, and its hour goes by."""

    def broken(_event):
        raise ZeroDivisionError("division by zero")

    shop = Shop()
    functions(shop, broken=broken)
    id_ = shop.release(hooks={"BeforeInstall": "broken"})
    shop.advance(10)
    assert [e.facts["status"] for e in shop.account.timeline.where(kind="hook")] == [
        "InProgress",
        "raised ZeroDivisionError: division by zero",
    ]
    assert shop.info(id_)["status"] == "InProgress"


def test_a_function_that_does_not_exist_fails_the_deployment():
    """The code is one of botocore's list, the wording ours."""
    shop = Shop()
    id_ = shop.release(hooks={"BeforeInstall": "nobody"})
    shop.advance(10)
    assert shop.info(id_)["errorInformation"]["code"] == "INVALID_LAMBDA_FUNCTION"


def test_a_replacement_that_never_becomes_steady_has_an_hour():
    """Facts, section 7.2: CodeDeploy waits up to one hour; the text is
    that of the troubleshooting guide.
    """
    shop = Shop(autoRollbackConfiguration=ROLLS_BACK)
    app = {
        "name": "app",
        "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/gone:1",
        "portMappings": [{"containerPort": 8080}],
    }
    shop.account.register("web", app)
    id_ = shop.release(3)
    shop.advance(3590)
    assert shop.info(id_)["status"] == "InProgress"
    shop.advance(200)
    info = shop.info(id_)
    assert (info["status"], info["errorInformation"]["message"]) == (
        "Failed",
        "The deployment timed out while waiting for the replacement task set to become healthy. "
        "This time out period is 60 minutes.",
    )
    assert rollback_of(shop, id_)["status"] == "Succeeded"
    shop.advance(120)
    assert (shop.weights(), shop.task_sets()) == ((100, 0), [("web:1", "PRIMARY")])
    assert shop.plane.settled


def test_what_ecs_refuses_fails_the_deployment_with_its_words():
    """ECS_UPDATE_ERROR: the form is public in many threads."""
    shop = Shop()
    id_ = shop.release(9)
    shop.advance(10)
    error = shop.info(id_)["errorInformation"]
    assert error["code"] == "ECS_UPDATE_ERROR"
    assert error["message"].startswith(
        "The ECS service cannot be updated due to an unexpected error: TaskDefinition not "
        "found. (Service: AmazonECS; Status Code: 400; Error Code: ClientException; Request ID: "
    )
    assert error["message"].endswith("; Proxy: null). Check your ECS service status.")


def test_a_listener_that_points_elsewhere_fails_the_deployment():
    """CodeDeploy's troubleshooting guide: both listeners have to point to the group that serves."""
    shop = Shop(test=True)
    shop.balancers.listen("test", {shop.green: 1})
    id_ = shop.release()
    shop.advance(10)
    assert shop.info(id_)["errorInformation"]["message"] == (
        "The ELB could not be updated due to the following error: Primary taskset target group "
        "must be behind listener"
    )
    assert shop.task_sets() == [("web:1", "PRIMARY")]


def test_without_automatic_rollback_a_failure_leaves_things_as_they_are():
    """Facts, section 7.2: rollback is asked for; the next deployment
    takes the place of what was left.
    """
    shop = Shop(test=True)
    functions(shop, check=shop.report("Failed"))
    id_ = shop.release(hooks={"AfterAllowTestTraffic": "check"})
    shop.advance(400)
    assert "rollbackInfo" not in shop.info(id_)
    assert shop.task_sets() == [("web:1", "PRIMARY"), ("web:2", "ACTIVE")]
    assert (shop.weights(), shop.weights(shop.test)) == ((100, 0), (0, 100))


@pytest.mark.parametrize(("asked", "back"), [({}, False), ({"autoRollbackEnabled": True}, True)])
def test_a_deployment_can_be_stopped_with_and_without_going_back(asked, back):
    """Facts, section 7.2: StopDeployment, autoRollbackEnabled."""
    shop = Shop(deploymentConfigName=CANARY)
    id_ = shop.release()
    shop.advance(150)
    assert shop.weights() == (90, 10)
    assert shop.call("StopDeployment", deploymentId=id_, **asked)["status"] == "Succeeded"
    assert shop.info(id_)["status"] == "Stopped"
    shop.advance(120)
    assert shop.weights() == ((100, 0) if back else (90, 10))
    assert shop.task_sets() == [("web:1", "PRIMARY"), *([] if back else [("web:2", "ACTIVE")])]
    with pytest.raises(AwsError) as caught:
        shop.call("StopDeployment", deploymentId=id_)
    assert caught.value.code == "DeploymentAlreadyCompletedException"


def test_a_stop_rolls_back_when_the_group_says_so():
    """Facts, section 7.2: DEPLOYMENT_STOP_ON_REQUEST."""
    shop = Shop(
        autoRollbackConfiguration=ROLLS_BACK, blueGreenDeploymentConfiguration=blue_green(ending=60)
    )
    id_ = shop.release()
    shop.advance(200)
    assert shop.weights() == (0, 100)
    shop.call("StopDeployment", deploymentId=id_)
    shop.advance(120)
    assert (shop.weights(), shop.task_sets()) == ((100, 0), [("web:1", "PRIMARY")])


ALARM = {"enabled": True, "alarms": [{"name": "errors"}]}


def alarm(shop, state):
    """Set the alarm, as an evaluation or somebody's hand would."""
    alarms = shop.plane.neighbours.alarms
    if "errors" not in alarms.alarms:
        watched = MetricAlarm("errors", "", (), "m", "GreaterThanThreshold", 1.0, 1, 1)
        alarms.put(watched)
    alarms.states["errors"] = state
    change = AlarmChange(alarms.alarms["errors"], "OK", state, "because")
    for hear in shop.plane.alarms.on_change:
        hear(change)


def test_an_alarm_stops_a_deployment_and_rolls_it_back():
    """Facts, section 7.2: DEPLOYMENT_STOP_ON_ALARM; the text is
    that of CodeDeploy's notifications.
    """
    shop = Shop(
        deploymentConfigName=CANARY, alarmConfiguration=ALARM, autoRollbackConfiguration=ROLLS_BACK
    )
    alarm(shop, "OK")
    id_ = shop.release()
    shop.advance(150)
    alarm(shop, "ALARM")
    info = shop.info(id_)
    assert (info["status"], info["errorInformation"]["code"]) == ("Stopped", "ALARM_ACTIVE")
    assert info["errorInformation"]["message"].endswith("Activated alarms: <errors>")
    shop.advance(120)
    assert (shop.weights(), shop.task_sets()) == ((100, 0), [("web:1", "PRIMARY")])
    assert rollback_of(shop, id_)["status"] == "Succeeded"


@pytest.mark.parametrize(
    ("state", "more", "status"),
    [
        ("ALARM", {}, "Stopped"),
        (None, {}, "Stopped"),
        (None, {"ignorePollAlarmFailure": True}, "Succeeded"),
        ("OK", {}, "Succeeded"),
        ("ALARM", {"enabled": False}, "Succeeded"),
    ],
)
def test_an_alarm_that_rings_already_lets_no_deployment_begin(state, more, status):
    """BC-cd:AlarmConfiguration: also when its state cannot be found out, unless that is ignored."""
    shop = Shop(alarmConfiguration=ALARM | more)
    if state:
        alarm(shop, state)
    id_ = shop.release()
    shop.advance(400)
    assert shop.info(id_)["status"] == status


def test_a_deployment_may_watch_other_alarms_than_its_group():
    """BC-cd:CreateDeploymentInput.overrideAlarmConfiguration."""
    shop = Shop(alarmConfiguration=ALARM)
    alarm(shop, "ALARM")
    id_ = shop.release(overrideAlarmConfiguration={"enabled": False})
    shop.advance(400)
    assert shop.info(id_)["status"] == "Succeeded"


@pytest.mark.parametrize(("there", "status"), [(True, "Succeeded"), (False, "Failed")])
def test_a_scaling_event_while_traffic_shifts_has_five_minutes(there, status):
    """Facts, section 7.2: the service has to become steady within five
    minutes, otherwise the deployment fails.
    """
    shop = Shop(deploymentConfigName="CodeDeployDefault.ECSCanary10Percent15Minutes")
    id_ = shop.release()
    shop.advance(200)
    assert shop.weights() == (90, 10)
    if not there:
        shop.account.images.missing.add("nginx:2")
    shop.account.call("UpdateService", service="web", desiredCount=4)
    shop.advance(320 if status == "Failed" else 1000)
    assert shop.info(id_)["status"] == status


@pytest.mark.parametrize("step", ["Install", "AllowTraffic"])
def test_a_service_that_is_deleted_meanwhile_ends_its_deployment(step):
    """The wording is ours; nothing is left running."""
    shop = Shop(deploymentConfigName=CANARY)
    id_ = shop.release()
    shop.advance({"Install": 3, "AllowTraffic": 150}[step])
    shop.account.call("DeleteService", service="web", force=True)
    shop.advance(4000)
    assert shop.info(id_)["status"] == "Failed"
    assert shop.account.network.interfaces == {}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("version: 0.0\nResources: [", "neither JSON nor YAML"),
        ("[" * 5_000, "neither JSON nor YAML"),
        ("version: 2020-99-99", "neither JSON nor YAML"),
        ("version: &it [*it]", "neither JSON nor YAML"),
        ("hello", "not a map"),
        ("version: 1.0", "version"),
        ("version: 0.0\nResources: []", "list of one resource"),
        ("version: 0.0\nResources:\n - a: {Type: 'AWS::Lambda::Function'}", "AWS::ECS::Service"),
        (
            "version: 0.0\nResources:\n - a: {Type: 'AWS::ECS::Service', Properties: {}}",
            "LoadBalancerInfo",
        ),
    ],
)
def test_an_appspec_that_cannot_be_read_is_refused_at_once(content, why):
    """InvalidRevisionException, and no deployment is left behind; the wordings are ours."""
    shop = Shop()
    location = {"revisionType": "AppSpecContent", "appSpecContent": {"content": content}}
    with pytest.raises(AwsError) as caught:
        shop.call("CreateDeployment", **GROUP, revision=location)
    assert (caught.value.code, why in caught.value.message) == ("InvalidRevisionException", True)
    assert shop.call("ListDeployments")["deployments"] == []


def test_a_wrong_hash_is_refused():
    """BC-cd:AppSpecContent.sha256."""
    shop = Shop()
    location = spec()
    location["appSpecContent"]["sha256"] = "0" * 64
    with pytest.raises(AwsError) as caught:
        shop.call("CreateDeployment", **GROUP, revision=location)
    assert caught.value.code == "InvalidRevisionException"
