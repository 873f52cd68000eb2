"""Services on Fargate: reconciliation, healing, throttling, rolling to a new revision, deletion."""

from itertools import pairwise

import pytest
from account import ROLE, Account

from ecslab.ground.errors import AwsError

HEALTH_CHECK = {
    "command": ["CMD-SHELL", "curl -f http://localhost/ || exit 1"],
    "interval": 10,
    "retries": 2,
}


@pytest.fixture
def account():
    """An account with a default cluster and the family "web"."""
    account = Account()
    account.register("web")
    return account


def test_a_service_comes_up_and_says_that_it_is_steady(account):
    """Facts, sections 5.1 and 5.3: started, RUNNING, 40 s, deployment
    completed, steady, in AWS's words.
    """
    account.serve("web", "web", 2)
    account.advance(120)
    service = account.service("web")
    assert (service["desiredCount"], service["runningCount"], service["pendingCount"]) == (2, 2, 0)
    assert account.messages("web") == [
        "(service web) has started 2 tasks: (task task/1) (task task/2).",
        "(service web) (deployment web:1) deployment completed.",
        "(service web) has reached a steady state.",
    ]
    assert [(d["status"], d["rolloutState"], d["failedTasks"]) for d in service["deployments"]] == [
        ("PRIMARY", "COMPLETED", 0)
    ]
    assert account.story("service/web")[-1] == (70.0, "steady")


def test_counts_are_honest_at_every_moment(account):
    """Facts, section 1.1: pendingCount includes tasks before RUNNING; a task
    told to stop is in neither count.
    """
    account.serve("web", "web", 3)
    seen = []
    for _ in range(5):
        account.advance(5)
        service = account.service("web")
        seen.append((service["pendingCount"], service["runningCount"]))
    assert seen == [(3, 0), (3, 0), (3, 0), (0, 3), (0, 3)]
    account.call("StopTask", task=account.tasks_of("web")[0])
    assert account.service("web")["runningCount"] == 2


def test_a_stopped_task_is_replaced(account):
    """A service keeps its desired count whoever stops its tasks."""
    account.serve("web", "web", 2)
    account.advance(120)
    account.call("StopTask", task=account.tasks_of("web")[0])
    account.advance(120)
    assert account.service("web")["runningCount"] == 2
    assert account.messages("web")[-2:] == [
        "(service web) has started 1 tasks: (task task/3).",
        "(service web) has reached a steady state.",
    ]


def test_a_crashing_container_is_replaced_for_ever_and_without_throttling(account):
    """Facts, section 5.2: tasks that reached RUNNING and then stop do not trigger the throttle."""
    account.register("crash", image=account.images.push("crash:1", exits_after=15, exit_code=1))
    account.serve("web", "crash", 1)
    account.advance(600)
    kinds = account.timeline.of("service/web").kinds()
    assert kinds.count("started tasks") >= 12
    assert "throttled" not in kinds
    assert "steady" not in kinds
    assert account.service("web")["deployments"][0]["failedTasks"] == 0


def test_an_unhealthy_task_is_replaced_start_first(account):
    """Facts, section 5.1: the replacement is started first; when it is
    HEALTHY the unhealthy task is stopped.
    """
    sick = account.images.push("sick:1", unhealthy_after=300)
    account.register("sick", {"name": "app", "image": sick, "healthCheck": HEALTH_CHECK})
    account.serve("web", "sick", 1)
    account.advance(400)
    unhealthy = next(
        e.at_ms for e in account.timeline if (e.subject, e.kind) == ("task/1", "UNHEALTHY")
    )
    replaced = next(
        e.at_ms for e in account.timeline if (e.subject, e.kind) == ("task/2", "HEALTHY")
    )
    stopped = next(
        e.at_ms for e in account.timeline if (e.subject, e.kind) == ("task/1", "stop wanted")
    )
    assert unhealthy < replaced < stopped
    assert (
        "(service web) has started 1 tasks: (task task/2). Amazon ECS replaced 1 tasks due to "
        "an unhealthy status." in account.messages("web")
    )
    first = account.call("ListTasks", desiredStatus="STOPPED")["taskArns"][0]
    told = account.task(first)
    assert (told["stopCode"], told["stoppedReason"]) == (
        "ServiceSchedulerInitiated",
        "Task failed container health checks",
    )


