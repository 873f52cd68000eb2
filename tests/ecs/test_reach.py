"""A Fargate task that has no way to what it needs hangs, and ends in AWS's
words (facts 2, section 31, row 24).
"""

from dataclasses import replace
from itertools import product

import pytest
from account import ROLE, Account
from test_references import AWSLOGS, FILE, SECRET

from ecslab.ecs.definitions.references import Reference
from ecslab.ecs.tasks import needs
from ecslab.world.reach.net import Destination, Nat, Net, Origin, Table, VpcEndpoint
from ecslab.world.reach.out import reaches

ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1"
DIGEST = f"{ECR.removesuffix(':1')}@sha256:"
SUBNET = "subnet-a"
NOWHERE = Net(Table("rtb-1", main=True), {}, frozenset(), {})
CLOSED = f"{SUBNET} uses rtb-1 (main), which has no route to 0.0.0.0/0"
SPECIFICATION = "arn:aws:ssm:us-east-1:123456789012:parameter/gmsa"
AUTH = "ResourceInitializationError: unable to pull secrets or registry auth: "


@pytest.fixture
def account() -> Account:
    """An account in which nothing can be reached from any subnet."""
    account = Account()
    account.network.around = NOWHERE
    account.images.push(ECR)
    return account


def net(default_route: str | None, **more) -> Net:
    """A VPC whose main table's 0.0.0.0/0 leads there."""
    around = {"tables": {}, "internet_gateways": frozenset({"igw-1"}), "nats": {}}
    return Net(Table("rtb-1", main=True, default_route=default_route), **around | more)


def endpoints(*services: str, **more) -> Net:
    """A VPC without a way out, and with interface endpoints for these services."""
    made = (
        VpcEndpoint(f"vpce-{s}", f"com.amazonaws.us-east-1.{s}", private_dns=True) for s in services
    )
    return net(None, endpoints=tuple(made), **more)


def s3_gateway(*tables: str) -> VpcEndpoint:
    """A gateway endpoint for S3 in these route tables."""
    return VpcEndpoint("vpce-s3", "com.amazonaws.us-east-1.s3", tables=frozenset(tables))


# The way itself

ANYWHERE = Destination("the internet", "example.com")
SECRETS = Destination("Secrets Manager", "secretsmanager", "com.amazonaws.us-east-1.secretsmanager")
S3 = Destination("S3", "s3", "com.amazonaws.us-east-1.s3")
LAYERS = replace(S3, by_gateway=True)
PRIVATE_NAT = {"tables": {"subnet-p": Table("rtb-p", main=False, default_route="igw-1")}}
BY_NAT = net("nat-1", nats={"nat-1": Nat("subnet-p", "available", "192.0.2.1")}, **PRIVATE_NAT)
USES = f"{SUBNET} uses rtb-1 (main), which has"


