"""Container instances: how they come, what they have left, how they
drain, lose their agent, and go.
"""

import json

import pytest
from account import Account
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from refusals import refused

from ecslab.ecs.capacity.agent import BadSetting, agent, has_agent, settings
from ecslab.ecs.capacity.capabilities import capabilities
from ecslab.ecs.model.tasks import Needs, Task
from ecslab.ecs.placement.reservations import release, reserve, vacate
from ecslab.ground.errors import AwsError
from ecslab.world.machines import machine_type

ARN = "arn:aws:ecs:us-east-1:123456789012:container-instance/default/"
BRIDGE = {
    "networkMode": "bridge",
    "requiresCompatibilities": ["EC2"],
    "cpu": "256",
    "memory": "512",
}
ANYWHERE = [
    {"name": "CPU", "type": "INTEGER", "integerValue": 4096},
    {"name": "MEMORY", "type": "INTEGER", "integerValue": 8000},
]


@pytest.fixture
def account():
    """An account with a default cluster."""
    return Account()


@pytest.fixture
def machines(account):
    """Its EC2."""
    return account.plane.neighbours.machines


def launched(account, count=1, user_data="ECS_CLUSTER=default", **more):
    """Launch machines and wait until they have booted; the ARNs of all instances."""
    for _ in range(count):
        account.plane.neighbours.machines.launch(user_data, **more)
    account.plane.instances.sync()
    account.advance(60)
    return account.call("ListContainerInstances")["containerInstanceArns"]


def described(account, *arns, **more):
    """The instances, described."""
    return account.call("DescribeContainerInstances", containerInstances=list(arns), **more)[
        "containerInstances"
    ]


def moved(account, number, **changes):
    """Something happens to a machine."""
    account.plane.neighbours.machines.change(number, **changes)
    account.plane.instances.sync()


def values(resources):
    """A list of resources as a dict."""
    return {
        r["name"]: r["stringSetValue"] if r["type"] == "STRINGSET" else r["integerValue"]
        for r in resources
    }


def attributes(instance):
    """An instance's attributes as a dict."""
    return {a["name"]: a.get("value") for a in instance["attributes"]}


# Registration


def test_a_machine_registers_when_it_has_booted(account, machines):
    """Facts, sections 3, 4 and 12: 1,024 CPU units a vCPU, less memory
    than nominal, the agent's own ports.
    """
    number = machines.launch()
    account.plane.instances.sync()
    account.advance(44)
    assert account.call("ListContainerInstances")["containerInstanceArns"] == []
    account.advance(1)
    (arn,) = account.call("ListContainerInstances")["containerInstanceArns"]
    (instance,) = described(account, arn)
    assert arn.startswith(ARN)
    assert (instance["ec2InstanceId"], instance["status"], instance["agentConnected"]) == (
        number,
        "ACTIVE",
        True,
    )
    assert values(instance["registeredResources"]) == {
        "CPU": 2048,
        "MEMORY": 7985,
        "PORTS": ["22", "2375", "2376", "51678", "51679", "51680"],
        "PORTS_UDP": [],
    }
    assert values(instance["remainingResources"]) == values(instance["registeredResources"])
    assert account.story("instance/1") == [(45.0, "registered"), (45.0, "agent connected")]


def test_a_machine_says_where_and_what_it_is(account):
    """Facts, section 4: built-in attributes."""
    (instance,) = described(account, *launched(account))
    found = attributes(instance)
    assert {name: value for name, value in found.items() if value} == {
        "ecs.ami-id": "ami-1",
        "ecs.availability-zone": "us-east-1a",
        "ecs.instance-type": "m5.large",
        "ecs.os-type": "linux",
        "ecs.os-family": "LINUX",
        "ecs.cpu-architecture": "x86_64",
        "ecs.vpc-id": "vpc-1",
        "ecs.subnet-id": "subnet-a",
    }
    assert "ecs.capability.task-eni" in found


def test_user_data_can_reserve_memory_and_add_attributes_and_tags(account):
    """Facts, sections 4 and 12: ECS_RESERVED_MEMORY is taken off,
    ECS_INSTANCE_ATTRIBUTES are set at registration.
    """
    text = """#!/bin/bash
    cat <<'EOF' >> /etc/ecs/ecs.config
    ECS_CLUSTER=default
    ECS_RESERVED_MEMORY=256
    ECS_INSTANCE_ATTRIBUTES={"stack": "prod", "disk": "ssd"}
    ECS_CONTAINER_INSTANCE_TAGS={"team": "shop"}
    EOF
    """
    (instance,) = described(account, *launched(account, user_data=text), include=["TAGS"])
    assert values(instance["registeredResources"])["MEMORY"] == 7985 - 256
    assert attributes(instance)["stack"] == "prod"
    assert attributes(instance)["disk"] == "ssd"
    assert instance["tags"] == [{"key": "team", "value": "shop"}]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("echo ECS_CLUSTER=prod >> /etc/ecs/ecs.config", {"ECS_CLUSTER": "prod"}),
        ('echo "ECS_CLUSTER=prod" >> /etc/ecs/ecs.config', {"ECS_CLUSTER": "prod"}),
        ("echo 'ECS_CLUSTER=prod' > /etc/ecs/ecs.config", {"ECS_CLUSTER": "prod"}),
        ("ECS_CLUSTER=one\nECS_CLUSTER=two", {"ECS_CLUSTER": "two"}),
        ("#ECS_CLUSTER=one\n  # ECS_CLUSTER=two", {}),
        (
            r"echo ECS_INSTANCE_ATTRIBUTES={\"a\": \"b\"} >> x",
            {"ECS_INSTANCE_ATTRIBUTES": '{"a": "b"}'},
        ),
        (
            """echo 'ECS_INSTANCE_ATTRIBUTES={"a":"b"}' >> x""",
            {"ECS_INSTANCE_ATTRIBUTES": '{"a":"b"}'},
        ),
        ("""ECS_INSTANCE_ATTRIBUTES='{"a":"b"}'""", {"ECS_INSTANCE_ATTRIBUTES": '{"a":"b"}'}),
        ("write_files:\n- content: |\n    ECS_CLUSTER=prod\n", {"ECS_CLUSTER": "prod"}),
        ("apt-get install something", {}),
    ],
)
def test_settings_are_read_from_scripts_and_cloud_init(text, said):
    """Shell scripts and cloud-init texts alike; the later of two holds and comments do not."""
    assert settings(text) == said