def test_without_room_the_unhealthy_task_goes_first(account):
    """Facts, section 5.1: if maximumPercent leaves no room, one unhealthy task is
    stopped, then its replacement started.
    """
    sick = account.images.push("sick:1", unhealthy_after=300)
    account.register("sick", {"name": "app", "image": sick, "healthCheck": HEALTH_CHECK})
    account.serve(
        "web",
        "sick",
        2,
        deploymentConfiguration={"minimumHealthyPercent": 50, "maximumPercent": 100},
    )
    account.advance(360)
    moves = [
        e.kind
        for e in account.timeline.of("service/web")
        if e.kind in {"started tasks", "stopped tasks"}
    ]
    assert moves[:4] == ["started tasks", "stopped tasks", "started tasks", "stopped tasks"]
    live = [account.service("web")["runningCount"] + account.service("web")["pendingCount"]]
    assert max(live) <= 2


def test_the_grace_period_forgives_a_slow_start(account):
    """Facts, section 5.6: unhealthy container checks are ignored for
    healthCheckGracePeriodSeconds after the task started.
    """
    slow = account.images.push("slow:1", healthy_after=100)
    account.register("slow", {"name": "app", "image": slow, "healthCheck": HEALTH_CHECK})
    account.serve("patient", "slow", 1, healthCheckGracePeriodSeconds=200)
    account.serve("strict", "slow", 1)
    account.advance(300)
    assert account.timeline.of("service/patient").kinds().count("started tasks") == 1
    assert account.service("patient")["deployments"][0]["rolloutState"] == "COMPLETED"
    assert account.timeline.of("service/strict").kinds().count("started tasks") > 1


def test_tasks_that_cannot_start_are_throttled(account):
    """Facts, section 5.2: pauses grow step by step up to 27 minutes, the
    event says so, and it never gives up.
    """
    account.register("gone", image="123456789012.dkr.ecr.us-east-1.amazonaws.com/gone:1")
    account.serve("web", "gone", 1)
    account.advance(6 * 3600)
    starts = [t for t, kind in account.story("service/web") if kind == "started tasks"]
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert gaps == sorted(gaps)
    assert 27 * 60 <= gaps[-1] <= 27 * 60 + 40
    assert "(service web) is unable to consistently start tasks successfully." in account.messages(
        "web"
    )
    assert account.service("web")["deployments"][0]["failedTasks"] == len(starts)


def test_a_service_whose_role_cannot_be_assumed_says_so_and_tries_again(account):
    """No task is made while IAM refuses; once the role is right, the service comes up by itself."""
    roles = account.plane.neighbours.roles
    roles.refused[ROLE] = "ECS was unable to assume the role 'x'"
    account.serve("web", "web", 2)
    account.advance(300)
    assert account.messages("web") == [
        "(service web) failed to launch a task with (error ECS was unable to assume the role 'x').",
        "(service web) is unable to consistently start tasks successfully.",
    ]
    assert account.call("ListTasks")["taskArns"] == []
    roles.refused.clear()
    account.advance(600)
    assert account.service("web")["runningCount"] == 2


def test_a_subnet_that_was_deleted_stops_no_clock(account):
    """What a neighbour refuses later is the service's event, not an error of whoever moves time."""
    account.serve("web", "web", 1)
    for subnet in list(account.network.known):
        del account.network.known[subnet]
    account.advance(60)
    [message, *_] = account.messages("web")
    assert message.startswith("(service web) failed to launch a task with (error ")


