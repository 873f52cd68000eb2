"""The circuit breaker: which failures count, when it trips, what happens then."""

import pytest
from account import ROLE, Account
from behind_a_balancer import front, web

from ecslab.ecs.deployments.failures import Breaker, Failure, breaker_of
from ecslab.ground.errors import AwsError

CHECK = {"command": ["CMD", "healthy"], "interval": 10, "retries": 2}
ROLL_BACK = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
STOP = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}
FAILED = "ECS deployment circuit breaker: task failed to start."


@pytest.fixture
def account():
    """An account with a default cluster, a good image "web" and one that is not there, "gone"."""
    account = Account()
    account.register("web")
    account.register("gone", image="123456789012.dkr.ecr.us-east-1.amazonaws.com/gone:1")
    return account


def latest(account, name="web"):
    """The newest service deployment, described."""
    arn = account.call("ListServiceDeployments", service=name)["serviceDeployments"][0][
        "serviceDeploymentArn"
    ]
    return account.call("DescribeServiceDeployments", serviceDeploymentArns=[arn])[
        "serviceDeployments"
    ][0]


def rollouts(account):
    """The service's deployments as (task definition, status, rolloutState)."""
    told = account.service("web")["deployments"]
    return [(d["taskDefinition"].rpartition("/")[2], d["status"], d["rolloutState"]) for d in told]


def release(account, family, **more):
    """Deploy a family to the service."""
    account.call("UpdateService", service="web", taskDefinition=family, **more)


@pytest.mark.parametrize(
    ("desired", "threshold"), [(0, 3), (1, 3), (6, 3), (7, 4), (25, 13), (400, 200), (800, 200)]
)
def test_the_usual_threshold_is_half_of_desired_between_3_and_200(desired, threshold):
    """Facts, section 6.4: min(200, max(3, ceil(0.5 × desired)));
    AWS's examples 1, 25, 400 and 800.
    """
    assert Breaker(enabled=True).threshold(desired) == threshold


@pytest.mark.parametrize(
    ("kind", "value", "desired", "threshold"),
    [
        ("UNBOUNDED_PERCENT", 50, 800, 400),
        ("UNBOUNDED_PERCENT", 10, 5, 1),
        ("COUNT", 7, 1, 7),
        ("COUNT", 7, 800, 7),
        ("BOUNDED_PERCENT", 100, 25, 25),
        ("BOUNDED_PERCENT", 1, 25, 3),
    ],
)
def test_other_thresholds_are_unbounded_or_a_plain_count(kind, value, desired, threshold):
    """Facts, section 6.4: UNBOUNDED_PERCENT has no caps (800 at 50 →
    400), COUNT is the value itself.
    """
    configuration = {
        "deploymentCircuitBreaker": {
            "enable": True,
            "rollback": False,
            "thresholdConfiguration": {"type": kind, "value": value},
        }
    }
    assert breaker_of(configuration).threshold(desired) == threshold


def test_each_stage_counts_its_own_failures():
    """Facts, section 6.4: until one is RUNNING those that do not start,
    then those replaced for their health.
    """
    breaker = Breaker(enabled=True)
    assert [breaker.counts(f, one_ran=False) for f in Failure] == [True, True, False]
    assert [breaker.counts(f, one_ran=True) for f in Failure] == [True, False, True]


def test_the_count_returns_to_zero_with_a_healthy_task_unless_told_otherwise():
    """Facts, section 6.4: resetOnHealthyTask, true by default."""
    assert Breaker(enabled=True).after_healthy(2) == 0
    assert Breaker(enabled=True, resets=False).after_healthy(2) == 2


