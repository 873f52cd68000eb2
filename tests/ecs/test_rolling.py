"""A rolling deployment from outside: own revisions, scaling and updates meanwhile,
early success, the same image for all.
"""

import pytest
from account import Account

from ecslab.ecs.deployments.fleet import Copy, Fleet
from ecslab.ecs.deployments.strategies.rolling import plan
from ecslab.ground.errors import AwsError

CHECK = {"command": ["CMD", "healthy"], "interval": 10, "retries": 2}


@pytest.fixture
def account():
    """An account with a default cluster and the family "web"."""
    account = Account()
    account.register("web")
    return account


def revisions(account):
    """How many live tasks the service has of each task definition."""
    found = {}
    for task in account.tasks_of("web"):
        name = account.task(task)["taskDefinitionArn"].rpartition("/")[2]
        found[name] = found.get(name, 0) + 1
    return found


def states(account):
    """The service's deployments as (task definition, status, rolloutState)."""
    told = account.service("web")["deployments"]
    return [(d["taskDefinition"].rpartition("/")[2], d["status"], d["rolloutState"]) for d in told]


def release(account, **more):
    """A new revision of "web" that takes two minutes to start."""
    slow = account.images.push("slow:1", pulls_in=120)
    account.register("web", image=slow)
    account.call("UpdateService", service="web", taskDefinition="web", **more)


def percents(minimum, maximum, **more):
    """A deploymentConfiguration."""
    return {"minimumHealthyPercent": minimum, "maximumPercent": maximum} | more


def test_an_old_task_that_dies_meanwhile_is_replaced_by_its_own_revision(account):
    """Facts, section 5.1: during a rolling update old ones are replaced by old ones."""
    account.serve("web", "web", 3)
    account.advance(120)
    release(account)
    account.advance(30)
    account.call("StopTask", task=account.tasks_of("web")[0])
    account.advance(60)
    assert revisions(account) == {"web:1": 3, "web:2": 3}
    assert account.service("web")["deployments"][0]["failedTasks"] == 0
    account.advance(240)
    assert states(account) == [("web:2", "PRIMARY", "COMPLETED")]


def test_of_a_surplus_what_is_not_well_yet_goes_before_what_is():
    """An ill task recovers as its replacement comes up: the replacement
    goes, and two healthy tasks stay.
    """
    well = [Copy(f"task/{n}", "new", running=True, healthy=True, zone="a") for n in (1, 2)]
    fleet = Fleet(2, "new", (*well, Copy("task/3", "new", running=True, zone="b")), 100, 200)
    assert plan(fleet).stop == ("task/3",)


def test_an_old_task_that_falls_ill_meanwhile_is_replaced_start_first_by_its_own_revision(account):
    """Facts, section 5.1: an unhealthy task of the old revision gets a replacement of
    the old revision before it is stopped.
    """
    sick = account.images.push("sick:1", unhealthy_after=150)
    account.register("web", {"name": "app", "image": sick, "healthCheck": CHECK})
    account.serve("web", "web", 1, deploymentConfiguration=percents(100, 300))
    account.advance(120)
    release(account)
    account.advance(88)
    [started] = account.timeline.of("service/web").where(kind="started tasks").since(180_000)
    assert started.facts["definition"] == "web:2"
    assert revisions(account) == {"web:2": 2, "web:3": 1}
    assert "Amazon ECS replaced 1 tasks due to an unhealthy status." in account.messages("web")[-1]


def test_a_revision_that_never_worked_is_not_started_again(account):
    """A release that cannot start is replaced by the next one, not by itself."""
    account.register("gone", image="123456789012.dkr.ecr.us-east-1.amazonaws.com/gone:1")
    account.serve("web", "web", 2)
    account.advance(120)
    account.call("UpdateService", service="web", taskDefinition="gone")
    account.advance(15)
    release(account)
    account.advance(60)
    starts = [
        e.facts["definition"]
        for e in account.timeline.of("service/web").where(kind="started tasks")
    ]
    assert starts == ["web:1", "gone:1", "web:2"]


