"""Task sets: a service whose revisions somebody else starts, serves with
and takes away (facts, section 7.3).
"""

import pytest
from account import NETWORK, Account
from refusals import refused

CLUSTER = {"cluster": "default"}
SET = CLUSTER | {"service": "web"}
FARGATE = {"launchType": "FARGATE", "networkConfiguration": NETWORK}


@pytest.fixture
def account():
    """An account with two revisions of web, and a service of four that
    an EXTERNAL controller deploys.
    """
    account = Account()
    account.register("web")
    account.register("web")
    account.call(
        "CreateService",
        serviceName="web",
        desiredCount=4,
        deploymentController={"type": "EXTERNAL"},
    )
    return account


def add(account, revision=1, scale=100.0, **more):
    """Create a task set of web on Fargate; its id."""
    asked = {"taskDefinition": f"web:{revision}", "scale": {"value": scale, "unit": "PERCENT"}}
    return account.call("CreateTaskSet", **SET | FARGATE | asked | more)["taskSet"]["id"]


def told(account, id_):
    """One task set, described."""
    return account.call("DescribeTaskSets", **SET, taskSets=[id_])["taskSets"][0]


def test_a_service_without_a_task_set_runs_nothing_and_shows_no_revision(account):
    """Facts, section 7.3: only the name is needed; the fields of a task
    set are null until one is primary.
    """
    account.advance(60)
    service = account.service("web")
    assert (service["taskSets"], service["deployments"], service["runningCount"]) == ([], [], 0)
    assert "taskDefinition" not in service
    assert "networkConfiguration" not in service
    assert account.plane.settled


def test_a_task_set_is_counted_when_the_scheduler_looks_and_becomes_steady(account):
    """Facts, section 7.3: created as ACTIVE with a count of 0, STABILIZING
    until as many run as its scale comes to.
    """
    blue = add(account, scale=50.0)
    new = told(account, blue)
    assert (new["status"], new["computedDesiredCount"], new["stabilityStatus"]) == (
        "ACTIVE",
        0,
        "STABILIZING",
    )
    account.advance(60)
    then = told(account, blue)
    assert (then["computedDesiredCount"], then["runningCount"], then["pendingCount"]) == (2, 2, 0)
    assert then["stabilityStatus"] == "STEADY_STATE"
    assert then["stabilityStatusAt"] > new["stabilityStatusAt"]
    assert account.service("web")["runningCount"] == 2


@pytest.mark.parametrize(
    ("desired", "scale", "count"),
    [(4, 30.0, 2), (10, 30.0, 3), (4, 0.0, 0), (3, 33.4, 2), (1, 0.1, 1)],
)
def test_a_scale_is_rounded_up(account, desired, scale, count):
    """Facts, section 7.3: computedDesiredCount is ceil(desired × scale): 1.2
    comes to 2, and 10 × 30 % to 3 exactly.
    """
    account.call("UpdateService", service="web", desiredCount=desired)
    blue = add(account, scale=scale)
    account.advance(120)
    assert (told(account, blue)["computedDesiredCount"], told(account, blue)["runningCount"]) == (
        count,
        count,
    )


def test_the_events_name_the_task_set(account):
    """The words of public captures: the computed count, then what its tasks
    do, then the service's steady state.
    """
    blue = add(account)
    account.advance(90)
    text = "\n".join(account.messages("web"))
    assert text.splitlines() == [
        f"(service web) updated computedDesiredCount for taskSet {'web:1'} to 4.",
        "(service web, taskSet web:1) has started 4 tasks: (task task/1) (task task/2) (task "
        "task/3) (task task/4).",
        "(service web) has reached a steady state.",
    ]
    assert blue.startswith("ecs-svc/")


def test_steady_task_sets_are_announced_to_event_bridge(account):
    """Facts, section 5.4: TASKSET_STEADY_STATE names the task set,
    SERVICE_STEADY_STATE follows when all are.
    """
    account.bus.listening = True
    blue = add(account)
    account.advance(90)
    names = [d["eventName"] for _, _, d in account.bus.events if "eventName" in d]
    assert names == ["TASKSET_STEADY_STATE", "SERVICE_STEADY_STATE"]
    assert [d["taskSetArns"] for _, _, d in account.bus.events if "taskSetArns" in d] == [
        [told(account, blue)["taskSetArn"]]
    ]


