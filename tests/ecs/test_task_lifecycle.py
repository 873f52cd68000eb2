"""One task from RunTask to STOPPED, seen through the API and the timeline."""

import pytest
from account import NETWORK, ROLE, Account

from ecslab.ground.errors import AwsError


@pytest.fixture
def account():
    """An account with a default cluster."""
    return Account()


def container(name: str, image: str = "nginx", **more):
    """A container definition."""
    return {"name": name, "image": image, **more}


def test_a_one_off_task_goes_through_every_stage_and_ends_by_itself(account):
    """Facts, section 1.1: PROVISIONING, PENDING, ACTIVATING, RUNNING,
    STOPPING, DEPROVISIONING, STOPPED.
    """
    account.register("job", image=account.images.push("job:1", exits_after=30, exit_code=3))
    [task] = account.run("job")
    account.advance(120)
    assert account.story("task/1") == [
        (0.0, "PROVISIONING"),
        (8.0, "PENDING"),
        (12.0, "ACTIVATING"),
        (20.0, "RUNNING"),
        (50.0, "stop wanted"),
        (50.0, "STOPPING"),
        (50.0, "DEPROVISIONING"),
        (56.0, "STOPPED"),
    ]
    told = account.task(task)
    assert (told["stopCode"], told["stoppedReason"]) == (
        "EssentialContainerExited",
        "Essential container in task exited",
    )
    assert told["containers"][0]["exitCode"] == 3


def test_timestamps_are_virtual_and_in_the_order_of_the_life(account):
    """Facts, section 1.1, timestamps: each is the lab's time of its transition."""
    account.register("job", image=account.images.push("job:1", exits_after=30))
    [task] = account.run("job")
    account.advance(120)
    told, start = account.task(task), account.plane.clock.start.timestamp()
    names = (
        "createdAt",
        "connectivityAt",
        "pullStartedAt",
        "pullStoppedAt",
        "startedAt",
        "stoppingAt",
        "executionStoppedAt",
        "stoppedAt",
    )
    assert [told[n] - start for n in names] == [0, 12, 12, 18, 20, 50, 50, 56]


def test_a_task_has_an_address_of_its_subnet_while_it_lives(account):
    """Facts, section 3: one network interface per awsvpc task, deleted when the task is."""
    account.register("web")
    [task] = account.run("web")
    account.advance(60)
    told = account.task(task)
    details = {d["name"]: d["value"] for d in told["attachments"][0]["details"]}
    assert (
        details["privateIPv4Address"]
        == told["containers"][0]["networkInterfaces"][0]["privateIpv4Address"]
        == "10.0.0.4"
    )
    assert (told["attachments"][0]["status"], told["availabilityZone"]) == (
        "ATTACHED",
        "us-east-1a",
    )
    account.call("StopTask", task=task)
    account.advance(60)
    assert account.task(task)["attachments"][0]["status"] == "DELETED"
    assert account.network.interfaces == {}


def test_an_interface_is_announced_before_it_is_attached(account):
    """Facts, sections 1.1 and 31: PRECREATED in RunTask's answer, then ATTACHING,
    ATTACHED; none of it counts as a version.
    """
    account.register("web")
    asked = {"taskDefinition": "web", "launchType": "FARGATE", "networkConfiguration": NETWORK}
    [task] = account.call("RunTask", **asked)["tasks"]
    [attachment] = task["attachments"]
    assert (attachment["type"], attachment["status"]) == ("ElasticNetworkInterface", "PRECREATED")
    assert [d["name"] for d in attachment["details"]] == ["subnetId"]
    seen = []
    for _ in range(10):
        account.advance(1)
        told = account.task(task["taskArn"])
        seen.append((told["lastStatus"], told["attachments"][0]["status"]))
    assert list(dict.fromkeys(seen)) == [
        ("PROVISIONING", "PRECREATED"),
        ("PROVISIONING", "ATTACHING"),
        ("PENDING", "ATTACHED"),
    ]


def test_copies_of_a_task_are_spread_over_the_zones(account):
    """Facts, section 4: spread over Availability Zones."""
    account.register("web")
    tasks = account.run("web", count=4)
    assert [account.task(t)["availabilityZone"][-1] for t in tasks] == list("abab")


