"""Lifecycle hooks of deployments that shift traffic: functions that are called,
people who are waited for, time that runs out.
"""

import itertools

import pytest
from refusals import refused
from two_colours import CHECK, HOOK_ROLE, TwoColours, hook, pause

ROLLED_BACK = "Service deployment rolled back because"
HOOK_STAGES = (
    "PRE_SCALE_UP",
    "POST_SCALE_UP",
    "TEST_TRAFFIC_SHIFT",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRE_PRODUCTION_TRAFFIC_SHIFT",
    "PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
)


def colours(*hooks, answer="SUCCEEDED", strategy="BLUE_GREEN"):
    """A service with hooks, whose function always gives one
    answer unless it is a function itself.
    """
    two = TwoColours(strategy, config={"lifecycleHooks": list(hooks)})
    two.code[CHECK] = answer if callable(answer) else lambda _event: {"hookStatus": answer}
    return two


def events(two):
    """What the function was told, call by call."""
    return [event for _, event in two.account.plane.neighbours.functions.calls]


def test_a_function_is_called_at_each_of_its_stages_with_what_aws_documents():
    """Facts, section 7.1; the payloads are those of the developer guide: weights
    only at the stages that are about them.
    """
    two = colours(hook(*HOOK_STAGES, hookDetails={"bucket": "b"}))
    arn = two.deploy(seconds=900)
    work = two.work(arn)
    blue, green = work["sourceServiceRevisions"][0]["arn"], work["targetServiceRevision"]["arn"]
    told = events(two)
    assert [event["lifecycleStage"] for event in told] == list(HOOK_STAGES)
    assert told[0] == {
        "executionId": told[0]["executionId"],
        "lifecycleStage": "PRE_SCALE_UP",
        "resourceArn": arn,
        "executionDetails": {
            "serviceArn": two.account.service("web")["serviceArn"],
            "targetServiceRevisionArn": green,
            "testTrafficWeights": {},
            "productionTrafficWeights": {},
        },
        "hookDetails": {"bucket": "b"},
    }
    weights = {
        event["lifecycleStage"]: (
            event["executionDetails"]["testTrafficWeights"],
            event["executionDetails"]["productionTrafficWeights"],
        )
        for event in told
    }
    assert weights["TEST_TRAFFIC_SHIFT"] == ({green: 100, blue: 0}, {})
    assert weights["PRE_PRODUCTION_TRAFFIC_SHIFT"] == ({}, {green: 0, blue: 100})
    assert weights["PRODUCTION_TRAFFIC_SHIFT"] == ({}, {green: 100, blue: 0})
    assert weights["POST_PRODUCTION_TRAFFIC_SHIFT"] == ({}, {})


def test_linear_calls_the_production_stages_functions_at_every_step():
    """Facts, section 7.1: PRE_PRODUCTION_TRAFFIC_SHIFT and PRODUCTION_TRAFFIC_SHIFT recur."""
    two = colours(
        hook("PRE_PRODUCTION_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"), strategy="LINEAR"
    )
    two.deploy(seconds=1800)
    green = [
        sorted(event["executionDetails"]["productionTrafficWeights"].values())
        for event in events(two)
    ]
    assert green == [[0, 100], [40, 60], [40, 60], [20, 80], [20, 80], [0, 100]]


def test_a_function_that_is_not_done_is_called_again_and_keeps_what_it_returned():
    """Facts, section 7.1: callBackDelay, by default 30 s; hookDetails
    come back merged (developer guide).
    """
    answers = iter(
        [
            {"hookStatus": "IN_PROGRESS", "hookDetails": {"asked": 1}},
            {"hookStatus": "IN_PROGRESS", "callBackDelay": 60, "hookDetails": {"asked": 2}},
            {"hookStatus": "SUCCEEDED"},
        ]
    )
    at = []

    def check(_event):
        at.append(two.account.plane.clock.now_ms)
        return next(answers)

    two = colours(hook("POST_SCALE_UP", hookDetails={"bucket": "b"}), answer=check)
    arn = two.deploy()
    two.until("POST_SCALE_UP", arn)
    two.account.advance(20)
    assert [h["status"] for h in two.work(arn)["lifecycleHookDetails"]] == ["IN_PROGRESS"]
    two.account.advance(600)
    assert [b - a for a, b in itertools.pairwise(at)] == [30_000, 60_000]
    assert [event.get("hookDetails") for event in events(two)] == [
        {"bucket": "b"},
        {"bucket": "b", "asked": 1},
        {"bucket": "b", "asked": 2},
    ]
    assert len({event["executionId"] for event in events(two)}) == 1
    assert two.work(arn)["status"] == "SUCCESSFUL"


