"""Every time that anybody can read in a lab is the lab's."""

import json
import os
import pickle
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from ecslab import Lab

START = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
ASSUME = (
    '{"Version":"2012-10-17","Statement":['
    '{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
)
PERMIT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecs:*","Resource":"*"}]}'


@pytest.fixture
def far():
    """A lab that lives years from now, so that no real time can pass for one of its own."""
    with Lab(start=START) as lab:
        lab.advance("1h")
        yield lab


def ecs(lab):
    """Clusters and task definitions."""
    client = lab.client("ecs")
    client.create_cluster(clusterName="web")
    client.register_task_definition(
        family="web", containerDefinitions=[{"name": "app", "image": "web", "memory": 64}]
    )
    yield client.describe_clusters(clusters=["web"])
    yield client.describe_task_definition(taskDefinition="web")


def ec2(lab):
    """Networks, instances, volumes."""
    client = lab.client("ec2")
    vpc = client.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = client.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    yield client.create_network_interface(SubnetId=subnet)
    image = client.describe_images()["Images"][0]["ImageId"]
    yield client.run_instances(
        ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet, InstanceType="t3.micro"
    )
    volume = client.create_volume(AvailabilityZone="us-east-1a", Size=8)
    yield volume
    yield client.create_snapshot(VolumeId=volume["VolumeId"])
    yield client.create_launch_template(
        LaunchTemplateName="web", LaunchTemplateData={"ImageId": image}
    )
    yield client.create_nat_gateway(SubnetId=subnet)
    yield client.describe_instances()
    yield client.describe_network_interfaces()


def ecr(lab):
    """Images."""
    client = lab.client("ecr")
    yield client.create_repository(repositoryName="web")
    manifest = (
        '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",'
        '"config":{"digest":"sha256:1","size":1},"layers":[]}'
    )
    yield client.put_image(repositoryName="web", imageManifest=manifest, imageTag="1")
    yield client.describe_images(repositoryName="web")
    yield client.get_authorization_token()


def elbv2(lab):
    """Load balancers."""
    net, client = lab.client("ec2"), lab.client("elbv2")
    subnets = [s["SubnetId"] for s in net.describe_subnets()["Subnets"]][:2]
    balancer = client.create_load_balancer(Name="front", Subnets=subnets)
    yield balancer
    group = client.create_target_group(
        Name="web", Protocol="HTTP", Port=80, VpcId=net.describe_vpcs()["Vpcs"][0]["VpcId"]
    )
    yield group
    yield client.create_listener(
        LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[
            {"Type": "forward", "TargetGroupArn": group["TargetGroups"][0]["TargetGroupArn"]}
        ],
    )
    yield client.describe_load_balancers()