def test_a_task_stopped_by_its_user_says_so(account):
    """Facts, section 1.2: UserInitiated, with the caller's reason or a default; SIGTERM
    ends a well-behaved container with 143.
    """
    account.register("web")
    first, second = account.run("web", count=2)
    account.advance(30)
    account.call("StopTask", task=first)
    account.call("StopTask", task=second, reason="no longer needed")
    account.advance(30)
    assert account.task(first)["stopCode"] == account.task(second)["stopCode"] == "UserInitiated"
    assert [account.task(t)["stoppedReason"] for t in (first, second)] == [
        "Task stopped by user",
        "no longer needed",
    ]
    assert account.task(first)["containers"][0]["exitCode"] == 143


def test_a_container_that_ignores_sigterm_is_killed_at_its_stop_timeout(account):
    """Facts, sections 1.2, 1.3 and 6.1: SIGKILL after stopTimeout (default 30 s), exit code 137."""
    deaf = account.images.push("deaf:1", ignores_sigterm=True)
    account.register("default", image=deaf)
    account.register("short", container("app", deaf, stopTimeout=5))
    tasks = [*account.run("default"), *account.run("short")]
    account.advance(30)
    for task in tasks:
        account.call("StopTask", task=task)
    account.advance(60)
    killed = {e.subject: e.at_ms / 1000 for e in account.timeline if e.kind == "killed"}
    assert killed == {"task/1/app": 60.0, "task/2/app": 35.0}
    assert [account.task(t)["containers"][0]["exitCode"] for t in tasks] == [137, 137]


def test_a_task_stopped_before_it_ran_never_gets_an_exit_code(account):
    """A task that is PROVISIONING when it is stopped goes straight down; nothing is left of it."""
    account.register("web")
    [task] = account.run("web")
    account.advance(5)
    account.call("StopTask", task=task)
    account.advance(20)
    assert [kind for _, kind in account.story("task/1")] == [
        "PROVISIONING",
        "stop wanted",
        "STOPPING",
        "DEPROVISIONING",
        "STOPPED",
    ]
    assert "exitCode" not in account.task(task)["containers"][0]
    assert "PENDING" not in account.timeline.of("task/1").kinds()
    assert account.network.interfaces == {}


def test_an_image_that_does_not_exist_fails_the_task(account):
    """Facts, section 1.2: TaskFailedToStart with CannotPullContainerError."""
    account.register("gone", image="123456789012.dkr.ecr.us-east-1.amazonaws.com/gone:1")
    [task] = account.run("gone")
    account.advance(60)
    told = account.task(task)
    assert told["stopCode"] == "TaskFailedToStart"
    assert told["stoppedReason"].startswith("CannotPullContainerError: ")
    assert "startedAt" not in told
    assert told["containers"][0]["reason"] == told["stoppedReason"]


def test_a_role_that_cannot_be_assumed_is_refused_at_once(account):
    """RunTask answers a ClientException in IAM's words, and no task is made."""
    account.register("web")
    account.plane.neighbours.roles.refused[ROLE] = "ECS was unable to assume the role"
    with pytest.raises(AwsError, match="ClientException: ECS was unable to assume the role"):
        account.run("web")
    assert account.call("ListTasks")["taskArns"] == []


def test_a_missing_secret_fails_the_task_before_any_pull(account):
    """Facts, section 16: secrets are read when a task starts."""
    account.plane.neighbours.secrets.missing.add("password")
    account.register(
        "web", container("app", secrets=[{"name": "PASSWORD", "valueFrom": "password"}])
    )
    [task] = account.run("web")
    account.advance(60)
    assert account.task(task)["stoppedReason"].startswith("ResourceInitializationError")
    assert "pulling" not in account.timeline.of("task/1").kinds()


def test_what_a_container_prints_reaches_its_log_stream(account):
    """Facts, section 16: awslogs writes to prefix/container/task-id."""
    options = {
        "awslogs-group": "web",
        "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "ecs",
    }
    image = account.images.push("web:1", prints="listening on 8080")
    account.register(
        "web",
        container("app", image, logConfiguration={"logDriver": "awslogs", "options": options}),
    )
    [task] = account.run("web")
    account.advance(60)
    started = account.plane.clock.start.timestamp() + 20
    assert account.logs.lines["web", f"ecs/app/{task}"] == [(started, "listening on 8080")]


