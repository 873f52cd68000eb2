"""What is stored for a task definition, and what becomes of it."""

import pytest
from account import ROLE, Account
from hypothesis import given
from hypothesis import strategies as st
from refusals import changed, refused
from rule_cases import CASES, EC2, FARGATE
from shapes import model

HOUR = 3600
ANSWERED = (
    "taskDefinitionArn",
    "revision",
    "status",
    "registeredAt",
    "registeredBy",
    "requiresAttributes",
    "compatibilities",
)


@pytest.fixture
def account():
    """An account with a default cluster."""
    return Account()


def _register(account, **changes):
    return account.call("RegisterTaskDefinition", **changed(EC2, changes))["taskDefinition"]


def _revisions(account, **asked):
    arns = account.call("ListTaskDefinitions", **asked)["taskDefinitionArns"]
    return [arn.rpartition("/")[2] for arn in arns]


def test_a_minimal_definition_gets_the_defaults_of_ecs(account):
    """Essential, no CPU, empty lists; bridge mode, which nobody gave, is not
    told (facts, sections 1.3, 3 and 31).
    """
    registered = _register(account)
    assert "networkMode" not in registered
    assert registered["volumes"] == registered["placementConstraints"] == []
    assert "requiresCompatibilities" not in registered
    assert registered["containerDefinitions"] == [
        {
            "name": "app",
            "image": "nginx",
            "memory": 128,
            "cpu": 0,
            "essential": True,
            "portMappings": [],
            "environment": [],
            "mountPoints": [],
            "volumesFrom": [],
            "systemControls": [],
        }
    ]


def test_it_says_who_registered_it_and_when(account):
    """The time is a lab time in seconds since 1970, registeredBy the caller (BC:TaskDefinition)."""
    account.advance(90)
    registered = _register(account)
    assert registered["registeredAt"] == account.plane.clock.start.timestamp() + 90
    assert registered["registeredBy"] == "arn:aws:iam::123456789012:root"
    assert (
        registered["taskDefinitionArn"]
        == "arn:aws:ecs:us-east-1:123456789012:task-definition/web:1"
    )
    assert [(e.subject, e.kind, e.why) for e in account.timeline.of("task-definition/web:1")] == [
        ("task-definition/web:1", "registered", "nginx")
    ]


@pytest.mark.parametrize(("mode", "host_port"), [("awsvpc", 80), ("host", 80), ("bridge", 0)])
def test_the_host_port_is_filled_in_as_the_network_mode_wants(account, mode, host_port):
    """The container port where they share a network, else 0: chosen at start;
    tcp unless udp (facts, section 3).
    """
    changes = {
        "networkMode": mode,
        "containerDefinitions.0.portMappings": [{"containerPort": 80, "protocol": "TCP"}],
    }
    ports = _register(account, **changes)["containerDefinitions"][0]["portMappings"]
    assert ports == [{"containerPort": 80, "hostPort": host_port, "protocol": "tcp"}]


def test_a_health_check_and_a_restart_policy_get_their_defaults(account):
    """Every 30 s, 5 s, three times; a container runs 300 s before it is
    restarted (facts, section 1.3).
    """
    check = {"command": ["CMD-SHELL", "curl -f localhost"], "retries": 5}
    policy = {"enabled": True}
    container = _register(
        account,
        **{
            "containerDefinitions.0.healthCheck": check,
            "containerDefinitions.0.restartPolicy": policy,
        },
    )["containerDefinitions"][0]
    assert container["healthCheck"] == check | {"interval": 30, "timeout": 5}
    assert container["restartPolicy"] == {
        "enabled": True,
        "ignoredExitCodes": [],
        "restartAttemptPeriod": 300,
    }


def test_sizes_in_words_are_stored_as_numbers(account):
    """1 vCPU and 2GB are converted when registered (facts, section 2.1)."""
    registered = account.call(
        "RegisterTaskDefinition", **changed(FARGATE, {"cpu": "1 vCPU", "memory": "2GB"})
    )
    assert (registered["taskDefinition"]["cpu"], registered["taskDefinition"]["memory"]) == (
        "1024",
        "2048",
    )


def test_an_empty_volume_is_a_bind_mount_and_efs_is_mounted_at_its_root(account):
    """Facts, section 16."""
    volumes = [
        {"name": "scratch"},
        {"name": "shared", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}},
    ]
    assert _register(account, volumes=volumes)["volumes"] == [
        {"name": "scratch", "host": {}},
        {
            "name": "shared",
            "efsVolumeConfiguration": {"fileSystemId": "fs-1", "rootDirectory": "/"},
        },
    ]