@given(st.text(max_size=60))
def test_no_user_data_breaks_the_reading(text):
    """Whatever stands there, it is read or refused as the agent would."""
    for name, value in settings(text).items():
        assert name.startswith("ECS_")
        assert value in text.replace('\\"', '"')


@pytest.mark.parametrize(
    ("image_name", "user_data", "windows", "expected"),
    [
        ("al2023-ami-ecs-hvm-2023.0.20260527-kernel-6.1-x86_64", "", False, True),
        ("amzn2-ami-ecs-hvm-2.0.20260504-x86_64-ebs", "", False, True),
        ("amzn-ami-2018.03.20241010-amazon-ecs-optimized", "", False, True),
        ("al2023-ami-2023.5.20240701.0-kernel-6.1-x86_64", "", False, False),
        (None, "ECS_CLUSTER=prod", False, True),
        (None, "", False, False),
        ("Windows_Server-2022-English-Full-ECS_Optimized", "ECS_CLUSTER=prod", True, False),
    ],
)
def test_an_agent_runs_on_ecs_optimised_images_and_where_user_data_names_a_cluster(
    machines, image_name, user_data, windows, expected
):
    """An image is recognised by the name AWS gives it."""
    machines.launch(user_data, image_name=image_name, windows=windows)
    assert has_agent(machines.known()[0]) is expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("ECS_RESERVED_MEMORY=much", "whole number"),
        ("ECS_INSTANCE_ATTRIBUTES={a:b}", "JSON object"),
        ('ECS_INSTANCE_ATTRIBUTES={"a": 1}', "JSON object of strings"),
        ("ECS_AVAILABLE_LOGGING_DRIVERS=awslogs", "JSON list"),
        ("ECS_RESERVED_MEMORY=8000", "8000 MiB of 7985 MiB"),
    ],
)
def test_an_agent_that_cannot_read_its_settings_does_not_register(account, machines, text, problem):
    """It says why instead."""
    assert launched(account, user_data=text) == []
    assert account.timeline.kinds()[-1] == "agent failed"
    assert problem in account.timeline[-1].why
    if "of 7985" not in problem:
        with pytest.raises(BadSetting):
            agent(machines.known()[0])


def test_an_agent_waits_for_its_cluster(account):
    """It is told that there is no such cluster, and registers once there is."""
    assert launched(account, user_data="ECS_CLUSTER=prod") == []
    assert account.timeline.kinds()[-1] == "agent waits"
    account.call("CreateCluster", clusterName="prod")
    assert len(account.call("ListContainerInstances", cluster="prod")["containerInstanceArns"]) == 1


def test_an_agent_without_a_cluster_makes_the_default_one():
    """AG:ecsclient: only for the default cluster, and only when no other is asked for."""
    account = Account()
    account.call("DeleteCluster", cluster="default")
    assert len(launched(account, user_data="")) == 1


AWS_S_OWN = """{
  "devpayProductCodes" : null,
  "marketplaceProductCodes" : [ "1abc2defghijklm3nopqrs4tu" ],
  "availabilityZone" : "us-west-2b",
  "privateIp" : "10.158.112.84",
  "version" : "2017-09-30",
  "instanceId" : "i-1234567890abcdef0",
  "billingProducts" : null,
  "instanceType" : "t2.micro",
  "accountId" : "123456789012",
  "imageId" : "ami-5fb8c835",
  "pendingTime" : "2016-11-19T16:32:11Z",
  "architecture" : "x86_64",
  "kernelId" : null,
  "ramdiskId" : null,
  "region" : "us-west-2"
}"""  # EC2 user guide, "Instance identity documents"


def test_an_identity_document_as_aws_writes_it_registers_its_machine(account):
    """Members that are null, and lists, are in every real one."""
    instance = account.call("RegisterContainerInstance", instanceIdentityDocument=AWS_S_OWN)[
        "containerInstance"
    ]
    assert instance["ec2InstanceId"] == "i-1234567890abcdef0"
    assert attributes(instance)["ecs.instance-type"] == "t2.micro"
    assert attributes(instance)["ecs.ami-id"] == "ami-5fb8c835"


@pytest.mark.parametrize("member", list(json.loads(AWS_S_OWN)))
@pytest.mark.parametrize("value", [None, "", 7, ["x"], {"x": "y"}, True], ids=repr)
def test_whatever_a_member_of_the_document_is_it_registers_or_is_refused(account, member, value):
    """A null is a member that is not there; never anything but an answer of AWS's kind."""
    document = json.dumps(json.loads(AWS_S_OWN) | {member: value})
    without = json.dumps({k: v for k, v in json.loads(AWS_S_OWN).items() if k != member})
    answers = []
    for asked in (document, without):
        try:
            made = account.call("RegisterContainerInstance", instanceIdentityDocument=asked)
            answers.append(made["containerInstance"]["attributes"])
        except AwsError as refusal:
            answers.append(refusal.code)
    said, unsaid = answers
    if isinstance(said, str):
        assert said in {"ClientException", "UnsupportedFeatureException"}
        assert member in {"instanceId", "instanceType", "imageId", "availabilityZone", "privateIp"}
    assert value is not None or said == unsaid


def test_a_document_of_an_instance_type_without_data_is_refused(account):
    """Said in the answer; nothing is registered."""
    refusal = refused(
        account,
        "RegisterContainerInstance",
        instanceIdentityDocument=AWS_S_OWN.replace("t2.micro", "x9.large"),
    )
    assert refusal.code == "UnsupportedFeatureException"
    assert "'x9.large'" in refusal.message
    assert account.call("ListContainerInstances")["containerInstanceArns"] == []


@pytest.mark.parametrize("port", ["²", "9" * 5_000, "0", "65536", "-1", ""])
def test_ports_that_are_no_port_numbers_are_refused(account, port):
    """Digits that Python knows and nobody else does included."""
    total = [{"name": "PORTS", "type": "STRINGSET", "stringSetValue": [port]}]
    refusal = refused(
        account,
        "RegisterContainerInstance",
        instanceIdentityDocument=AWS_S_OWN,
        totalResources=total,
    )
    assert (refusal.code, "ports" in refusal.message) == ("ClientException", True)


def test_an_agent_on_an_instance_type_without_data_fails_and_says_so_once(account, machines):
    """The line names types there are; everything else goes on."""
    machines.launch(type="x9.large")
    account.plane.instances.sync()
    account.plane.instances.sync()
    (line,) = [e for e in account.timeline if e.kind == "agent failed"]
    assert "'x9.large'" in line.why
    assert "m5.large" in line.why
    assert launched(account, user_data="no agent here", type="x9.large", image_name="other") == []