def test_a_new_revision_ends_the_throttling_at_once(account):
    """Facts, section 5.2: a new task definition resets the throttle."""
    account.register("gone", image="123456789012.dkr.ecr.us-east-1.amazonaws.com/gone:1")
    account.serve("web", "gone", 1)
    account.advance(3600)
    account.call("UpdateService", service="web", taskDefinition="web")
    account.advance(80)
    assert account.service("web")["deployments"][0]["rolloutState"] == "COMPLETED"


def test_changing_the_task_definition_rolls_start_first(account):
    """Facts, section 6.1: with 100/200 all new tasks are started, then all old ones stopped."""
    account.serve("web", "web", 3)
    account.advance(120)
    account.register("web")
    account.call("UpdateService", service="web", taskDefinition="web")
    assert [d["status"] for d in account.service("web")["deployments"]] == ["PRIMARY", "ACTIVE"]
    account.advance(200)
    service = account.service("web")
    assert service["taskDefinition"].endswith("web:2")
    assert [(d["taskDefinition"][-5:], d["rolloutState"]) for d in service["deployments"]] == [
        ("web:2", "COMPLETED")
    ]
    running = {account.task(t)["taskDefinitionArn"][-5:] for t in account.tasks_of("web")}
    assert running == {"web:2"}


def test_scaling_out_and_in_changes_no_deployment(account):
    """Facts, section 5.6: desiredCount does not create a deployment."""
    account.serve("web", "web", 2)
    account.advance(120)
    before = account.service("web")["deployments"][0]["id"]
    account.call("UpdateService", service="web", desiredCount=5)
    account.advance(120)
    account.call("UpdateService", service="web", desiredCount=1)
    account.advance(120)
    service = account.service("web")
    assert (service["runningCount"], service["deployments"][0]["id"]) == (1, before)
    assert "has stopped 4 running tasks: " in account.messages("web")[-2]


def test_tasks_of_a_service_stay_balanced_over_the_zones(account):
    """Facts, section 5.1: scale-in takes from the zone that has the most."""
    account.serve("web", "web", 5)
    account.advance(120)
    account.call("UpdateService", service="web", desiredCount=2)
    account.advance(120)
    assert sorted(account.task(t)["availabilityZone"][-1] for t in account.tasks_of("web")) == [
        "a",
        "b",
    ]


def test_force_new_deployment_replaces_every_task(account):
    """Facts, section 5.6: forceNewDeployment starts a deployment of the same definition."""
    account.serve("web", "web", 2)
    account.advance(120)
    before = set(account.tasks_of("web"))
    account.call("UpdateService", service="web", forceNewDeployment=True)
    account.advance(200)
    assert not before & set(account.tasks_of("web"))
    assert account.service("web")["runningCount"] == 2


def test_limits_that_leave_no_move_say_so(account):
    """Facts, section 6.1: desired 1 with 50/150 can neither stop nor start; the event says why."""
    account.serve(
        "web",
        "web",
        1,
        deploymentConfiguration={"minimumHealthyPercent": 50, "maximumPercent": 150},
    )
    account.advance(120)
    account.call("UpdateService", service="web", forceNewDeployment=True)
    account.advance(600)
    assert account.messages("web")[-1].startswith(
        "(service web) was unable to stop or start tasks during a deployment because of"
    )
    assert account.timeline.of("service/web").kinds()[-1] == "stuck"
    assert len(account.service("web")["deployments"]) == 2


def test_an_idle_service_repeats_its_steady_state_every_six_hours(account):
    """Facts, section 5.1: about every six hours."""
    account.serve("web", "web", 1)
    account.advance(24 * 3600 + 120)
    assert sum("steady" in m for m in account.messages("web")) == 5