def test_a_fargate_definition_requires_what_its_members_need(account):
    """The attributes a real capture shows for awslogs, private ECR, a task role and
    awsvpc, without those for EC2 agents.
    """
    options = {"awslogs-group": "g", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "ecs"}
    container = {
        "name": "app",
        "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1",
        "logConfiguration": {"logDriver": "awslogs", "options": options},
    }
    account.register("web", container, taskRoleArn=ROLE)
    described = account.call("DescribeTaskDefinition", taskDefinition="web")["taskDefinition"]
    assert [a["name"] for a in described["requiresAttributes"]] == [
        "com.amazonaws.ecs.capability.logging-driver.awslogs",
        "ecs.capability.execution-role-awslogs",
        "com.amazonaws.ecs.capability.docker-remote-api.1.19",
        "com.amazonaws.ecs.capability.ecr-auth",
        "ecs.capability.execution-role-ecr-pull",
        "com.amazonaws.ecs.capability.task-iam-role",
        "com.amazonaws.ecs.capability.docker-remote-api.1.18",
        "ecs.capability.task-eni",
    ]
    assert described["compatibilities"] == ["EC2", "MANAGED_INSTANCES", "FARGATE"]
    assert described["requiresCompatibilities"] == ["FARGATE"]


@pytest.mark.parametrize(
    ("changes", "attribute"),
    [
        ({"healthCheck": {"command": ["CMD", "healthy"]}}, "ecs.capability.container-health-check"),
        ({"stopTimeout": 60}, "ecs.capability.container-ordering"),
        (
            {"ulimits": [{"name": "core", "softLimit": 1, "hardLimit": 1}]},
            "com.amazonaws.ecs.capability.docker-remote-api.1.18",
        ),
        ({"dockerLabels": {"a": "b"}}, "com.amazonaws.ecs.capability.docker-remote-api.1.18"),
        ({"restartPolicy": {"enabled": True}}, "ecs.capability.container-restart-policy"),
        ({"privileged": True}, "com.amazonaws.ecs.capability.privileged-container"),
        ({"memoryReservation": 64}, "com.amazonaws.ecs.capability.docker-remote-api.1.21"),
        (
            {"linuxParameters": {"initProcessEnabled": True}},
            "com.amazonaws.ecs.capability.docker-remote-api.1.25",
        ),
        (
            {"secrets": [{"name": "S", "valueFrom": "s"}]},
            "ecs.capability.secrets.ssm.environment-variables",
        ),
        (
            {"portMappings": [{"containerPortRange": "80-90"}]},
            "ecs.capability.container-port-range",
        ),
        ({"firelensConfiguration": {"type": "fluentbit"}}, "ecs.capability.firelens.fluentbit"),
        (
            {"repositoryCredentials": {"credentialsParameter": "c"}},
            "ecs.capability.private-registry-authentication.secretsmanager",
        ),
        (
            {"environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::b/x.env"}]},
            "ecs.capability.env-files.s3",
        ),
    ],
)
def test_what_a_container_asks_for_is_required_of_an_instance(account, changes, attribute):
    """BC:TaskDefinition.requiresAttributes; names as the agent
    registers them (AG:agent_capability.go).
    """
    asked = {f"containerDefinitions.0.{member}": value for member, value in changes.items()}
    attributes = _register(account, executionRoleArn=ROLE, **asked)["requiresAttributes"]
    assert {"name": attribute} in attributes


PLAIN_EFS = {"name": "v", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}
SAFE_EFS = {
    "name": "v",
    "efsVolumeConfiguration": {"fileSystemId": "fs-1", "transitEncryption": "ENABLED"},
}
DOCKER = {"name": "v", "dockerVolumeConfiguration": {"driver": "rexray/ebs"}}


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, set()),
        ({"pidMode": "task"}, {"ecs.capability.pid-ipc-namespace-sharing"}),
        ({"ipcMode": "task"}, {"ecs.capability.pid-ipc-namespace-sharing"}),
        ({"volumes": [PLAIN_EFS]}, {"ecs.capability.efs"}),
        ({"volumes": [SAFE_EFS]}, {"ecs.capability.efs", "ecs.capability.efsAuth"}),
        ({"volumes": [DOCKER]}, {"ecs.capability.docker-plugin.rexray/ebs"}),
        (
            {"taskRoleArn": ROLE, "networkMode": "host"},
            {"com.amazonaws.ecs.capability.task-iam-role-network-host"},
        ),
        (
            {
                "containerDefinitions.0.logConfiguration": {"logDriver": "json-file"},
                "executionRoleArn": ROLE,
            },
            {
                "com.amazonaws.ecs.capability.logging-driver.json-file",
                "com.amazonaws.ecs.capability.docker-remote-api.1.19",
            },
        ),
    ],
)
def test_what_a_task_asks_for_is_required_and_nothing_else(account, changes, wanted):
    """BC:TaskDefinition.requiresAttributes (facts, section 3, attribute): one too many would
    keep tasks off instances that can run them.
    """
    assert {a["name"] for a in _register(account, **changes)["requiresAttributes"]} == wanted