def cloudwatch(lab):
    """Metrics, alarms, dashboards."""
    client = lab.client("cloudwatch")
    client.put_metric_data(Namespace="app", MetricData=[{"MetricName": "load", "Value": 1}])
    client.put_metric_alarm(
        AlarmName="hot",
        Namespace="app",
        MetricName="load",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    client.set_alarm_state(AlarmName="hot", StateValue="ALARM", StateReason="seen")
    yield client.describe_alarms()
    yield client.get_metric_statistics(
        Namespace="app",
        MetricName="load",
        StartTime=lab.now - timedelta(hours=1),
        EndTime=lab.now + timedelta(seconds=1),
        Period=60,
        Statistics=["Sum"],
    )
    client.put_dashboard(DashboardName="d", DashboardBody="{}")
    yield client.list_dashboards()


def logs(lab):
    """Log groups and events."""
    client = lab.client("logs")
    client.create_log_group(logGroupName="app")
    client.create_log_stream(logGroupName="app", logStreamName="1")
    client.put_log_events(
        logGroupName="app",
        logStreamName="1",
        logEvents=[{"timestamp": int(lab.now.timestamp() * 1000), "message": "up"}],
    )
    yield client.describe_log_groups()
    yield client.describe_log_streams(logGroupName="app")
    yield client.get_log_events(logGroupName="app", logStreamName="1")


def events(lab):
    """Rules, archives, events delivered to a queue."""
    client, queue = lab.client("events"), lab.client("sqs")
    url = queue.create_queue(QueueName="heard")["QueueUrl"]
    arn = queue.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    yield client.put_rule(Name="all", EventPattern='{"source":["app"]}')
    client.put_targets(Rule="all", Targets=[{"Id": "1", "Arn": arn}])
    yield client.put_events(Entries=[{"Source": "app", "DetailType": "x", "Detail": "{}"}])
    yield queue.receive_message(QueueUrl=url)
    yield client.create_archive(
        ArchiveName="kept",
        EventSourceArn=f"arn:aws:events:us-east-1:{lab.account}:event-bus/default",
    )
    yield client.describe_archive(ArchiveName="kept")


def iam(lab):
    """Roles, policies, users, and a session of STS."""
    client = lab.client("iam")
    yield client.create_role(RoleName="task", AssumeRolePolicyDocument=ASSUME)
    yield client.create_policy(PolicyName="p", PolicyDocument=PERMIT)
    yield client.create_user(UserName="ann")
    yield client.create_access_key(UserName="ann")
    yield client.list_roles()
    yield lab.client("sts").assume_role(
        RoleArn=client.get_role(RoleName="task")["Role"]["Arn"], RoleSessionName="session"
    )


def autoscaling(lab):
    """Groups and their activities."""
    net, client = lab.client("ec2"), lab.client("autoscaling")
    image = net.describe_images()["Images"][0]["ImageId"]
    client.create_launch_configuration(
        LaunchConfigurationName="lc", ImageId=image, InstanceType="t3.micro"
    )
    client.create_auto_scaling_group(
        AutoScalingGroupName="g",
        LaunchConfigurationName="lc",
        MinSize=1,
        MaxSize=2,
        AvailabilityZones=["us-east-1a"],
    )
    yield client.describe_auto_scaling_groups()
    yield client.describe_launch_configurations()
    yield client.describe_scaling_activities(AutoScalingGroupName="g")


def application_autoscaling(lab):
    """Targets and policies."""
    lab.client("dynamodb").create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client = lab.client("application-autoscaling")
    target = {
        "ServiceNamespace": "dynamodb",
        "ResourceId": "table/t",
        "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
    }
    client.register_scalable_target(**target, MinCapacity=1, MaxCapacity=4)
    yield client.describe_scalable_targets(ServiceNamespace="dynamodb")
    policy = {
        "TargetValue": 70.0,
        "PredefinedMetricSpecification": {
            "PredefinedMetricType": "DynamoDBReadCapacityUtilization"
        },
    }
    client.put_scaling_policy(
        **target,
        PolicyName="p",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=policy,
    )
    yield client.describe_scaling_policies(ServiceNamespace="dynamodb")


def servicediscovery(lab):
    """Namespaces, services, operations."""
    client = lab.client("servicediscovery")
    client.create_http_namespace(Name="here")
    space = client.list_namespaces()["Namespaces"][0]
    yield client.get_namespace(Id=space["Id"])
    service = client.create_service(Name="web", NamespaceId=space["Id"])
    yield service
    client.register_instance(
        ServiceId=service["Service"]["Id"],
        InstanceId="i",
        Attributes={"AWS_INSTANCE_IPV4": "10.0.0.1"},
    )
    yield client.list_operations()
    yield client.get_operation(OperationId=client.list_operations()["Operations"][0]["Id"])


def codedeploy(lab):
    """Applications, configurations and revisions; test_code_deploy.py asks a whole deployment."""
    client = lab.client("codedeploy")
    client.create_application(applicationName="app", computePlatform="ECS")
    routing = {
        "type": "TimeBasedCanary",
        "timeBasedCanary": {"canaryPercentage": 10, "canaryInterval": 5},
    }
    client.create_deployment_config(
        deploymentConfigName="mine", computePlatform="ECS", trafficRoutingConfig=routing
    )
    service = {
        "Type": "AWS::ECS::Service",
        "Properties": {
            "TaskDefinition": "web",
            "LoadBalancerInfo": {"ContainerName": "a", "ContainerPort": 1},
        },
    }
    content = json.dumps({"version": 0.0, "Resources": [{"TargetService": service}]})
    revision = {"revisionType": "AppSpecContent", "appSpecContent": {"content": content}}
    client.register_application_revision(applicationName="app", revision=revision)
    yield client.get_application(applicationName="app")
    yield client.get_deployment_config(deploymentConfigName="mine")
    yield client.get_application_revision(applicationName="app", revision=revision)


def ssm(lab):
    """Parameters."""
    client = lab.client("ssm")
    client.put_parameter(Name="/p", Value="v", Type="String")
    yield client.get_parameter(Name="/p")
    yield client.describe_parameters()
    yield client.get_parameter_history(Name="/p")


def secretsmanager(lab):
    """Secrets."""
    client = lab.client("secretsmanager")
    client.create_secret(Name="s", SecretString="v")
    yield client.describe_secret(SecretId="s")
    yield client.get_secret_value(SecretId="s")
    client.rotate_secret(SecretId="s", RotationRules={"AutomaticallyAfterDays": 1})
    yield client.list_secrets()


def sqs(lab):
    """Queues and messages."""
    client = lab.client("sqs")
    url = client.create_queue(QueueName="q")["QueueUrl"]
    client.send_message(QueueUrl=url, MessageBody="hello")
    yield client.receive_message(QueueUrl=url, AttributeNames=["All"])
    yield client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])


