"""EC2 instances and Auto Scaling groups in moto become container instances,
as a learner's boto3 calls make them.
"""

import base64
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from ecslab import Lab

AMI = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
# Images that moto has in every region, without an agent.
UBUNTU, WINDOWS = "ami-1e749f67", "ami-12c6146b"
SCRIPT = "#!/bin/bash\necho ECS_CLUSTER=prod >> /etc/ecs/ecs.config\n"


@pytest.fixture
def ecs(lab):
    """ECS, with a cluster called prod."""
    client = lab.client("ecs")
    client.create_cluster(clusterName="prod")
    return client


@pytest.fixture
def ec2(lab):
    """EC2."""
    return lab.client("ec2")


@pytest.fixture
def groups(lab):
    """Auto Scaling."""
    return lab.client("autoscaling")


def image(lab):
    """The ECS-optimised image, as the public SSM parameter names it."""
    return lab.client("ssm").get_parameter(Name=AMI)["Parameter"]["Value"]


def subnets(lab, count=3):
    """Default subnets, each in a zone of its own."""
    return [s["SubnetId"] for s in lab.client("ec2").describe_subnets()["Subnets"]][:count]


def fleet(lab, desired, *, name="fleet", kind="m5.large", script=SCRIPT, across=3):
    """An Auto Scaling group from a launch template, whose instances have booted."""
    data = {
        "ImageId": image(lab),
        "InstanceType": kind,
        "UserData": base64.b64encode(script.encode()).decode(),
    }
    lab.client("ec2").create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
    lab.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName=name,
        LaunchTemplate={"LaunchTemplateName": name, "Version": "$Latest"},
        MinSize=0,
        MaxSize=20,
        DesiredCapacity=desired,
        VPCZoneIdentifier=",".join(subnets(lab, across)),
    )
    lab.settle()


def registered(ecs, cluster="prod"):
    """The cluster's container instances, described."""
    arns = ecs.list_container_instances(cluster=cluster)["containerInstanceArns"]
    if not arns:
        return []
    return ecs.describe_container_instances(cluster=cluster, containerInstances=arns)[
        "containerInstances"
    ]


def zones(instances):
    """How many instances are in each zone."""
    return Counter(
        a["value"]
        for i in instances
        for a in i["attributes"]
        if a["name"] == "ecs.availability-zone"
    )


def test_instances_of_a_group_register_and_follow_its_capacity(lab, ecs, groups):
    """Issue 3: launch template, user data, boot, agent; fewer wanted means fewer registered."""
    fleet(lab, 3)
    members = groups.describe_auto_scaling_instances()["AutoScalingInstances"]
    assert {i["ec2InstanceId"] for i in registered(ecs)} == {m["InstanceId"] for m in members}
    groups.set_desired_capacity(AutoScalingGroupName="fleet", DesiredCapacity=5)
    assert len(registered(ecs)) == 3
    lab.settle()
    assert len(registered(ecs)) == 5
    groups.set_desired_capacity(AutoScalingGroupName="fleet", DesiredCapacity=1)
    assert len(registered(ecs)) == 1
    groups.delete_auto_scaling_group(AutoScalingGroupName="fleet", ForceDelete=True)
    assert registered(ecs) == []


def test_a_launch_configuration_works_as_well(lab, ecs, groups):
    """Its user data is stored in base64 by boto3 itself."""
    groups.create_launch_configuration(
        LaunchConfigurationName="old", ImageId=image(lab), InstanceType="t3.small", UserData=SCRIPT
    )
    groups.create_auto_scaling_group(
        AutoScalingGroupName="old",
        LaunchConfigurationName="old",
        MinSize=2,
        MaxSize=2,
        AvailabilityZones=["us-east-1a", "us-east-1b"],
    )
    lab.settle()
    instances = registered(ecs)
    assert zones(instances) == {"us-east-1a": 1, "us-east-1b": 1}
    assert [i["registeredResources"][0]["integerValue"] for i in instances] == [2048, 2048]


def test_a_plain_instance_registers_with_what_it_really_is(lab, ecs, ec2):
    """Zone, subnet, VPC, image and type are EC2's."""
    home = subnets(lab)[1]
    ami = image(lab)
    launched = ec2.run_instances(
        ImageId=ami,
        InstanceType="c5.xlarge",
        MinCount=1,
        MaxCount=1,
        UserData=SCRIPT,
        SubnetId=home,
    )["Instances"][0]
    lab.settle()
    (instance,) = registered(ecs)
    found = {a["name"]: a.get("value") for a in instance["attributes"]}
    assert instance["ec2InstanceId"] == launched["InstanceId"]
    assert found["ecs.availability-zone"] == launched["Placement"]["AvailabilityZone"]
    assert (found["ecs.subnet-id"], found["ecs.vpc-id"]) == (home, launched["VpcId"])
    assert (found["ecs.ami-id"], found["ecs.instance-type"]) == (ami, "c5.xlarge")