@pytest.mark.parametrize(
    ("around", "public_ip", "destination", "why"),
    [
        (net(None), "198.51.100.1", ANYWHERE, CLOSED),
        (net("igw-1"), "198.51.100.1", ANYWHERE, None),
        (
            net("igw-1"),
            None,
            ANYWHERE,
            f"{USES} 0.0.0.0/0 → igw-1, but the task has no public IP address",
        ),
        (
            net("igw-2"),
            "198.51.100.1",
            ANYWHERE,
            f"{USES} 0.0.0.0/0 → igw-2, which is not attached to its VPC",
        ),
        (net(""), "198.51.100.1", ANYWHERE, f"{USES} 0.0.0.0/0 → something that has been deleted"),
        (
            BY_NAT,
            None,
            ANYWHERE,
            None,
        ),
        (
            net("nat-1", nats={"nat-1": Nat("subnet-p", "deleted", "192.0.2.1")}, **PRIVATE_NAT),
            None,
            ANYWHERE,
            f"{USES} 0.0.0.0/0 → nat-1, which is deleted",
        ),
        (
            net("nat-1", nats={"nat-1": Nat("subnet-p", "available", None)}, **PRIVATE_NAT),
            None,
            ANYWHERE,
            f"{USES} 0.0.0.0/0 → nat-1, which has no Elastic IP address",
        ),
        (
            net("nat-1", nats={"nat-1": Nat(SUBNET, "available", "192.0.2.1")}),
            None,
            ANYWHERE,
            f"{USES} 0.0.0.0/0 → nat-1, which is in {SUBNET}, and that uses rtb-1 (main), "
            "without a route to an internet gateway",
        ),
        (
            net("nat-1"),
            "198.51.100.1",
            ANYWHERE,
            f"{USES} 0.0.0.0/0 → nat-1, which is not in its VPC",
        ),
        (
            net("pcx-1"),
            "198.51.100.1",
            ANYWHERE,
            f"{USES} 0.0.0.0/0 → pcx-1, which leads into another VPC, through whose gateways "
            "nobody else gets out",
        ),
        (
            net("eigw-1"),
            "198.51.100.1",
            ANYWHERE,
            f"{USES} 0.0.0.0/0 → eigw-1, which lets IPv6 out only",
        ),
        (
            Net(None, {}, frozenset(), {}),
            None,
            ANYWHERE,
            f"{SUBNET} has no route table: its VPC has no main one",
        ),
        (endpoints("secretsmanager"), None, SECRETS, None),
        (endpoints("ssm"), None, SECRETS, CLOSED),
        (
            endpoints("secretsmanager", private_names=False),
            None,
            SECRETS,
            f"{CLOSED}; vpce-secretsmanager answers to no name: DNS support or DNS hostnames of "
            "the VPC are off",
        ),
        (
            net(None, endpoints=(VpcEndpoint("vpce-1", SECRETS.endpoint),)),
            None,
            SECRETS,
            f"{CLOSED}; vpce-1 answers to no name: it has no private DNS",
        ),
        (net(None, endpoints=(s3_gateway("rtb-1"),)), None, S3, None),
        (
            net(None, endpoints=(s3_gateway("rtb-2"),)),
            None,
            S3,
            f"{CLOSED}; vpce-s3 is in other route tables",
        ),
        (net(None, endpoints=(s3_gateway(),)), None, S3, f"{CLOSED}; vpce-s3 is in no route table"),
        (endpoints("s3"), None, S3, None),
        (
            endpoints("s3"),
            None,
            LAYERS,
            f"{CLOSED}; vpce-s3 is an interface endpoint, and only a gateway endpoint leads there",
        ),
        (net(None, endpoints=(s3_gateway("rtb-1"),)), None, LAYERS, None),
    ],
)
def test_a_way_is_found_or_says_what_is_missing(around, public_ip, destination, why):
    """Route tables, internet and NAT gateways, endpoints (VPC guide, PrivateLink guide)."""
    verdict = reaches(around, Origin(SUBNET, public_ip), destination)
    assert (verdict.ok, verdict.why) == (why is None, why or "")


def test_a_subnets_own_table_wins_over_the_main_one():
    """Association is explicit, or the main table's."""
    own = {SUBNET: Table("rtb-own", main=False)}
    verdict = reaches(net("igw-1", tables=own), Origin(SUBNET, "198.51.100.1"), ANYWHERE)
    assert verdict.why == f"{SUBNET} uses rtb-own, which has no route to 0.0.0.0/0"


def test_a_gateway_that_is_not_simulated_is_taken_on_trust_and_says_so():
    """A transit gateway may lead anywhere: that it leads out is an
    assumption, which the timeline tells.
    """
    verdict = reaches(net("tgw-1"), Origin(SUBNET), ANYWHERE)
    assert verdict.ok
    assert (
        verdict.why
        == f"{USES} 0.0.0.0/0 → tgw-1, which is not simulated, and taken to lead to the internet"
    )