@pytest.mark.parametrize(
    ("name", "cpu", "tasks", "trunked"),
    [
        ("t3.micro", 2048, 1, 1),
        ("t3.medium", 2048, 2, 2),
        ("m4.large", 2048, 1, 1),
        ("m5.large", 2048, 2, 10),
        ("c5.xlarge", 4096, 3, 20),
        ("m5.4xlarge", 16384, 7, 60),
        ("m6i.8xlarge", 32768, 7, 90),
        ("m5.24xlarge", 98304, 14, 120),
        ("m6g.medium", 1024, 1, 4),
        ("m7i-flex.large", 2048, 2, 4),
        ("t8i.small", 2048, 2, 4),
        ("c5n.large", 2048, 2, 2),
    ],
)
def test_awsvpc_tasks_per_instance_are_the_interface_limit_less_one(name, cpu, tasks, trunked):
    """Facts, section 3, ENI limits."""
    kind = machine_type(name)
    assert (kind.cpu, kind.tasks(trunked=False), kind.tasks(trunked=True)) == (cpu, tasks, trunked)
    assert 0.9 * kind.memory_mib < kind.memory < kind.memory_mib


# The table of ENI limits, row by row: types, ENI limits, awsvpc tasks
# with trunking (None: not supported).
LIMITS = {
    "3, t2.micro and the like": ("t2.micro t3.micro t4g.micro t3.nano", [2] * 4, None),
    "3, t2.small and the like": (
        "t2.small t2.medium t3.small t3.medium t3.large t4g.small t4g.large",
        [3] * 7,
        None,
    ),
    "3, t3.xlarge and the like": ("t3.xlarge t3.2xlarge", [4, 4], None),
    "3, t8i": ("t8i.nano t8i.micro t8i.small t8i.medium", [2, 2, 3, 3], [2, 2, 4, 4]),
    "3, m4.large": ("m4.large", [2], None),
    "3, m5.large and the like": (
        "m5.large m6i.large m6g.large m7i.large c5.large c6i.large c6g.large r5.large",
        [3] * 8,
        [10] * 8,
    ),
    "3, .xlarge": ("m5.xlarge m6i.xlarge c5.xlarge", [4] * 3, [20] * 3),
    "3, .2xlarge": ("m5.2xlarge m6i.2xlarge c5.2xlarge", [4] * 3, [40] * 3),
    "3, .4xlarge": ("m5.4xlarge m6i.4xlarge", [8, 8], [60, 60]),
    "3, m5.8xlarge and m5.12xlarge": ("m5.8xlarge m5.12xlarge", [8, 8], [60, 60]),
    "3, m6i.8xlarge and m6i.12xlarge": ("m6i.8xlarge m6i.12xlarge", [8, 8], [90, 120]),
    "3, m5.16xlarge and m5.24xlarge": ("m5.16xlarge m5.24xlarge", [15, 15], [120, 120]),
    "3, m6g.medium and the like": ("m6g.medium c6g.medium m7a.medium", [2] * 3, [4] * 3),
    "3, m7i-flex": ("m7i-flex.large m7i-flex.xlarge m7i-flex.2xlarge", [3, 4, 4], [4, 10, 20]),
    "3, m8i": ("m8i.8xlarge m8i.12xlarge m8i.16xlarge", [10, 12, 16], [90, 120, 120]),
    "3, families without trunking": ("c5n.large g4dn.xlarge i3.large", [3] * 3, None),
}


@pytest.mark.parametrize("row", LIMITS)
def test_the_table_of_interface_limits_is_the_machines_own(row):
    """Facts, section 3, ENI limits, every row."""
    names, limits, trunked = LIMITS[row]
    kinds = [machine_type(name) for name in names.split()]
    assert [k.interfaces for k in kinds] == limits
    assert [k.tasks(trunked=False) for k in kinds] == [limit - 1 for limit in limits]
    assert [k.trunked_tasks for k in kinds] == (trunked or [None] * len(kinds))


def test_with_trunking_an_instance_has_room_for_more_awsvpc_tasks(account):
    """Facts, section 3: only instances launched after the opt-in; REGISTERING until
    the trunk is there; then its attribute.
    """
    (before,) = launched(account)
    account.call("PutAccountSetting", name="awsvpcTrunking", value="enabled")
    account.plane.neighbours.machines.launch()
    account.plane.neighbours.machines.launch(type="t3.medium")
    account.plane.instances.sync()
    account.advance(46)
    assert [
        i["status"]
        for i in described(
            account, *account.call("ListContainerInstances")["containerInstanceArns"]
        )
    ] == [
        "ACTIVE",
        "REGISTERING",
        "ACTIVE",
    ]
    account.advance(5)
    instances = account.plane.state.clusters["default"].instances.values()
    assert [i.interfaces for i in instances] == [2, 10, 2]
    trunked = account.call(
        "ListAttributes", targetType="container-instance", attributeName="ecs.awsvpc-trunk-id"
    )
    assert [a["targetId"] for a in trunked["attributes"]] == [list(instances)[1].arn]
    assert trunked["attributes"][0]["value"] in account.network.interfaces
    assert next(iter(instances)).arn == before


def test_without_an_address_for_the_trunk_registration_fails(account):
    """Facts, section 3, trunking: REGISTRATION_FAILED, and statusReason says why."""
    account.call("PutAccountSetting", name="awsvpcTrunking", value="enabled")
    (arn,) = launched(account, subnet="subnet-gone")
    (instance,) = described(account, arn)
    assert instance["status"] == "REGISTRATION_FAILED"
    assert "InvalidSubnetID.NotFound" in instance["statusReason"]
    assert refused(
        account, "UpdateContainerInstancesState", containerInstances=[arn], status="DRAINING"
    ).message.endswith("only ACTIVE and DRAINING container instances can be updated.")