def test_a_bad_image_is_rolled_back_to_the_last_completed_deployment(account):
    """Facts, sections 5.3, 6.2 and 6.4: events, states and
    reasons, and the old tasks never left.
    """
    account.serve("web", "web", 3, deploymentConfiguration=ROLL_BACK)
    account.advance(120)
    before = account.tasks_of("web")
    release(account, "gone")
    account.advance(35)
    assert rollouts(account) == [
        ("web:1", "PRIMARY", "IN_PROGRESS"),
        ("gone:1", "ACTIVE", "FAILED"),
    ]
    assert latest(account)["status"] == "ROLLBACK_IN_PROGRESS"
    account.advance(120)
    told = latest(account)
    assert (told["status"], told["statusReason"]) == ("ROLLBACK_SUCCESSFUL", FAILED)
    assert told["deploymentCircuitBreaker"] == {
        "status": "TRIGGERED",
        "failureCount": 3,
        "threshold": 3,
    }
    assert told["rollback"]["reason"] == FAILED
    assert rollouts(account) == [("web:1", "PRIMARY", "COMPLETED")]
    assert account.tasks_of("web") == before
    assert account.messages("web")[-5:] == [
        "(service web) has started 3 tasks: (task task/4) (task task/5) (task task/6).",
        "(service web) (deployment gone:1) deployment failed: tasks failed to start.",
        "(service web) rolling back to deployment web:1.",
        "(service web) (deployment web:1) deployment completed.",
        "(service web) has reached a steady state.",
    ]


def test_eventbridge_hears_that_it_failed_and_goes_back(account):
    """Facts, section 5.4: SERVICE_DEPLOYMENT_FAILED with its reason, then
    IN_PROGRESS of the one it goes back to.
    """
    account.serve("web", "web", 1, deploymentConfiguration=ROLL_BACK)
    account.advance(120)
    account.bus.events.clear()
    release(account, "gone")
    account.advance(300)
    told = [
        (d["eventName"], account.plain(d["reason"]))
        for kind, _, d in account.bus.events
        if "Deployment" in kind
    ]
    assert told == [
        ("SERVICE_DEPLOYMENT_IN_PROGRESS", "ECS deployment gone:1 in progress."),
        ("SERVICE_DEPLOYMENT_FAILED", FAILED),
        (
            "SERVICE_DEPLOYMENT_IN_PROGRESS",
            "ECS deployment circuit breaker: rolling back to deploymentId web:1.",
        ),
        ("SERVICE_DEPLOYMENT_COMPLETED", "ECS deployment web:1 completed."),
    ]


def test_without_rollback_it_fails_and_what_runs_stays(account):
    """Facts, sections 6.2 and 6.4: FAILED launches no more tasks; old ACTIVE tasks
    stay; the service deployment is STOPPED.
    """
    account.serve("web", "web", 3, deploymentConfiguration=STOP)
    account.advance(120)
    before = account.tasks_of("web")
    release(account, "gone")
    account.advance(60)
    starts = account.timeline.of("service/web").kinds().count("started tasks")
    account.advance(3600)
    assert rollouts(account) == [("gone:1", "PRIMARY", "FAILED"), ("web:1", "ACTIVE", "COMPLETED")]
    assert account.service("web")["deployments"][0]["rolloutStateReason"] == FAILED
    assert latest(account)["status"] == "STOPPED"
    assert account.timeline.of("service/web").kinds().count("started tasks") == starts
    assert account.tasks_of("web") == before
    assert account.plane.settled


def test_a_failed_deployment_does_not_take_the_old_tasks_with_it_when_one_dies(account):
    """Facts, section 5.1: an old task is replaced by its own revision, which has not failed."""
    account.serve("web", "web", 3, deploymentConfiguration=STOP)
    account.advance(120)
    release(account, "gone")
    account.advance(60)
    account.call("StopTask", task=account.tasks_of("web")[0])
    account.advance(120)
    running = {
        account.task(t)["taskDefinitionArn"].rpartition("/")[2] for t in account.tasks_of("web")
    }
    assert running == {"web:1"}
    assert account.service("web")["runningCount"] == 3