def packet_arrives(around: Net, place: Origin, destination: Destination) -> bool:
    """The same, as a packet goes: from hop to hop, and without a word about why."""
    for endpoint in around.endpoints:
        if endpoint.service != destination.endpoint:
            continue
        table = around.tables.get(place.subnet) or around.main
        routed = table is not None and table.id in (endpoint.tables or ())
        named = endpoint.private_dns and around.private_names and not destination.by_gateway
        if routed or named:
            return True
    subnet, has_public = place.subnet, place.public_ip is not None
    for _ in range(2):  # through one NAT gateway at most
        table = around.tables.get(subnet) or around.main
        hop = table.default_route if table else None
        if hop in around.internet_gateways:
            return has_public
        nat = around.nats.get(hop or "")
        if nat is None or nat.state != "available" or subnet != place.subnet:
            return False
        subnet, has_public = nat.subnet, nat.public_ip is not None
    return False


def test_whatever_the_vpc_looks_like_a_way_is_found_exactly_where_a_packet_gets_through():
    """Every VPC of two subnets, a gateway attached or not, a NAT gateway well
    or not, and endpoints here or there.
    """
    hops = (None, "", "igw-1", "nat-1")
    nats = [
        Nat("subnet-b", s, ip) for s, ip in product(("available", "deleted"), (None, "192.0.2.1"))
    ]
    offered = (
        (),
        (s3_gateway("rtb-a"),),
        (s3_gateway("rtb-b"),),
        endpoints("secretsmanager", "s3").endpoints,
    )
    seen = set()
    for a, b, attached, nat, made, named in product(
        hops, hops, (True, False), nats, offered, (True, False)
    ):
        tables = {
            "subnet-a": Table("rtb-a", main=False, default_route=a),
            "subnet-b": Table("rtb-b", main=True, default_route=b),
        }
        gateways = frozenset({"igw-1"}) if attached else frozenset()
        around = Net(
            tables["subnet-b"], tables, gateways, {"nat-1": nat}, made, private_names=named
        )
        for public_ip, destination in product(
            (None, "198.51.100.1"), (ANYWHERE, S3, LAYERS, SECRETS)
        ):
            place = Origin("subnet-a", public_ip)
            verdict = reaches(around, place, destination)
            assert verdict.ok == packet_arrives(around, place, destination), (
                around,
                place,
                destination,
            )
            assert verdict.ok != bool(verdict.why)
            seen.add(verdict.ok)
    assert seen == {True, False}


# What a task needs, and how it ends


def container(**more) -> dict:
    """A container of a public image."""
    return {"name": "app", "image": "nginx"} | more