def test_containers_start_in_dependency_order_and_stop_in_reverse(account):
    """Facts, section 1.3: dependsOn, reversed at shutdown."""
    db = container("db", healthCheck={"command": ["CMD", "healthy"], "interval": 5})
    app = container("app", dependsOn=[{"containerName": "db", "condition": "HEALTHY"}])
    account.register("web", app, db)
    [task] = account.run("web")
    account.advance(60)
    account.call("StopTask", task=task)
    account.advance(60)
    moves = [
        (e.at_ms / 1000, e.subject[7:], e.kind)
        for e in account.timeline.of("task/1")
        if e.kind in {"started", "HEALTHY", "exited"}
    ]
    assert moves == [
        (20.0, "db", "started"),
        (25.0, "db", "HEALTHY"),
        (27.0, "app", "started"),
        (61.0, "app", "exited"),
        (62.0, "db", "exited"),
    ]
    assert account.story("task/1")[3] == (27.0, "RUNNING")


def test_a_container_waits_for_another_to_succeed(account):
    """Facts, section 1.3: SUCCESS needs the dependency to end with code 0."""
    migrate = container(
        "migrate", account.images.push("migrate:1", exits_after=10), essential=False
    )
    app = container("app", dependsOn=[{"containerName": "migrate", "condition": "SUCCESS"}])
    account.register("web", app, migrate)
    [task] = account.run("web")
    account.advance(60)
    assert [(t, k) for t, k in account.story("task/1/app") if k == "started"] == [(32.0, "started")]
    assert account.task(task)["lastStatus"] == "RUNNING"


def test_a_sidecar_that_ends_does_not_end_the_task(account):
    """Facts, section 1.3: only an essential container that stops stops the whole task."""
    once = container("once", account.images.push("once:1", exits_after=5), essential=False)
    account.register("web", container("app"), once)
    [task] = account.run("web")
    account.advance(600)
    told = {c["name"]: c["lastStatus"] for c in account.task(task)["containers"]}
    assert told == {"app": "RUNNING", "once": "STOPPED"}
    assert account.task(task)["lastStatus"] == "RUNNING"


def test_a_restart_policy_restarts_the_container_and_not_the_task(account):
    """Facts, section 1.3: restarted only after it has run
    restartAttemptPeriod; ignored exit codes end it.
    """
    crashes = account.images.push("crashes:1", exits_after=100, exit_code=1)
    policy = {"enabled": True, "restartAttemptPeriod": 60}
    account.register("again", container("app", crashes, restartPolicy=policy))
    account.register(
        "ignored", container("app", crashes, restartPolicy=policy | {"ignoredExitCodes": [1]})
    )
    account.register("tooSoon", container("app", crashes, restartPolicy={"enabled": True}))
    again, ignored, too_soon = (
        account.run("again")[0],
        account.run("ignored")[0],
        account.run("tooSoon")[0],
    )
    account.advance(400)
    assert [account.task(t)["lastStatus"] for t in (again, ignored, too_soon)] == [
        "RUNNING",
        "STOPPED",
        "STOPPED",
    ]
    assert account.timeline.of("task/1/app").kinds().count("restarted") == 3


def test_a_sick_standalone_task_goes_on(account):
    """Facts, section 5.1: a standalone task that is unhealthy is left alone."""
    sick = account.images.push("sick:1", unhealthy_after=60)
    account.register(
        "web",
        container(
            "app", sick, healthCheck={"command": ["CMD", "healthy"], "interval": 10, "retries": 2}
        ),
    )
    [task] = account.run("web")
    account.advance(600)
    told = account.task(task)
    assert (told["lastStatus"], told["healthStatus"]) == ("RUNNING", "UNHEALTHY")
    assert [(t, k) for t, k in account.story("task/1") if "HEALTHY" in k] == [
        (30.0, "HEALTHY"),
        (90.0, "UNHEALTHY"),
    ]


def test_overrides_change_this_task_only(account):
    """BC:RunTask: container overrides apply to one launch."""
    account.register("web", container("app", environment=[{"name": "A", "value": "1"}]))
    override = {
        "name": "app",
        "command": ["serve"],
        "environment": [{"name": "B", "value": "2"}],
        "memory": 256,
    }
    [task] = account.run(
        "web", overrides={"containerOverrides": [override], "cpu": "512", "memory": "1024"}
    )
    told = account.task(task)
    assert (told["cpu"], told["memory"], told["containers"][0]["memory"]) == ("512", "1024", "256")
    assert told["overrides"]["containerOverrides"] == [override]
    running = account.plane.state.clusters["default"].tasks[task].containers[0].definition
    assert running["environment"] == [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]