def test_without_a_completed_deployment_the_service_stalls(account):
    """Facts, section 6.4: none in COMPLETED, so no new tasks."""
    account.serve("web", "gone", 2, deploymentConfiguration=ROLL_BACK)
    account.advance(3600)
    assert rollouts(account) == [("gone:1", "PRIMARY", "FAILED")]
    assert latest(account)["status"] == "ROLLBACK_FAILED"
    assert account.timeline.of("service/web").kinds()[-1] == "stalled"
    assert account.plane.settled


def test_failing_health_checks_trip_it_too(account):
    """Facts, section 6.4, stage 2: each task replaced because of a
    failed container health check adds 1.
    """
    account.serve("web", "web", 1, deploymentConfiguration=ROLL_BACK)
    account.advance(120)
    sick = account.images.push("sick:1", healthy_after=None)
    account.register("sick", {"name": "app", "image": sick, "healthCheck": CHECK})
    release(account, "sick")
    account.advance(600)
    assert latest(account)["status"] == "ROLLBACK_SUCCESSFUL"
    assert latest(account)["deploymentCircuitBreaker"]["failureCount"] == 3
    assert rollouts(account) == [("web:1", "PRIMARY", "COMPLETED")]


def test_failing_target_health_checks_trip_it_too(account):
    """Facts, section 6.4, stage 2: each task replaced because of
    a failed ELB health check adds 1.
    """
    group = account.balancers.make(
        interval_s=10, timeout_s=5, healthy_threshold=2, deregistration_delay_s=5
    )
    web(account)
    account.serve("web", "web", 1, loadBalancers=front(group), deploymentConfiguration=ROLL_BACK)
    account.advance(200)
    before = account.tasks_of("web")
    web(account, image=account.images.push("broken:1", answers=500))
    release(account, "web")
    account.advance(900)
    told = latest(account)
    assert told["status"] == "ROLLBACK_SUCCESSFUL"
    assert told["deploymentCircuitBreaker"] == {
        "status": "TRIGGERED",
        "failureCount": 3,
        "threshold": 3,
    }
    assert account.tasks_of("web") == before


def test_a_crash_without_health_checks_is_not_seen(account):
    """Facts, sections 6.4 and 18: tasks that reach RUNNING and exit do not count
    when no health check is configured.
    """
    account.serve("web", "web", 1, deploymentConfiguration=ROLL_BACK)
    account.advance(120)
    account.register("crash", image=account.images.push("crash:1", exits_after=15, exit_code=1))
    release(account, "crash")
    account.advance(3600)
    assert latest(account)["status"] == "IN_PROGRESS"
    assert latest(account)["deploymentCircuitBreaker"]["failureCount"] == 0


def test_a_crash_before_the_first_passed_health_check_is_seen(account):
    """Facts, section 6.4 (containers-roadmap#1206): with health checks
    configured the breaker works for crashes.
    """
    account.serve("web", "web", 1, deploymentConfiguration=ROLL_BACK)
    account.advance(120)
    crash = account.images.push("crash:1", exits_after=5, exit_code=1)
    account.register("crash", {"name": "app", "image": crash, "healthCheck": CHECK})
    release(account, "crash")
    account.advance(600)
    assert latest(account)["status"] == "ROLLBACK_SUCCESSFUL"


@pytest.mark.parametrize(
    ("resets", "status"), [(True, "IN_PROGRESS"), (False, "ROLLBACK_SUCCESSFUL")]
)
def test_only_failures_in_a_row_count_unless_they_shall_add_up(account, resets, status):
    """Facts, section 6.4: tasks that are healthy for a while and
    then ill reset the count, or not.
    """
    breaker = {"enable": True, "rollback": True, "resetOnHealthyTask": resets}
    account.serve("web", "web", 1, deploymentConfiguration={"deploymentCircuitBreaker": breaker})
    account.advance(120)
    flaky = account.images.push("flaky:1", unhealthy_after=15)
    account.register("flaky", {"name": "app", "image": flaky, "healthCheck": CHECK})
    release(account, "flaky", desiredCount=2)
    account.advance(1200)
    assert latest(account)["status"] == status


