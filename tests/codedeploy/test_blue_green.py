"""CodeDeploy's deployments of an ECS service: the way of one that
succeeds, step by step (facts, section 7.2).
"""

import pytest
from blue_green import Shop, blue_green
from refusals import refused

from ecslab.ground.errors import AwsError

LINEAR = "CodeDeployDefault.ECSLinear10PercentEvery1Minutes"
CANARY = "CodeDeployDefault.ECSCanary10Percent5Minutes"


def test_a_service_under_code_deploy_has_a_primary_task_set_and_no_deployment():
    """Facts, section 7.2: AWS's tutorial shows taskSets with one
    PRIMARY and an empty deployments list.
    """
    service = Shop().account.service("web")
    assert [(s["status"], s["runningCount"], s["scale"]["value"]) for s in service["taskSets"]] == [
        ("PRIMARY", 2, 100.0)
    ]
    assert (service["deployments"], service["taskDefinition"].rpartition("/")[2]) == ([], "web:1")


def test_a_deployment_replaces_the_task_set_and_moves_the_traffic():
    """Facts, section 7.2: green starts, all traffic moves, green is primary, blue
    ends; the task set names the deployment.
    """
    shop = Shop()
    id_ = shop.release()
    shop.advance(20)
    green = shop.account.service("web")["taskSets"][1]
    assert (green["startedBy"], green["externalId"], green["status"]) == (
        "CODE_DEPLOY",
        id_,
        "ACTIVE",
    )
    assert shop.weights() == (100, 0)
    shop.advance(300)
    info = shop.info(id_)
    assert (info["status"], info["creator"], info["computePlatform"]) == (
        "Succeeded",
        "user",
        "ECS",
    )
    assert info["deploymentOverview"] == {
        "Pending": 0,
        "InProgress": 0,
        "Succeeded": 1,
        "Failed": 0,
        "Skipped": 0,
        "Ready": 0,
    }
    assert shop.weights() == (0, 100)
    assert shop.task_sets() == [("web:2", "PRIMARY")]
    assert set(shop.events(id_).values()) == {"Succeeded"}
    service = shop.account.service("web")
    assert service["taskDefinition"].endswith("web:2")
    assert service["loadBalancers"][0]["targetGroupArn"] == shop.green


@pytest.mark.parametrize(
    ("test", "names"),
    [
        (
            False,
            [
                "BeforeInstall",
                "Install",
                "AfterInstall",
                "BeforeAllowTraffic",
                "AllowTraffic",
                "AfterAllowTraffic",
            ],
        ),
        (
            True,
            [
                *(
                    "BeforeInstall",
                    "Install",
                    "AfterInstall",
                    "AllowTestTraffic",
                    "AfterAllowTestTraffic",
                ),
                *("BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic"),
            ],
        ),
    ],
)
def test_the_lifecycle_events_come_in_order(test, names):
    """Facts, section 7.2, hook order; without a test listener AWS's tutorial
    shows no event about test traffic.
    """
    shop = Shop(test=test)
    id_ = shop.release()
    shop.advance(300)
    assert list(shop.events(id_)) == names
    target = shop.call("BatchGetDeploymentTargets", deploymentId=id_, targetIds=["default:web"])[
        "deploymentTargets"
    ][0]
    times = [(e["startTime"], e["endTime"]) for e in target["ecsTarget"]["lifecycleEvents"]]
    assert times == sorted(times)


def test_the_test_listener_serves_the_replacement_before_production_does():
    """Facts, section 7.2: test traffic comes first, and is there while somebody decides."""
    shop = Shop(test=True, blueGreenDeploymentConfiguration=blue_green(ready=30))
    id_ = shop.release()
    shop.advance(200)
    assert shop.info(id_)["status"] == "Ready"
    assert (shop.weights(shop.test), shop.weights()) == ((0, 100), (100, 0))


def test_two_deployments_in_a_row_swap_the_target_groups():
    """The group that is free takes the replacement: blue and green change places."""
    shop = Shop(test=True)
    for revision in (2, 1):
        id_ = shop.release(revision)
        shop.advance(400)
        assert shop.info(id_)["status"] == "Succeeded"
    assert (shop.weights(), shop.weights(shop.test), shop.task_sets()) == (
        (100, 0),
        (100, 0),
        [("web:1", "PRIMARY")],
    )
    assert shop.info(id_)["previousRevision"]["revisionType"] == "AppSpecContent"


def shares(shop):
    """What was said of production traffic: (seconds since it began to
    move, percent of the replacement).
    """
    lines = [
        e
        for e in shop.account.timeline.where(kind="traffic shifted")
        if e.facts["traffic"] == "production"
    ][1:]
    return [((e.at_ms - lines[0].at_ms) / 1000, e.facts["shares"]["web:2"]) for e in lines]


def test_a_linear_configuration_moves_a_tenth_every_minute():
    """Facts, section 7.2: ECSLinear10PercentEvery1Minutes; the first tenth at
    once, everything after nine minutes.
    """
    shop = Shop(deploymentConfigName=LINEAR)
    shop.release()
    shop.advance(900)
    assert shares(shop) == [(60.0 * n, 10 * (n + 1)) for n in range(10)]


