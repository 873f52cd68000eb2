"""Service discovery, Service Connect, and what a client sees of them (facts, section 10)."""

import re
from contextlib import contextmanager

import pytest
from account import ROLE, Account

from ecslab.ecs.connect.dns import Cache, answer
from ecslab.ecs.connect.proxy import Proxy
from ecslab.ecs.ports.discovery import Instance, Name
from ecslab.ground.errors import AwsError

PORT = {"containerPort": 8080, "name": "http"}
CONNECT = {"enabled": True, "namespace": "shop.local"}


@pytest.fixture
def account() -> Account:
    """An account with the namespace shop.local and a program that listens on 8080."""
    made = Account()
    made.discovery = made.plane.neighbours.discovery
    made.discovery.make_namespace("shop.local")
    made.register("orders", {"name": "app", "image": "nginx", "portMappings": [PORT]})
    made.register("web")
    return made


def serving(**more):
    """The Service Connect configuration of a server."""
    served = {"portName": "http", "clientAliases": [{"port": 8080, "dnsName": "orders"}]}
    return CONNECT | {"services": [served | more]}


@contextmanager
def refused(code, text):
    """What happens inside is refused in these words."""
    with pytest.raises(AwsError) as caught:
        yield
    assert (caught.value.code, text in caught.value.message) == (code, True), caught.value.message


def call(account, sender, url):
    """One call from a service, or from outside."""
    found = account.plane.state.service_called(sender)[0] if sender else None
    return account.region.callers.call(found, url)


def stop_oldest(account, service="orders"):
    """Stop the oldest task of a service; its label."""
    task = next(
        t
        for t in account.plane.state.service_called(service)[0].tasks.values()
        if t.desired == "RUNNING"
    )
    account.call("StopTask", task=task.id)
    return task.label


# Service discovery


def test_a_running_task_is_entered_and_leaves_when_it_shall_stop(account):
    """Facts, sections 1.1 and 10.2: entered when it runs, with its
    attributes; taken out in DEACTIVATING.
    """
    arn = account.discovery.make("orders", A=60)
    account.serve("orders", "orders", 1, serviceRegistries=[{"registryArn": arn}])
    assert not account.discovery.instances[arn]
    account.advance(60)
    (attributes, healthy), *_ = account.discovery.instances[arn].values()
    assert healthy
    assert attributes == {
        "AWS_INSTANCE_IPV4": "10.0.0.4",
        "AVAILABILITY_ZONE": "us-east-1a",
        "REGION": "us-east-1",
        "ECS_SERVICE_NAME": "orders",
        "ECS_CLUSTER_NAME": "default",
        "ECS_TASK_DEFINITION_FAMILY": "orders",
    }
    label = stop_oldest(account)
    assert not account.discovery.instances[arn], "before its containers are told to stop"
    account.advance(5)
    kinds = [kind for _, kind in account.story(label)]
    assert kinds.index("deregistered") < kinds.index("STOPPING")


def test_a_task_with_a_health_check_is_entered_unhealthy_and_judged_30_s_later(account):
    """Facts, section 10.2: new instances are UNHEALTHY until container health
    checks report; a change takes about 30 s.
    """
    check = {"command": ["CMD", "healthy"], "interval": 10}
    account.register("checked", {"name": "app", "image": "nginx", "healthCheck": check})
    arn = account.discovery.make("orders", A=60)
    account.serve("orders", "checked", 1, serviceRegistries=[{"registryArn": arn}])
    running_s = 0.0
    while not account.discovery.instances[arn]:
        account.advance(1)
    label = next(iter(account.plane.state.service_called("orders")[0].tasks.values())).label
    (_, healthy), *_ = account.discovery.instances[arn].values()
    assert not healthy
    account.advance(60)
    story = account.story(label)
    running_s = next(at for at, kind in story if kind == "HEALTHY")
    assert running_s
    assert next(iter(account.discovery.instances[arn].values()))[1]


