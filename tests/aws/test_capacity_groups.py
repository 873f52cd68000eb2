"""Capacity providers of moto's Auto Scaling groups, as a learner's boto3 calls make them."""

import base64
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

AMI = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
SCRIPT = "#!/bin/bash\necho ECS_CLUSTER=prod >> /etc/ecs/ecs.config\n"
MINE = [{"capacityProvider": "mine", "weight": 1}]


@pytest.fixture
def ecs(lab):
    """ECS, with a cluster called prod and a task definition of which two fit on an m5.large."""
    client = lab.client("ecs")
    client.create_cluster(clusterName="prod")
    client.register_task_definition(
        family="job",
        networkMode="bridge",
        requiresCompatibilities=["EC2"],
        containerDefinitions=[{"name": "app", "image": "nginx", "cpu": 1024, "memory": 1024}],
    )
    return client


def group(lab, name="fleet", desired=0, maximum=20, **more):
    """An Auto Scaling group whose instances join the cluster; its ARN."""
    data = {
        "ImageId": lab.client("ssm").get_parameter(Name=AMI)["Parameter"]["Value"],
        "InstanceType": "m5.large",
        "UserData": base64.b64encode(SCRIPT.encode()).decode(),
    }
    lab.client("ec2").create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
    subnets = [s["SubnetId"] for s in lab.client("ec2").describe_subnets()["Subnets"]][:2]
    autoscaling = lab.client("autoscaling")
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        LaunchTemplate={"LaunchTemplateName": name, "Version": "$Latest"},
        MinSize=0,
        MaxSize=maximum,
        DesiredCapacity=desired,
        VPCZoneIdentifier=",".join(subnets),
        **more,
    )
    return described(lab, name)["AutoScalingGroupARN"]


def described(lab, name="fleet"):
    """The group as Auto Scaling shows it."""
    groups = lab.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    return groups["AutoScalingGroups"][0]


def provide(ecs, arn, **more):
    """A provider called mine, the cluster's default."""
    asked = {"autoScalingGroupArn": arn} | more
    ecs.create_capacity_provider(name="mine", autoScalingGroupProvider=asked)
    ecs.put_cluster_capacity_providers(
        cluster="prod", capacityProviders=["mine"], defaultCapacityProviderStrategy=MINE
    )


def test_the_group_must_exist_in_auto_scaling(lab, ecs):
    """Facts, section 8.1: by name or ARN; an unknown one is refused."""
    with pytest.raises(ClientError, match="The specified Auto Scaling group was not found"):
        provide(ecs, "fleet")
    group(lab)
    ecs.create_capacity_provider(
        name="mine", autoScalingGroupProvider={"autoScalingGroupArn": "fleet"}
    )
    [told] = ecs.describe_capacity_providers(capacityProviders=["mine"])["capacityProviders"]
    assert (
        told["autoScalingGroupProvider"]["autoScalingGroupArn"]
        == described(lab)["AutoScalingGroupARN"]
    )


def test_instances_of_the_group_run_the_providers_tasks(lab, ecs):
    """Facts, section 8.1: the cluster's default strategy places on them."""
    provide(ecs, group(lab, desired=1))
    lab.settle()
    answer = ecs.run_task(cluster="prod", taskDefinition="job", count=3)
    assert [t["capacityProviderName"] for t in answer["tasks"]] == ["mine", "mine"]
    assert [f["reason"] for f in answer["failures"]] == ["RESOURCE:CPU"]
    lab.settle()
    arns = ecs.list_container_instances(cluster="prod")["containerInstanceArns"]
    [told] = ecs.describe_container_instances(cluster="prod", containerInstances=arns)[
        "containerInstances"
    ]
    assert (told["capacityProviderName"], told["runningTasksCount"]) == ("mine", 2)


def test_ecs_protects_each_instance_with_a_task_whatever_the_group_does(lab, ecs):
    """Facts, section 8.3; facts 2, section 31, row 17: protectedFromScaleIn per instance, of a
    group that does not protect its new ones.
    """
    more = {"managedScaling": {"status": "ENABLED"}, "managedTerminationProtection": "ENABLED"}
    provide(ecs, group(lab, desired=2), **more)
    lab.settle()
    ecs.run_task(cluster="prod", taskDefinition="job")
    lab.advance("2m")
    found = described(lab)
    assert found["NewInstancesProtectedFromScaleIn"] is False
    assert sorted(i["ProtectedFromScaleIn"] for i in found["Instances"]) == [False, True]