NO_ANSWER = "https response error StatusCode: 0, RequestID: , canceled, context deadline exceeded"
MANIFEST = (
    "CannotPullContainerError: pull image manifest has been retried 7 time(s): failed to "
    "resolve ref {ref}: "
    'failed to do request: Head "https://{host}/v2/{name}/manifests/{tag}": dial tcp {ip}:443: '
    "i/o timeout"
)
# What the container needs; the ways that are open; who is not reached; after how
# many seconds it gives up; and the words.
UNREACHED = {
    "a secret": (
        container(secrets=[{"name": "P", "valueFrom": SECRET}]),
        (),
        "AWS Secrets Manager",
        249,
        f"{AUTH}unable to retrieve secret from asm: There is a connection issue between the "
        "task and AWS Secrets Manager. Check your task network configuration. failed to fetch "
        f"secret {SECRET} from secrets manager: operation error Secrets Manager: "
        f"GetSecretValue, {NO_ANSWER}",
    ),
    "a parameter": (
        container(secrets=[{"name": "P", "valueFrom": "token"}]),
        (),
        "AWS Systems Manager",
        249,
        f"{AUTH}unable to retrieve secrets from ssm: The task cannot pull secrets from AWS "
        "Systems Manager. There is a connection issue between the task and AWS Systems Manager "
        "Parameter Store. Check your task network configuration. operation error SSM: "
        f"GetParameters, {NO_ANSWER}",
    ),
    "registry credentials": (
        container(repositoryCredentials={"credentialsParameter": "registry"}),
        (),
        "AWS Secrets Manager",
        249,
        f"{AUTH}unable to retrieve secret from asm: There is a connection issue between the "
        "task and AWS Secrets Manager. Check your task network configuration. failed to fetch "
        "secret registry from secrets manager: operation error Secrets Manager: "
        f"GetSecretValue, {NO_ANSWER}",
    ),
    "the login to ECR": (
        container(image=ECR),
        (),
        "Amazon ECR",
        275,
        f"{AUTH}The task cannot pull registry auth from Amazon ECR: There is a connection issue "
        "between the task and Amazon ECR. Check your task network configuration. operation "
        "error ECR: GetAuthorizationToken, exceeded "
        "maximum number of attempts, 3, https response error StatusCode: 0, RequestID: , "
        "request send failed, Post "
        '"https://api.ecr.us-east-1.amazonaws.com/": dial tcp '
        "{ip}:443: i/o timeout",
    ),
    "a log group": (
        container(logConfiguration=AWSLOGS),
        (),
        "Amazon CloudWatch Logs",
        60,
        "ResourceInitializationError: failed to validate logger args: The task cannot find the "
        "Amazon CloudWatch log group defined in the task definition. There is a connection "
        "issue between the task and Amazon CloudWatch. Check your network configuration. : "
        "signal: killed",
    ),
    "an environment file": (
        container(environmentFiles=[{"type": "s3", "value": FILE}]),
        (),
        "Amazon S3",
        249,
        "ResourceInitializationError: failed to download env files: file download command: "
        "non-empty error stream: RequestCanceled: request context canceled caused by: context "
        "deadline exceeded",
    ),
    "a public image": (
        container(),
        (),
        "registry-1.docker.io",
        240,
        MANIFEST.format(
            ref="docker.io/library/nginx:latest",
            host="registry-1.docker.io",
            name="library/nginx",
            tag="latest",
            ip="{ip}",
        ),
    ),
    "an image of a registry at a port of its own": (
        container(image="registry.example.com:5000/shop/web"),
        (),
        "registry.example.com:5000",
        240,
        MANIFEST.format(
            ref="registry.example.com:5000/shop/web:latest",
            host="registry.example.com:5000",
            name="shop/web",
            tag="latest",
            ip="{ip}",
        ).replace(":443", ":5000"),
    ),
    "a credential specification": (
        container(credentialSpecs=[f"credentialspecdomainless:{SPECIFICATION}"]),
        (),
        "AWS Systems Manager",
        249,
        "ResourceInitializationError: failed to retrieve credential specs: operation error "
        f"SSM: GetParameters, {NO_ANSWER}",
    ),
    "an image in ECR, after the login": (
        container(image=ECR),
        ("ecr.api",),
        ECR.partition("/")[0],
        240,
        MANIFEST.format(ref=ECR, host=ECR.partition("/")[0], name="web", tag="1", ip="{ip}"),
    ),
    "its layers, after the manifest": (
        container(image=ECR),
        ("ecr.api", "ecr.dkr"),
        "Amazon S3, where Amazon ECR keeps layers",
        240,
        f"CannotPullContainerError: The task cannot pull {ECR} from the registry {ECR}. There "
        "is a connection issue between the task and the registry. Check your task network "
        "configuration. : failed to copy: httpReadSeeker: failed open: failed to do request: "
        f"Get {ECR}: dial tcp {{ip}}:443: i/o timeout",
    ),
}


@pytest.mark.parametrize("need", UNREACHED)
def test_a_task_that_cannot_reach_what_it_needs_ends_after_awss_time_in_awss_words(account, need):
    """Texts and times of public captures; reach of the routes alone is judged."""
    definition, open_to, name, seconds, words = UNREACHED[need]
    account.network.around = endpoints(*open_to)
    account.register("web", definition)
    [task] = account.run("web")
    account.advance(12 + seconds - 1)
    assert account.task(task)["lastStatus"] == "ACTIVATING"
    said = [e.why for e in account.timeline if e.kind == "cannot reach"]
    assert [why.partition(": ")[0] for why in said] == [name]
    account.advance(60)
    found = account.task(task)
    before, _, after = words.partition("{ip}")
    assert (found["lastStatus"], found["stopCode"]) == ("STOPPED", "TaskFailedToStart")
    assert found["stoppedReason"].startswith(before)
    assert found["stoppedReason"].endswith(after)
    pulled = words.startswith("CannotPull")
    assert found["containers"][0].get("reason") == (found["stoppedReason"] if pulled else None)
    assert account.network.interfaces == {}