def test_a_task_that_fails_its_health_checks_is_taken_out(account):
    """Facts, section 10.2: failing container checks deregister the instance."""
    sick = account.images.push("sick:1", unhealthy_after=60)
    check = {"command": ["CMD", "healthy"], "interval": 10, "retries": 2}
    account.register("sick", {"name": "app", "image": sick, "healthCheck": check})
    arn = account.discovery.make("orders", A=60)
    account.serve("orders", "sick", 1, serviceRegistries=[{"registryArn": arn}])
    account.advance(130)
    first = account.timeline.of("task/1").where(kind="deregistered")[0]
    ill = account.timeline.of("task/1").where(kind="UNHEALTHY")[0]
    assert first.at_ms == ill.at_ms
    assert "failed its container health checks" in first.why
    assert any(
        d.get("eventName") == "SERVICE_DISCOVERY_INSTANCE_UNHEALTHY"
        for _, _, d in account.bus.events
    )


def test_an_srv_record_carries_the_container_port(account):
    """Facts, section 10.2: the port comes from AWS_INSTANCE_PORT."""
    arn = account.discovery.make("orders", SRV=60)
    registry = {"registryArn": arn, "containerName": "app", "containerPort": 8080}
    account.serve("orders", "orders", 1, serviceRegistries=[registry])
    account.advance(60)
    (attributes, _), *_ = account.discovery.instances[arn].values()
    assert attributes["AWS_INSTANCE_PORT"] == "8080"


@pytest.mark.parametrize(
    ("records", "registry", "text"),
    [
        (
            {"A": 60},
            {"containerName": "app", "containerPort": 8080},
            "do not require a value for 'containerPort'",
        ),
        ({"A": 60}, {"port": 8080}, "do not require a value for 'port'"),
        ({"SRV": 60}, {}, "SRV record needs containerName and containerPort"),
        ({"SRV": 60}, {"containerName": "app"}, "belong together"),
        (
            {"SRV": 60},
            {"port": 1, "containerName": "app", "containerPort": 8080},
            "takes either port or",
        ),
        (
            {"SRV": 60},
            {"containerName": "app", "containerPort": 1},
            "The container app did not have a container port 1 defined",
        ),
        ({"SRV": 60}, {"containerName": "x", "containerPort": 1}, "The container x does not exist"),
    ],
)
def test_a_registry_that_the_network_mode_cannot_serve_is_refused(account, records, registry, text):
    """Facts, section 10.2, record types; nothing is made."""
    arn = account.discovery.make("orders", **records)
    asked = [{"registryArn": arn} | registry]
    with refused("InvalidParameterException", text):
        account.serve("orders", "orders", 1, serviceRegistries=asked)
    assert account.call("ListServices")["serviceArns"] == []


def test_a_service_has_one_registry_and_at_most_1000_tasks_with_it(account):
    """Facts, sections 10.2 and 15."""
    arn = account.discovery.make("orders", A=60)
    with refused("InvalidParameterException", "at most one service registry"):
        account.serve("orders", "orders", 1, serviceRegistries=[{"registryArn": arn}] * 2)
    with refused("InvalidParameterException", "at most 1000 tasks"):
        account.serve("orders", "orders", 1001, serviceRegistries=[{"registryArn": arn}])
    with refused("InvalidParameterException", "was not found"):
        account.serve("orders", "orders", 1, serviceRegistries=[{"registryArn": arn + "x"}])


def test_a_client_keeps_a_dead_address_until_the_time_to_live_is_over(account):
    """Facts, section 10.2: clients keep stale addresses until the TTL runs out."""
    arn = account.discovery.make("orders", A=60)
    account.serve("orders", "orders", 2, serviceRegistries=[{"registryArn": arn}])
    account.advance(60)
    calls = [call(account, None, "http://orders.shop.local:8080") for _ in range(2)]
    assert [c.reply.status for c in calls] == [200, 200]
    assert {c.by for c in calls} == {"task/1", "task/2"}
    stop_oldest(account)
    account.advance(12)  # its address is gone, and nobody has it yet
    calls = [call(account, None, "http://orders.shop.local:8080") for _ in range(2)]
    assert sorted(c.ok for c in calls) == [False, True]
    assert "nobody has this address any more" in str(next(c for c in calls if not c.ok))
    account.advance(49)
    calls = [call(account, None, "http://orders.shop.local:8080") for _ in range(4)]
    assert all(c.ok for c in calls)
    assert {c.by for c in calls} == {"task/2", "task/3"}


