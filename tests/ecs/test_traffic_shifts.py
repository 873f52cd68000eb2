"""Deployments that shift traffic, played on virtual time: stages, weights, the way
back, and the same release by every strategy.
"""

from pathlib import Path

import pytest
from account import Account
from behind_a_balancer import web
from kept import assert_same_as_kept
from refusals import changed, refused
from two_colours import CHECK, CONFIGS, ELB, INFRASTRUCTURE, RULE, TEST_RULE, TwoColours

GOLDEN = Path(__file__).parent / "golden"
STRATEGIES = ["ROLLING", "BLUE_GREEN", "LINEAR", "CANARY"]


def stages(account, since_ms=0):
    """The lifecycle stages that were entered, with the production weight
    green had been asked to get by then.
    """
    lines = account.timeline.since(since_ms).where(kind="stage")
    return [event.facts["stage"] for event in lines]


def shares(account, kind="production"):
    """What green got each time this kind of traffic was shifted."""
    lines = account.timeline.where(kind="traffic shifted", traffic=kind)
    return [event.facts["weights"][event.facts["deployment"]] for event in lines]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_same_good_release_by_every_strategy(strategy):
    """Facts, sections 6.1 and 7.1: one scenario, four ways; each story is kept in a file."""
    two = TwoColours(strategy)
    since = two.account.plane.clock.now_ms
    arn = two.deploy(seconds=1800)
    assert two.work(arn)["status"] == "SUCCESSFUL"
    assert_same_as_kept(GOLDEN / f"good-release-{strategy.lower()}.txt", two.story(since))


@pytest.mark.parametrize("strategy", STRATEGIES[1:])
def test_the_same_bad_release_by_every_strategy(strategy):
    """Facts, section 7.1: a hook finds the new revision wanting after some
    production traffic; everything returns.
    """
    hooks = [
        {
            "hookTargetArn": CHECK,
            "roleArn": INFRASTRUCTURE,
            "lifecycleStages": ["PRODUCTION_TRAFFIC_SHIFT"],
        }
    ]
    two = TwoColours(strategy, config={"lifecycleHooks": hooks})
    two.code[CHECK] = lambda _event: {"hookStatus": "FAILED"}
    since = two.account.plane.clock.now_ms
    arn = two.deploy(seconds=1800)
    work = two.work(arn)
    assert work["status"] == "ROLLBACK_SUCCESSFUL"
    assert work["statusReason"] == (
        "Service deployment rolled back because PRODUCTION_TRAFFIC_SHIFT lifecycle hook(s) failed. "
        f"Lifecycle hook target {CHECK} returned FAILED status."
    )
    assert two.production() == two.test() == (100, 0)
    assert two.account.service("web")["deployments"][0]["rolloutState"] == "COMPLETED"
    assert_same_as_kept(GOLDEN / f"bad-release-{strategy.lower()}.txt", two.story(since))


def test_green_stands_beside_blue_and_takes_over_all_at_once():
    """Facts, section 7.1: green's tasks register in the other group, are tested there,
    then serve; blue stays for the bake time.
    """
    two = TwoColours("BLUE_GREEN")
    arn = two.deploy()
    two.until("POST_SCALE_UP", arn)
    assert two.elb.states(two.blue) == two.elb.states(two.green) == ["healthy", "healthy"]
    assert (two.production(), two.test()) == ((100, 0), (100, 0))
    two.until("POST_TEST_TRAFFIC_SHIFT", arn)
    assert (two.production(), two.test()) == ((100, 0), (0, 100))
    two.until("BAKE_TIME", arn)
    assert (two.production(), two.test()) == ((0, 100), (0, 100))
    assert two.account.service("web")["runningCount"] == 4
    two.until("CLEAN_UP", arn)
    two.account.advance(120)
    assert two.elb.states(two.blue) == []
    assert two.elb.states(two.green) == ["healthy", "healthy"]


def test_the_next_deployment_goes_back_to_the_group_that_is_free():
    """Facts, section 7.1, alternateTargetGroupArn: the two groups take turns."""
    two = TwoColours("BLUE_GREEN")
    two.deploy(seconds=900)
    assert two.production() == (0, 100)
    two.deploy("nginx:3", seconds=900)
    assert two.production() == (100, 0)
    assert two.elb.states(two.green) == []
    assert two.elb.states(two.blue) == ["healthy", "healthy"]


