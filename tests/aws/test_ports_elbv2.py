"""Services behind moto's load balancers, as a learner's boto3 calls make them: what
`describe_target_health` says, and when.
"""

import re

import pytest
from botocore.exceptions import ClientError
from botocore.loaders import create_loader
from deployed import network
from test_instances import fleet

from ecslab.aws.moto_patches import target_group_rules
from ecslab.ecs.ports import Unavailable
from ecslab.ecs.ports.balancers import Target, TargetHealth

PORT = 8080


@pytest.fixture
def elb(lab):
    """Elastic Load Balancing."""
    return lab.client("elbv2")


def subnets(lab):
    """The default subnets."""
    return [s["SubnetId"] for s in lab.client("ec2").describe_subnets()["Subnets"]]


def group(lab, elb, name="web", **more):
    """A target group of addresses in the default VPC; its ARN."""
    vpc = lab.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    asked = {
        "Protocol": "HTTP",
        "Port": 80,
        "VpcId": vpc,
        "TargetType": "ip",
        "HealthCheckIntervalSeconds": 10,
    }
    return elb.create_target_group(Name=name, **asked | more)["TargetGroups"][0]["TargetGroupArn"]


def listener(lab, elb, *groups, name="lb", **more):
    """A load balancer with a listener that forwards to the groups; the listener's ARN."""
    balancer = elb.create_load_balancer(Name=name, Subnets=subnets(lab)[:2], **more)[
        "LoadBalancers"
    ][0]
    forward = {
        "Type": "forward",
        "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": g} for g in groups]},
    }
    made = elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="TCP" if balancer["Type"] == "network" else "HTTP",
        Port=80,
        DefaultActions=[forward],
    )
    return made["Listeners"][0]["ListenerArn"]


def serve(lab, arn, image="nginx", count=2, **more):
    """A Fargate service behind a group."""
    ecs = lab.client("ecs")
    ecs.create_cluster()
    app = {"name": "app", "image": image, "portMappings": [{"containerPort": PORT}]}
    asked = {
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": role(lab),
    }
    ecs.register_task_definition(family="web", containerDefinitions=[app], **asked)
    ecs.create_service(
        serviceName="web",
        taskDefinition="web",
        desiredCount=count,
        launchType="FARGATE",
        networkConfiguration=network(lab),
        loadBalancers=[{"targetGroupArn": arn, "containerName": "app", "containerPort": PORT}],
        **more,
    )
    return ecs


def role(lab):
    """A role that tasks can assume."""
    trust = (
        '{"Statement":['
        '{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
    )
    return lab.client("iam").create_role(RoleName="ecs", AssumeRolePolicyDocument=trust)["Role"][
        "Arn"
    ]


def health(elb, arn):
    """(id, port, state, reason) of every target."""
    told = elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    return [
        (
            d["Target"]["Id"],
            d["Target"]["Port"],
            d["TargetHealth"]["State"],
            d["TargetHealth"].get("Reason"),
        )
        for d in told
    ]


def states(elb, arn):
    """The states of a group's targets."""
    return [state for _, _, state, _ in health(elb, arn)]