def boom(_event):
    """Code that fails."""
    raise ZeroDivisionError("division by zero")


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("FAILED", f"Lifecycle hook target {CHECK} returned FAILED status."),
        (
            boom,
            f"ECS was unable to parse the response from {CHECK} due to HookStatus must not be null",
        ),
        (
            lambda _: None,
            f"ECS was unable to parse the response from {CHECK} due to HookStatus must not be null",
        ),
        (
            lambda _: {"hookStatus": "PERHAPS"},
            "HookStatus must be one of SUCCEEDED, FAILED, IN_PROGRESS",
        ),
        (
            lambda _: {"hookStatus": "IN_PROGRESS", "callBackDelay": "soon"},
            "callBackDelay must be a number",
        ),
    ],
)
def test_any_other_answer_than_success_rolls_back(answer, text):
    """Facts, section 7.1: FAILED, an invalid answer, an exception;
    texts of AWS's troubleshooting guide.
    """
    two = colours(hook("POST_SCALE_UP"), answer=answer)
    work = two.work(two.deploy(seconds=600))
    assert work["status"] == "ROLLBACK_SUCCESSFUL"
    assert work["statusReason"].startswith(
        f"{ROLLED_BACK} POST_SCALE_UP lifecycle hook(s) failed. "
    )
    assert text in work["statusReason"]
    assert work["rollback"]["reason"] == work["statusReason"]
    assert [h["status"] for h in work["lifecycleHookDetails"]] == ["FAILED"]


def test_what_the_code_raised_stands_on_the_timeline():
    """AWS only says that the answer had no hookStatus; the story says why."""
    two = colours(hook("POST_SCALE_UP"), answer=boom)
    two.deploy(seconds=200)
    lines = [event.why for event in two.account.timeline.where(kind="hook", status="FAILED")]
    assert lines == [
        "POST_SCALE_UP: check gave no valid answer (ZeroDivisionError: division by zero): "
        "HookStatus must not be null"
    ]


def test_a_function_that_is_not_there_or_a_role_that_cannot_be_assumed_rolls_back():
    """Texts of AWS's troubleshooting guide; the role is asked
    for ECS itself (facts, section 16).
    """
    two = colours(hook("POST_SCALE_UP"))
    del two.code[CHECK]
    reason = two.work(two.deploy(seconds=600))["statusReason"]
    assert f"ECS was unable to invoke hook target {CHECK} due to" in reason
    two = colours(hook("POST_SCALE_UP"))
    two.account.plane.neighbours.roles.refused[HOOK_ROLE] = "no"
    reason = two.work(two.deploy(seconds=600))["statusReason"]
    assert reason.endswith(f"lifecycle hook(s) failed. ECS was unable to assume role {HOOK_ROLE}")
    assert (HOOK_ROLE, "ecs.amazonaws.com") in two.account.plane.neighbours.roles.asked


@pytest.mark.parametrize(
    ("action", "status"), [("ROLLBACK", "ROLLBACK_SUCCESSFUL"), ("CONTINUE", "SUCCESSFUL")]
)
@pytest.mark.parametrize("kind", ["AWS_LAMBDA", "PAUSE"])
def test_time_runs_out_and_the_hooks_action_decides(kind, action, status):
    """Facts, section 7.1: timeoutConfiguration, action ROLLBACK or CONTINUE."""
    timeout = {"timeoutConfiguration": {"timeoutInMinutes": 10, "action": action}}
    one = pause("POST_SCALE_UP", **timeout) if kind == "PAUSE" else hook("POST_SCALE_UP", **timeout)
    two = colours(one, answer="IN_PROGRESS")
    arn = two.deploy()
    two.until("POST_SCALE_UP", arn)
    two.account.advance(590)
    assert two.work(arn)["lifecycleStage"] == "POST_SCALE_UP"
    two.account.advance(900)
    work = two.work(arn)
    assert work["status"] == status
    assert [h["status"] for h in work["lifecycleHookDetails"]] == ["TIMED_OUT"]
    if (kind, action) == ("PAUSE", "ROLLBACK"):
        assert work["statusReason"] == f"{ROLLED_BACK} POST_SCALE_UP pause hook timed out."