def test_an_instance_offers_every_attribute_a_linux_task_can_require(account):
    """Facts, section 4: com.amazonaws.ecs.capability.* and ecs.capability.*."""
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1"
    secret = {"name": "A", "valueFrom": "arn:aws:secretsmanager:us-east-1:123456789012:secret:a"}
    splunk = {"splunk-token": "t", "splunk-url": "https://splunk.example.com"}
    logs = [{"logDriver": d} for d in ("json-file", "syslog", "journald", "gelf", "fluentd")]
    logs += [{"logDriver": "splunk", "options": splunk}]
    logs += [
        {"logDriver": "awslogs", "options": {"awslogs-group": "a", "awslogs-region": "us-east-1"}}
    ]
    account.register(
        "everything",
        *({"name": f"c{n}", "image": image, "logConfiguration": log} for n, log in enumerate(logs)),
        {
            "name": "main",
            "image": image,
            "privileged": True,
            "memoryReservation": 64,
            "ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 2}],
            "linuxParameters": {"initProcessEnabled": True},
            "healthCheck": {"command": ["CMD", "true"]},
            "secrets": [secret, {"name": "B", "valueFrom": "parameter"}],
            "restartPolicy": {"enabled": True},
            "portMappings": [{"containerPortRange": "80-90"}],
            "stopTimeout": 10,
        },
        networkMode="bridge",
        requiresCompatibilities=["EC2"],
        taskRoleArn="arn:aws:iam::123456789012:role/app",
        pidMode="host",
        volumes=[
            {"name": "local", "dockerVolumeConfiguration": {"driver": "local"}},
            {
                "name": "files",
                "efsVolumeConfiguration": {"fileSystemId": "fs-1", "transitEncryption": "ENABLED"},
            },
        ],
    )
    account.register("face")
    offered = attributes(described(account, *launched(account))[0])
    for family in ("everything", "face"):
        required = account.plane.state.families[family][-1].spec["requiresAttributes"]
        assert {a["name"] for a in required} <= offered.keys()


def test_log_drivers_are_those_the_agent_is_told():
    """Facts, section 12: ECS_AVAILABLE_LOGGING_DRIVERS."""
    offered = capabilities(["json-file"])
    assert "com.amazonaws.ecs.capability.logging-driver.json-file" in offered
    assert "com.amazonaws.ecs.capability.logging-driver.awslogs" not in offered


# The operations


def test_unknown_instances_are_failures(account):
    """Facts, section 4: MISSING."""
    (arn,) = launched(account)
    answer = account.call(
        "DescribeContainerInstances", containerInstances=[arn, "nobody", ARN + "gone"]
    )
    assert len(answer["containerInstances"]) == 1
    assert answer["failures"] == [
        {"arn": ARN + "nobody", "reason": "MISSING"},
        {"arn": ARN + "gone", "reason": "MISSING"},
    ]


@pytest.mark.parametrize(
    ("operation", "request_", "code", "message"),
    [
        ("DescribeContainerInstances", {"containerInstances": []}, "InvalidParameterException", "Container Instances cannot be empty."),
        ("DescribeContainerInstances", {"containerInstances": ["a"] * 101}, "InvalidParameterException", "instanceIds can have at most 100 items."),
        ("DescribeContainerInstances", {"containerInstances": ["a"], "include": ["TAG"]}, "InvalidParameterException", "include should be one of [TAGS,CONTAINER_INSTANCE_HEALTH]"),
        ("UpdateContainerInstancesState", {"containerInstances": ["a"] * 11, "status": "DRAINING"}, "InvalidParameterException", "instanceIds can have at most 10 items."),
        ("UpdateContainerInstancesState", {"containerInstances": ["a"], "status": "INACTIVE"}, "InvalidParameterException", "Container instance status should be one of [ACTIVE, DRAINING]"),
        ("UpdateContainerInstancesState", {"containerInstances": ["a"], "status": "DRAINING", "cluster": "no"}, "ClusterNotFoundException", "Cluster not found."),
        ("ListContainerInstances", {"status": "INACTIVE"}, "InvalidParameterException", "status should be one of [ACTIVE,DRAINING,REGISTERING,DEREGISTERING,REGISTRATION_FAILED]"),
        ("ListContainerInstances", {"maxResults": 101}, "InvalidParameterException", "maxResults must be between 1 and 100."),
        ("DeregisterContainerInstance", {"containerInstance": "nobody"}, "ClientException", "Referenced container instance nobody not found."),
        ("UpdateContainerAgent", {"containerInstance": "nobody"}, "ClientException", "Referenced container instance nobody not found."),
        ("RegisterContainerInstance", {}, "ClientException", "An instance identity document is required to register an EC2 instance."),
        ("RegisterContainerInstance", {"instanceIdentityDocument": "{"}, "ClientException", "The instance identity document is not valid."),
        ("RegisterContainerInstance", {"instanceIdentityDocument": "[" * 5_000}, "ClientException", "The instance identity document is not valid."),
        ("RegisterContainerInstance", {"containerInstanceArn": ARN + "gone"}, "ClientException", "Referenced container instance gone not registered."),
        ("ListAttributes", {"targetType": "task"}, "InvalidParameterException", "targetType should be one of [container-instance]"),
        ("ListAttributes", {"targetType": "container-instance", "attributeValue": "a"}, "InvalidParameterException", "An attribute name must be specified when a value is specified."),
        ("PutAttributes", {"attributes": []}, "InvalidParameterException", "attributes can not be empty."),
        ("PutAttributes", {"attributes": [{"name": "a", "targetId": ARN + "x"}] * 11}, "InvalidParameterException", "attributes can have at most 10 items."),
        ("PutAttributes", {"attributes": [{"name": "a", "targetId": ARN + "gone"}]}, "TargetNotFoundException", f"Could not find {ARN}gone"),
        ("DeleteAttributes", {"attributes": [{"name": "a", "targetId": "x"}]}, "InvalidParameterException", "targetType must be container-instance when targetId is not an ARN."),
    ],
)  # fmt: skip
def test_bad_requests_are_refused(account, operation, request_, code, message):
    """BC's limits, and the only transitions (facts, section 8.4); texts as
    public error messages where there are any.
    """
    error = refused(account, operation, **request_)
    assert (error.code, error.message) == (code, message)


def test_instances_are_listed_by_status_query_and_page(account):
    """BC:ListContainerInstancesRequest: cluster query, status, and pages in a stable order."""
    arns = launched(account, 3)
    account.call("UpdateContainerInstancesState", containerInstances=arns[:1], status="DRAINING")
    assert (
        account.call("ListContainerInstances", status="DRAINING")["containerInstanceArns"]
        == arns[:1]
    )
    query = "attribute:ecs.instance-type == m5.large"
    assert account.call("ListContainerInstances", filter=query)["containerInstanceArns"] == arns
    assert (
        account.call("ListContainerInstances", filter=query.replace("m5", "c5"))[
            "containerInstanceArns"
        ]
        == []
    )
    first = account.call("ListContainerInstances", maxResults=2)
    rest = account.call("ListContainerInstances", nextToken=first["nextToken"])
    assert first["containerInstanceArns"] + rest["containerInstanceArns"] == arns
    assert "nextToken" not in rest