def metrics(lab):
    """The published values, oldest first."""
    query = {
        "Namespace": "AWS/ECS/ManagedScaling",
        "MetricName": "CapacityProviderReservation",
        "Dimensions": [
            {"Name": "CapacityProviderName", "Value": "mine"},
            {"Name": "ClusterName", "Value": "prod"},
        ],
        "StartTime": lab.now - timedelta(hours=1),
        "EndTime": lab.now + timedelta(seconds=1),
        "Period": 60,
        "Statistics": ["Maximum"],
    }
    points = lab.client("cloudwatch").get_metric_statistics(**query)["Datapoints"]
    return [p["Maximum"] for p in sorted(points, key=lambda p: p["Timestamp"])]


def test_ecs_scales_the_group_from_nothing_and_back(lab, ecs):
    """Facts, section 8.3: two from zero; the metric is in CloudWatch; after a quarter of
    an hour without tasks the group shrinks.
    """
    provide(ecs, group(lab), managedScaling={"status": "ENABLED"})
    [task] = ecs.run_task(cluster="prod", taskDefinition="job")["tasks"]
    assert task["lastStatus"] == "PROVISIONING"
    lab.settle()
    assert described(lab)["DesiredCapacity"] == 2
    assert (
        ecs.describe_tasks(cluster="prod", tasks=[task["taskArn"]])["tasks"][0]["lastStatus"]
        == "RUNNING"
    )
    assert {"Key": "AmazonECSManaged", "Value": ""}.items() <= described(lab)["Tags"][0].items()
    lab.advance("5m")
    assert metrics(lab) == [200, 50, 50, 50, 50, 50]
    ecs.stop_task(cluster="prod", task=task["taskArn"])
    lab.advance("30m")
    assert described(lab)["DesiredCapacity"] == 0
    assert ecs.list_container_instances(cluster="prod")["containerInstanceArns"] == []


def made(lab):
    """The scaling policies of the group, and the states of its alarms by the
    last part of their names but one.
    """
    policies = lab.client("autoscaling").describe_policies(AutoScalingGroupName="fleet")[
        "ScalingPolicies"
    ]
    alarms = lab.client("cloudwatch").describe_alarms(AlarmNamePrefix="TargetTracking-fleet-")[
        "MetricAlarms"
    ]
    return policies, {a["AlarmName"].split("-")[2]: a for a in alarms}


def states(lab):
    """The alarms' states."""
    return {side: alarm["StateValue"] for side, alarm in made(lab)[1].items()}


def test_the_policy_and_the_alarms_that_ecs_made_can_be_seen(lab, ecs):
    """Facts, section 8.3: a policy on the group, an alarm of 1 datapoint above
    the target and one of 15 below it.
    """
    provide(ecs, group(lab), managedScaling={"status": "ENABLED", "targetCapacity": 80})
    [policy], alarms = made(lab)
    attached = ecs.describe_clusters(clusters=["prod"], include=["ATTACHMENTS"])["clusters"][0][
        "attachments"
    ]
    assert {"name": "scalingPolicyName", "value": policy["PolicyName"]} in attached[0]["details"]
    tracking = policy["TargetTrackingConfiguration"]
    assert tracking["TargetValue"] == 80
    metric = tracking["CustomizedMetricSpecification"]
    assert (metric["Namespace"], metric["MetricName"]) == (
        "AWS/ECS/ManagedScaling",
        "CapacityProviderReservation",
    )
    assert {a["AlarmName"] for a in policy["Alarms"]} == {a["AlarmName"] for a in alarms.values()}
    told = {
        side: (a["ComparisonOperator"], a["EvaluationPeriods"], a["Threshold"], a["AlarmActions"])
        for side, a in alarms.items()
    }
    assert told == {
        "AlarmHigh": ("GreaterThanThreshold", 1, 80, [policy["PolicyARN"]]),
        "AlarmLow": ("LessThanThreshold", 15, 80, [policy["PolicyARN"]]),
    }