def test_target_health_is_true_at_every_instant(lab, elb):
    """Facts, section 11: registering, checking, healthy, draining, gone."""
    arn = group(lab, elb)
    listener(lab, elb, arn)
    elb.modify_target_group_attributes(
        TargetGroupArn=arn,
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "60"}],
    )
    ecs = serve(lab, arn, count=1, image=lab.images.push("web:1", answers_after=15))
    seen = {}
    for _ in range(50):
        lab.advance("1s")
        for _, port, state, reason in health(elb, arn):
            assert port == PORT
            seen.setdefault((state, reason), lab.clock.now_ms // 1000)
    assert seen == {
        ("initial", "Elb.RegistrationInProgress"): 20,
        ("initial", "Elb.InitialHealthChecking"): 30,
        ("healthy", None): 40,
    }
    lab.settle()
    ecs.update_service(service="web", desiredCount=0)
    lab.advance("25s")
    assert health(elb, arn)[0][2:] == ("draining", "Target.DeregistrationInProgress")
    lab.advance("60s")
    assert health(elb, arn) == []


def test_a_corrected_health_check_is_heeded_at_once(lab, elb):
    """ModifyTargetGroup reaches the targets that are there: no deployment, no new task."""
    arn = group(lab, elb, HealthyThresholdCount=2, HealthCheckPath="/")
    listener(lab, elb, arn)
    image = lab.images.push("web:1", health_path="/up")
    serve(lab, arn, image, healthCheckGracePeriodSeconds=900)
    lab.advance("1m")
    assert states(elb, arn) == ["unhealthy"] * 2
    told = elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"][0][
        "TargetHealth"
    ]
    assert told["Description"] == "Health checks failed with these codes: [404]"
    elb.modify_target_group(TargetGroupArn=arn, HealthCheckPath="/up")
    lab.settle()
    assert states(elb, arn) == ["healthy"] * 2
    assert "target unhealthy" in lab.timeline.kinds()
    assert lab.timeline.where(kind="started tasks")[0].facts["count"] == len(states(elb, arn))


def test_targets_of_a_group_without_a_listener_are_unused(lab, elb):
    """Facts, section 11: Target.NotInUse, until a listener forwards there again."""
    arn, other = group(lab, elb), group(lab, elb, "other")
    front = listener(lab, elb, arn)
    serve(lab, arn)
    lab.settle()
    elb.modify_listener(
        ListenerArn=front, DefaultActions=[{"Type": "forward", "TargetGroupArn": other}]
    )
    assert {h[2:] for h in health(elb, arn)} == {("unused", "Target.NotInUse")}
    elb.modify_listener(
        ListenerArn=front, DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}]
    )
    assert states(elb, arn) == ["initial"] * 2
    lab.advance("15s")
    assert states(elb, arn) == ["healthy"] * 2


def test_create_service_refuses_a_group_without_a_load_balancer(lab, elb):
    """Facts, section 17, through boto3: a ClientError."""
    arn = group(lab, elb)
    with pytest.raises(ClientError, match="does not have an associated load balancer"):
        serve(lab, arn)


def test_two_tasks_of_one_instance_are_two_targets(lab, elb):
    """Facts, sections 3 and 11: bridge mode, dynamic host ports,
    instance targets told apart by port.
    """
    lab.client("ecs").create_cluster(clusterName="prod")
    fleet(lab, 1)
    arn = group(lab, elb, TargetType="instance")
    listener(lab, elb, arn)
    ecs = lab.client("ecs")
    app = {"name": "app", "image": "nginx", "memory": 64, "portMappings": [{"containerPort": PORT}]}
    ecs.register_task_definition(family="web", containerDefinitions=[app], networkMode="bridge")
    front = {"targetGroupArn": arn, "containerName": "app", "containerPort": PORT}
    ecs.create_service(
        cluster="prod",
        serviceName="web",
        taskDefinition="web",
        desiredCount=2,
        loadBalancers=[front],
    )
    lab.settle()
    found = health(elb, arn)
    assert len({instance for instance, *_ in found}) == 1
    assert [(port, state) for _, port, state, _ in found] == [
        (32768, "healthy"),
        (32769, "healthy"),
    ]
    ecs.update_service(cluster="prod", service="web", desiredCount=1)
    lab.advance("30s")
    assert sorted(states(elb, arn)) == ["draining", "healthy"]