def test_clusters_count_their_instances_and_cannot_go_with_them(account):
    """BC:Cluster.registeredContainerInstancesCount: ACTIVE and DRAINING ones; the
    refusal's text is in public programs.
    """
    arns = launched(account, 2)
    account.call("UpdateContainerInstancesState", containerInstances=arns[:1], status="DRAINING")
    assert account.call("DescribeClusters")["clusters"][0]["registeredContainerInstancesCount"] == 2
    error = refused(account, "DeleteCluster", cluster="default")
    assert error.code == "ClusterContainsContainerInstancesException"
    assert (
        error.message
        == "The Cluster cannot be deleted while Container Instances are active or draining."
    )


def test_health_is_described_when_asked_for(account):
    """Facts, section 12: the container runtime's check."""
    (arn,) = launched(account)
    (plain,), (asked,) = (
        described(account, arn),
        described(account, arn, include=["CONTAINER_INSTANCE_HEALTH"]),
    )
    assert "healthStatus" not in plain
    assert asked["healthStatus"]["overallStatus"] == "OK"
    assert [d["type"] for d in asked["healthStatus"]["details"]] == ["CONTAINER_RUNTIME"]


def test_an_agent_of_today_has_no_update(account):
    """BC:NoUpdateAvailableException; the text is in public programs."""
    (arn,) = launched(account)
    error = refused(account, "UpdateContainerAgent", containerInstance=arn)
    assert (error.code, error.message) == (
        "NoUpdateAvailableException",
        "There is no update available for your container agent.",
    )


def test_an_agent_can_register_through_the_api(account):
    """RegisterContainerInstance with an identity document: the same
    machine again is the same instance.
    """
    document = json.dumps(
        {"instanceId": "i-0abc", "instanceType": "c5.large", "availabilityZone": "us-east-1c"}
    )
    first = account.call("RegisterContainerInstance", instanceIdentityDocument=document)[
        "containerInstance"
    ]
    assert values(first["registeredResources"])["CPU"] == 2048
    assert attributes(first)["ecs.availability-zone"] == "us-east-1c"
    again = account.call("RegisterContainerInstance", instanceIdentityDocument=document)[
        "containerInstance"
    ]
    assert again["containerInstanceArn"] == first["containerInstanceArn"]
    by_arn = account.call(
        "RegisterContainerInstance", containerInstanceArn=first["containerInstanceArn"]
    )
    assert by_arn["containerInstance"]["containerInstanceArn"] == first["containerInstanceArn"]
    account.call("CreateCluster", clusterName="other")
    refusal = refused(
        account, "RegisterContainerInstance", cluster="other", instanceIdentityDocument=document
    )
    assert refusal.code == "ClientException"


def test_total_resources_are_what_the_agent_says(account):
    """BC:RegisterContainerInstanceRequest.totalResources, ports of both protocols included."""
    total = [*ANYWHERE, {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ["22"]},
             {"name": "PORTS_UDP", "type": "STRINGSET", "stringSetValue": ["53"]}]  # fmt: skip
    document = json.dumps({"instanceId": "i-0abc", "instanceType": "c5.large"})
    instance = account.call(
        "RegisterContainerInstance", instanceIdentityDocument=document, totalResources=total
    )
    assert values(instance["containerInstance"]["registeredResources"]) == {
        "CPU": 4096,
        "MEMORY": 8000,
        "PORTS": ["22"],
        "PORTS_UDP": ["53"],
    }
    bad = [{"name": "CPU", "type": "INTEGER", "integerValue": 0}]
    assert refused(account, "RegisterContainerInstance", instanceIdentityDocument=document.replace("abc", "d"), totalResources=bad).code == "ClientException"  # fmt: skip


def test_an_external_instance_is_no_machine_of_ec2(account):
    """Facts, section 8.6: ecs.capability.external, an mi-… id, no awsvpc, no EFS,
    no agent update, one cluster at a time.
    """
    instance = account.call(
        "RegisterContainerInstance",
        attributes=[{"name": "ecs.capability.external"}, {"name": "rack", "value": "7"}],
        totalResources=ANYWHERE,
    )["containerInstance"]
    assert instance["ec2InstanceId"].startswith("mi-")
    found = attributes(instance)
    assert found["rack"] == "7"
    assert "ecs.capability.external" in found
    assert (
        not {"ecs.capability.task-eni", "ecs.capability.efs", "ecs.instance-type", "ecs.vpc-id"}
        & found.keys()
    )
    (held,) = account.plane.state.clusters["default"].instances.values()
    assert held.external
    assert held.interfaces == 0
    error = refused(account, "UpdateContainerAgent", containerInstance=held.id)
    assert error.message == "UpdateContainerAgent is not supported on external container instances."
    account.call("CreateCluster", clusterName="other")
    document = json.dumps({"instanceId": instance["ec2InstanceId"]})
    request = {"cluster": "other", "instanceIdentityDocument": document, "totalResources": ANYWHERE}
    assert "default already" in refused(account, "RegisterContainerInstance", **request).message


def test_tags_of_an_instance_can_be_changed(account):
    """BC:TagResource: container instances too."""
    (arn,) = launched(account)
    account.call("TagResource", resourceArn=arn, tags=[{"key": "a", "value": "b"}])
    assert described(account, arn, include=["TAGS"])[0]["tags"] == [{"key": "a", "value": "b"}]
    assert described(account, arn)[0]["tags"] == []


# Attributes


def test_attributes_are_set_listed_and_removed(account):
    """PutAttributes creates and replaces; ListAttributes filters by name
    and value; DeleteAttributes removes.
    """
    arns = launched(account, 2)
    put = [
        {"name": "stack", "value": v, "targetId": arn}
        for arn, v in zip(arns, ["prod", "test"], strict=True)
    ]
    answer = account.call("PutAttributes", attributes=put)
    assert [a["value"] for a in answer["attributes"]] == ["prod", "test"]
    account.call("PutAttributes", attributes=[{"name": "stack", "value": "beta", "targetId": arns[1].rpartition("/")[2], "targetType": "container-instance"}])  # fmt: skip
    named = {"targetType": "container-instance", "attributeName": "stack"}
    assert [a["value"] for a in account.call("ListAttributes", **named)["attributes"]] == [
        "prod",
        "beta",
    ]
    assert [
        a["targetId"]
        for a in account.call("ListAttributes", **named, attributeValue="beta")["attributes"]
    ] == [arns[1]]
    gone = account.call("DeleteAttributes", attributes=[{"name": "stack", "targetId": arns[0]}])[
        "attributes"
    ]
    assert [(a["name"], a["value"]) for a in gone] == [("stack", "prod")]
    assert (
        account.call("DeleteAttributes", attributes=[{"name": "stack", "targetId": arns[0]}])[
            "attributes"
        ]
        == []
    )
    assert len(account.call("ListAttributes", **named)["attributes"]) == 1