def test_a_name_that_nobody_has_cannot_be_resolved(account):
    """No task, no answer: the client is told at once."""
    assert "could not resolve host" in str(call(account, None, "http://nobody.shop.local"))


def test_a_port_on_which_nothing_listens_refuses(account):
    """The address answers, the port does not."""
    arn = account.discovery.make("orders", A=60)
    account.serve("orders", "orders", 1, serviceRegistries=[{"registryArn": arn}])
    account.advance(60)
    assert "connection refused" in str(call(account, None, "http://orders.shop.local:9999"))


# Service Connect


def test_a_client_reaches_an_endpoint_by_its_alias(account):
    """Facts, section 10.1: round robin, chosen in the client's proxy; the Cloud
    Map service is called like the port.
    """
    account.serve("orders", "orders", 2, serviceConnectConfiguration=serving())
    account.serve("web", "web", 1, serviceConnectConfiguration=CONNECT)
    account.advance(60)
    calls = [call(account, "web", "http://orders:8080") for _ in range(4)]
    assert all(c.ok and c.via == "Service Connect" for c in calls)
    assert [c.by for c in calls] == ["task/1", "task/2"] * 2
    told = account.service("orders")["deployments"][0]
    assert [r["discoveryName"] for r in told["serviceConnectResources"]] == ["http"]
    assert told["serviceConnectConfiguration"]["namespace"] == "shop.local"


def test_every_task_of_service_connect_lists_its_proxy(account):
    """Facts, sections 10.1 and 31: a container without image beside the definition's,
    an attachment that names it, an override.
    """
    account.serve("orders", "orders", 1, serviceConnectConfiguration=serving())
    account.serve("web", "web", 1, serviceConnectConfiguration=CONNECT)
    account.serve("plain", "web", 1)
    account.advance(60)
    for name in ("orders", "web"):
        told = account.task(account.tasks_of(name)[0])
        face, attachment = told["attachments"]
        assert (face["type"], attachment["type"], attachment["status"]) == (
            "ElasticNetworkInterface",
            "ServiceConnect",
            "ATTACHED",
        )
        [detail] = attachment["details"]
        assert detail["name"] == "ContainerName"
        assert re.fullmatch(r"ecs-service-connect-[a-z0-9]{5}", detail["value"])
        proxy = told["containers"][-1]
        assert (proxy["name"], proxy["lastStatus"], proxy["healthStatus"]) == (
            detail["value"],
            "RUNNING",
            "HEALTHY",
        )
        assert not {"image", "runtimeId", "imageDigest"} & proxy.keys()
        assert told["overrides"]["containerOverrides"][-1] == {"name": detail["value"]}
    plain = account.task(account.tasks_of("plain")[0])
    assert (len(plain["containers"]), len(plain["attachments"])) == (1, 1)


def test_a_proxy_stops_with_its_task(account):
    """Facts, sections 10.1 and 31: it lives as long as the task, and the
    attachment ends with the endpoints.
    """
    account.serve("orders", "orders", 1, serviceConnectConfiguration=serving())
    account.advance(60)
    [task] = account.tasks_of("orders")
    account.call("StopTask", task=task)
    account.advance(60)
    told = account.task(task)
    assert {c["lastStatus"] for c in told["containers"]} == {"STOPPED"}
    assert [a["status"] for a in told["attachments"]] == ["DELETED", "DETACHED"]


def test_exec_needs_a_name_where_service_connect_added_a_container(account):
    """Facts, section 30: also when Service Connect added one; the wording is ours."""
    account.register("web", {"name": "app", "image": "nginx", "portMappings": []}, taskRoleArn=ROLE)
    account.serve("web", "web", 1, serviceConnectConfiguration=CONNECT, enableExecuteCommand=True)
    account.advance(60)
    [task] = account.tasks_of("web")
    asked = {"task": task, "command": "sh", "interactive": True}
    with refused(
        "InvalidParameterException",
        "Container name is required for tasks with more than one container.",
    ):
        account.call("ExecuteCommand", **asked)
    with refused("UnsupportedFeatureException", "A session of ECS Exec"):
        account.call("ExecuteCommand", container="app", **asked)