def test_a_service_deployment_tells_its_stage_and_weights():
    """Facts, section 7.1: requestedProductionTrafficWeight and
    requestedTestTrafficWeight of both revisions.
    """
    two = TwoColours("CANARY")
    arn = two.deploy()
    two.until("PRODUCTION_TRAFFIC_SHIFT", arn)
    work = two.work(arn)
    blue, green = work["sourceServiceRevisions"][0], work["targetServiceRevision"]
    assert (blue["requestedProductionTrafficWeight"], blue["requestedTestTrafficWeight"]) == (
        95.0,
        0.0,
    )
    assert (green["requestedProductionTrafficWeight"], green["requestedTestTrafficWeight"]) == (
        5.0,
        100.0,
    )
    assert (blue["runningTaskCount"], green["runningTaskCount"]) == (2, 2)
    revision = two.account.call("DescribeServiceRevisions", serviceRevisionArns=[green["arn"]])
    assert revision["serviceRevisions"][0]["resolvedConfiguration"]["loadBalancers"] == [
        {"targetGroupArn": two.green, "productionListenerRule": RULE}
    ]


def test_a_first_deployment_passes_the_stages_and_takes_all_traffic():
    """Without blue there is one shift and no bake time: assumed, no source tells."""
    two = TwoColours("LINEAR", first=True)
    two.account.advance(300)
    assert two.account.service("web")["deployments"][0]["rolloutState"] == "COMPLETED"
    assert shares(two.account) == [100.0]
    assert (two.production(), two.elb.states(two.blue)) == ((100, 0), ["healthy", "healthy"])
    assert "BAKE_TIME" not in stages(two.account)


def test_a_headless_deployment_shifts_nothing_and_goes_the_same_way():
    """Facts, section 7.1: BLUE_GREEN without a load balancer."""
    account = Account()
    web(account)
    account.serve("web", "web", 2, deploymentConfiguration=CONFIGS["BLUE_GREEN"])
    account.advance(300)
    web(account, "nginx:2")
    account.call("UpdateService", service="web", taskDefinition="web")
    arn = account.service("web")["currentServiceDeployment"]
    account.advance(600)
    work = account.call("DescribeServiceDeployments", serviceDeploymentArns=[arn])[
        "serviceDeployments"
    ][0]
    assert work["status"] == "SUCCESSFUL"
    assert "requestedProductionTrafficWeight" not in work["targetServiceRevision"]
    assert shares(account) == []
    assert stages(account)[-3:] == ["POST_PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME", "CLEAN_UP"]


def test_a_network_load_balancer_takes_ten_minutes_more_per_shift():
    """Facts, section 7.1: TEST_TRAFFIC_SHIFT and PRODUCTION_TRAFFIC_SHIFT."""
    two = TwoColours("BLUE_GREEN")
    listener, test = f"{ELB}:listener/net/front/1/2", f"{ELB}:listener/net/front/1/3"
    two.elb.rules |= {listener: {two.blue: 1, two.green: 0}, test: {two.blue: 1, two.green: 0}}
    paths = {
        "advancedConfiguration.productionListenerRule": listener,
        "advancedConfiguration.testListenerRule": test,
    }
    two.account.call("UpdateService", service="web", loadBalancers=[changed(two.balancer(), paths)])
    two.account.advance(3600)
    shifted = two.account.timeline.where(kind="stage")
    at = {event.facts["stage"]: event.at_ms for event in shifted}
    assert at["POST_TEST_TRAFFIC_SHIFT"] - at["TEST_TRAFFIC_SHIFT"] == 600_000
    assert at["POST_PRODUCTION_TRAFFIC_SHIFT"] - at["PRODUCTION_TRAFFIC_SHIFT"] == 600_000


@pytest.mark.parametrize(
    "stage",
    ["SCALE_UP", "POST_TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME", "CLEAN_UP"],
)
@pytest.mark.parametrize("strategy", STRATEGIES[1:])
def test_stopping_a_deployment_rolls_it_back_from_any_stage(strategy, stage):
    """Facts, section 6.2: stop_service_deployment works although no rollback was
    configured; blue ends up with everything.
    """
    two = TwoColours(strategy)
    arn = two.deploy()
    two.until(stage, arn)
    two.account.call("StopServiceDeployment", serviceDeploymentArn=arn)
    two.account.advance(900)
    assert two.work(arn)["status"] == "ROLLBACK_SUCCESSFUL"
    assert (two.production(), two.test()) == ((100, 0), (100, 0))
    assert two.elb.states(two.blue) == ["healthy", "healthy"]
    assert two.elb.states(two.green) == []
    service = two.account.service("web")
    assert (service["taskDefinition"].rpartition("/")[2], service["runningCount"]) == ("web:1", 2)
    assert service["loadBalancers"] == [two.balancer()]