def test_an_instance_has_at_most_ten_custom_attributes(account):
    """Facts, sections 4 and 15; BC:AttributeLimitExceededException.
    Replacing one of ten is no eleventh.
    """
    (arn,) = launched(account)
    account.call(
        "PutAttributes", attributes=[{"name": f"a{n}", "targetId": arn} for n in range(10)]
    )
    account.call("PutAttributes", attributes=[{"name": "a3", "value": "new", "targetId": arn}])
    error = refused(account, "PutAttributes", attributes=[{"name": "eleventh", "targetId": arn}])
    assert error.code == "AttributeLimitExceededException"
    assert error.message == "You can apply up to 10 custom attributes for each resource."


@pytest.mark.parametrize(
    ("name", "value"),
    [("", "a"), ("a b", "c"), ("x" * 129, "c"), ("ä", "c"), ("a", ""), ("a", " b"), ("a", "b "), ("a", "x" * 129), ("a", "{}"), ("ecs.instance-type", "m5.metal"), ("com.amazonaws.ecs.capability.x", "1")],
)  # fmt: skip
def test_attributes_with_bad_names_or_values_are_refused(account, name, value):
    """Facts, section 4, custom attributes: 1 to 128 characters; the names
    of ECS and its agent are theirs.
    """
    (arn,) = launched(account)
    before = described(account, arn)
    error = refused(account, "PutAttributes", attributes=[{"name": "fine", "targetId": arn}, {"name": name, "value": value, "targetId": arn}])  # fmt: skip
    assert error.code == "InvalidParameterException"
    assert described(account, arn) == before


# What runs on an instance


def running(account, count=1, **more):
    """Tasks that run on the account's instances; their ids."""
    account.register("job", **BRIDGE)
    request = {"taskDefinition": "job", "launchType": "EC2", "count": count}
    ids = [
        t["taskArn"].rpartition("/")[2] for t in account.call("RunTask", **request | more)["tasks"]
    ]
    account.advance(30)
    return ids


def served(account, desired, **more):
    """A service of the EC2 launch type that has become steady; its task ids."""
    account.register("web", **BRIDGE)
    account.call(
        "CreateService",
        serviceName="web",
        taskDefinition="web",
        desiredCount=desired,
        launchType="EC2",
        **more,
    )
    account.advance(120)
    return account.tasks_of("web")


def spare(account, arn):
    """CPU units and MiB left on an instance."""
    left = values(described(account, arn)[0]["remainingResources"])
    return left["CPU"], left["MEMORY"]


def test_a_running_task_is_counted_and_its_resources_are_taken(account):
    """BC:ContainerInstance: counts and remaining resources; both come back when the task stops."""
    (arn,) = launched(account)
    (task,) = running(account)
    (instance,) = described(account, arn)
    assert (instance["runningTasksCount"], instance["pendingTasksCount"]) == (1, 0)
    assert spare(account, arn) == (2048 - 256, 7985 - 512)
    account.call("StopTask", task=task)
    account.advance(30)
    assert spare(account, arn) == (2048, 7985)
    assert described(account, arn)[0]["runningTasksCount"] == 0


def test_the_tasks_of_a_terminated_instance_end_with_it(account):
    """Facts, sections 1.2 and 8.4: TerminationNotice; the instance is deregistered by itself."""
    (arn,) = launched(account)
    (task,) = running(account)
    number = described(account, arn)[0]["ec2InstanceId"]
    moved(account, number, state="terminated")
    ended = account.task(task)
    assert (ended["lastStatus"], ended["stopCode"]) == ("STOPPED", "TerminationNotice")
    assert ended["stoppedReason"] == f"Host EC2 (instance {number}) terminated."
    assert "exitCode" not in ended["containers"][0]
    assert account.call("ListContainerInstances")["containerInstanceArns"] == []
    assert [kind for _, kind in account.story("instance/1")][2:] == ["terminated", "deregistered"]
    (left,) = described(account, arn)
    assert (left["status"], left["agentConnected"], spare(account, arn)) == (
        "INACTIVE",
        False,
        (2048, 7985),
    )
    account.advance(3_601)
    assert (
        account.call("DescribeContainerInstances", containerInstances=[arn])["failures"][0][
            "reason"
        ]
        == "MISSING"
    )


def test_an_awsvpc_task_of_a_terminated_instance_gives_its_interface_back(account):
    """Nothing leaks: the network interface is deleted although nobody said goodbye."""
    launched(account)
    account.register("face", requiresCompatibilities=["EC2"])
    network = {"awsvpcConfiguration": {"subnets": ["subnet-a"]}}
    answer = account.call(
        "RunTask", taskDefinition="face", launchType="EC2", networkConfiguration=network
    )
    account.advance(30)
    assert len(account.network.interfaces) == 1
    moved(account, "i-00000000000000001", state="terminated")
    account.advance(30)
    assert account.network.interfaces == {}
    assert account.task(answer["tasks"][0]["taskArn"])["lastStatus"] == "STOPPED"


def test_an_instances_tasks_are_listed_by_its_arn_or_id(account):
    """BC:ListTasksRequest.containerInstance: stopped ones when asked for, none
    for an instance that is not there.
    """
    first, second = launched(account, 2)
    account.register("job", **BRIDGE)
    for arn in (first, second, second):
        account.call("StartTask", taskDefinition="job", containerInstances=[arn])
    account.advance(30)

    def listed(instance, **more):
        tasks = account.call("ListTasks", containerInstance=instance, **more)["taskArns"]
        return [account.task(task)["containerInstanceArn"] for task in tasks]

    assert listed(first) == listed(first.rpartition("/")[2]) == [first]
    assert listed(second) == [second, second]
    account.call(
        "StopTask", task=account.call("ListTasks", containerInstance=second)["taskArns"][0]
    )
    account.advance(30)
    assert listed(second) == listed(second, desiredStatus="STOPPED") == [second]
    assert listed(ARN + "0" * 32) == []