def test_an_alias_without_a_name_is_the_discovery_name_in_the_namespace(account):
    """BC:ServiceConnectClientAlias.dnsName: discoveryName.namespace by default."""
    account.serve(
        "orders",
        "orders",
        1,
        serviceConnectConfiguration=serving(discoveryName="api", clientAliases=[{"port": 80}]),
    )
    account.serve("web", "web", 1, serviceConnectConfiguration=CONNECT)
    account.advance(60)
    assert call(account, "web", "http://api.shop.local").ok


def test_a_client_that_was_deployed_before_an_endpoint_has_to_be_deployed_again(account):
    """Facts, section 10.1, new endpoints: existing tasks cannot resolve them; new
    tasks behind a known one are seen at once.
    """
    account.serve("web", "web", 1, serviceConnectConfiguration=CONNECT)
    account.advance(60)
    account.serve("orders", "orders", 1, serviceConnectConfiguration=serving())
    account.advance(60)
    assert "could not resolve host orders" in str(call(account, "web", "http://orders:8080"))
    account.call("UpdateService", service="web", forceNewDeployment=True)
    account.advance(120)
    assert call(account, "web", "http://orders:8080").ok
    account.call("UpdateService", service="orders", desiredCount=3)
    account.advance(60)
    assert len({call(account, "web", "http://orders:8080").by for _ in range(3)}) == 3


def test_the_proxy_does_not_feel_a_stopped_task(account):
    """Facts, section 10.1: no waiting for a time to live."""
    account.serve("orders", "orders", 2, serviceConnectConfiguration=serving())
    account.serve("web", "web", 1, serviceConnectConfiguration=CONNECT)
    account.advance(60)
    stop_oldest(account)
    for _ in range(30):
        assert call(account, "web", "http://orders:8080").ok
        account.advance(1)


def test_without_service_connect_the_alias_means_nothing(account):
    """Facts, section 10.1: only services of the namespace have the proxy."""
    account.serve("orders", "orders", 1, serviceConnectConfiguration=serving())
    account.serve("web", "web", 1)
    account.advance(60)
    assert not call(account, "web", "http://orders:8080").ok
    assert not call(account, None, "http://orders:8080").ok


def test_the_cluster_s_default_namespace_is_used_and_made(account):
    """Facts, section 10.1, default namespace: serviceConnectDefaults; a new name
    makes a namespace for API calls only.
    """
    told = account.call(
        "CreateCluster", clusterName="shop", serviceConnectDefaults={"namespace": "fresh"}
    )
    arn = account.discovery.namespace("fresh").arn
    assert told["cluster"]["serviceConnectDefaults"] == {"namespace": arn}
    account.serve(
        "orders",
        "orders",
        1,
        cluster="shop",
        serviceConnectConfiguration={"enabled": True, "services": serving()["services"]},
    )
    told = account.call("DescribeServices", cluster="shop", services=["orders"])["services"][0]
    assert told["deployments"][0]["serviceConnectConfiguration"]["namespace"] == arn


@pytest.mark.parametrize(
    ("config", "code", "text"),
    [
        ({"enabled": True}, "InvalidParameterException", "Namespace is missing"),
        (
            {"enabled": True, "namespace": "nope"},
            "NamespaceNotFoundException",
            "nope was not found",
        ),
        (
            serving(portName="https"),
            "InvalidParameterException",
            "portName(https) does not refer to any named PortMapping in the container definitions",
        ),
        (
            serving(clientAliases=[{"port": 80}, {"port": 81}]),
            "InvalidParameterException",
            "2 clientAliases exceeds the max limit of 1",
        ),
        (
            serving(clientAliases=[{"port": 80, "dnsName": "my orders"}]),
            "InvalidParameterException",
            "The DNS name that you provided is invalid",
        ),
        (
            serving(clientAliases=[{"port": 80, "dnsName": "x" * 128}]),
            "InvalidParameterException",
            "The DNS name that you provided is invalid",
        ),
        (serving(clientAliases=[]), "InvalidParameterException", "exactly one client alias"),
        (serving(discoveryName="-x"), "InvalidParameterException", "discoveryName '-x'"),
        (
            serving(tls={"issuerCertificateAuthority": {}}),
            "UnsupportedFeatureException",
            "TLS for Service Connect",
        ),
    ],
)
def test_a_configuration_that_cannot_work_is_refused(account, config, code, text):
    """Facts, section 10.1; nothing is made."""
    with refused(code, text):
        account.serve("orders", "orders", 1, serviceConnectConfiguration=config)
    assert account.call("ListServices")["serviceArns"] == []