def s3(lab):
    """Buckets, objects, uploads."""
    client = lab.client("s3")
    client.create_bucket(Bucket="kept")
    client.put_object(Bucket="kept", Key="k", Body=b"1")
    yield client.list_buckets()
    yield client.list_objects_v2(Bucket="kept")
    yield client.head_object(Bucket="kept", Key="k")
    yield client.create_multipart_upload(Bucket="kept", Key="big")
    yield client.list_multipart_uploads(Bucket="kept")


def guardduty(lab):
    """A detector."""
    client = lab.client("guardduty")
    made = client.create_detector(Enable=True)
    yield client.get_detector(DetectorId=made["DetectorId"])


def route53(lab):
    """Zones and changes."""
    client = lab.client("route53")
    yield client.create_hosted_zone(Name="here.", CallerReference="1")
    zone = client.list_hosted_zones()["HostedZones"][0]["Id"]
    change = {
        "Action": "CREATE",
        "ResourceRecordSet": {
            "Name": "a.here.",
            "Type": "A",
            "TTL": 5,
            "ResourceRecords": [{"Value": "10.0.0.1"}],
        },
    }
    yield client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})


SERVICES = [
    ecs, ec2, ecr, elbv2, cloudwatch, logs, events, iam, autoscaling, application_autoscaling,
    servicediscovery, codedeploy, ssm, secretsmanager, sqs, s3, guardduty, route53,
]  # fmt: skip


# moto answers these with a date written into its templates: neither the wall's nor the lab's.
WRITTEN_INTO_MOTO = (".authorizationData[0].expiresAt", ".Uploads[0].Initiated")
NOT_A_TIME = ("x-amz-crc32",)


def times(value, path=""):
    """Every moment in a response, with where it stands: datetimes, epoch
    numbers in text, ISO texts, HTTP dates.
    """
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in NOT_A_TIME:
                yield from times(inner, f"{path}.{name}")
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from times(inner, f"{path}[{index}]")
    elif isinstance(value, datetime):
        yield path, value
    elif (read := as_time(value)) is not None:
        yield path, read