@pytest.mark.parametrize("base", [EC2, FARGATE], ids=["EC2", "FARGATE"])
def test_what_is_described_can_be_registered_again(account, base):
    """The common way to make a revision: describe, change a little,
    register; the rest stays as it was.
    """
    first = account.call("RegisterTaskDefinition", **base)["taskDefinition"]
    again = {k: v for k, v in first.items() if k not in ANSWERED}
    second = account.call("RegisterTaskDefinition", **again)["taskDefinition"]
    assert {k: v for k, v in second.items() if k not in ANSWERED} == again
    assert second["revision"] == 2


def test_the_request_and_the_stored_definition_share_nothing(account):
    """A caller that goes on changing its request changes no revision."""
    request = changed(EC2, {})
    account.call("RegisterTaskDefinition", **request)
    request["containerDefinitions"][0]["image"] = "other"
    assert (
        account.call("DescribeTaskDefinition", taskDefinition="web:1")["taskDefinition"][
            "containerDefinitions"
        ][0]["image"]
        == "nginx"
    )


def test_tags_come_with_the_answer_and_on_request(account):
    """Tags are no part of the definition (BC:DescribeTaskDefinitionRequest.include)."""
    tags = [{"key": "team", "value": "red"}]
    assert account.call("RegisterTaskDefinition", **EC2, tags=tags)["tags"] == tags
    assert account.call("DescribeTaskDefinition", taskDefinition="web")["tags"] == []
    assert (
        account.call("DescribeTaskDefinition", taskDefinition="web", include=["TAGS"])["tags"]
        == tags
    )
    assert (
        refused(account, "RegisterTaskDefinition", **EC2, tags=[]).message
        == "Tags can not be empty."
    )
    assert (
        refused(account, "DescribeTaskDefinition", taskDefinition="web", include=["ALL"]).message
        == "include should be one of [TAGS]"
    )


def test_a_definition_is_found_by_family_revision_and_arn(account):
    """A bare family means its newest ACTIVE revision (BC:DescribeTaskDefinitionRequest)."""
    for _ in range(3):
        _register(account)
    account.call("DeregisterTaskDefinition", taskDefinition="web:3")
    names = {"web": 2, "web:1": 1, "arn:aws:ecs:us-east-1:123456789012:task-definition/web:3": 3}
    for name, revision in names.items():
        assert (
            account.call("DescribeTaskDefinition", taskDefinition=name)["taskDefinition"][
                "revision"
            ]
            == revision
        )


@pytest.mark.parametrize(
    "name",
    ["nope", "web:2", "web:x", "arn:aws:ecs:us-east-1:123456789012:task-definition/web:2", ""],
)
def test_an_unknown_definition_cannot_be_described(account, name):
    """ClientException, the text every SDK user knows."""
    _register(account)
    error = refused(account, "DescribeTaskDefinition", taskDefinition=name)
    assert (error.code, error.message) == ("ClientException", "Unable to describe task definition.")


def test_definitions_are_listed_by_family_and_number(account):
    """Lexicographically by family, numerically by revision; DESC turns both round
    (BC:ListTaskDefinitionsRequest.sort).
    """
    for family in ["web"] * 11 + ["api", "web-admin"]:
        _register(account, family=family)
    ascending = ["api:1", *(f"web:{n}" for n in range(1, 12)), "web-admin:1"]
    assert _revisions(account) == ascending
    assert _revisions(account, sort="DESC") == ascending[::-1]
    assert (
        _revisions(account, familyPrefix="web")[-1] == "web:11"
    )  # the whole name: web-admin is another family
    assert _revisions(account, familyPrefix="we") == []