def test_a_service_whose_namespace_has_gone_goes_on(account):
    """It is deployed, scaled and deleted as before: only new references have
    to be there; it is found nowhere.
    """
    account.serve("orders", "orders", 1, serviceConnectConfiguration=serving())
    account.advance(120)
    account.plane.neighbours.discovery.namespaces.clear()
    account.call("UpdateService", service="orders", desiredCount=2, forceNewDeployment=True)
    account.advance(600)
    service = account.service("orders")
    assert [(d["rolloutState"], d["runningCount"]) for d in service["deployments"]] == [
        ("COMPLETED", 2)
    ]
    account.call("DeleteService", service="orders", force=True)
    account.advance(120)
    assert account.service("orders")["status"] == "INACTIVE"


def test_names_may_have_upper_case(account):
    """That only lower case is taken, as the model has it, was seen
    nowhere; DNS knows no difference.
    """
    account.register(
        "orders", {"name": "app", "image": "nginx", "portMappings": [PORT | {"name": "Http"}]}
    )
    config = serving(portName="Http", clientAliases=[{"port": 8080, "dnsName": "Orders.Shop"}])
    account.serve("orders", "orders", 1, serviceConnectConfiguration=config)
    account.serve("web", "web", 1, serviceConnectConfiguration=CONNECT)
    account.advance(60)
    assert call(account, "web", "http://orders.shop:8080").ok
    assert call(account, "web", "http://Orders.Shop:8080").ok


def test_an_alias_is_given_once_in_a_namespace(account):
    """BC:ServiceConnectService: each name and port mapping is unique within the namespace."""
    account.serve("orders", "orders", 1, serviceConnectConfiguration=serving())
    with refused("InvalidParameterException", "orders:8080 is in use"):
        account.serve(
            "other", "orders", 1, serviceConnectConfiguration=serving(discoveryName="other")
        )


def test_service_connect_needs_awsvpc_or_bridge(account):
    """Facts, section 10.1, not supported: host and none are not listed."""
    app = {"name": "app", "image": "nginx", "memory": 128, "portMappings": [PORT]}
    account.call(
        "RegisterTaskDefinition", family="host", networkMode="host", containerDefinitions=[app]
    )
    with refused("InvalidParameterException", "network mode host"):
        account.call(
            "CreateService",
            serviceName="x",
            taskDefinition="host",
            desiredCount=1,
            serviceConnectConfiguration=serving(),
        )


def test_every_service_of_a_namespace_is_listed(account):
    """Facts, section 10.1, namespace: BC:ListServicesByNamespace, across clusters, ARNs only."""
    account.serve("orders", "orders", 1, serviceConnectConfiguration=serving())
    account.serve("web", "web", 1, serviceConnectConfiguration=CONNECT)
    account.serve("alone", "web", 1)
    arns = account.call("ListServicesByNamespace", namespace="shop.local")["serviceArns"]
    assert [arn.rpartition("/")[2] for arn in arns] == ["orders", "web"]
    with refused("NamespaceNotFoundException", "was not found"):
        account.call("ListServicesByNamespace", namespace="nope")


HTTP_PORT = {"containerPort": 8080, "name": "http", "appProtocol": "http"}