def test_a_rollback_target_has_to_answer_before_traffic_returns():
    """From CLEAN_UP blue's tasks are started again first, and traffic
    returns when one of them is healthy.
    """
    two = TwoColours("BLUE_GREEN")
    arn = two.deploy()
    two.until("CLEAN_UP", arn)
    two.account.advance(20)
    assert two.elb.states(two.blue) == []
    two.account.call("StopServiceDeployment", serviceDeploymentArn=arn)
    two.account.advance(30)
    assert two.production() == (0, 100)
    two.account.advance(300)
    assert two.production() == (100, 0)


def test_a_newer_deployment_reconciles_what_the_one_before_it_has_left():
    """Facts, sections 6.2 and 7.1: RECONCILE_SERVICE when a third revision is
    there; traffic returns to blue at once.
    """
    two = TwoColours("CANARY")
    first = two.deploy()
    two.until("PRODUCTION_TRAFFIC_SHIFT", first)
    assert two.production() == (95, 5)
    at = two.account.plane.clock.now_ms
    second = two.deploy("nginx:3", seconds=30)
    assert two.work(first)["status"] == "STOPPED"
    assert two.production() == (100, 0)
    two.account.advance(1800)
    assert stages(two.account, at + 1)[0] == "RECONCILE_SERVICE"
    assert two.work(second)["status"] == "SUCCESSFUL"
    assert two.production() == (0, 100)
    assert two.elb.states(two.green) == ["healthy", "healthy"]


def test_a_deployment_that_only_had_to_clean_up_is_what_the_next_one_replaces():
    """Traffic does not return to a revision whose tasks are going."""
    two = TwoColours("BLUE_GREEN")
    two.until("CLEAN_UP", two.deploy())
    second = two.deploy("nginx:3", seconds=40)
    assert two.production() == (0, 100)
    two.account.advance(1800)
    assert two.work(second)["status"] == "SUCCESSFUL"
    assert two.production() == (100, 0)


def test_green_that_never_gets_well_is_rolled_back_after_a_day():
    """Facts, section 7.1: a stage lasts at most 24 hours; production never left blue."""
    two = TwoColours("BLUE_GREEN")
    gone = "123456789012.dkr.ecr.us-east-1.amazonaws.com/gone:1"  # its tasks never start
    arn = two.deploy(gone, seconds=23 * 3600)
    assert two.work(arn)["lifecycleStage"] == "SCALE_UP"
    two.account.advance(2 * 3600)
    work = two.work(arn)
    assert work["status"] == "ROLLBACK_SUCCESSFUL"
    assert (
        work["statusReason"]
        == "Service deployment rolled back because SCALE_UP took more than 24 hours."
    )
    assert shares(two.account) == []
    assert two.production() == (100, 0)


def test_scaling_during_a_deployment_scales_both_revisions():
    """Each revision is kept at what is wanted, so that either can serve everything."""
    two = TwoColours("BLUE_GREEN")
    two.until("BAKE_TIME", two.deploy())
    two.account.call("UpdateService", service="web", desiredCount=3)
    two.account.advance(120)
    assert len(two.elb.states(two.blue)) == len(two.elb.states(two.green)) == 3


@pytest.mark.parametrize(
    ("weights", "text"),
    [
        (
            lambda two: {two.blue: 50, two.green: 50},
            "should have exactly one target group serving traffic but found 2",
        ),
        (
            lambda two: {two.blue: 0, two.green: 0},
            "should have exactly one target group serving traffic but found 0",
        ),
        (lambda two: {f"{ELB}:targetgroup/other/9": 1, two.blue: 0}, "unexpected target group"),
        (lambda _: {f"{ELB}:targetgroup/other/9": 1}, None),
    ],
)
def test_rules_that_do_not_fit_send_a_deployment_back_before_anything_starts(weights, text):
    """Texts of AWS's troubleshooting guide, in statusReason."""
    two = TwoColours("BLUE_GREEN")
    arn = two.deploy()
    two.elb.rules[RULE] = weights(two)
    if text is None:
        two.elb.rules[TEST_RULE] = {two.green: 1}
        text = (
            f"invalid networking configuration: Target group {two.blue} is not associated "
            "with either"
        )
    started = len(two.account.timeline.where(kind="started tasks"))
    two.account.advance(120)
    work = two.work(arn)
    assert work["status"] == "ROLLBACK_SUCCESSFUL"
    assert text in work["statusReason"]
    assert len(two.account.timeline.where(kind="started tasks")) == started