def test_a_canary_configuration_moves_twice():
    """Facts, section 7.2: ECSCanary10Percent5Minutes; the deployment may name
    another configuration than its group.
    """
    shop = Shop()
    id_ = shop.release(deploymentConfigName=CANARY)
    shop.advance(900)
    assert shares(shop) == [(0.0, 10), (300.0, 100)]
    assert shop.info(id_)["deploymentConfigName"] == CANARY


def test_a_custom_configuration_is_used_like_a_predefined_one():
    """Facts, section 7.2: canary and linear configurations of one's own."""
    shop = Shop()
    routing = {
        "type": "TimeBasedLinear",
        "timeBasedLinear": {"linearPercentage": 40, "linearInterval": 2},
    }
    asked = {
        "deploymentConfigName": "steep",
        "computePlatform": "ECS",
        "trafficRoutingConfig": routing,
    }
    shop.call("CreateDeploymentConfig", **asked)
    shop.release(deploymentConfigName="steep")
    shop.advance(900)
    assert shares(shop) == [(0.0, 40), (120.0, 80), (240.0, 100)]
    assert "steep" in shop.call("ListDeploymentConfigs")["deploymentConfigsList"]


def test_the_five_predefined_configurations_are_there():
    """Facts, section 7.2: exactly five for ECS."""
    shop = Shop()
    names = shop.call("ListDeploymentConfigs")["deploymentConfigsList"]
    assert names == [
        "CodeDeployDefault.ECSAllAtOnce",
        "CodeDeployDefault.ECSLinear10PercentEvery1Minutes",
        "CodeDeployDefault.ECSLinear10PercentEvery3Minutes",
        "CodeDeployDefault.ECSCanary10Percent5Minutes",
        "CodeDeployDefault.ECSCanary10Percent15Minutes",
    ]
    for name in names:
        info = shop.call("GetDeploymentConfig", deploymentConfigName=name)["deploymentConfigInfo"]
        assert (info["computePlatform"], info["deploymentConfigName"]) == ("ECS", name)


def test_rerouting_waits_for_somebody_to_say_go():
    """Facts, section 7.2, deploymentReadyOption: Ready until ContinueDeployment with READY_WAIT."""
    shop = Shop(blueGreenDeploymentConfiguration=blue_green(ready=30))
    id_ = shop.release()
    shop.advance(600)
    assert (shop.info(id_)["status"], shop.weights()) == ("Ready", (100, 0))
    assert shop.info(id_)["deploymentOverview"]["Ready"] == 1
    assert [str(move) for move in shop.deploy.under_way if move.asks] == [
        f"deployment/{id_} is Ready, and waits for READY_WAIT"
    ]
    shop.call("ContinueDeployment", deploymentId=id_, deploymentWaitType="READY_WAIT")
    shop.advance(60)
    assert (shop.info(id_)["status"], shop.weights()) == ("Succeeded", (0, 100))


def test_rerouting_that_nobody_allows_stops_the_deployment():
    """Facts, section 7.2: STOP_DEPLOYMENT; the text is that of
    CodeDeploy's troubleshooting guide.
    """
    shop = Shop(blueGreenDeploymentConfiguration=blue_green(ready=5))
    id_ = shop.release()
    shop.advance(600)
    info = shop.info(id_)
    assert (info["status"], shop.weights()) == ("Stopped", (100, 0))
    assert info["errorInformation"]["message"] == (
        "The deployment timed out while waiting for a notification to continue. This time out "
        "period is 5 minutes."
    )


def test_the_original_is_kept_for_a_while_and_can_be_ended_early():
    """Facts, section 7.2: terminationWaitTimeInMinutes; ContinueDeployment with
    TERMINATION_WAIT does not wait for it.
    """
    shop = Shop(blueGreenDeploymentConfiguration=blue_green(ending=60))
    id_ = shop.release()
    shop.advance(600)
    assert shop.task_sets() == [("web:1", "ACTIVE"), ("web:2", "PRIMARY")]
    assert (shop.info(id_)["status"], shop.info(id_)["instanceTerminationWaitTimeStarted"]) == (
        "InProgress",
        True,
    )
    shop.call("ContinueDeployment", deploymentId=id_, deploymentWaitType="TERMINATION_WAIT")
    assert shop.info(id_)["status"] == "Succeeded"
    shop.advance(120)
    assert shop.task_sets() == [("web:2", "PRIMARY")]


def test_the_original_can_be_kept_alive():
    """Facts, section 7.2: KEEP_ALIVE; the next deployment needs its target group and ends it."""
    shop = Shop(blueGreenDeploymentConfiguration=blue_green(action="KEEP_ALIVE"))
    shop.release()
    shop.advance(400)
    assert shop.task_sets() == [("web:1", "ACTIVE"), ("web:2", "PRIMARY")]
    shop.release(1)
    shop.advance(400)
    assert shop.task_sets() == [("web:2", "ACTIVE"), ("web:1", "PRIMARY")]