THERE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1"


@pytest.mark.parametrize(
    ("need", "endpoint"),
    [
        (needs.of_reference(Reference("login", THERE, ""), "us-east-1"), "ecr.api"),
        (needs.manifest(THERE), "ecr.dkr"),
        (needs.layers(THERE), "s3"),
        (
            needs.of_reference(
                Reference("secret", SECRET.replace("us-east-1", "eu-west-1"), ""), "us-east-1"
            ),
            "secretsmanager",
        ),
        (
            needs.of_reference(
                Reference("secret", SPECIFICATION.replace("us-east-1", "eu-west-1"), ""),
                "us-east-1",
            ),
            "ssm",
        ),
        (
            needs.of_reference(
                Reference("log group", "web", "", settings={"awslogs-region": "eu-west-1"}),
                "us-east-1",
            ),
            "logs",
        ),
    ],
)
def test_what_is_in_another_region_is_reached_there(need, endpoint):
    """Its own Region's endpoints are no way to it."""
    assert need.destination.endpoint == f"com.amazonaws.eu-west-1.{endpoint}"


@pytest.mark.parametrize("host", ["localhost", "localhost:5000", "registry.local", "10.0.0.7:5000"])
def test_a_registry_is_told_from_a_folder_of_docker_hub_as_docker_does(host):
    """By a point, a port, or the name localhost."""
    assert needs.manifest(f"{host}/web").destination.name == host
    assert needs.manifest("shop/web").destination.name == "registry-1.docker.io"


@pytest.mark.parametrize(
    ("more", "service"),
    [
        (
            {"repositoryCredentials": {"credentialsParameter": "arn:registry"}},
            "AWS Secrets Manager",
        ),
        ({"credentialSpecs": ["credentialspecdomainless:arn:"]}, "AWS Systems Manager"),
    ],
)
def test_what_is_no_whole_arn_is_looked_for_at_home(account, more, service):
    """Registering takes such names; a launch asks for them like for any other."""
    account.register("web", container(**more))
    account.run("web")
    account.advance(60)
    [why] = [e.why for e in account.timeline if e.kind == "cannot reach"]
    assert why.startswith(f"{service}: ")


def test_each_repair_uncovers_the_next(account):
    """Secrets, login, logs, and at last the image's layers: the order
    of a public series of repairs.
    """
    account.register(
        "web",
        container(
            image=ECR, secrets=[{"name": "P", "valueFrom": SECRET}], logConfiguration=AWSLOGS
        ),
    )
    repairs = ["secretsmanager", "ecr.api", "logs", "ecr.dkr"]
    for number in range(len(repairs) + 1):
        account.network.around = endpoints(*repairs[:number])
        account.run("web")
        account.advance(400)
    account.network.around = net(
        None, endpoints=(*endpoints(*repairs).endpoints, s3_gateway("rtb-1"))
    )
    [task] = account.run("web")
    account.advance(60)
    said = [e.why.partition(": ")[0] for e in account.timeline if e.kind == "cannot reach"]
    assert said == [
        "AWS Secrets Manager",
        "Amazon ECR",
        "Amazon CloudWatch Logs",
        ECR.partition("/")[0],
        "Amazon S3, where Amazon ECR keeps layers",
    ]
    assert account.task(task)["lastStatus"] == "RUNNING"


def test_a_way_that_opens_while_the_agent_tries_is_taken(account):
    """The agent tries again: what was mended in time is in time."""
    account.register("web", container())
    [task] = account.run("web")
    account.advance(100)
    account.network.around = BY_NAT
    account.plane.reach.look_again()
    account.advance(8)
    assert account.task(task)["lastStatus"] == "RUNNING"
    assert account.story("task/1")[-3:] == [
        (12.0, "cannot reach"),
        (100.0, "reaches"),
        (108.0, "RUNNING"),
    ]
    account.advance(400)
    assert account.task(task)["lastStatus"] == "RUNNING"