def test_each_task_set_heals_itself(account):
    """Facts, section 5.1: a task that ends is replaced, and by its own revision."""
    add(account, 1), add(account, 2, 25.0)
    account.advance(90)
    for task in account.tasks_of("web")[1::3]:
        account.call("StopTask", task=task)
    account.advance(120)
    blue, green = account.service("web")["taskSets"]
    assert (blue["runningCount"], green["runningCount"]) == (4, 1)
    assert {blue["stabilityStatus"], green["stabilityStatus"]} == {"STEADY_STATE"}


def test_a_new_desired_count_moves_every_task_set(account):
    """Facts, section 7.3: each keeps its percentage of the service's desired count."""
    blue, green = add(account, 1), add(account, 2, 50.0)
    account.advance(90)
    account.call("UpdateService", service="web", desiredCount=2)
    account.advance(90)
    assert (told(account, blue)["runningCount"], told(account, green)["runningCount"]) == (2, 1)


def test_the_primary_task_set_lends_the_service_its_settings(account):
    """Facts, section 7.3: making one primary copies its settings to the
    service's view; the old primary is ACTIVE.
    """
    blue, green = add(account, 1), add(account, 2)
    account.call("UpdateServicePrimaryTaskSet", **SET, primaryTaskSet=blue)
    account.call("UpdateServicePrimaryTaskSet", **SET, primaryTaskSet=green)
    service = account.service("web")
    assert service["taskDefinition"].endswith("web:2")
    assert service["launchType"] == "FARGATE"
    assert service["networkConfiguration"]["awsvpcConfiguration"]["subnets"]
    assert [(s["id"], s["status"]) for s in service["taskSets"]] == [
        (blue, "ACTIVE"),
        (green, "PRIMARY"),
    ]


def test_a_task_set_goes_when_it_was_scaled_to_nothing_or_is_forced(account):
    """Facts, section 7.3: otherwise DeleteTaskSet is refused; the tasks
    drain, then the task set is gone.
    """
    blue, green = add(account, 1), add(account, 2)
    account.call("UpdateServicePrimaryTaskSet", **SET, primaryTaskSet=blue)
    account.advance(90)
    assert (
        refused(account, "DeleteTaskSet", **SET, taskSet=blue).message
        == "Primary TaskSet cannot be deleted"
    )
    assert "scaled above 0" in refused(account, "DeleteTaskSet", **SET, taskSet=green).message
    account.call("UpdateTaskSet", **SET, taskSet=green, scale={"value": 0, "unit": "PERCENT"})
    assert account.call("DeleteTaskSet", **SET, taskSet=green)["taskSet"]["status"] == "DRAINING"
    assert (
        account.call("DeleteTaskSet", **SET, taskSet=blue, force=True)["taskSet"]["status"]
        == "DRAINING"
    )
    account.advance(120)
    assert account.service("web")["taskSets"] == []
    assert account.network.interfaces == {}
    assert "taskDefinition" not in account.service("web")


def test_the_same_client_token_gives_the_same_task_set(account):
    """BC:CreateTaskSetRequest.clientToken: the request is idempotent; another
    request with the token is refused.
    """
    first = add(account, clientToken="once")
    assert add(account, clientToken="once") == first
    asked = SET | FARGATE | {"taskDefinition": "web:2", "clientToken": "once"}
    assert "not idempotent" in refused(account, "CreateTaskSet", **asked).message
    assert len(account.service("web")["taskSets"]) == 1


def test_a_service_has_at_most_five_task_sets(account):
    """Public in aws-samples/ecs-bg-external-controller#6."""
    for _ in range(5):
        add(account, scale=0.0)
    error = refused(account, "CreateTaskSet", **SET, taskDefinition="web", **FARGATE)
    assert error.message == (
        "5 deployments exist on the service. Unable to create new TaskSet since this exceeds "
        "the maximum limit."
    )


def test_tags_are_told_when_asked_for(account):
    """BC:DescribeTaskSetsRequest.include: TAGS; they can be
    changed like those of other resources.
    """
    blue = add(account, tags=[{"key": "colour", "value": "blue"}], externalId="build-7")
    arn = told(account, blue)["taskSetArn"]
    account.call("TagResource", resourceArn=arn, tags=[{"key": "build", "value": "7"}])
    assert (told(account, blue)["tags"], told(account, blue)["externalId"]) == ([], "build-7")
    seen = account.call("DescribeTaskSets", **SET, include=["TAGS"])["taskSets"][0]
    assert [t["key"] for t in seen["tags"]] == ["colour", "build"]