def test_a_deleted_service_drains_and_its_name_can_be_used_again(account):
    """Facts, section 5.1: ACTIVE, DRAINING, INACTIVE; the name cannot be reused before INACTIVE."""
    account.serve("web", "web", 2)
    account.advance(120)
    with pytest.raises(AwsError, match="cannot be stopped while it is scaled above 0"):
        account.call("DeleteService", service="web")
    account.call("DeleteService", service="web", force=True)
    assert account.service("web")["status"] == "DRAINING"
    assert account.call("ListServices")["serviceArns"] == []
    with pytest.raises(AwsError, match="still Draining"):
        account.serve("web", "web", 1)
    account.advance(30)
    assert account.service("web")["status"] == "INACTIVE"
    assert account.network.interfaces == {}
    account.serve("web", "web", 1)
    account.advance(120)
    assert account.service("web")["runningCount"] == 1


def test_creating_the_same_service_twice_is_idempotent_and_another_is_refused(account):
    """The same request is answered with the same service; other parameters
    are an InvalidParameterException.
    """
    first = account.serve("web", "web", 1)
    assert account.serve("web", "web", 1)["serviceArn"] == first["serviceArn"]
    with pytest.raises(AwsError, match="Creation of service was not idempotent"):
        account.serve("web", "web", 2)


def test_a_service_on_ec2_without_instances_says_so_once(account):
    """Facts, section 5.3: placement fails for lack of container instances; the same
    event is not repeated within six hours.
    """
    account.register("ec2", networkMode="bridge", requiresCompatibilities=["EC2"])
    account.call(
        "CreateService", serviceName="web", taskDefinition="ec2", desiredCount=2, launchType="EC2"
    )
    account.advance(3600)
    assert account.messages("web") == [
        "(service web) was unable to place a task because no container instance met all of its "
        "requirements. Reason: No Container Instances were found in your cluster."
    ]


def test_tags_are_propagated_to_the_tasks_of_a_service(account):
    """BC:CreateService propagateTags, enableECSManagedTags."""
    tags = [{"key": "team", "value": "blue"}]
    account.serve("web", "web", 1, tags=tags, propagateTags="SERVICE", enableECSManagedTags=True)
    account.advance(10)
    [task] = account.tasks_of("web")
    told = account.call("DescribeTasks", tasks=[task], include=["TAGS"])["tasks"][0]
    assert told["tags"] == [
        *tags,
        {"key": "aws:ecs:clusterName", "value": "default"},
        {"key": "aws:ecs:serviceName", "value": "web"},
    ]
    assert (told["group"], told["startedBy"][:8]) == ("service:web", "ecs-svc/")


def test_the_fargate_capacity_provider_runs_on_fargate(account):
    """Facts, section 8.1: a strategy of FARGATE alone; the task names its provider."""
    account.call(
        "PutClusterCapacityProviders",
        cluster="default",
        capacityProviders=["FARGATE"],
        defaultCapacityProviderStrategy=[],
    )
    strategy = [{"capacityProvider": "FARGATE", "weight": 1, "base": 0}]
    account.serve("web", "web", 1, launchType=None, capacityProviderStrategy=strategy)
    account.advance(120)
    told = account.task(account.tasks_of("web")[0])
    assert (told["launchType"], told["capacityProviderName"], told["lastStatus"]) == (
        "FARGATE",
        "FARGATE",
        "RUNNING",
    )
    assert account.service("web")["capacityProviderStrategy"] == strategy