def test_weights_are_read_and_shifted_in_listeners_and_rules(lab, elb):
    """Facts, section 11, forward weights: the default is 1; a shift
    changes the weights and nothing else.
    """
    blue, green = group(lab, elb, "blue"), group(lab, elb, "green")
    front = listener(lab, elb, blue)
    condition = {"Field": "path-pattern", "Values": ["/api/*"]}
    action = {
        "Type": "forward",
        "Order": 1,
        "ForwardConfig": {
            "TargetGroups": [{"TargetGroupArn": blue, "Weight": 100}],
            "TargetGroupStickinessConfig": {"Enabled": True, "DurationSeconds": 60},
        },
    }
    made = elb.create_rule(ListenerArn=front, Priority=1, Conditions=[condition], Actions=[action])
    rule = made["Rules"][0]["RuleArn"]
    port = lab.plane().neighbours.balancers
    assert (port.weights(front), port.weights(rule)) == ({blue: 1}, {blue: 100})
    for arn in (front, rule):
        port.shift(arn, {blue: 90, green: 10})
        assert port.weights(arn) == {blue: 90, green: 10}
    told = elb.describe_rules(RuleArns=[rule])["Rules"][0]["Actions"][0]
    assert told["ForwardConfig"]["TargetGroupStickinessConfig"] == {
        "Enabled": True,
        "DurationSeconds": 60,
    }
    shown = elb.describe_listeners(ListenerArns=[front])["Listeners"][0]["DefaultActions"][0]
    assert [g["Weight"] for g in shown["ForwardConfig"]["TargetGroups"]] == [90, 10]
    default = next(r for r in elb.describe_rules(ListenerArn=front)["Rules"] if r["IsDefault"])
    assert port.weights(default["RuleArn"]) == {blue: 90, green: 10}
    assert port.forwards_to(green)
    assert port.weights("nobody") == {}
    with pytest.raises(Unavailable):
        port.shift("nobody", {blue: 1})


def test_targets_registered_by_hand_are_motos(lab, elb):
    """A learner's own targets are healthy at once, drain when
    deregistered, and do not disturb ECS.
    """
    arn = group(lab, elb)
    listener(lab, elb, arn)
    elb.register_targets(
        TargetGroupArn=arn, Targets=[{"Id": "10.0.0.9"}, {"Id": "10.0.0.9", "Port": 81}]
    )
    assert health(elb, arn) == [
        ("10.0.0.9", 80, "healthy", None),
        ("10.0.0.9", 81, "healthy", None),
    ]
    elb.deregister_targets(TargetGroupArn=arn, Targets=[{"Id": "10.0.0.9", "Port": 81}])
    assert states(elb, arn) == ["healthy", "draining"]
    asked = elb.describe_target_health(TargetGroupArn=arn, Targets=[{"Id": "10.0.0.9", "Port": 82}])
    assert asked["TargetHealthDescriptions"][0]["TargetHealth"]["Reason"] == "Target.NotRegistered"
    with pytest.raises(ClientError):
        elb.deregister_targets(TargetGroupArn=arn, Targets=[{"Id": "10.0.0.10"}])
    port = lab.plane().neighbours.balancers
    port.tell(
        arn,
        Target("10.0.0.9", 80),
        TargetHealth("unhealthy", "Target.Timeout", "Request timed out"),
    )
    assert states(elb, arn)[0] == "unhealthy"


def test_nothing_of_load_balancers_is_loaded_for_a_service_without(lab):
    """An account that never asked for a load balancer does not pay for moto's."""
    port = lab.plane().neighbours.balancers
    assert port.group("arn:x") is None
    assert not port.forwards_to("arn:x")
    assert port.registered("arn:x") == frozenset()


def test_a_target_group_begins_with_the_defaults_of_aws(lab, elb):
    """Facts, section 11: instance, every 30 s, 5 s, five and two thresholds, path /,
    code 200, 300 s of draining, no slow start.
    """
    vpc = lab.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    made = elb.create_target_group(Name="plain", Protocol="HTTP", Port=80, VpcId=vpc)[
        "TargetGroups"
    ][0]
    told = elb.describe_target_group_attributes(TargetGroupArn=made["TargetGroupArn"])["Attributes"]
    attributes = {a["Key"]: a["Value"] for a in told}
    assert made["TargetType"] == "instance"
    assert (made["HealthCheckIntervalSeconds"], made["HealthCheckTimeoutSeconds"]) == (30, 5)
    assert (made["HealthyThresholdCount"], made["UnhealthyThresholdCount"]) == (5, 2)
    assert (made["HealthCheckPath"], made["Matcher"], made["HealthCheckPort"]) == (
        "/",
        {"HttpCode": "200"},
        "traffic-port",
    )
    assert attributes["deregistration_delay.timeout_seconds"] == "300"
    assert attributes["slow_start.duration_seconds"] == "0"
    assert attributes["load_balancing.algorithm.type"] == "round_robin"