def test_the_alarms_tell_what_the_scaling_does(lab, ecs):
    """Facts, section 8.3: high when tasks wait, low after fifteen minutes with
    empty instances; then the group shrinks.
    """
    provide(ecs, group(lab), managedScaling={"status": "ENABLED"})
    [task] = ecs.run_task(cluster="prod", taskDefinition="job")["tasks"]
    lab.advance("61s")
    assert states(lab)["AlarmHigh"] == "ALARM"
    assert described(lab)["DesiredCapacity"] == 2
    ecs.stop_task(cluster="prod", task=task["taskArn"])
    lab.advance("60s")
    while states(lab)["AlarmLow"] != "ALARM":
        assert described(lab)["DesiredCapacity"] == 2
        lab.advance("60s")
    assert described(lab)["DesiredCapacity"] < 2
    assert lab.clock.now_ms >= 16 * 60_000


def test_the_policy_goes_with_the_managed_scaling(lab, ecs):
    """Facts, section 8.3: it follows the provider's settings; switched off, or with
    another cluster's providers, it is gone.
    """
    provide(ecs, group(lab), managedScaling={"status": "ENABLED"})
    before = made(lab)[1]["AlarmHigh"]["AlarmName"]
    change = {"managedScaling": {"targetCapacity": 60}}
    ecs.update_capacity_provider(name="mine", autoScalingGroupProvider=change)
    [policy], alarms = made(lab)
    assert policy["TargetTrackingConfiguration"]["TargetValue"] == 60
    assert (alarms["AlarmHigh"]["AlarmName"], alarms["AlarmHigh"]["Threshold"]) == (before, 60)
    ecs.update_capacity_provider(
        name="mine", autoScalingGroupProvider={"managedScaling": {"status": "DISABLED"}}
    )
    assert made(lab) == ([], {})
    ecs.update_capacity_provider(
        name="mine", autoScalingGroupProvider={"managedScaling": {"status": "ENABLED"}}
    )
    assert len(made(lab)[1]) == 2
    ecs.put_cluster_capacity_providers(
        cluster="prod", capacityProviders=[], defaultCapacityProviderStrategy=[]
    )
    assert made(lab) == ([], {})


def test_a_protected_instance_with_a_task_is_not_ended(lab, ecs):
    """Facts, section 8.3: ECS takes the protection of empty instances away, and only those go."""
    arn = group(lab, desired=3, NewInstancesProtectedFromScaleIn=True)
    provide(ecs, arn, managedScaling={"status": "ENABLED"}, managedTerminationProtection="ENABLED")
    lab.settle()
    [task] = ecs.run_task(cluster="prod", taskDefinition="job")["tasks"]
    lab.advance("40m")
    [left] = described(lab)["Instances"]
    assert left["ProtectedFromScaleIn"] is True
    [told] = ecs.describe_tasks(cluster="prod", tasks=[task["taskArn"]])["tasks"]
    assert told["lastStatus"] == "RUNNING"


def test_a_group_that_somebody_deletes_scales_no_more(lab, ecs):
    """Its tasks wait until they fail; nothing breaks."""
    provide(ecs, group(lab), managedScaling={"status": "ENABLED"})
    lab.client("autoscaling").delete_auto_scaling_group(
        AutoScalingGroupName="fleet", ForceDelete=True
    )
    [task] = ecs.run_task(cluster="prod", taskDefinition="job")["tasks"]
    lab.advance("31m")
    [told] = ecs.describe_tasks(cluster="prod", tasks=[task["taskArn"]])["tasks"]
    assert (told["stopCode"], told["stoppedReason"]) == (
        "TaskFailedToStart",
        "EMPTY CAPACITY PROVIDER",
    )


def test_an_idle_day_with_a_managed_provider_is_cheap(lab, ecs):
    """One datapoint a minute: 1,440 of them, and not a line on the timeline."""
    provide(ecs, group(lab, desired=2), managedScaling={"status": "ENABLED"})
    lab.settle()
    ecs.run_task(cluster="prod", taskDefinition="job", count=4)
    lab.advance("10m")
    lines = len(lab.timeline)
    lab.advance("24h")
    assert len(lab.timeline) == lines