def test_families_are_listed_by_prefix_and_status(account):
    """A family without an ACTIVE revision is INACTIVE; both are listed unless told
    (BC:ListTaskDefinitionFamiliesRequest).
    """
    for family in ("web", "web-admin", "web-admin", "api"):
        _register(account, family=family)
    for name in ("web:1", "web-admin:1"):
        account.call("DeregisterTaskDefinition", taskDefinition=name)

    def families(**asked):
        return account.call("ListTaskDefinitionFamilies", **asked)["families"]

    assert families() == ["api", "web", "web-admin"]
    assert families(familyPrefix="we") == ["web", "web-admin"]
    assert families(status="ACTIVE") == ["api", "web-admin"]
    assert families(status="INACTIVE") == ["web"]


@pytest.mark.parametrize(
    ("operation", "asked", "message"),
    [
        (
            "ListTaskDefinitions",
            {"status": "GONE"},
            "status should be one of [ACTIVE,INACTIVE,DELETE_IN_PROGRESS]",
        ),
        ("ListTaskDefinitions", {"sort": "UP"}, "sort should be one of [ASC,DESC]"),
        (
            "ListTaskDefinitionFamilies",
            {"status": "GONE"},
            "status should be one of [ACTIVE,INACTIVE,ALL]",
        ),
    ],
)
def test_other_words_are_refused_when_listing(account, operation, asked, message):
    """The words are the model's enums."""
    error = refused(account, operation, **asked)
    assert (error.code, error.message) == ("InvalidParameterException", message)


def test_a_deregistered_definition_goes_on_running_but_nothing_new_can_use_it(account):
    """INACTIVE: existing tasks stay, RunTask refuses (facts,
    section 17, task definition states).
    """
    account.register("web")
    (task,) = account.run("web")
    account.advance(60)
    answer = account.call("DeregisterTaskDefinition", taskDefinition="web:1")["taskDefinition"]
    assert (answer["status"], answer["deregisteredAt"]) == (
        "INACTIVE",
        account.plane.clock.timestamp(),
    )
    account.advance(HOUR)
    assert account.task(task)["lastStatus"] == "RUNNING"
    assert (
        refused(account, "RunTask", taskDefinition="web:1", launchType="FARGATE").code
        == "ClientException"
    )
    assert _revisions(account, status="INACTIVE") == ["web:1"]
    assert account.timeline.of("task-definition/web:1").kinds() == ["registered", "deregistered"]


def test_deregistering_twice_changes_nothing(account):
    """The second call answers the same, with the first time."""
    _register(account)
    first = account.call("DeregisterTaskDefinition", taskDefinition="web:1")
    account.advance(60)
    assert account.call("DeregisterTaskDefinition", taskDefinition="web:1") == first


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("web", "ClientException", "Revision is missing."),
        ("web:new", "InvalidParameterException", "Invalid revision number. Number: new"),
        ("web:2", "ClientException", "The specified task definition does not exist."),
        (
            "arn:aws:ecs:us-east-1:210987654321:task-definition/web:1",
            "ClientException",
            "The specified task definition does not exist.",
        ),
    ],
)
def test_deregistering_needs_a_revision_that_exists(account, name, code, message):
    """You must specify a revision (BC:DeregisterTaskDefinitionRequest)."""
    _register(account)
    error = refused(account, "DeregisterTaskDefinition", taskDefinition=name)
    assert (error.code, error.message) == (code, message)


def test_only_inactive_definitions_can_be_deleted(account):
    """The others are failures with a reason (facts, section 17, task definition states)."""
    for _ in range(2):
        _register(account)
    account.call("DeregisterTaskDefinition", taskDefinition="web:1")
    answer = account.call(
        "DeleteTaskDefinitions", taskDefinitions=["web:1", "web:2", "web:3", "web"]
    )
    assert [(d["revision"], d["status"]) for d in answer["taskDefinitions"]] == [
        (1, "DELETE_IN_PROGRESS")
    ]
    assert [f["reason"] for f in answer["failures"]] == [
        "The specified task definition is still in ACTIVE status. Please deregister the target "
        "and try again.",
        "The specified task definition does not exist. Specify a valid account, family, "
        "revision and try again.",
        "The specified task definition identifier is invalid. Specify a valid name or ARN and "
        "try again.",
    ]
    assert (
        answer["failures"][0]["arn"] == "arn:aws:ecs:us-east-1:123456789012:task-definition/web:2"
    )
    assert (
        "being deleted"
        in refused(account, "DeregisterTaskDefinition", taskDefinition="web:1").message
    )