def test_an_ecs_optimised_image_joins_the_default_cluster_by_itself(lab, ec2):
    """Facts, section 12: ECS_CLUSTER is `default`; an image without an agent
    and without user data joins nothing.
    """
    ecs = lab.client("ecs")
    other = ec2.describe_images(Filters=[{"Name": "name", "Values": ["amzn2-ami-hvm-*"]}])[
        "Images"
    ][0]["ImageId"]
    for ami in (image(lab), other):
        ec2.run_instances(ImageId=ami, InstanceType="t3.micro", MinCount=1, MaxCount=1)
    lab.settle()
    assert len(registered(ecs, "default")) == 1


def test_a_group_is_spread_over_its_zones_both_ways(lab, ecs, groups):
    """Auto Scaling keeps zones in balance when it launches and when it terminates."""
    fleet(lab, 7)
    assert sorted(zones(registered(ecs)).values()) == [2, 2, 3]
    groups.set_desired_capacity(AutoScalingGroupName="fleet", DesiredCapacity=3)
    assert sorted(zones(registered(ecs)).values()) == [1, 1, 1]


def test_protected_instances_stay_when_the_group_shrinks(lab, ecs, groups):
    """Scale-in protection is what managed termination protection builds on."""
    fleet(lab, 3)
    kept = groups.describe_auto_scaling_instances()["AutoScalingInstances"][0]["InstanceId"]
    groups.set_instance_protection(
        AutoScalingGroupName="fleet", InstanceIds=[kept], ProtectedFromScaleIn=True
    )
    groups.set_desired_capacity(AutoScalingGroupName="fleet", DesiredCapacity=1)
    assert [i["ec2InstanceId"] for i in registered(ecs)] == [kept]


def test_a_terminated_member_is_replaced_and_its_tasks_end(lab, ecs, ec2):
    """Facts, sections 1.2 and 8.4: TerminationNotice; the group launches another."""
    fleet(lab, 1)
    ecs.register_task_definition(
        family="job",
        networkMode="bridge",
        containerDefinitions=[{"name": "app", "image": "nginx", "memory": 128}],
    )
    task = ecs.run_task(cluster="prod", taskDefinition="job", launchType="EC2")["tasks"][0][
        "taskArn"
    ]
    lab.settle()
    (first,) = registered(ecs)
    assert first["runningTasksCount"] == 1
    ec2.terminate_instances(InstanceIds=[first["ec2InstanceId"]])
    ended = ecs.describe_tasks(cluster="prod", tasks=[task])["tasks"][0]
    assert ended["stopCode"] == "TerminationNotice"
    assert ended["stoppedReason"] == f"Host EC2 (instance {first['ec2InstanceId']}) terminated."
    assert registered(ecs) == []
    lab.settle()
    (second,) = registered(ecs)
    assert second["ec2InstanceId"] != first["ec2InstanceId"]


def test_a_stopped_instance_loses_its_agent_and_finds_it_again(lab, ecs, ec2):
    """Facts, section 8.4: stopped is not terminated."""
    number = ec2.run_instances(
        ImageId=image(lab), InstanceType="t3.micro", MinCount=1, MaxCount=1, UserData=SCRIPT
    )["Instances"][0]["InstanceId"]
    lab.settle()
    ec2.stop_instances(InstanceIds=[number])
    assert [i["agentConnected"] for i in registered(ecs)] == [False]
    ec2.start_instances(InstanceIds=[number])
    lab.settle()
    assert [i["agentConnected"] for i in registered(ecs)] == [True]


def test_an_instance_type_without_data_is_refused_when_it_would_run_an_agent(lab, ecs, ec2):
    """EC2 answers it, and nothing is launched; a machine without an agent may be of any type."""
    ami = image(lab)
    for more in ({"ImageId": ami}, {"ImageId": UBUNTU, "UserData": SCRIPT}):
        with pytest.raises(ClientError, match=r"UnsupportedFeature.*'x1\.32xlarge'.*m5\.large"):
            ec2.run_instances(InstanceType="x1.32xlarge", MinCount=2, MaxCount=2, **more)
    assert ec2.describe_instances()["Reservations"] == []
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    ec2.run_instances(ImageId=UBUNTU, InstanceType="x1.32xlarge", MinCount=1, MaxCount=1)
    lab.settle()
    assert registered(ecs) == []


def test_a_group_that_would_launch_an_instance_type_without_data_is_refused(lab, ecs, groups):
    """By Auto Scaling, when it is to have instances: a group that is there stays as it was."""
    with pytest.raises(ClientError, match=r"UnsupportedFeature.*'x1\.32xlarge'"):
        fleet(lab, 1, kind="x1.32xlarge")
    assert groups.describe_auto_scaling_groups()["AutoScalingGroups"] == []
    fleet(lab, 0, name="empty", kind="x1.32xlarge")
    before = groups.describe_auto_scaling_groups()["AutoScalingGroups"]
    for call, more in (
        (groups.set_desired_capacity, {"DesiredCapacity": 2}),
        (groups.update_auto_scaling_group, {"MinSize": 3, "MaxSize": 4, "DesiredCapacity": 3}),
    ):
        with pytest.raises(ClientError, match="UnsupportedFeature"):
            call(AutoScalingGroupName="empty", **more)
    assert groups.describe_auto_scaling_groups()["AutoScalingGroups"] == before
    lab.settle()
    assert registered(ecs) == []