@pytest.mark.parametrize(
    ("request_", "code", "text"),
    [
        ({"desired": -1}, "InvalidParameterException", "desiredCount"),
        ({"desired": 5001}, "InvalidParameterException", "desiredCount"),
        ({"taskDefinition": "nobody"}, "ClientException", "TaskDefinition not found."),
        ({"serviceName": "a b"}, "InvalidParameterException", "serviceName"),
        (
            {
                "launchType": "FARGATE",
                "capacityProviderStrategy": [{"capacityProvider": "FARGATE"}],
            },
            "InvalidParameterException",
            "both",
        ),
        (
            {"deploymentConfiguration": {"minimumHealthyPercent": 101}},
            "InvalidParameterException",
            "must be at most 100",
        ),
        (
            {"deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": 100}},
            "InvalidParameterException",
            "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block "
            "deployments",
        ),
        (
            {"deploymentConfiguration": {"minimumHealthyPercent": 0, "maximumPercent": 0}},
            "InvalidParameterException",
            "maximumPercent at least 1",
        ),
        (
            {"deploymentConfiguration": {"minimumHealthyPercent": 90, "maximumPercent": 50}},
            "InvalidParameterException",
            "maximumPercent",
        ),
        (
            {"schedulingStrategy": "DAEMON", "desiredCount": 1},
            "InvalidParameterException",
            "The daemon scheduling strategy does not support a desired count for services. "
            "Remove the desired count value and try again",
        ),
        (
            {"deploymentController": {"type": "CODE_DEPLOY"}},
            "InvalidParameterException",
            "the service requires an Application Load Balancer or Network Load Balancer",
        ),
        (
            {"deploymentConfiguration": {"strategy": "BLUE_GREEN"}},
            "InvalidParameterException",
            "bakeTimeInMinutes",
        ),
        (
            {"enableExecuteCommand": True},
            "InvalidParameterException",
            "a valid taskRoleArn is not being used",
        ),
        (
            {"healthCheckGracePeriodSeconds": -1},
            "InvalidParameterException",
            "healthCheckGracePeriodSeconds",
        ),
        (
            {"networkConfiguration": None},
            "InvalidParameterException",
            "Network Configuration must be provided",
        ),
    ],
)
def test_create_service_refuses_what_aws_refuses(account, request_, code, text):
    """Facts, sections 5.1, 6.1, 8.4, 15 and 17: the code and the
    text, and no service is left behind.
    """
    asked = {"desired": 1} | request_
    asked = {"serviceName": "web", "taskDefinition": "web"} | asked
    desired = asked.pop("desired")
    with pytest.raises(AwsError) as refused:
        account.serve(
            asked.pop("serviceName"),
            asked.pop("taskDefinition"),
            asked.pop("desiredCount", desired),
            **asked,
        )
    assert refused.value.code == code
    assert text in refused.value.message
    assert account.call("ListServices")["serviceArns"] == []


def test_a_refused_update_changes_nothing(account):
    """Nothing is half done: a refused UpdateService leaves the service as it was."""
    before = account.serve("web", "web", 1)
    for request in (
        {"desiredCount": -1},
        {"taskDefinition": "nobody"},
        {"deploymentConfiguration": {"minimumHealthyPercent": 200}},
    ):
        with pytest.raises(AwsError):
            account.call("UpdateService", service="web", **{"desiredCount": 4} | request)
    assert account.service("web") == {k: v for k, v in before.items() if k != "tags"}


def test_unknown_and_inactive_services_have_their_own_errors(account):
    """Facts, section 17, exceptions in the model: ServiceNotFoundException,
    ServiceNotActiveException, failures MISSING.
    """
    with pytest.raises(AwsError, match="ServiceNotFoundException"):
        account.call("UpdateService", service="nobody", desiredCount=1)
    account.serve("web", "web", 0)
    account.call("DeleteService", service="web")
    account.advance(30)
    with pytest.raises(AwsError, match="ServiceNotActiveException"):
        account.call("UpdateService", service="web", desiredCount=1)
    failures = account.call("DescribeServices", services=["nobody"])["failures"]
    assert failures == [{"arn": account.plane.state.arn("service/nobody"), "reason": "MISSING"}]


def test_eventbridge_hears_of_services_and_deployments(account):
    """Facts, section 5.4: the names are stable identifiers."""
    account.serve("web", "web", 1)
    account.advance(120)
    told = [(kind, d["eventName"]) for kind, _, d in account.bus.events if "eventName" in d]
    assert told == [
        ("ECS Deployment State Change", "SERVICE_DEPLOYMENT_IN_PROGRESS"),
        ("ECS Deployment State Change", "SERVICE_DEPLOYMENT_COMPLETED"),
        ("ECS Service Action", "SERVICE_STEADY_STATE"),
    ]