def as_time(value):
    """Read a text or a number as a moment of the last or the
    next decades, when it looks like one.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and "GMT" in value:
        return parsedate_to_datetime(value)
    try:
        return (
            datetime.fromisoformat(str(value)).replace(tzinfo=UTC)
            if "T" in str(value)
            else epoch(float(value))
        )
    except (ValueError, TypeError):
        return None


def epoch(number):
    """Seconds or milliseconds since 1970, for numbers that lie between 2020 and 2040."""
    seconds = number / 1000 if number > 10**11 else number
    return datetime.fromtimestamp(seconds, UTC) if 1_577_836_800 < seconds < 2_208_988_800 else None


@pytest.mark.parametrize("use", SERVICES, ids=lambda use: use.__name__)
def test_a_service_tells_the_lab_s_time(far, use):
    """No time in any answer of a service, HTTP headers included, is one
    that the lab's clock never showed.
    """
    seen = [
        found for answer in use(far) for found in times(answer) if found[0] not in WRITTEN_INTO_MOTO
    ]
    expiry = far.now + timedelta(days=400)
    assert seen
    assert [(where, str(moment)) for where, moment in seen if not START <= moment <= expiry] == []


def test_moto_s_clock_stands_between_two_steps_of_the_lab_s(far):
    """Two things done without time passing happened at the same instant."""
    queues = far.client("sqs")
    made = [
        queues.get_queue_attributes(
            QueueUrl=queues.create_queue(QueueName=name)["QueueUrl"],
            AttributeNames=["CreatedTimestamp"],
        )["Attributes"]
        for name in ("a", "b")
    ]
    assert made == [{"CreatedTimestamp": str(far.now.timestamp())}] * 2


def test_waiting_for_a_message_lets_the_lab_s_time_pass(far):
    """SQS long polling waits for WaitTimeSeconds of the lab's time, not of the wall's."""
    queues = far.client("sqs")
    url, before = queues.create_queue(QueueName="q")["QueueUrl"], far.now
    assert "Messages" not in queues.receive_message(QueueUrl=url, WaitTimeSeconds=20)
    assert timedelta(seconds=20) <= far.now - before <= timedelta(seconds=22)


def test_waiting_for_a_message_ends_when_it_comes(far):
    """Long polling answers as soon as there is a message."""
    queues = far.client("sqs")
    url, before = queues.create_queue(QueueName="q")["QueueUrl"], far.now
    far.clock.after(7_000, lambda: queues.send_message(QueueUrl=url, MessageBody="now"))
    assert queues.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"][0]["Body"] == "now"
    assert timedelta(seconds=7) <= far.now - before <= timedelta(seconds=8)


def test_a_replaced_datetime_still_is_one(far):
    """Values, checks, arithmetic and pickling work as with the class it stands for."""
    far.client("sqs").list_queues()
    from moto.core import utils

    shown = utils.datetime.datetime
    assert shown is not datetime
    assert isinstance(START, shown)
    assert isinstance(shown.now(), datetime)
    assert issubclass(datetime, shown)
    assert type(shown(2031, 1, 2)) is datetime
    assert shown.now(UTC) - shown(2031, 5, 6, 7, 8, 9, tzinfo=UTC) == timedelta(hours=1)
    assert shown.now(timezone(timedelta(hours=2))).hour == 10
    assert shown.utcnow() == shown.now() == START.replace(tzinfo=None) + timedelta(hours=1)
    assert pickle.loads(pickle.dumps(shown.now())) == shown.now()
    assert (
        shown.fromtimestamp(0, UTC)
        == datetime.fromtimestamp(0, UTC)
        == shown.fromisoformat("1970-01-01T00:00:00+00:00")
    )
    assert shown.strptime("2031", "%Y") == datetime(2031, 1, 1)  # noqa: DTZ001 - naive on both sides


def test_the_timezone_of_the_machine_changes_nothing():
    """The same answers in Auckland: what moto calls local time is UTC in a lab."""
    code = (
        "from ecslab import Lab\n"
        "with Lab() as lab:\n"
        "    lab.advance('1h')\n"
        "    lab.client('guardduty').create_detector(Enable=True)\n"
        "    lab.client('autoscaling')\n"
        "    a = lab.client('cloudwatch'); a.put_dashboard(DashboardName='d', DashboardBody='{}')\n"
        "    print(a.list_dashboards()['DashboardEntries'][0]['LastModified'].timestamp() - "
        "lab.now.timestamp())\n"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"TZ": "Pacific/Auckland", "PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.strip() == "0.0"


def test_times_are_shown_in_utc_on_every_machine():
    """Botocore would show them in the machine's time zone; a lesson's output
    is the same in Hanoi and in Lisbon.
    """
    code = (
        "from ecslab import Lab\n"
        "with Lab() as lab:\n"
        "    ecs = lab.client('ecs')\n"
        "    ecs.create_cluster()\n"
        "    ecs.register_task_definition(family='web', memory='64', "
        "containerDefinitions=[{'name': 'app', 'image': 'nginx'}])\n"
        "    told = "
        "ecs.describe_task_definition(taskDefinition='web')['taskDefinition']['registeredAt']\n"
        "    assert told == lab.now\n"
        "    print(told.isoformat())\n"
    )
    shown = {
        zone: subprocess.check_output(
            [sys.executable, "-c", code], text=True, env=os.environ | {"TZ": zone}
        )
        for zone in ("Asia/Ho_Chi_Minh", "UTC")
    }
    assert set(shown.values()) == {"2026-01-05T09:00:00+00:00\n"}