@pytest.mark.parametrize("seconds", [0, 1, 5, 9, 13, 19, 25])
def test_an_instance_can_end_at_any_moment_of_its_tasks_lives(seconds):
    """Whatever stage a task is in, it ends STOPPED and holds nothing."""
    account = Account()
    launched(account, 2)
    account.register("job", **BRIDGE)
    account.call("RunTask", taskDefinition="job", launchType="EC2", count=6)
    account.advance(seconds)
    for task in account.call("ListTasks")["taskArns"][:2]:
        account.call("StopTask", task=task)
    for number in (1, 2):
        moved(account, f"i-{number:017x}", state="terminated")
    account.advance(60)
    states = {t.stage.name for t in account.plane.state.clusters["default"].tasks.values()}
    assert states == {"STOPPED"}
    for instance in account.plane.instances.departed(account.plane.state.clusters["default"]):
        assert (instance.cpu_taken, instance.memory_taken, instance.tasks) == (0, 0, {})


def test_a_stopped_machine_stays_registered_without_an_agent(account):
    """Facts, section 8.4; DG:ecs_container_instance_events: its tasks stop.
    Started again, its agent comes back.
    """
    (arn,) = launched(account)
    (task,) = running(account)
    number = described(account, arn)[0]["ec2InstanceId"]
    moved(account, number, state="stopped")
    assert account.task(task)["stoppedReason"] == f"Host EC2 (instance {number}) stopped."
    (instance,) = described(account, arn)
    assert (instance["status"], instance["agentConnected"]) == ("ACTIVE", False)
    moved(account, number, state="running")
    account.advance(45)
    assert described(account, arn)[0]["agentConnected"] is True
    kinds = [kind for _, kind in account.story("instance/1")]
    assert kinds == [
        "registered",
        "agent connected",
        "stopped",
        "agent disconnected",
        "agent connected",
    ]


def test_an_instance_terminated_without_its_agent_stays_registered(account):
    """Facts, section 8.4: a stopped one, or one with a disconnected
    agent, is not deregistered by itself.
    """
    (arn,) = launched(account)
    number = described(account, arn)[0]["ec2InstanceId"]
    moved(account, number, state="stopped")
    moved(account, number, state="terminated")
    assert account.call("ListContainerInstances")["containerInstanceArns"] == [arn]
    account.call("DeregisterContainerInstance", containerInstance=arn)
    assert account.call("ListContainerInstances")["containerInstanceArns"] == []


def test_a_machine_that_ends_while_it_boots_never_registers(account, machines):
    """Nothing comes of it, and nothing is waited for."""
    number = machines.launch()
    account.plane.instances.sync()
    assert not account.plane.settled
    moved(account, number, state="terminated")
    assert account.plane.settled
    account.advance(60)
    assert account.call("ListContainerInstances")["containerInstanceArns"] == []


def test_running_tasks_go_on_while_the_agent_is_away(account):
    """Facts, section 12: no placements, running tasks go on."""
    (arn,) = launched(account)
    (task,) = running(account)
    instance = account.plane.instances.find(account.plane.state.clusters["default"], arn)
    account.plane.instances.disconnect(instance)
    account.plane.instances.disconnect(instance)
    account.advance(30)
    assert account.task(task)["lastStatus"] == "RUNNING"
    answer = account.call("RunTask", taskDefinition="job", launchType="EC2")
    assert (answer["tasks"], [f["reason"] for f in answer["failures"]]) == ([], ["AGENT"])
    assert (
        described(account, arn, include=["CONTAINER_INSTANCE_HEALTH"])[0]["healthStatus"][
            "overallStatus"
        ]
        != "OK"
    )
    account.plane.instances.connect(instance)
    assert len(account.call("RunTask", taskDefinition="job", launchType="EC2")["tasks"]) == 1
    kinds = [kind for _, kind in account.story("instance/1")]
    assert kinds == ["registered", "agent connected", "agent disconnected", "agent connected"]


def test_an_instance_with_tasks_is_deregistered_by_force_only(account):
    """Facts, section 8.4: orphaned; the texts are in DG23 and public programs."""
    (arn,) = launched(account)
    (task,) = running(account)
    error = refused(account, "DeregisterContainerInstance", containerInstance=arn)
    assert (error.code, error.message) == (
        "InvalidParameterException",
        "Found running tasks on the instance.",
    )
    left = account.call("DeregisterContainerInstance", containerInstance=arn, force=True)[
        "containerInstance"
    ]
    assert (left["status"], left["agentConnected"]) == ("INACTIVE", False)
    assert account.task(task)["stoppedReason"] == "Container instance deregistration forced by user"
    assert (
        refused(account, "DeregisterContainerInstance", containerInstance=arn, force=True).code
        == "ClientException"
    )
    account.plane.instances.sync()
    account.advance(120)
    assert (
        account.call("ListContainerInstances")["containerInstanceArns"] == []
    )  # deregistering is final


def test_draining_moves_a_services_tasks_and_leaves_the_others(account):
    """Facts, section 8.4: replaced elsewhere within the deployment's
    limits; standalone tasks are untouched.
    """
    arns = launched(account, 2)
    (alone,) = running(account)
    before = served(account, 4)
    home = account.task(alone)["containerInstanceArn"]
    account.call("UpdateContainerInstancesState", containerInstances=[home], status="DRAINING")
    account.advance(300)
    after = [account.task(t) for t in account.tasks_of("web")]
    assert [t["containerInstanceArn"] for t in after] == [next(a for a in arns if a != home)] * 4
    assert set(before) - set(account.tasks_of("web"))
    assert account.task(alone)["lastStatus"] == "RUNNING"
    assert described(account, home)[0]["runningTasksCount"] == 1
    account.call("UpdateContainerInstancesState", containerInstances=[home], status="ACTIVE")
    assert described(account, home)[0]["status"] == "ACTIVE"
    label = account.plane.instances.find(account.plane.state.clusters["default"], home).label
    assert [kind for _, kind in account.story(label)][-2:] == ["draining", "active"]


def test_a_services_pending_tasks_stop_at_once_when_their_instance_drains(account):
    """Facts, section 8.4: PENDING ones do not wait for a replacement."""
    (arn,) = launched(account)
    account.register("web", **BRIDGE)
    account.call(
        "CreateService", serviceName="web", taskDefinition="web", desiredCount=2, launchType="EC2"
    )
    account.advance(1)
    assert described(account, arn)[0]["pendingTasksCount"] == 2
    account.call("UpdateContainerInstancesState", containerInstances=[arn], status="DRAINING")
    account.advance(1)
    assert described(account, arn)[0]["pendingTasksCount"] == 0