def test_a_pause_waits_until_somebody_says_continue():
    """Facts, section 7.1: AWAITING_ACTION, hookId of
    lifecycleHookDetails, ContinueServiceDeployment.
    """
    two = colours(pause("POST_TEST_TRAFFIC_SHIFT"))
    arn = two.deploy()
    two.until("POST_TEST_TRAFFIC_SHIFT", arn)
    two.account.advance(20 * 3600)
    [waits] = [move for move in two.account.plane.under_way if move.asks]
    assert str(waits) == (
        "service/web deploys, in POST_TEST_TRAFFIC_SHIFT: a hook waits for "
        "ContinueServiceDeployment"
    )
    told = two.work(arn)["lifecycleHookDetails"][0]
    began = two.account.timeline.where(kind="hook")[0].at_ms
    assert told == {
        "hookId": told["hookId"],
        "targetType": "PAUSE",
        "status": "AWAITING_ACTION",
        "expiresAt": two.account.plane.clock.timestamp(began + 24 * 3_600_000),
        "timeoutAction": "ROLLBACK",
    }
    assert told["hookId"].startswith("ecs-pause-")
    answer = two.account.call(
        "ContinueServiceDeployment", serviceDeploymentArn=arn, hookId=told["hookId"]
    )
    assert answer == {"serviceDeploymentArn": arn}
    two.account.advance(900)
    assert two.work(arn)["status"] == "SUCCESSFUL"
    assert two.work(arn)["lifecycleHookDetails"][0]["status"] == "SUCCEEDED"


def test_a_pause_can_be_answered_with_rollback():
    """Facts, section 7.1: action ROLLBACK."""
    two = colours(pause("POST_TEST_TRAFFIC_SHIFT"))
    arn = two.deploy()
    two.until("POST_TEST_TRAFFIC_SHIFT", arn)
    hook_id = two.work(arn)["lifecycleHookDetails"][0]["hookId"]
    two.account.call(
        "ContinueServiceDeployment", serviceDeploymentArn=arn, hookId=hook_id, action="ROLLBACK"
    )
    two.account.advance(300)
    work = two.work(arn)
    assert work["status"] == "ROLLBACK_SUCCESSFUL"
    assert work["lifecycleHookDetails"][0]["status"] == "FAILED"
    assert two.test() == (100, 0)


def test_every_step_of_a_linear_deployment_pauses_with_an_id_of_its_own():
    """Developer guide, pause hooks: each invocation has its own hookId, and needs its own call."""
    two = colours(pause("PRE_PRODUCTION_TRAFFIC_SHIFT"), strategy="LINEAR")
    arn, seen = two.deploy(), []
    for _ in range(3):
        two.account.advance(900)
        waiting = [
            h for h in two.work(arn)["lifecycleHookDetails"] if h["status"] == "AWAITING_ACTION"
        ]
        seen += [h["hookId"] for h in waiting]
        two.account.call("ContinueServiceDeployment", serviceDeploymentArn=arn, hookId=seen[-1])
    two.account.advance(900)
    assert two.work(arn)["status"] == "SUCCESSFUL"
    assert len(set(seen)) == len(seen) == 3


def test_hooks_of_one_stage_run_side_by_side_and_all_have_to_agree():
    """Facts, section 7.1; developer guide, multiple hooks at the same stage."""
    two = colours(hook("POST_SCALE_UP"), pause("POST_SCALE_UP"))
    arn = two.deploy()
    two.until("POST_SCALE_UP", arn)
    two.account.advance(60)
    assert [h["status"] for h in two.work(arn)["lifecycleHookDetails"]] == [
        "SUCCEEDED",
        "AWAITING_ACTION",
    ]
    assert two.work(arn)["lifecycleStage"] == "POST_SCALE_UP"


def test_a_rollback_tells_the_shift_stages_functions_with_weights_reversed():
    """Facts, section 7.1: no ROLLBACK stage; targetServiceRevisionArn stays
    green; what they answer changes nothing.
    """
    two = colours(hook("TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"))
    arn = two.deploy()
    two.until("BAKE_TIME", arn)
    two.code[CHECK] = boom
    two.account.call("StopServiceDeployment", serviceDeploymentArn=arn)
    two.account.advance(300)
    work = two.work(arn)
    assert work["status"] == "ROLLBACK_SUCCESSFUL"
    blue, green = work["sourceServiceRevisions"][0]["arn"], work["targetServiceRevision"]["arn"]
    back = events(two)[-2:]
    assert [event["lifecycleStage"] for event in back] == [
        "PRODUCTION_TRAFFIC_SHIFT",
        "TEST_TRAFFIC_SHIFT",
    ]
    assert {event["executionDetails"]["targetServiceRevisionArn"] for event in back} == {green}
    assert back[0]["executionDetails"]["productionTrafficWeights"] == {green: 0, blue: 100}
    assert back[1]["executionDetails"]["testTrafficWeights"] == {green: 0, blue: 100}


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        (
            {"hookId": "42"},
            "InvalidParameterException",
            "Invalid hookId: hookId must follow the format: ecs-{hookType}-{id}",
        ),
        (
            {"hookId": "ecs-pause-42"},
            "InvalidParameterException",
            "Provided hookId is either completed, unavailable, or not associated with the "
            "given Resource ARN",
        ),
        (
            {"action": "HOPE"},
            "InvalidParameterException",
            "Invalid action. Valid values are: CONTINUE, ROLLBACK",
        ),
        (
            {"serviceDeploymentArn": "arn:gone"},
            "ServiceDeploymentNotFoundException",
            "The service deployment does not exist.",
        ),
    ],
)
def test_what_continue_service_deployment_refuses(change, code, text):
    """Texts of AWS's troubleshooting guide; nothing is continued."""
    two = colours(pause("POST_SCALE_UP"))
    arn = two.deploy()
    two.until("POST_SCALE_UP", arn)
    asked = {
        "serviceDeploymentArn": arn,
        "hookId": two.work(arn)["lifecycleHookDetails"][0]["hookId"],
    }
    error = refused(two.account, "ContinueServiceDeployment", **asked | change)
    assert (error.code, error.message) == (code, text)
    assert two.work(arn)["lifecycleHookDetails"][0]["status"] == "AWAITING_ACTION"