def test_unknown_task_sets_are_failures_or_errors(account):
    """DescribeTaskSets reports MISSING; the operations that change one
    raise TaskSetNotFoundException.
    """
    answer = account.call("DescribeTaskSets", **SET, taskSets=["ecs-svc/1"])
    assert [f["reason"] for f in answer["failures"]] == ["MISSING"]
    for name, member in (
        ("UpdateTaskSet", {"taskSet": "ecs-svc/1", "scale": {"value": 1}}),
        ("DeleteTaskSet", {"taskSet": "ecs-svc/1"}),
        ("UpdateServicePrimaryTaskSet", {"primaryTaskSet": "ecs-svc/1"}),
    ):
        assert refused(account, name, **SET, **member).code == "TaskSetNotFoundException"


@pytest.mark.parametrize(
    ("member", "text"),
    [
        ({"taskDefinition": "web"}, "TaskDefinition must be blank."),
        ({"networkConfiguration": NETWORK}, "NetworkConfiguration must be null."),
        ({"loadBalancers": [{"targetGroupArn": "x"}]}, "LoadBalancers must be empty or null."),
        ({"launchType": "FARGATE"}, "LaunchType must be blank."),
        ({"schedulingStrategy": "DAEMON"}, "services using the DAEMON scheduling strategy"),
        (
            {
                "deploymentConfiguration": {
                    "deploymentCircuitBreaker": {"enable": True, "rollback": True}
                }
            },
            "circuit breaker",
        ),
    ],
)
def test_what_belongs_to_task_sets_is_refused_of_an_external_service(account, member, text):
    """Facts, sections 5.1, 6.4, 7.3 and 17."""
    asked = {"serviceName": "api", "deploymentController": {"type": "EXTERNAL"}} | member
    assert text in refused(account, "CreateService", **asked).message


@pytest.mark.parametrize(
    "member",
    [
        {"taskDefinition": "web:2"},
        {"forceNewDeployment": True},
        {"networkConfiguration": NETWORK},
        {"platformVersion": "1.4.0"},
        {"deploymentConfiguration": {"maximumPercent": 150}},
    ],
)
def test_update_service_changes_little_of_an_external_service(account, member):
    """Facts, section 7.3: the rest is a new task set's."""
    error = refused(account, "UpdateService", service="web", **member)
    assert "with an EXTERNAL deployment controller" in error.message


def test_task_sets_are_for_external_services_only(account):
    """Public in hashicorp/terraform-provider-aws#30347."""
    account.serve("api", "web")
    for name, more in (
        ("CreateTaskSet", {"taskDefinition": "web"} | FARGATE),
        ("DescribeTaskSets", {}),
    ):
        error = refused(account, name, **CLUSTER, service="api", **more)
        assert (
            "only supports task set management on services configured to use external"
            in error.message
        )


@pytest.mark.parametrize("value", [-1, 100.5, float("nan")])
def test_a_scale_is_a_share_of_the_whole(account, value):
    """Facts, section 7.3: 0 to 100."""
    scale = {"value": value, "unit": "PERCENT"}
    asked = SET | FARGATE | {"taskDefinition": "web", "scale": scale}
    assert "between 0 and 100" in refused(account, "CreateTaskSet", **asked).message
    assert account.service("web")["taskSets"] == []


def test_a_task_set_that_cannot_start_is_throttled_and_the_other_is_not(account):
    """Facts, section 5.2: the throttle is of the revision that fails."""
    account.register("bad", image="123456789012.dkr.ecr.us-east-1.amazonaws.com/gone:1")
    good, bad = add(account), add(account, taskDefinition="bad")
    account.advance(300)
    assert told(account, good)["stabilityStatus"] == "STEADY_STATE"
    assert told(account, bad)["stabilityStatus"] == "STABILIZING"
    assert "throttled" in account.timeline.of("service/web").kinds()
    account.call("DeleteTaskSet", **SET, taskSet=bad, force=True)
    account.advance(60)
    assert account.plane.settled


def test_a_deleted_service_takes_its_task_sets_along(account):
    """Facts, section 5.1: desired must be 0 or the deletion forced; afterwards nothing is left."""
    add(account, 1), add(account, 2)
    account.advance(90)
    assert "scaled above 0" in refused(account, "DeleteService", service="web").message
    account.call("DeleteService", service="web", force=True)
    account.advance(120)
    assert account.service("web")["status"] == "INACTIVE"
    assert account.network.interfaces == {}
    assert account.plane.settled