def test_a_target_tells_of_both_task_sets():
    """BC-cd:ECSTaskSet: counts, status, share of the traffic,
    target group, and which colour it is.
    """
    shop = Shop(blueGreenDeploymentConfiguration=blue_green(ending=60))
    id_ = shop.release(deploymentConfigName=CANARY)
    shop.advance(200)
    assert shop.call("ListDeploymentTargets", deploymentId=id_)["targetIds"] == ["default:web"]
    told = shop.call("GetDeploymentTarget", deploymentId=id_, targetId="default:web")[
        "deploymentTarget"
    ]
    assert [
        (
            s["taskSetLabel"],
            s["status"],
            s["runningCount"],
            s["trafficWeight"],
            s["targetGroup"]["name"],
        )
        for s in told["ecsTarget"]["taskSetsInfo"]
    ] == [("Blue", "PRIMARY", 2, 90.0, "blue"), ("Green", "ACTIVE", 2, 10.0, "green")]


def test_the_story_of_a_release():
    """What pictures and checks read: each stage, each shift of traffic, and the end."""
    shop = Shop(test=True, blueGreenDeploymentConfiguration=blue_green(ready=5, ending=5))
    before = len(shop.account.timeline)
    id_ = shop.release()
    shop.advance(100)
    shop.call("ContinueDeployment", deploymentId=id_, deploymentWaitType="READY_WAIT")
    shop.advance(600)
    lines = [e for e in list(shop.account.timeline)[before:] if e.facts.get("release")]
    assert [(e.kind, e.facts.get("stage") or e.why) for e in lines] == [
        ("deployment started", "web:2"),
        ("stage", "BeforeInstall"),
        ("stage", "Install"),
        ("traffic shifted", "production: 100 % to web:1"),
        ("stage", "AfterInstall"),
        ("stage", "AllowTestTraffic"),
        ("traffic shifted", "test: 0 % to web:1, 100 % to web:2"),
        ("stage", "AfterAllowTestTraffic"),
        ("stage", "Ready"),
        ("stage", "BeforeAllowTraffic"),
        ("stage", "AllowTraffic"),
        ("traffic shifted", "production: 0 % to web:1, 100 % to web:2"),
        ("stage", "AfterAllowTraffic"),
        ("stage", "TerminationWait"),
        ("deployment completed", id_),
    ]


def test_deployments_are_listed_newest_first():
    """ListDeployments filters by group, status and time; BatchGetDeployments tells of several."""
    shop = Shop()
    first = shop.release()
    shop.advance(400)
    second = shop.release(1)
    both = shop.call("ListDeployments", applicationName="shop", deploymentGroupName="web")[
        "deployments"
    ]
    assert both == [second, first]
    assert shop.call("ListDeployments", includeOnlyStatuses=["Succeeded"])["deployments"] == [first]
    told = shop.call("BatchGetDeployments", deploymentIds=both)["deploymentsInfo"]
    assert [d["status"] for d in told] == ["Created", "Succeeded"]
    group = shop.call("GetDeploymentGroup", applicationName="shop", deploymentGroupName="web")[
        "deploymentGroupInfo"
    ]
    assert (
        group["lastSuccessfulDeployment"]["deploymentId"],
        group["lastAttemptedDeployment"]["deploymentId"],
    ) == (first, second)


def test_only_one_deployment_of_a_group_is_under_way():
    """Public in CircleCI-Public/aws-ecs-orb#181."""
    shop = Shop()
    id_ = shop.release()
    with pytest.raises(AwsError) as caught:
        shop.release()
    assert caught.value.code == "DeploymentLimitExceededException"
    assert (
        caught.value.message
        == f"The Deployment Group 'web' already has an active Deployment '{id_}'"
    )


@pytest.mark.parametrize(
    ("member", "text"),
    [
        (
            {"taskDefinition": "web:2"},
            "Unable to update task definition on services with a CODE_DEPLOY deployment "
            "controller. Use AWS CodeDeploy to trigger a new deployment.",
        ),
        (
            {"forceNewDeployment": True},
            "Cannot force a new deployment on services with a CODE_DEPLOY deployment controller.",
        ),
        ({"platformVersion": "1.4.0"}, "CODE_DEPLOY deployment controller"),
    ],
)
def test_update_service_leaves_deploying_to_code_deploy(member, text):
    """Facts, section 7.2: the text is public in fabfuel/ecs-deploy#120."""
    error = refused(Shop().account, "UpdateService", service="web", **member)
    assert text in error.message


def test_the_desired_count_is_still_for_update_service():
    """Facts, section 7.2: desiredCount, percentages, grace period, placement, tags."""
    shop = Shop()
    shop.account.call(
        "UpdateService",
        service="web",
        desiredCount=3,
        deploymentConfiguration={"maximumPercent": 150, "minimumHealthyPercent": 50},
    )
    shop.advance(120)
    assert shop.account.service("web")["runningCount"] == 3


def test_the_same_release_twice_tells_the_same_story():
    """Ids, times and lines are the same on every run."""

    def story():
        shop = Shop(test=True)
        shop.release()
        shop.advance(400)
        return str(shop.account.timeline)

    assert story() == story()