def test_a_stopped_task_is_described_for_an_hour(account):
    """Facts, section 1.1: stopped tasks are returned for at least an hour."""
    account.register("job", image=account.images.push("job:1", exits_after=4))
    [task] = account.run("job")
    account.advance(30)
    account.advance(3_599)
    assert account.task(task)["lastStatus"] == "STOPPED"
    account.advance(2)
    arn = account.plane.state.arn(f"task/default/{task}")
    assert account.call("DescribeTasks", tasks=[task]) == {
        "tasks": [],
        "failures": [{"arn": arn, "reason": "MISSING"}],
    }


def test_tasks_are_listed_by_every_filter(account):
    """BC:ListTasks: family, startedBy, desiredStatus, launchType, paging."""
    account.register("a")
    account.register("b")
    first, second = account.run("a", count=2, startedBy="me")
    [other] = account.run("b")
    account.advance(30)
    account.call("StopTask", task=second)

    def listed(**filters):
        return [arn.rpartition("/")[2] for arn in account.call("ListTasks", **filters)["taskArns"]]

    assert listed() == [first, other]
    assert listed(family="a") == [first]
    assert listed(startedBy="me") == [first]
    assert listed(desiredStatus="STOPPED") == [second]
    assert listed(desiredStatus="PENDING") == []
    assert listed(launchType="EC2") == []
    page = account.call("ListTasks", maxResults=1)
    rest = account.call("ListTasks", maxResults=1, nextToken=page["nextToken"])
    assert [page["taskArns"][0][-32:], rest["taskArns"][0][-32:], "nextToken" in rest] == [
        first,
        other,
        False,
    ]


@pytest.mark.parametrize("name", ["nightly job", "prefect: run #4", "Jürgen", "x" * 128, ""])
def test_started_by_can_be_any_text_of_128_characters(account, name):
    """Facts, section 31: only its length counts; schedulers send names with blanks."""
    account.register("a")
    [task] = account.run("a", startedBy=name)
    assert account.task(task)["startedBy"] == name
    assert account.call("ListTasks", startedBy=name)["taskArns"] == [account.task(task)["taskArn"]]


def test_the_same_client_token_runs_the_same_tasks_once(account):
    """Facts, section 5.1: reuse with other parameters is a
    ConflictException that names the tasks.
    """
    account.register("web")
    first = account.run("web", clientToken="once")
    assert account.run("web", clientToken="once") == first
    with pytest.raises(AwsError) as refused:
        account.run("web", clientToken="once", count=2)
    assert refused.value.code == "ConflictException"
    assert refused.value.members["resourceIds"] == [
        account.plane.state.arn(f"task/default/{first[0]}")
    ]


def test_a_deleted_cluster_runs_nothing(account):
    """An INACTIVE cluster is refused in its own words, not as one that never was."""
    account.register("web")
    account.call("DeleteCluster", cluster="default")
    with pytest.raises(AwsError, match="The referenced cluster was inactive"):
        account.run("web")