def test_a_way_that_opens_is_taken_once_and_everything_is_looked_up(account):
    """The login had no way, and the log group behind it is not there: looking again
    does not pass over it, nor start it anew.
    """
    account.logs.missing.add(AWSLOGS["options"]["awslogs-group"])
    account.register("web", container(image=ECR, logConfiguration=AWSLOGS))
    [task] = account.run("web")
    account.advance(60)
    account.network.around = None
    account.plane.reach.look_again()
    account.plane.reach.look_again()
    account.advance(60)
    assert "create stream has been retried" in account.task(task)["stoppedReason"]
    assert account.timeline.of("task/1").kinds().count("reaches") == 1


def test_a_change_that_opens_nothing_is_no_news_and_gives_no_more_time(account):
    """An endpoint for something else: the agent goes on trying, and gives up when it would have."""
    account.register("web", container())
    [task] = account.run("web")
    account.advance(100)
    account.network.around = endpoints("ssm")
    account.plane.reach.look_again()
    account.advance(170)
    assert account.task(task)["stopCode"] == "TaskFailedToStart"
    assert account.timeline.of("task/1").kinds().count("cannot reach") == 1
    assert "reaches" not in account.timeline.of("task/1").kinds()


@pytest.mark.parametrize("end", ["it reaches it", "it gives up", "it is stopped"])
def test_nothing_is_left_of_an_attempt_that_is_over(account, end):
    """Whatever ended it: nobody waits for the task, and what is under way says so."""
    account.register("web", container())
    [task] = account.run("web")
    account.advance(60)
    if end == "it reaches it":
        account.network.around = None
        account.plane.reach.look_again()
        assert [str(move) for move in account.plane.under_way] == ["task/1 is ACTIVATING"]
    elif end == "it gives up":
        account.advance(600)
    else:
        account.call("StopTask", task=task)
    assert account.plane.reach._attempts == {}
    account.advance(600)
    assert list(account.plane.under_way) == []


def test_a_way_that_opens_for_the_second_container_pulls_the_first_one_once(account):
    """Both containers pull at the same time; only what could not be reached is asked for again."""
    public = container(name="side")
    account.network.around = net(
        None, endpoints=(*endpoints("ecr.api", "ecr.dkr").endpoints, s3_gateway("rtb-1"))
    )
    account.register("web", container(image=ECR), public)
    [task] = account.run("web")
    account.advance(30)
    account.network.around = BY_NAT
    account.plane.reach.look_again()
    account.advance(30)
    assert account.task(task)["lastStatus"] == "RUNNING"
    assert account.timeline.of("task/1/app").kinds() == ["pulling", "pulled", "started"]
    assert account.timeline.of("task/1/side").kinds() == ["pulling", "pulling", "pulled", "started"]


def test_a_task_that_is_stopped_meanwhile_tries_no_more(account):
    """StopTask ends it at once, with StopTask's own reason; nothing that happens later wakes it."""
    account.register("web", container())
    [task] = account.run("web")
    account.advance(60)
    account.call("StopTask", task=task, reason="enough")
    account.network.around = None
    account.plane.reach.look_again()
    account.advance(600)
    found = account.task(task)
    assert (found["stopCode"], found["stoppedReason"]) == ("UserInitiated", "enough")
    assert account.timeline.of("task/1").kinds()[-1] == "STOPPED"


def test_a_way_that_closes_stops_nothing_that_runs(account):
    """Its image is there already; only the next start is asked."""
    account.network.around = None
    account.register("web", container())
    [task] = account.run("web")
    account.advance(60)
    account.network.around = NOWHERE
    account.plane.reach.look_again()
    account.advance(3600)
    assert account.task(task)["lastStatus"] == "RUNNING"