def test_the_story_of_a_release_by_task_sets(account):
    """What a picture and a check can read: each step of the controller, and what ECS made of it."""
    blue = add(account, 1)
    account.call("UpdateServicePrimaryTaskSet", **SET, primaryTaskSet=blue)
    account.advance(100)
    green = add(account, 2, 25.0)
    account.advance(60)
    account.call("UpdateTaskSet", **SET, taskSet=green, scale={"value": 100, "unit": "PERCENT"})
    account.advance(60)
    account.call("UpdateServicePrimaryTaskSet", **SET, primaryTaskSet=green)
    account.call("DeleteTaskSet", **SET, taskSet=blue, force=True)
    account.advance(100)
    assert account.timeline.of("service/web").kinds() == [
        "created",
        *("task set created", "task set primary", "started tasks", "task set steady", "steady"),
        *("task set created", "started tasks", "task set steady", "steady"),
        *("task set scaled", "started tasks", "task set steady", "steady"),
        *("task set primary", "task set draining", "stopped tasks", "task set deleted", "steady"),
    ]


def test_a_task_set_has_one_target_group(account):
    """Facts, section 7.3: at most one; its tasks are registered there, and
    STEADY_STATE needs them healthy.
    """
    app = {"name": "app", "image": "nginx", "portMappings": [{"containerPort": 80}]}
    account.register("front", app)
    one, two = (account.balancers.make(name) for name in ("one", "two"))
    balancers = [
        {"targetGroupArn": arn, "containerName": "app", "containerPort": 80} for arn in (one, two)
    ]
    asked = SET | FARGATE | {"taskDefinition": "front", "loadBalancers": balancers}
    assert "at most 1 items" in refused(account, "CreateTaskSet", **asked).message
    blue = add(account, taskDefinition="front", loadBalancers=balancers[:1])
    account.advance(40)
    assert (told(account, blue)["runningCount"], told(account, blue)["stabilityStatus"]) == (
        4,
        "STABILIZING",
    )
    account.advance(60)
    assert (account.balancers.states(one), told(account, blue)["stabilityStatus"]) == (
        ["healthy"] * 4,
        "STEADY_STATE",
    )
    texts = account.messages("web")
    assert f"(service web, taskSet front:1) registered 4 targets in (target-group {one})" in texts


def test_each_task_set_has_its_own_service_registry(account):
    """Facts, section 7.3: its tasks are entered in service discovery
    while it lives, and it shows where.
    """
    discovery = account.plane.neighbours.discovery
    one, two = (discovery.make(name, A=60) for name in ("one", "two"))
    blue, green = (
        add(account, r, serviceRegistries=[{"registryArn": arn}]) for r, arn in ((1, one), (2, two))
    )
    account.advance(90)
    assert [len(discovery.instances[arn]) for arn in (one, two)] == [4, 4]
    assert told(account, green)["serviceRegistries"] == [{"registryArn": two}]
    account.call("UpdateServicePrimaryTaskSet", **SET, primaryTaskSet=green)
    assert account.service("web")["serviceRegistries"] == [{"registryArn": two}]
    account.call("DeleteTaskSet", **SET, taskSet=blue, force=True)
    account.advance(90)
    assert [len(discovery.instances[arn]) for arn in (one, two)] == [0, 4]


def test_a_service_registry_of_a_task_set_is_checked_like_a_services(account):
    """Facts, section 10.2: one registry, which exists, and at most 1,000 tasks."""
    arn = account.plane.neighbours.discovery.make("one", A=60)
    asked = SET | FARGATE | {"taskDefinition": "web"}
    for registries, text in (
        ([{"registryArn": arn}] * 2, "at most one service registry"),
        ([{"registryArn": arn + "x"}], "was not found"),
        ([{"registryArn": arn, "port": 80}], "do not require a value for 'port'"),
    ):
        assert (
            text in refused(account, "CreateTaskSet", **asked, serviceRegistries=registries).message
        )
    add(account, scale=0.0, serviceRegistries=[{"registryArn": arn}])
    assert (
        "at most 1000 tasks"
        in refused(account, "UpdateService", service="web", desiredCount=1_001).message
    )