@pytest.mark.parametrize(
    ("request_", "code", "text"),
    [
        ({"count": 11}, "InvalidParameterException", "count"),
        ({"count": 0}, "InvalidParameterException", "count"),
        ({"count": -3}, "InvalidParameterException", "count"),
        ({"taskDefinition": "nobody"}, "ClientException", "TaskDefinition not found."),
        ({"taskDefinition": "web:7"}, "ClientException", "TaskDefinition not found."),
        ({"cluster": "nowhere"}, "ClusterNotFoundException", "Cluster not found."),
        (
            {"launchType": "EC2"},
            "InvalidParameterException",
            "No Container Instances were found in your cluster.",
        ),
        (
            {"networkConfiguration": {}},
            "InvalidParameterException",
            "Network Configuration must be provided when networkMode 'awsvpc'",
        ),
        (
            {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-x"]}}},
            "InvalidParameterException",
            "subnet-x",
        ),
        (
            {"capacityProviderStrategy": [{"capacityProvider": "FARGATE"}]},
            "InvalidParameterException",
            "Specifying both a launch type",
        ),
        (
            {"overrides": {"containerOverrides": [{"name": "nope"}]}},
            "InvalidParameterException",
            "Override for container named nope",
        ),
        (
            {"overrides": {"containerOverrides": [{"name": "app", "command": ["x" * 9000]}]}},
            "InvalidParameterException",
            "8192",
        ),
        ({"startedBy": "x" * 129}, "InvalidParameterException", "startedBy longer than 128."),
        ({"platformVersion": "9.9.9"}, "PlatformUnknownException", "9.9.9"),
        (
            {"enableExecuteCommand": True},
            "InvalidParameterException",
            "a valid task role is not being used",
        ),
        (
            {"placementStrategy": [{"type": "random"}]},
            "InvalidParameterException",
            "not supported with FARGATE",
        ),
    ],
)
def test_run_task_refuses_what_aws_refuses(account, request_, code, text):
    """Facts, sections 3, 4, 5.1 and 17: the code and the text, and nothing is left behind."""
    account.register("web", networkMode="awsvpc", requiresCompatibilities=["FARGATE", "EC2"])
    with pytest.raises(AwsError) as refused:
        account.run("web", **request_)
    assert refused.value.code == code
    assert text in refused.value.message
    assert account.call("ListTasks")["taskArns"] == []


@pytest.mark.parametrize(
    ("config", "more", "text"),
    [
        ({"subnets": ["subnet-a"] * 17}, {}, "subnets can have at most 16 items."),
        (
            {"subnets": ["subnet-a"], "securityGroups": ["sg-1"] * 6},
            {},
            "securityGroups can have at most 5 items.",
        ),
        ({"subnets": []}, {}, "subnets can not be empty."),
        (
            {"subnets": ["subnet-a"], "assignPublicIp": "ENABLED"},
            {"launchType": "EC2"},
            "Assign public IP is not supported for this launch type.",
        ),
    ],
)
def test_an_awsvpc_configuration_has_its_limits(account, config, more, text):
    """Facts, section 3, awsvpcConfiguration and assignPublicIp, which
    is DISABLED unless it is given.
    """
    account.register("web", networkMode="awsvpc", requiresCompatibilities=["FARGATE", "EC2"])
    with pytest.raises(AwsError) as refused:
        account.run("web", networkConfiguration={"awsvpcConfiguration": config}, **more)
    assert (refused.value.code, refused.value.message) == ("InvalidParameterException", text)
    served = account.serve("web", "web")["networkConfiguration"]["awsvpcConfiguration"]
    assert served["assignPublicIp"] == "DISABLED"


def test_unknown_tasks_and_services_are_failures(account):
    """Facts, section 4, Describe: MISSING, by ARN."""
    failures = [{"arn": "arn:aws:ecs:us-east-1:123456789012:task/default/a", "reason": "MISSING"}]
    assert account.call("DescribeTasks", tasks=["a"])["failures"] == failures
    # Facts 2, section 31, row 13: without its cluster.
    arn = "arn:aws:ecs:us-east-1:123456789012:service/a"
    assert account.call("DescribeServices", services=["a"])["failures"] == [
        {"arn": arn, "reason": "MISSING"}
    ]


@pytest.mark.parametrize("operation", ["GetTaskProtection", "UpdateTaskProtection"])
def test_task_protection_is_refused(account, operation):
    """Facts, section 4, failures of task protection: the operations are not simulated."""
    with pytest.raises(AwsError) as refused:
        account.plane.call(operation, {"cluster": "default", "tasks": ["a"]})
    assert refused.value.code == "UnsupportedFeatureException"
    assert f"The ECS operation {operation}" in refused.value.message


def test_eventbridge_hears_every_transition_with_a_growing_version(account):
    """Facts, sections 1.1 and 5.4: ECS Task State Change carries
    the task and a version that grows.
    """
    account.register("job", image=account.images.push("job:1", exits_after=5))
    [task] = account.run("job")
    account.advance(60)
    told = [
        d
        for kind, resources, d in account.bus.events
        if kind == "ECS Task State Change" and task in resources[0]
    ]
    statuses = [d["lastStatus"] for d in told]
    assert statuses == [
        "PROVISIONING",
        "PENDING",
        "ACTIVATING",
        "RUNNING",
        "STOPPING",
        "DEPROVISIONING",
        "STOPPED",
    ]
    assert [d["version"] for d in told] == list(range(1, 8))
    assert [[(a["type"], a["status"]) for a in d["attachments"]] for d in told] == [
        [("eni", "PRECREATED")],
        *[[("eni", "ATTACHED")]] * 4,
        [("eni", "DETACHING")],
        [("eni", "DELETED")],
    ]
    assert [d["updatedAt"][11:19] for d in told] == [
        *("09:00:00", "09:00:08", "09:00:12", "09:00:20", "09:00:25", "09:00:25", "09:00:31")
    ]
    assert account.task(task)["attachments"][0]["type"] == "ElasticNetworkInterface"
    assert "updatedAt" not in account.task(task)
    assert told[-1]["stoppedAt"] == "2026-01-05T09:00:31.000Z"