def test_the_proxy_cuts_a_slow_answer_off(account):
    """Facts, section 10.1, timeouts: 15 s a request for HTTP unless given, 0
    switches it off, and none for plain TCP.
    """
    slow = account.images.push("slow:1", answers_in=20)
    account.register("slow", {"name": "app", "image": slow, "portMappings": [HTTP_PORT]})
    account.register("slow-tcp", {"name": "app", "image": slow, "portMappings": [PORT]})
    for name, family, timeout in (
        ("default", "slow", {}),
        ("longer", "slow", {"perRequestTimeoutSeconds": 30}),
        ("off", "slow", {"perRequestTimeoutSeconds": 0}),
        ("tcp", "slow-tcp", {}),
    ):
        served = {
            "portName": "http",
            "discoveryName": name,
            "clientAliases": [{"port": 80, "dnsName": name}],
        }
        config = CONNECT | {"services": [served | {"timeout": timeout}]}
        account.serve(name, family, 1, serviceConnectConfiguration=config)
    account.serve("web", "web", 1, serviceConnectConfiguration=CONNECT)
    account.advance(60)
    got = {
        name: call(account, "web", f"http://{name}").reply.status
        for name in ("default", "longer", "off", "tcp")
    }
    assert got == {"default": 504, "longer": 200, "off": 200, "tcp": 200}
    assert call(account, "web", "http://default").took_ms == 15_000


def test_what_a_port_speaks_stays_what_it_is(account):
    """Facts, section 10.1, appProtocol: it and the protocol are
    immutable in a Service Connect service.
    """
    account.serve("orders", "orders", 1, serviceConnectConfiguration=serving())
    account.register("orders", {"name": "app", "image": "nginx", "portMappings": [HTTP_PORT]})
    with refused("InvalidParameterException", "appProtocol and protocol of the port 'http'"):
        account.call("UpdateService", service="orders", taskDefinition="orders")


def test_the_proxy_needs_room_in_the_task(account):
    """Facts, section 10.1, proxy: task-level cpu and memory must be set."""
    app = {"name": "app", "image": "nginx", "memory": 128, "portMappings": [PORT]}
    account.call(
        "RegisterTaskDefinition", family="bridge", networkMode="bridge", containerDefinitions=[app]
    )
    asked = {"serviceName": "x", "taskDefinition": "bridge", "desiredCount": 1}
    with refused("InvalidParameterException", "needs cpu and memory"):
        account.call("CreateService", **asked, serviceConnectConfiguration=serving())


def test_a_proxy_listens_where_it_is_told(account):
    """Facts, section 10.1, listen port: ingressPortOverride changes
    it, clients keep the alias port.
    """
    account.serve(
        "orders", "orders", 1, serviceConnectConfiguration=serving(ingressPortOverride=9000)
    )
    account.advance(60)
    task = next(iter(account.plane.state.service_called("orders")[0].tasks.values()))
    assert [port for _, port in task.registered] == [9000]


@pytest.mark.parametrize(
    ("more", "code", "text"),
    [
        (
            {"launchType": "EXTERNAL", "networkConfiguration": {}},
            "InvalidParameterException",
            "EXTERNAL",
        ),
        ({"platformVersion": "1.3.0"}, "InvalidParameterException", "1.4.0 or later"),
    ],
)
def test_where_service_connect_is_not_supported(account, more, code, text):
    """Facts, section 10.1, not supported and versions: ECS Anywhere, old Fargate platforms."""
    app = {"name": "app", "image": "nginx", "portMappings": [PORT]}
    bridge = {
        "cpu": "256",
        "memory": "512",
        "networkMode": "bridge",
        "requiresCompatibilities": ["EXTERNAL"],
    }
    account.call("RegisterTaskDefinition", family="anywhere", containerDefinitions=[app], **bridge)
    family = "anywhere" if "launchType" in more else "orders"
    with refused(code, text):
        account.serve("x", family, 1, serviceConnectConfiguration=serving(), **more)


def test_service_connect_is_not_for_other_controllers(account):
    """Facts, section 10.1, not supported: the controllers CODE_DEPLOY and EXTERNAL;
    it is said by one refusal or another.
    """
    with pytest.raises(AwsError):
        account.serve(
            "x",
            "orders",
            1,
            serviceConnectConfiguration=serving(),
            deploymentController={"type": "EXTERNAL"},
        )


def test_what_proxies_see_is_published_once_a_minute(account):
    """Facts, sections 10.1 and 13: by discovery name, alone and with the client's
    service; by target, with the server's.
    """
    account.register("orders", {"name": "app", "image": "nginx", "portMappings": [HTTP_PORT]})
    account.serve(
        "orders", "orders", 1, serviceConnectConfiguration=serving(discoveryName="orders")
    )
    account.serve("web", "web", 1, serviceConnectConfiguration=CONNECT)
    account.advance(60)
    for _ in range(3):
        assert call(account, "web", "http://orders:8080").ok
    account.advance(60)
    found = {
        (n, tuple(sorted(d.values()))): v for _, n, d, v in account.plane.neighbours.metrics.points
    }
    assert found["RequestCount", ("orders",)] == 3
    assert found["RequestCount", ("default", "orders", "web")] == 3
    assert found["HTTPCode_Target_2XX_Count", ("default", "orders", "orders")] == 3
    assert 0 < found["TargetResponseTime", ("orders",)] < 1