def test_the_threshold_follows_the_latest_desired_count(account):
    """Facts, section 6.4: uses the latest desired count continuously."""
    account.serve("web", "web", 30, deploymentConfiguration=STOP)
    account.advance(120)
    account.register("web")
    release(account, "web")
    account.advance(5)
    assert latest(account)["deploymentCircuitBreaker"] == {
        "status": "DISABLED",
        "failureCount": 0,
        "threshold": 0,
    }
    account.advance(10)
    assert latest(account)["deploymentCircuitBreaker"]["threshold"] == 15
    account.call("UpdateService", service="web", desiredCount=40)
    account.advance(10)
    assert latest(account)["deploymentCircuitBreaker"]["threshold"] == 20


def test_tasks_that_have_nowhere_to_go_count(account):
    """Facts, sections 5.3 and 6.4: lack of resources counts, and an event tells why."""
    account.register("ec2", networkMode="bridge", requiresCompatibilities=["EC2"])
    account.call(
        "CreateService", serviceName="web", taskDefinition="ec2", desiredCount=2, launchType="EC2",
        deploymentConfiguration=STOP,
    )  # fmt: skip
    account.advance(600)
    assert (
        "(service web) could not launch 2 tasks for deployment ec2:1. Reason: NO ACTIVE INSTANCES."
        in account.messages("web")
    )
    assert rollouts(account) == [("ec2:1", "PRIMARY", "FAILED")]


def test_tasks_whose_role_is_refused_count(account):
    """Facts, section 6.2: failedTasks counts tasks that could not be launched."""
    account.serve("web", "web", 2, deploymentConfiguration=STOP)
    account.plane.neighbours.roles.refused[ROLE] = "ECS was unable to assume the role 'x'"
    account.advance(300)
    assert rollouts(account) == [("web:1", "PRIMARY", "FAILED")]


def test_three_attempts_to_find_digests_end_it_whatever_the_threshold(account):
    """Facts, section 6.4: with the breaker on, three failed attempts to
    establish image digests fail the deployment.
    """
    account.serve("web", "web", 30, deploymentConfiguration=ROLL_BACK)
    account.advance(120)
    many = {"type": "COUNT", "value": 500}
    breaker = {"enable": True, "rollback": True, "thresholdConfiguration": many}
    release(account, "gone", deploymentConfiguration={"deploymentCircuitBreaker": breaker})
    account.advance(200)
    assert latest(account)["status"] == "ROLLBACK_SUCCESSFUL"
    [tripped] = [e for e in account.timeline if e.kind == "circuit breaker"]
    assert tripped.why == "3 attempts to find image digests failed"


def test_the_monitor_is_complete_when_the_deployment_is(account):
    """Facts, section 6.2: DISABLED, MONITORING, MONITORING_COMPLETE."""
    account.serve("web", "web", 1, deploymentConfiguration=STOP)
    account.advance(1)
    assert latest(account)["deploymentCircuitBreaker"]["status"] == "MONITORING"
    account.advance(120)
    assert latest(account)["deploymentCircuitBreaker"]["status"] == "MONITORING_COMPLETE"
    assert account.service("web")["deploymentConfiguration"]["deploymentCircuitBreaker"] == {
        "enable": True,
        "rollback": False,
        "resetOnHealthyTask": True,
        "thresholdConfiguration": {"type": "BOUNDED_PERCENT", "value": 50},
    }


@pytest.mark.parametrize(
    "threshold",
    [
        {"type": "COUNT", "value": 0},
        {"type": "BOUNDED_PERCENT", "value": 101},
        {"type": "UNBOUNDED_PERCENT", "value": 0},
    ],
)
def test_thresholds_that_cannot_be_are_refused(account, threshold):
    """Facts, section 6.4: percentages 1–100."""
    breaker = {"enable": True, "rollback": True, "thresholdConfiguration": threshold}
    with pytest.raises(AwsError, match=r"thresholdConfiguration\.value"):
        account.serve(
            "web", "web", 1, deploymentConfiguration={"deploymentCircuitBreaker": breaker}
        )