@pytest.mark.parametrize("count", [0, 11])
def test_one_to_ten_definitions_are_deleted_at_once(account, count):
    """BC:DeleteTaskDefinitionsRequest.taskDefinitions."""
    error = refused(account, "DeleteTaskDefinitions", taskDefinitions=["web:1"] * count)
    assert error.code == "InvalidParameterException"


def test_a_deletion_waits_for_the_last_task_and_the_last_service(account):
    """DELETE_IN_PROGRESS until no task and no service uses it;
    then it is gone (facts, section 17).
    """
    account.register("web")
    account.serve("site", "web", desired=1)
    account.advance(120)
    account.call("DeregisterTaskDefinition", taskDefinition="web:1")
    account.call("DeleteTaskDefinitions", taskDefinitions=["web:1"])
    account.advance(5 * HOUR)
    assert _revisions(account, status="DELETE_IN_PROGRESS") == ["web:1"]
    account.call("DeleteService", service="site", force=True)
    account.advance(2 * HOUR)
    assert (
        refused(account, "DescribeTaskDefinition", taskDefinition="web:1").message
        == "Unable to describe task definition."
    )
    assert account.call("ListTaskDefinitionFamilies")["families"] == []
    assert account.timeline.of("task-definition/web:1").kinds() == [
        "registered",
        "deregistered",
        "deleting",
        "deleted",
    ]


def test_a_deletion_waits_for_a_task_without_a_service_too(account):
    """Standalone tasks count (facts, section 17); ten revisions can be deleted at once."""
    account.register("web")
    (task,) = account.run("web")
    for number in range(2, 11):
        account.register("web")
        account.call("DeregisterTaskDefinition", taskDefinition=f"web:{number}")
    account.call("DeregisterTaskDefinition", taskDefinition="web:1")
    answer = account.call(
        "DeleteTaskDefinitions", taskDefinitions=[f"web:{n}" for n in range(1, 11)]
    )
    assert (len(answer["taskDefinitions"]), answer["failures"]) == (10, [])
    account.advance(2 * HOUR)
    assert _revisions(account, status="DELETE_IN_PROGRESS") == ["web:1"]
    account.call("StopTask", task=task)
    account.advance(2 * HOUR)
    assert _revisions(account, status="DELETE_IN_PROGRESS") == []


def test_a_deleted_revision_number_is_never_used_again(account):
    """The family's name is kept, and its next revision is the next number (facts, section 17)."""
    _register(account)
    account.call("DeregisterTaskDefinition", taskDefinition="web:1")
    account.call("DeleteTaskDefinitions", taskDefinitions=["web:1"])
    account.advance(2 * HOUR)
    assert _register(account)["revision"] == 2


STEPS = st.lists(
    st.sampled_from(["register", "refused", "deregister", "delete", "wait"]), max_size=12
)


@given(STEPS, st.sampled_from(CASES))
def test_revision_numbers_only_grow(steps, case):
    """Whatever happens in between, each revision of a family is one more than
    the last (BC:TaskDefinition.revision).
    """
    account, made = Account(), 0
    for step in steps:
        if step == "register":
            made += 1
            assert _register(account)["revision"] == made
        elif step == "refused":
            refused(account, "RegisterTaskDefinition", **changed(case.base, case.changes))
        elif step == "deregister" and (active := _revisions(account, familyPrefix="web")):
            account.call("DeregisterTaskDefinition", taskDefinition=active[0])
        elif step == "delete" and (
            inactive := _revisions(account, familyPrefix="web", status="INACTIVE")
        ):
            account.call("DeleteTaskDefinitions", taskDefinitions=inactive[:10])
        elif step == "wait":
            account.advance(2 * HOUR)


def test_every_member_of_the_model_is_kept():
    """What is registered is described: no member of
    RegisterTaskDefinitionRequest is dropped silently.
    """
    request = model().operation_model("RegisterTaskDefinition").input_shape.members
    described = model().shape_for("TaskDefinition").members
    assert set(request) - set(described) == {"tags"}
    account = Account()
    given_all = EC2 | {
        "pidMode": "task",
        "ipcMode": "task",
        "taskRoleArn": ROLE,
        "executionRoleArn": ROLE,
        "cpu": "1024",
        "memory": "2048",
        "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
        "enableFaultInjection": True,
        "placementConstraints": [
            {"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}
        ],
    }
    registered = account.call("RegisterTaskDefinition", **given_all)["taskDefinition"]
    assert {k: registered[k] for k in given_all if k != "containerDefinitions"} == {
        k: v for k, v in given_all.items() if k != "containerDefinitions"
    }