def stack(lab, **resources):
    """Create a CloudFormation stack."""
    lab.client("cloudformation").create_stack(
        StackName="machines", TemplateBody=json.dumps({"Resources": resources})
    )
    lab.settle()


def test_user_data_of_a_template_reaches_the_agent(lab, ecs):
    """Base64 as text, which is how a template says it: of an instance, a
    launch configuration, a launch template.
    """
    data = {"ImageId": image(lab), "InstanceType": "m5.large", "UserData": {"Fn::Base64": SCRIPT}}
    group = {"MinSize": "1", "MaxSize": "1", "VPCZoneIdentifier": subnets(lab, 1)}
    stack(
        lab,
        Alone={"Type": "AWS::EC2::Instance", "Properties": data},
        Old={"Type": "AWS::AutoScaling::LaunchConfiguration", "Properties": data},
        OfOld={
            "Type": "AWS::AutoScaling::AutoScalingGroup",
            "Properties": group | {"LaunchConfigurationName": {"Ref": "Old"}},
        },
        New={"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": data}},
        OfNew={
            "Type": "AWS::AutoScaling::AutoScalingGroup",
            "Properties": group
            | {"LaunchTemplate": {"LaunchTemplateId": {"Ref": "New"}, "Version": "1"}},
        },
    )
    assert len(registered(ecs)) == 3


@pytest.mark.parametrize("text", ["no base64!", "²", "H4sIAAAAAAAA/w=="])
def test_user_data_of_a_template_that_is_no_text_is_none(lab, ecs, text):
    """As compressed user data: the machine starts, and its agent is told nothing."""
    data = {"ImageId": UBUNTU, "InstanceType": "m5.large", "UserData": text}
    stack(lab, Alone={"Type": "AWS::EC2::Instance", "Properties": data})
    assert registered(ecs) == []


def test_a_windows_machine_says_that_its_agent_is_not_simulated(lab, ecs, ec2):
    """Nothing is silently dropped."""
    ec2.run_instances(
        ImageId=WINDOWS, InstanceType="m5.large", MinCount=1, MaxCount=1, UserData=SCRIPT
    )
    lab.settle()
    assert registered(ecs) == []
    assert (lab.timeline[-1].kind, lab.timeline[-1].why) == (
        "agent failed",
        "container instances with Windows are not simulated by ecslab",
    )


def test_every_region_has_its_own_instances(lab):
    """An instance registers in its own region, whichever the lab's is."""
    here, there = lab.client("ecs"), lab.client("ecs", region_name="eu-west-1")
    there.create_cluster(clusterName="prod")
    here.create_cluster(clusterName="prod")
    ec2 = lab.client("ec2", region_name="eu-west-1")
    ec2.run_instances(
        ImageId=UBUNTU, InstanceType="m5.large", MinCount=1, MaxCount=1, UserData=SCRIPT
    )
    lab.settle()
    assert (len(registered(here)), len(registered(there))) == (0, 1)


def test_calls_to_other_services_do_not_look_at_machines(lab, monkeypatch):
    """The gate stays cheap for everybody else."""
    asked = []
    monkeypatch.setattr(lab.plane().instances, "sync", lambda: asked.append(1))
    lab.client("sqs").list_queues()
    lab.client("ecs").list_clusters()
    assert asked == []
    lab.client("ec2").describe_instances()
    assert asked == [1]


def test_two_labs_share_no_group():
    """Each lab's groups, instances and container instances are its own."""
    with Lab() as one, Lab() as two:
        for lab in (one, two):
            lab.client("ecs").create_cluster(clusterName="prod")
        fleet(one, 2)
        assert len(registered(one.client("ecs"))) == 2
        assert registered(two.client("ecs")) == []


def test_the_order_of_scaling_in_is_the_same_in_every_process():
    """What is left of a group is a set in moto; here who goes first does not
    depend on where objects lie in memory.
    """
    program = """
import sys
sys.path.insert(0, sys.argv[1])
from test_instances import *
with Lab() as lab:
    ecs, groups = lab.client("ecs"), lab.client("autoscaling")
    ecs.create_cluster(clusterName="prod")
    fleet(lab, 9)
    for desired in (7, 4, 2):
        groups.set_desired_capacity(AutoScalingGroupName="fleet", DesiredCapacity=desired)
    print(lab.timeline)
    told = groups.describe_auto_scaling_instances()["AutoScalingInstances"]
    print([i["InstanceId"] for i in told])
"""
    here = str(Path(__file__).parent)
    told = {
        subprocess.run(
            [sys.executable, "-c", program, here],
            env=os.environ
            | {"PYTHONHASHSEED": str(seed), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(2)
    }
    assert len(told) == 1
    assert "deregistered" in told.pop()