def test_a_hook_is_answered_once_and_never_after_the_end():
    """Texts of AWS's troubleshooting guide."""
    two = colours(pause("POST_SCALE_UP"))
    arn = two.deploy()
    two.until("POST_SCALE_UP", arn)
    asked = {
        "serviceDeploymentArn": arn,
        "hookId": two.work(arn)["lifecycleHookDetails"][0]["hookId"],
    }
    two.account.call("ContinueServiceDeployment", **asked)
    assert "either completed" in refused(two.account, "ContinueServiceDeployment", **asked).message
    two.account.advance(900)
    assert refused(two.account, "ContinueServiceDeployment", **asked).message == (
        "Continuing a service deployment is not allowed for service deployment in terminal states."
    )


def test_eventbridge_hears_of_pause_hooks():
    """Developer guide, pause hooks: ECS Hook State Change."""
    two = colours(pause("POST_SCALE_UP"))
    arn = two.deploy()
    two.until("POST_SCALE_UP", arn)
    hook_id = two.work(arn)["lifecycleHookDetails"][0]["hookId"]
    two.account.call("ContinueServiceDeployment", serviceDeploymentArn=arn, hookId=hook_id)
    heard = [
        detail for kind, _, detail in two.account.bus.events if kind == "ECS Hook State Change"
    ]
    assert [detail["eventName"] for detail in heard] == ["HOOK_AWAITING_ACTION", "HOOK_SUCCEEDED"]
    assert heard[0]["lifecycleStage"] == "POST_SCALE_UP"
    assert heard[0]["serviceDeploymentArn"] == arn


def test_a_function_may_stop_its_own_deployment():
    """The learner's code runs while time moves: it may call ECS, and
    its answer comes too late then.
    """

    def check(event):
        two.account.call("StopServiceDeployment", serviceDeploymentArn=event["resourceArn"])
        return {"hookStatus": "SUCCEEDED"}

    two = colours(hook("POST_SCALE_UP"), answer=check)
    arn = two.deploy(seconds=600)
    assert two.work(arn)["status"] == "ROLLBACK_SUCCESSFUL"


@pytest.mark.parametrize(("minutes", "status"), [(14, "SUCCESSFUL"), (16, "ROLLBACK_SUCCESSFUL")])
def test_a_call_has_to_answer_within_fifteen_minutes(minutes, status):
    """Facts, section 7.1: code that takes longer has given no answer."""

    def check(_event):
        two.account.advance(60 * minutes)
        return {"hookStatus": "SUCCEEDED"}

    two = colours(hook("POST_SCALE_UP"), answer=check)
    assert two.work(two.deploy(seconds=3600))["status"] == status


def test_waiting_for_a_fortnight_costs_nothing():
    """Idle time: while a deployment is paused the scheduler does not ring."""
    timeout = {"timeoutConfiguration": {"timeoutInMinutes": 20160, "action": "ROLLBACK"}}
    two = colours(pause("POST_SCALE_UP", **timeout))
    arn = two.deploy()
    two.until("POST_SCALE_UP", arn)
    rings, clock = 0, two.account.plane.clock
    until_ms = clock.now_ms + 13 * 24 * 3_600_000
    while (clock.next_due_ms() or until_ms) < until_ms:
        clock.step()
        rings += 1
    assert rings < 100
    clock.run_until(until_ms)
    two.account.advance(2 * 24 * 3600)
    assert two.work(arn)["status"] == "ROLLBACK_SUCCESSFUL"