@pytest.mark.parametrize(("desired", "after"), [(6, 6), (1, 1), (0, 0)])
def test_a_service_can_be_scaled_while_it_deploys(account, desired, after):
    """Facts, section 5.6: desiredCount changes no deployment, and a
    deployment ends with the latest count.
    """
    account.serve("web", "web", 3)
    account.advance(120)
    release(account)
    account.advance(30)
    account.call("UpdateService", service="web", desiredCount=desired)
    account.advance(400)
    assert states(account) == [("web:2", "PRIMARY", "COMPLETED")]
    assert account.service("web")["runningCount"] == after
    assert (
        account.call("ListServiceDeployments", service="web")["serviceDeployments"][0]["status"]
        == "SUCCESSFUL"
    )


def test_a_third_revision_replaces_both_others(account):
    """Facts, section 6.2: while the second is under way, the third takes over and ends alone."""
    account.serve("web", "web", 3, deploymentConfiguration=percents(50, 100))
    account.advance(120)
    release(account)
    account.advance(30)
    release(account)
    seen = set()
    for _ in range(60):
        account.advance(10)
        seen.add(sum(revisions(account).values()))
    assert max(seen) <= 3
    assert revisions(account) == {"web:3": 3}
    assert states(account) == [("web:3", "PRIMARY", "COMPLETED")]