def test_managed_draining_keeps_an_instance_until_its_task_has_ended(lab, ecs):
    """Facts, section 8.3: a lifecycle hook of the group; also when a
    learner makes the group smaller.
    """
    provide(ecs, group(lab, desired=2), managedDraining="ENABLED")
    lab.settle()
    autoscaling = lab.client("autoscaling")
    [hook] = autoscaling.describe_lifecycle_hooks(AutoScalingGroupName="fleet")["LifecycleHooks"]
    assert hook["LifecycleHookName"] == "ecs-managed-draining-termination-hook"
    tasks = [
        ecs.run_task(cluster="prod", taskDefinition="job")["tasks"][0]["taskArn"] for _ in range(2)
    ]
    lab.settle()
    autoscaling.set_desired_capacity(AutoScalingGroupName="fleet", DesiredCapacity=1)
    states = sorted(i["LifecycleState"] for i in described(lab)["Instances"])
    assert states == ["InService", "Terminating:Wait"]
    lab.advance("2h")
    [draining] = ecs.list_container_instances(cluster="prod", status="DRAINING")[
        "containerInstanceArns"
    ]
    for told in ecs.describe_tasks(cluster="prod", tasks=tasks)["tasks"]:
        assert told["lastStatus"] == "RUNNING"
        if told["containerInstanceArn"] == draining:
            ecs.stop_task(cluster="prod", task=told["taskArn"])
    lab.advance("2m")
    assert [i["LifecycleState"] for i in described(lab)["Instances"]] == ["InService"]
    assert described(lab)["DesiredCapacity"] == 1
    assert len(ecs.list_container_instances(cluster="prod")["containerInstanceArns"]) == 1


def test_a_group_that_is_deleted_waits_for_nobody(lab, ecs):
    """Auto Scaling, ForceDelete: all instances end, those that drain too."""
    provide(ecs, group(lab, desired=2), managedDraining="ENABLED")
    lab.settle()
    ecs.run_task(cluster="prod", taskDefinition="job", count=4)
    lab.settle()
    autoscaling = lab.client("autoscaling")
    autoscaling.set_desired_capacity(AutoScalingGroupName="fleet", DesiredCapacity=1)
    autoscaling.delete_auto_scaling_group(AutoScalingGroupName="fleet", ForceDelete=True)
    assert ecs.list_container_instances(cluster="prod")["containerInstanceArns"] == []
    lab.advance("72h")
    running = {"Name": "instance-state-name", "Values": ["running"]}
    assert lab.client("ec2").describe_instances(Filters=[running])["Reservations"] == []


def test_a_group_that_would_launch_a_type_without_data_is_not_scaled(lab, ecs):
    """What managed scaling asks for in the lab's time ends nobody's program:
    the timeline says what was refused.
    """
    data = {
        "ImageId": lab.client("ssm").get_parameter(Name=AMI)["Parameter"]["Value"],
        "InstanceType": "x1.32xlarge",
        "UserData": base64.b64encode(SCRIPT.encode()).decode(),
    }
    lab.client("ec2").create_launch_template(LaunchTemplateName="giant", LaunchTemplateData=data)
    lab.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName="mixed",
        MixedInstancesPolicy={
            "LaunchTemplate": {
                "LaunchTemplateSpecification": {
                    "LaunchTemplateName": "giant",
                    "Version": "$Latest",
                },
                "Overrides": [{"InstanceType": "m5.large"}],
            }
        },
        MinSize=0,
        MaxSize=4,
        DesiredCapacity=0,
        AvailabilityZones=["us-east-1a"],
    )
    provide(ecs, "mixed", managedScaling={"status": "ENABLED"})
    ecs.run_task(cluster="prod", taskDefinition="job")
    lab.advance("5m")
    assert (described(lab, "mixed")["Instances"], described(lab, "mixed")["DesiredCapacity"]) == (
        [],
        0,
    )
    said = [e.why for e in lab.timeline if e.kind == "not scaled"]
    assert "'x1.32xlarge'" in said[0]