@pytest.mark.parametrize(
    ("member", "what"),
    [("vpcLatticeConfigurations", "VPC Lattice"), ("gatewayConnectors", "gateway connectors")],
)
def test_vpc_lattice_is_refused_as_not_simulated(account, member, what):
    """Facts, section 10.3: nothing of it is silently accepted."""
    with refused("UnsupportedFeatureException", what):
        account.serve("x", "orders", 1, **{member: [{"anything": "at all"}]})


# The pure parts


def instances(count, *, ill=()):
    """Some instances, those numbered in `ill` unhealthy."""
    return tuple(Instance(f"i{n}", f"10.0.0.{n}", None, n not in ill) for n in range(count))


def test_an_answer_holds_at_most_eight_healthy_instances():
    """Facts, section 10.2: MULTIVALUE up to 8 healthy; all unhealthy,
    up to 8 of them; WEIGHTED one.
    """
    first = lambda _count: 0  # noqa: E731 - a draw that always takes the first
    assert len(answer(Name(instances(12), "MULTIVALUE", 60), first)) == 8
    assert {i.id for i in answer(Name(instances(3, ill={1}), "MULTIVALUE", 60), first)} == {
        "i0",
        "i2",
    }
    assert len(answer(Name(instances(3, ill={0, 1, 2}), "MULTIVALUE", 60), first)) == 3
    assert len(answer(Name(instances(3), "WEIGHTED", 60), first)) == 1


def test_a_cache_asks_again_when_the_time_to_live_is_over():
    """Asked at 0 and at 60 s, not in between; a name without instances is remembered too."""
    asked = []

    def ask():
        asked.append(1)
        return Name(instances(2), "MULTIVALUE", 60)

    cache = Cache()
    got = [cache.next("orders", at, ask)[0].id for at in (0, 1_000, 59_999, 60_000)]
    assert (got, len(asked)) == (["i0", "i1", "i0", "i0"], 2)
    assert cache.next("empty", 0, lambda: Name((), "MULTIVALUE", 60)) == (None, 0)


def test_a_proxy_avoids_a_task_after_five_failures_in_30_seconds():
    """Facts, section 10.1: five failed connections to one task within
    30 s, avoided for 30 to 300 s.
    """
    proxy = Proxy()
    assert [proxy.failed("a", at) for at in (0, 1_000, 2_000, 3_000)] == [None] * 4
    assert proxy.failed("a", 4_000) == 30_000
    assert {proxy.choose(["a", "b"], 10_000) for _ in range(4)} == {"b"}
    assert {proxy.choose(["a", "b"], 34_000) for _ in range(4)} == {"a", "b"}
    assert proxy.choose(["a"], 10_000) == "a", "with nobody else, it is called all the same"


def test_failures_that_lie_apart_are_forgotten():
    """Only the last 30 seconds count."""
    proxy = Proxy()
    assert [proxy.failed("a", at) for at in range(0, 100_000, 10_000)] == [None] * 10


def test_a_task_that_fails_again_is_avoided_for_longer_up_to_five_minutes():
    """Facts, section 10.1: 30 to 300 s."""
    proxy, now, avoided = Proxy(), 0, []
    for _ in range(12):
        for _ in range(5):
            result = proxy.failed("a", now)
        avoided.append(result)
        now += result + 1
    assert avoided[:3] == [30_000, 60_000, 90_000]
    assert avoided[-1] == 300_000


def test_a_retry_goes_to_another_task():
    """Facts, section 10.1: the retry avoids the previous host."""
    proxy = Proxy()
    assert all(proxy.choose(["a", "b", "c"], 0, tried=["a"]) in {"b", "c"} for _ in range(6))
    assert proxy.choose([], 0) is None