def test_a_role_that_ecs_cannot_assume_sends_a_deployment_back():
    """Text of AWS's troubleshooting guide; the role is asked for ECS itself,
    not for its tasks (facts, section 16).
    """
    two = TwoColours("BLUE_GREEN")
    roles = two.account.plane.neighbours.roles
    roles.refused[INFRASTRUCTURE] = "no"
    work = two.work(two.deploy(seconds=120))
    assert work["statusReason"] == (
        "Service deployment rolled back because of invalid networking configuration. ECS was "
        "unable to manage the ELB resources due to missing permissions on ECS Infrastructure "
        f"Role '{INFRASTRUCTURE}'."
    )
    assert (INFRASTRUCTURE, "ecs.amazonaws.com") in roles.asked


def test_a_rule_that_is_deleted_sends_the_deployment_back():
    """What cannot be shifted fails the shift stage; the form is AWS's
    for a listener it may not change.
    """
    two = TwoColours("BLUE_GREEN")
    arn = two.deploy()
    two.until("POST_TEST_TRAFFIC_SHIFT", arn)
    del two.elb.rules[RULE]
    two.account.advance(600)
    work = two.work(arn)
    assert work["status"] == "ROLLBACK_SUCCESSFUL"
    assert "PRODUCTION_TRAFFIC_SHIFT lifecycle hook(s) failed." in work["statusReason"]


def test_a_failed_first_deployment_has_nothing_to_go_back_to():
    """Facts, section 6.4: none COMPLETED: it stalls; AWS's waiters see ROLLBACK_FAILED."""
    two = TwoColours("BLUE_GREEN", first=True, config={"lifecycleHooks": [HOOK]})
    two.code[CHECK] = lambda _event: {"hookStatus": "FAILED"}
    two.account.advance(300)
    arn = two.account.service("web")["currentServiceDeployment"]
    assert two.work(arn)["status"] == "ROLLBACK_FAILED"
    assert two.account.service("web")["deployments"][0]["rolloutState"] == "FAILED"
    assert two.account.plane.settled


HOOK = {"hookTargetArn": CHECK, "roleArn": INFRASTRUCTURE, "lifecycleStages": ["PRE_SCALE_UP"]}


def test_a_service_changes_its_strategy_for_the_next_deployment():
    """UpdateService: what belongs to the strategy before goes with it; a rolling
    update stays in the group that serves.
    """
    two = TwoColours("LINEAR")
    two.deploy(seconds=1800)
    two.account.call(
        "UpdateService", service="web", deploymentConfiguration={"strategy": "ROLLING"}
    )
    config = two.account.service("web")["deploymentConfiguration"]
    assert (config["strategy"], config.get("linearConfiguration")) == ("ROLLING", None)
    work = two.work(two.deploy("nginx:3", seconds=600))
    assert work["status"] == "SUCCESSFUL"
    assert two.elb.states(two.green) == ["healthy", "healthy"]
    assert two.production() == (0, 100)
    error = refused(
        two.account,
        "UpdateService",
        service="web",
        deploymentConfiguration={"strategy": "BLUE_GREEN"},
    )
    assert "bakeTimeInMinutes" in error.message


def test_what_is_refused_leaves_the_service_as_it_is():
    """Facts, section 7.1: everything that can refuse comes before anything that changes."""
    two = TwoColours("BLUE_GREEN")
    before = two.account.service("web")
    for request in (
        {"loadBalancers": [changed(two.balancer(), {"advancedConfiguration": ...})]},
        {
            "deploymentConfiguration": {
                "strategy": "CANARY",
                "canaryConfiguration": {"canaryPercent": 0.0},
            }
        },
        {
            "loadBalancers": [
                changed(two.balancer(), {"advancedConfiguration.alternateTargetGroupArn": "gone"})
            ]
        },
    ):
        refused(two.account, "UpdateService", service="web", **request)
    assert two.account.service("web") == before


def test_deleting_a_service_ends_its_deployment_and_every_alarm():
    """Facts, section 6.2: the deployment stops; nothing rings on."""
    hooks = [HOOK | {"lifecycleStages": ["POST_SCALE_UP"]}]
    two = TwoColours("BLUE_GREEN", config={"lifecycleHooks": hooks})
    two.code[CHECK] = lambda _event: {"hookStatus": "IN_PROGRESS"}
    two.until("POST_SCALE_UP", two.deploy())
    two.account.call("DeleteService", service="web", force=True)
    two.account.advance(300)
    calls = len(two.account.plane.neighbours.functions.calls)
    two.account.advance(3600)
    assert two.account.service("web")["status"] == "INACTIVE"
    assert len(two.account.plane.neighbours.functions.calls) == calls