@pytest.mark.parametrize(
    ("member", "good", "bad"),
    [
        ("HealthCheckIntervalSeconds", (30, 300), (301,)),
        ("HealthCheckTimeoutSeconds", (2, 9), (121,)),
        ("HealthyThresholdCount", (2, 10), (11,)),
        ("UnhealthyThresholdCount", (2, 10), (11,)),
        ("Matcher", ({"HttpCode": "200-499"},), ({"HttpCode": "200-500"}, {"HttpCode": "199"})),
    ],
)
def test_a_health_check_outside_its_range_is_refused(lab, elb, member, good, bad):
    """Facts, section 11: interval 5–300, timeout 2–120, thresholds 2–10, codes 200–499; when
    made and when changed; below, botocore does.
    """
    arn = group(lab, elb)
    for number, value in enumerate(good):
        group(lab, elb, f"good-{number}", **{member: value})
        elb.modify_target_group(TargetGroupArn=arn, **{member: value})
    for value in bad:
        with pytest.raises(ClientError, match="must be between"):
            group(lab, elb, "bad", **{member: value})
        with pytest.raises(ClientError, match="must be between"):
            elb.modify_target_group(TargetGroupArn=arn, **{member: value})


def test_attributes_outside_their_range_are_refused(lab, elb):
    """Facts, section 11: deregistration delay 0–3600, slow start 30–900 and not with
    least_outstanding_requests, three algorithms.
    """
    arn = group(lab, elb)

    def change(**attributes):
        asked = [
            {"Key": key.replace("__", "."), "Value": str(value)}
            for key, value in attributes.items()
        ]
        elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=asked)

    for delay in (0, 3600):
        change(deregistration_delay__timeout_seconds=delay)
        assert lab.plane().neighbours.balancers.group(arn).deregistration_delay_s == delay
    change(slow_start__duration_seconds=900)
    for wrong in (
        {"deregistration_delay__timeout_seconds": 3601},
        {"slow_start__duration_seconds": 29},
        {"load_balancing__algorithm__type": "least_outstanding_requests"},
        {"load_balancing__algorithm__type": "fastest"},
    ):
        with pytest.raises(ClientError):
            change(**wrong)
    change(slow_start__duration_seconds=0)
    change(load_balancing__algorithm__type="weighted_random")
    assert lab.plane().neighbours.balancers.group(arn).algorithm == "weighted_random"


NOWHERE = ["deregistration.delay", "waf.fail_open.enabled", "", "Stickiness.Enabled"]
BY_KIND = {
    "HTTP": {"slow_start.duration_seconds": "30"},
    "TCP": {"preserve_client_ip.enabled": "true"},
    "GENEVE": {"target_failover.on_unhealthy": "rebalance"},
}


def attribute_names():
    """Those that botocore tells of."""
    model = create_loader().load_service_model("elbv2", "service-2")
    told = model["shapes"]["TargetGroupAttribute"]["members"]["Key"]["documentation"]
    return set(re.findall(r"<li>\s*<p>\s*<code>([a-z0-9_.]+)</code>", told)) & set(
        re.findall(r"<code>([a-z0-9_]+\.[a-z0-9_.]+)</code>", told)
    )


def test_every_attribute_that_botocore_tells_of_is_known_and_no_other():
    """A new botocore shows its new attributes here."""
    ours = {name for names in target_group_rules.ATTRIBUTES.values() for name in names}
    assert ours == attribute_names()