def test_a_task_on_an_instance_is_not_asked_for_its_own_way(account):
    """Its image comes through the instance (DG: awsvpc tasks on
    EC2 have no public address at all).
    """
    account.plane.neighbours.machines.launch()
    account.plane.instances.sync()
    account.advance(60)
    account.call(
        "RegisterTaskDefinition",
        family="web",
        networkMode="awsvpc",
        executionRoleArn=ROLE,
        containerDefinitions=[container(memory=64)],
    )
    network = {"awsvpcConfiguration": {"subnets": ["subnet-a"]}}
    answer = account.call(
        "RunTask", taskDefinition="web", launchType="EC2", networkConfiguration=network
    )
    account.advance(120)
    assert account.task(answer["tasks"][0]["taskArn"])["lastStatus"] == "RUNNING"


def test_a_service_whose_tasks_have_no_way_is_given_up_by_its_breaker(account):
    """Each attempt takes about four minutes: TaskFailedToStart counts
    as a failure (facts, section 6.1).
    """
    account.register("web", container())
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}
    account.serve("web", "web", deploymentConfiguration=breaker)
    account.advance(3600)
    [deployment] = account.service("web")["deployments"]
    assert (deployment["rolloutState"], deployment["failedTasks"]) == ("FAILED", 3)
    assert (
        deployment["rolloutStateReason"] == "ECS deployment circuit breaker: task failed to start."
    )


def test_tasks_that_still_try_have_not_failed_to_find_their_digests(account):
    """Three attempts that failed end a deployment with a breaker (facts, section
    6.4), and these four are under way.
    """
    account.register("web", container())
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}
    account.serve("web", "web", desired=4, deploymentConfiguration=breaker)
    account.advance(200)
    assert account.service("web")["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    account.network.around = None
    account.plane.reach.look_again()
    account.advance(100)
    [deployment] = account.service("web")["deployments"]
    assert (deployment["rolloutState"], deployment["failedTasks"]) == ("COMPLETED", 0)


def test_an_image_whose_manifest_was_read_is_asked_for_by_its_digest(account):
    """Version consistency has resolved the tag, whether or not the layers came: no
    attempt to find a digest has failed.
    """
    account.network.around = endpoints("ecr.api", "ecr.dkr")
    account.register("web", container(image=ECR))
    account.serve("web", "web")
    account.advance(800)
    stopped = account.tasks_of("web", desiredStatus="STOPPED")
    reasons = [account.task(task)["stoppedReason"] for task in stopped]
    assert [DIGEST in reason for reason in reasons] == [False, True, True]
    [deployment] = account.call("ListServiceDeployments", service="web")["serviceDeployments"]
    revisions = [deployment["targetServiceRevisionArn"]]
    assert (
        account.plane.state.clusters["default"].services["web"].primary.revision.failed_digests == 0
    )
    [revision] = account.call("DescribeServiceRevisions", serviceRevisionArns=revisions)[
        "serviceRevisions"
    ]
    assert revision["containerImages"][0]["imageDigest"] in reasons[-1]


def test_a_way_on_trust_is_told_once_however_much_goes_by_it(account):
    """Two containers, their logins, logs, manifests and layers, some by an
    endpoint: one line says what is assumed.
    """
    account.network.around = net("tgw-1", endpoints=endpoints("ecr.dkr", "logs").endpoints)
    side = container(name="side", image=ECR, logConfiguration=AWSLOGS)
    account.register("web", container(image=ECR, logConfiguration=AWSLOGS), side)
    [task] = account.run("web", networkConfiguration={"awsvpcConfiguration": {"subnets": [SUBNET]}})
    account.advance(60)
    assert account.task(task)["lastStatus"] == "RUNNING"
    assert [e.why for e in account.timeline if e.kind == "takes a way"] == [
        f"{USES} 0.0.0.0/0 → tgw-1, which is not simulated, and taken to lead to the internet"
    ]


def test_what_is_under_way_says_what_cannot_be_reached(account):
    """`settle` waits for a task that hangs, and can say why it does."""
    account.register("web", container())
    account.run("web")
    account.advance(60)
    assert [str(move) for move in account.plane.under_way] == [
        "task/1 is ACTIVATING: it cannot reach registry-1.docker.io"
    ]