def test_draining_waits_where_a_service_has_no_leeway(account):
    """Facts, section 8.4: with one task, a minimum of 100 % and a maximum
    of 150 % nothing may stop or start.
    """
    launched(account, 2)
    (before,) = served(
        account, 1, deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 150}
    )
    home = account.task(before)["containerInstanceArn"]
    account.call("UpdateContainerInstancesState", containerInstances=[home], status="DRAINING")
    account.advance(600)
    assert account.tasks_of("web") == [before]


def test_draining_twice_is_harmless_and_unknown_instances_are_failures(account):
    """Facts, section 8.4, transitions: the wish is already true, or MISSING."""
    (arn,) = launched(account)
    for _ in range(2):
        answer = account.call(
            "UpdateContainerInstancesState", containerInstances=[arn, "gone"], status="DRAINING"
        )
        assert [i["status"] for i in answer["containerInstances"]] == ["DRAINING"]
        assert answer["failures"] == [{"arn": ARN + "gone", "reason": "MISSING"}]
    assert [kind for _, kind in account.story("instance/1")].count("draining") == 1


def test_a_service_without_room_is_placed_when_an_instance_comes(account):
    """The scheduler looks again when an instance registers."""
    account.register("web", **BRIDGE)
    account.call(
        "CreateService", serviceName="web", taskDefinition="web", desiredCount=1, launchType="EC2"
    )
    account.advance(60)
    assert account.service("web")["runningCount"] == 0
    launched(account)
    account.advance(60)
    assert account.service("web")["runningCount"] == 1


def test_eventbridge_hears_of_every_change(account):
    """DG:ecs_container_instance_events: registration, connection, placing and
    stopping; `version` grows with each event.
    """
    (arn,) = launched(account)
    running(account)
    moved(account, described(account, arn)[0]["ec2InstanceId"], state="terminated")
    events = [e for e in account.bus.events if e[0] == "ECS Container Instance State Change"]
    assert {tuple(resources) for _, resources, _ in events} == {(arn,)}
    details = [detail for _, _, detail in events]
    assert [d["version"] for d in details] == list(range(1, len(details) + 1))
    assert [d["status"] for d in details] == ["ACTIVE", "ACTIVE", "ACTIVE", "INACTIVE"]
    cpu = [values(d["remainingResources"])["CPU"] for d in details]
    assert cpu == [2048, 2048 - 256, 2048, 2048]
    assert details[0]["clusterArn"].endswith(":cluster/default")
    assert details[0]["registeredAt"].endswith("Z")


# Booking


class Booking(RuleBasedStateMachine):
    """Tasks come and go on one instance; what is left and what is taken always add up."""

    def __init__(self):
        super().__init__()
        self.account = Account()
        launched(self.account)
        self.account.register("job", **BRIDGE)
        (self.instance,) = self.account.plane.state.clusters["default"].instances.values()
        self.registered = values(
            described(self.account, self.instance.arn)[0]["registeredResources"]
        )
        self.tasks: list[Task] = []
        self.going: list[Task] = []  # told to stop, and not STOPPED yet
        self.count = 0

    def task(self, needs):
        """A task that needs that much."""
        self.count += 1
        plane = self.account.plane
        definition = plane.state.families["job"][0]
        return Task(
            id=f"{self.count}", arn=f"arn/{self.count}", label=f"task/{self.count}", cluster=plane.state.clusters["default"],
            definition=definition, spec=definition.spec, group="g", started_by=None, launch_type="EC2", containers=[], network=None,
            overrides={}, created_ms=0, instance=self.instance, needs=needs,
        )  # fmt: skip

    @rule(
        cpu=st.integers(0, 1024),
        memory=st.integers(1, 4000),
        ports=st.sets(st.tuples(st.sampled_from(["tcp", "udp"]), st.integers(79, 84)), max_size=3),
        interface=st.booleans(),
    )
    def place(self, cpu, memory, ports, interface):
        """Place a task that fits; one that does not is a broken invariant."""
        i = self.instance
        needs = Needs(cpu, memory, tuple(sorted(ports)), interface, ())
        fits = (
            i.cpu_taken + cpu <= i.cpu
            and i.memory_taken + memory <= i.memory
            and i.interfaces_taken + interface <= i.interfaces
            and not ports & i.ports_taken.keys()
        )
        task = self.task(needs)
        if fits:
            reserve(i, task)
            self.tasks.append(task)
        else:
            with pytest.raises(AssertionError):
                reserve(i, task)

    @precondition(lambda self: self.tasks)
    @rule(which=st.integers(0, 10**6), port=st.integers(32768, 32800))
    def bind(self, which, port):
        """A container gets a dynamic port."""
        self.instance.ports_taken.setdefault(("tcp", port), self.tasks[which % len(self.tasks)].id)

    @precondition(lambda self: self.tasks)
    @rule(which=st.integers(0, 10**6))
    def stop(self, which):
        """A task gives back all but its interface."""
        task = self.tasks.pop(which % len(self.tasks))
        task.desired = "STOPPED"
        release(self.instance, task)
        self.going.append(task)

    @precondition(lambda self: self.going)
    @rule(which=st.integers(0, 10**6))
    def end(self, which):
        """Nothing of a task is left."""
        vacate(self.instance, self.going.pop(which % len(self.going)))

    @invariant()
    def adds_up(self):
        """Remaining + taken = registered, and nothing is over-committed."""
        (shown,) = described(self.account, self.instance.arn)
        left, all_of_it = values(shown["remainingResources"]), values(shown["registeredResources"])
        assert all_of_it == self.registered
        assert left["CPU"] + sum(t.needs.cpu for t in self.tasks) == all_of_it["CPU"]
        assert left["MEMORY"] + sum(t.needs.memory for t in self.tasks) == all_of_it["MEMORY"]
        assert left["CPU"] >= 0
        assert left["MEMORY"] >= 0
        there = self.tasks + self.going
        assert self.instance.interfaces_taken == sum(t.needs.interface for t in there) <= 2
        assert set(self.instance.tasks) == {t.id for t in there}
        owners = set(self.instance.ports_taken.values())
        assert owners <= {t.id for t in self.tasks}
        taken = {f"{p}" for protocol, p in self.instance.ports_taken if protocol == "tcp"}
        assert set(left["PORTS"]) == set(all_of_it["PORTS"]) | taken


TestBooking = Booking.TestCase


def test_the_agents_own_ports_are_never_given_away():
    """Facts, section 3: 22, 2375, 2376, 51678–51680."""
    booking = Booking()
    with pytest.raises(AssertionError):
        reserve(
            booking.instance,
            booking.task(Needs(0, 1, (("tcp", 51680),), interface=False, attributes=())),
        )