@pytest.mark.parametrize(
    ("minimum", "maximum", "desired"),
    [(100, 200, 4), (50, 100, 4), (75, 125, 8), (0, 100, 3), (50, 150, 5)],
)
def test_a_rollout_stays_between_floor_and_ceiling_at_every_second(
    account, minimum, maximum, desired
):
    """Facts, section 6.1: tasks that have run for 40 s never fall below the floor, all
    tasks together never exceed the ceiling.
    """
    account.serve("web", "web", desired, deploymentConfiguration=percents(minimum, maximum))
    account.advance(120)
    account.register("web")
    account.call("UpdateService", service="web", taskDefinition="web")
    floor, ceiling = -(-desired * minimum // 100), desired * maximum // 100
    for _ in range(400):
        account.advance(1)
        tasks = [account.task(t) for t in account.tasks_of("web")]
        now = account.plane.clock.timestamp()
        healthy = sum(t["lastStatus"] == "RUNNING" and now - t["startedAt"] >= 40 for t in tasks)
        assert floor <= healthy
        assert len(tasks) <= ceiling
    assert states(account) == [("web:2", "PRIMARY", "COMPLETED")]


def test_a_task_counts_forty_seconds_after_it_runs(account):
    """Facts, section 5.1: without a health check a task counts as healthy 40 s after RUNNING."""
    account.serve("web", "web", 1)
    account.advance(120)
    account.register("web")
    account.call("UpdateService", service="web", taskDefinition="web")
    account.advance(120)
    running = next(t for t, kind in account.story("task/2") if kind == "RUNNING")
    stopped = next(t for t, kind in account.story("task/1") if kind == "stop wanted")
    assert 40 <= stopped - running <= 50  # in the next round


def test_the_deadlock_says_what_is_allowed_and_ends_when_the_limits_change(account):
    """Facts, section 6.1: desired 1 with 50/150: none may stop, none
    may start; other limits free it.
    """
    account.serve("web", "web", 1, deploymentConfiguration=percents(50, 150))
    account.advance(120)
    account.call("UpdateService", service="web", forceNewDeployment=True)
    account.advance(60)
    [stuck] = account.timeline.of("service/web").where(kind="stuck")
    assert stuck.why == "1 healthy, floor 1, ceiling 1"
    assert account.plane.settled
    account.call("UpdateService", service="web", deploymentConfiguration=percents(50, 200))
    account.advance(200)
    assert states(account) == [("web:1", "PRIMARY", "COMPLETED")]


def test_nobody_who_says_nothing_gets_aws_s_percentages(account):
    """Facts, section 6.1: REPLICA 100 and 200, DAEMON 0 and 100; a
    daemon service has no more than 100.
    """
    account.serve("web", "web", 1)
    account.register("ec2", networkMode="bridge", requiresCompatibilities=["EC2"])
    daemon = {"serviceName": "agent", "taskDefinition": "ec2", "schedulingStrategy": "DAEMON"}
    account.call("CreateService", **daemon)
    told = [account.service(name)["deploymentConfiguration"] for name in ("web", "agent")]
    assert [(c["minimumHealthyPercent"], c["maximumPercent"]) for c in told] == [
        (100, 200),
        (0, 100),
    ]
    text = "The daemon scheduling strategy does not support values above 100 for maximumPercent"
    with pytest.raises(AwsError, match=text):
        account.call(
            "CreateService",
            **daemon | {"serviceName": "more"},
            deploymentConfiguration=percents(0, 150),
        )


def test_on_ec2_other_controllers_keep_the_usual_percentages(account):
    """Facts, section 6.1: custom values are not allowed with
    CODE_DEPLOY on EC2; the wording is ours.
    """
    account.register("ec2", networkMode="bridge", requiresCompatibilities=["EC2"])
    asked = {
        "serviceName": "api",
        "taskDefinition": "ec2",
        "desiredCount": 1,
        "loadBalancers": [{"targetGroupArn": "x"}],
    }
    with pytest.raises(AwsError, match="cannot be changed for the EC2 launch type"):
        account.call(
            "CreateService",
            **asked,
            launchType="EC2",
            deploymentController={"type": "CODE_DEPLOY"},
            deploymentConfiguration=percents(50, 150),
        )


def test_failed_tasks_counts_failures_in_a_row(account):
    """Facts, section 6.2: consecutive failed tasks, back to 0
    once one of the deployment runs well.
    """
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/late:1"
    account.register("late", image=image)
    account.serve("web", "late", 1)
    account.advance(60)
    assert account.service("web")["deployments"][0]["failedTasks"] == 3
    account.images.push(image)
    account.advance(120)
    assert account.service("web")["deployments"][0]["failedTasks"] == 0


def test_a_deployment_is_complete_when_all_is_healthy_and_the_old_is_gone(account):
    """Facts, section 6.3: the whole target healthy, the source stopped;
    completed and steady in the same instant.
    """
    account.serve("web", "web", 2)
    account.advance(120)
    account.register("web")
    account.call("UpdateService", service="web", taskDefinition="web")
    account.advance(200)
    times = {kind: at for at, kind in account.story("service/web")}
    assert times["deployment completed"] == times["steady"]
    assert times["deployment completed"] > times["stopped tasks"]


# Early success (facts, section 6.3)


def early(percent, cleanup, minimum=50, maximum=200):
    """A deploymentConfiguration with earlySuccessCriteria."""
    criteria = {"enable": True, "healthyPercent": percent, "sourceServiceRevisionCleanup": cleanup}
    return percents(minimum, maximum, earlySuccessCriteria=criteria)


def fast_and_slow(account):
    """A revision whose tasks reach RUNNING one after another:
    the ceiling lets one start at a time.
    """
    account.serve("web", "web", 4)
    account.advance(120)
    account.register("web")


def test_deferred_clean_up_completes_at_the_percentage_and_goes_on(account):
    """Facts, section 6.3: DEFERRED marks it successful at
    healthyPercent, then removes the old tasks.
    """
    fast_and_slow(account)
    configuration = early(50, "DEFERRED", minimum=50, maximum=150)
    account.call(
        "UpdateService", service="web", taskDefinition="web", deploymentConfiguration=configuration
    )
    account.advance(85)
    assert states(account) == [("web:2", "PRIMARY", "COMPLETED"), ("web:1", "ACTIVE", "COMPLETED")]
    assert "steady" not in account.timeline.of("service/web").since(125_000).kinds()
    account.advance(300)
    assert revisions(account) == {"web:2": 4}
    assert account.timeline.of("service/web").kinds()[-1] == "steady"


def test_blocking_clean_up_removes_the_old_tasks_first(account):
    """Facts, section 6.3: BLOCKING removes the old tasks at
    healthyPercent and then marks it successful.
    """
    fast_and_slow(account)
    configuration = early(50, "BLOCKING", minimum=50, maximum=150)
    account.call(
        "UpdateService", service="web", taskDefinition="web", deploymentConfiguration=configuration
    )
    account.advance(85)
    assert states(account) == [("web:2", "PRIMARY", "COMPLETED")]
    now = account.plane.clock.timestamp()
    ran_s = sorted(now - account.task(t)["startedAt"] for t in account.tasks_of("web"))
    assert ran_s[0] < 40 < ran_s[-1]  # not all of them count as healthy yet
    account.advance(300)
    assert revisions(account) == {"web:2": 4}


def test_once_completed_early_the_breaker_stops_counting(account):
    """Facts, section 6.3: breaker and alarms stop applying once completed."""
    fast_and_slow(account)
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    account.call(
        "UpdateService",
        service="web",
        taskDefinition="web",
        deploymentConfiguration=early(25, "DEFERRED", minimum=25, maximum=125) | breaker,
    )
    account.advance(85)
    arn = account.service("web")["currentServiceDeployment"]
    told = account.call("DescribeServiceDeployments", serviceDeploymentArns=[arn])[
        "serviceDeployments"
    ][0]
    assert (told["status"], told["deploymentCircuitBreaker"]["status"]) == (
        "SUCCESSFUL",
        "MONITORING_COMPLETE",
    )


@pytest.mark.parametrize(
    ("criteria", "text"),
    [
        ({"enable": True}, "are required when earlySuccessCriteria is enabled"),
        (early(101, "BLOCKING")["earlySuccessCriteria"], "between 0 and 100"),
        (
            early(40, "BLOCKING")["earlySuccessCriteria"],
            "greater than or equal to minimumHealthyPercent",
        ),
    ],
)
def test_early_success_that_cannot_be_is_refused(account, criteria, text):
    """Facts, section 6.3: healthyPercent from minimumHealthyPercent to 100."""
    with pytest.raises(AwsError, match=text):
        account.serve(
            "web",
            "web",
            1,
            deploymentConfiguration=percents(50, 200, earlySuccessCriteria=criteria),
        )
    account.serve("web", "web", 1, deploymentConfiguration=percents(50, 200))
    account.call("UpdateService", service="web", deploymentConfiguration=early(50, "BLOCKING"))


# Version consistency (facts, section 6.6)


def image_digests(account):
    """The digests that the service's tasks run."""
    return {
        c["imageDigest"] for t in account.tasks_of("web") for c in account.task(t)["containers"]
    }


def moved_tag(account, **more):
    """A service of two tasks whose image tag somebody moves, and which is then scaled to four."""
    account.register("web", {"name": "app", "image": account.images.push("shop:1"), **more})
    account.serve("web", "web", 2)
    account.advance(120)
    account.images.push("shop:1", starts_in=3)
    account.call("UpdateService", service="web", desiredCount=4)
    account.advance(120)


def test_all_tasks_of_a_deployment_run_the_digest_that_the_first_one_found(account):
    """Facts, section 6.6: the first task resolves the tag; the others use
    the digest, whoever moves the tag.
    """
    moved_tag(account)
    assert len(image_digests(account)) == 1
    arn = account.service("web")["currentServiceRevisions"][0]["arn"]
    [told] = account.call("DescribeServiceRevisions", serviceRevisionArns=[arn])["serviceRevisions"]
    assert {c["imageDigest"] for c in told["containerImages"]} == image_digests(account)


def test_a_forced_deployment_resolves_again(account):
    """Facts, section 6.6: forceNewDeployment."""
    moved_tag(account)
    before = image_digests(account)
    account.call("UpdateService", service="web", forceNewDeployment=True)
    account.advance(200)
    assert len(image_digests(account)) == 1
    assert image_digests(account) != before


def test_without_version_consistency_each_task_takes_what_the_tag_means_then(account):
    """Facts, section 6.6: versionConsistency disabled."""
    moved_tag(account, versionConsistency="disabled")
    assert len(image_digests(account)) == 2


def test_a_service_created_with_no_task_has_no_digest_until_its_next_deployment(account):
    """Facts, section 6.6: desiredCount 0 at creation."""
    account.register("web", image=account.images.push("shop:1"))
    account.serve("web", "web", 0)
    account.advance(30)
    account.call("UpdateService", service="web", desiredCount=1)
    account.advance(60)
    account.images.push("shop:1", starts_in=3)
    account.call("UpdateService", service="web", desiredCount=2)
    account.advance(60)
    assert len(image_digests(account)) == 2


def test_after_three_failed_attempts_a_deployment_goes_on_without_digests(account):
    """Facts, section 6.4: three failed attempts to establish digests, then none."""
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/late:1"
    account.register("web", image=image)
    account.serve("web", "web", 1)
    account.advance(200)
    account.images.push(image)
    account.advance(400)
    arn = account.service("web")["currentServiceRevisions"][0]["arn"]
    [told] = account.call("DescribeServiceRevisions", serviceRevisionArns=[arn])["serviceRevisions"]
    assert account.service("web")["runningCount"] == 1
    assert "imageDigest" not in told["containerImages"][0]