@pytest.mark.parametrize("protocol", BY_KIND)
def test_an_unknown_attribute_of_a_target_group_is_refused(lab, elb, protocol):
    """As hashicorp/terraform-provider-aws#19953 saw it, and so are those of other
    kinds of load balancer; nothing is kept.
    """
    vpc = lab.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    made = elb.create_target_group(Name="some", Protocol=protocol, Port=6081, VpcId=vpc)
    arn = made["TargetGroups"][0]["TargetGroupArn"]
    before = elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
    others = [name for kind, given in BY_KIND.items() if kind != protocol for name in given]
    for name in (*NOWHERE, *others):
        with pytest.raises(ClientError) as refusal:
            elb.modify_target_group_attributes(
                TargetGroupArn=arn,
                Attributes=[
                    {"Key": "deregistration_delay.timeout_seconds", "Value": "7"},
                    {"Key": name, "Value": "true"},
                ],
            )
        error = refusal.value.response["Error"]
        assert (error["Code"], error["Message"]) == (
            "ValidationError",
            f"Target group attribute key '{name}' is not recognized",
        )
    assert elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"] == before
    for name, value in BY_KIND[protocol].items():
        elb.modify_target_group_attributes(
            TargetGroupArn=arn, Attributes=[{"Key": name, "Value": value}]
        )


@pytest.mark.parametrize("name", ["stickiness.enabled", "load_balancing.cross_zone.enabled"])
@pytest.mark.parametrize("value", ["maybe", "True", "", "1"])
def test_what_is_on_or_off_is_true_or_false(lab, elb, name, value):
    """As botocore's model has it for every attribute that ends so; the
    wording is ours. Nothing changes.
    """
    arn = group(lab, elb)
    before = elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
    with pytest.raises(ClientError, match=f"'{name}' value '{value}' must be one of true, false"):
        elb.modify_target_group_attributes(
            TargetGroupArn=arn, Attributes=[{"Key": name, "Value": value}]
        )
    assert elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"] == before


@pytest.mark.parametrize("value", ["soon", "²", "", "-1", "1.5", "9" * 5_000])
@pytest.mark.parametrize(
    "name", ["deregistration_delay.timeout_seconds", "slow_start.duration_seconds"]
)
def test_an_attribute_that_is_no_number_is_refused(lab, elb, name, value):
    """By Elastic Load Balancing, not by Python."""
    arn = group(lab, elb)
    with pytest.raises(ClientError, match="ValidationError"):
        elb.modify_target_group_attributes(
            TargetGroupArn=arn, Attributes=[{"Key": name, "Value": value}]
        )


def test_weights_outside_their_range_are_refused(lab, elb):
    """Facts, section 11: forward weights 0–999, stickiness of a target group 1–604,800 s."""
    arn = group(lab, elb)
    front = listener(lab, elb, arn)

    def forward(weight, seconds):
        config = {
            "TargetGroups": [{"TargetGroupArn": arn, "Weight": weight}],
            "TargetGroupStickinessConfig": {"Enabled": True, "DurationSeconds": seconds},
        }
        elb.modify_listener(
            ListenerArn=front, DefaultActions=[{"Type": "forward", "ForwardConfig": config}]
        )

    forward(999, 604_800)
    assert lab.plane().neighbours.balancers.weights(front) == {arn: 999}
    for weight, seconds in ((1000, 1), (-1, 1), (1, 0), (1, 604_801)):
        with pytest.raises(ClientError, match="must be between"):
            forward(weight, seconds)


def test_a_target_group_shows_the_load_balancers_that_forward_to_it(lab, elb):
    """Facts, section 17: what CreateService asks for is what
    describe_target_groups shows, after every change.
    """
    arn, other = group(lab, elb), group(lab, elb, "other")
    front = listener(lab, elb, arn)

    def shown(one):
        return elb.describe_target_groups(TargetGroupArns=[one])["TargetGroups"][0][
            "LoadBalancerArns"
        ]

    balancer = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
    assert (shown(arn), shown(other)) == ([balancer], [])
    elb.modify_listener(
        ListenerArn=front, DefaultActions=[{"Type": "forward", "TargetGroupArn": other}]
    )
    assert (shown(arn), shown(other)) == ([], [balancer])
    elb.delete_listener(ListenerArn=front)
    assert shown(other) == []
