"""Service deployments and revisions: what is recorded of each, how a status
moves, stopping one, ninety days of history.
"""

import re

import pytest
from account import Account

from ecslab.ecs.model.service_deployments import NEXT
from ecslab.ground.errors import AwsError

DAY_S = 24 * 3600


@pytest.fixture
def account():
    """An account with a default cluster and the family "web"."""
    account = Account()
    account.register("web")
    return account


def deployments(account, **more):
    """ListServiceDeployments of the service "web", newest first."""
    return account.call("ListServiceDeployments", service="web", **more)["serviceDeployments"]


def described(account, number=0):
    """DescribeServiceDeployments of one of them, 0 the newest."""
    arns = [deployments(account)[number]["serviceDeploymentArn"]]
    return account.call("DescribeServiceDeployments", serviceDeploymentArns=arns)[
        "serviceDeployments"
    ][0]


def revision(account, arn):
    """DescribeServiceRevisions of one."""
    return account.call("DescribeServiceRevisions", serviceRevisionArns=[arn])["serviceRevisions"][
        0
    ]


def statuses(account):
    """The statuses of the service's deployments, newest first."""
    return [d["status"] for d in deployments(account)]


def update(account, **more):
    """A new revision of "web" is registered and deployed."""
    account.register("web")
    return account.call("UpdateService", service="web", taskDefinition="web", **more)["service"]


def test_a_deployment_goes_from_pending_over_in_progress_to_successful(account):
    """Facts, section 6.2: PENDING → IN_PROGRESS → SUCCESSFUL, with the times of each."""
    created = account.serve("web", "web", 2)
    assert statuses(account) == ["PENDING"]
    account.advance(1)
    assert statuses(account) == ["IN_PROGRESS"]
    assert created["currentServiceDeployment"] == deployments(account)[0]["serviceDeploymentArn"]
    account.advance(120)
    told = described(account)
    assert told["status"] == "SUCCESSFUL"
    assert told["createdAt"] <= told["startedAt"] < told["finishedAt"]
    assert "stoppedAt" not in told


def test_the_arns_have_the_forms_of_aws(account):
    """Facts, section 6.2: …:service-deployment/<cluster>/<service>/<id> and
    …:service-revision/<cluster>/<service>/<19 digits>.
    """
    account.serve("web", "web", 1)
    told = described(account)
    assert re.fullmatch(
        r"arn:aws:ecs:us-east-1:123456789012:service-deployment/default/web/[\w-]{21}",
        told["serviceDeploymentArn"],
    )
    assert re.fullmatch(
        r"arn:aws:ecs:us-east-1:123456789012:service-revision/default/web/\d{19}",
        told["targetServiceRevision"]["arn"],
    )


def test_revisions_and_their_tasks_are_counted_while_one_replaces_the_other(account):
    """BC:ServiceRevisionSummary: requested, running and pending tasks
    of the source and of the target.
    """
    account.serve("web", "web", 3)
    account.advance(120)
    update(account)
    account.advance(15)
    told, service = described(account), account.service("web")
    target, [source] = told["targetServiceRevision"], told["sourceServiceRevisions"]
    counts = ("requestedTaskCount", "runningTaskCount", "pendingTaskCount")
    assert [target[c] for c in counts] == [3, 0, 3]
    assert [source[c] for c in counts] == [3, 3, 0]
    assert service["currentServiceRevisions"] == [target, source]
    account.advance(200)
    assert [r["arn"] for r in account.service("web")["currentServiceRevisions"]] == [target["arn"]]


def test_a_revision_keeps_what_the_service_was_when_it_began(account):
    """BC:ServiceRevision: the task definition, images and settings of the
    deployment, whatever comes later.
    """
    account.serve("web", "web", 1)
    first = described(account)["targetServiceRevision"]["arn"]
    account.advance(120)
    other = {"awsvpcConfiguration": {"subnets": ["subnet-c"]}}
    update(account, networkConfiguration=other)
    second = described(account)["targetServiceRevision"]["arn"]
    old, new = revision(account, first), revision(account, second)
    assert (old["taskDefinition"][-5:], new["taskDefinition"][-5:]) == ("web:1", "web:2")
    assert old["networkConfiguration"]["awsvpcConfiguration"]["subnets"] == ["subnet-a", "subnet-b"]
    assert new["networkConfiguration"]["awsvpcConfiguration"]["subnets"] == ["subnet-c"]
    assert (new["launchType"], new["platformVersion"]) == ("FARGATE", "LATEST")
    assert [(c["containerName"], c["image"]) for c in new["containerImages"]] == [("app", "nginx")]


def test_a_new_update_stops_the_deployment_that_is_running(account):
    """Facts, section 6.2: the running one goes to STOP_REQUESTED, then
    STOPPED, and the new one takes over.
    """
    account.serve("web", "web", 2)
    account.advance(120)
    update(account)
    account.advance(15)
    update(account)
    assert statuses(account) == ["PENDING", "STOP_REQUESTED", "SUCCESSFUL"]
    account.advance(10)
    assert statuses(account) == ["IN_PROGRESS", "STOPPED", "SUCCESSFUL"]
    assert "stoppedAt" in described(account, 1)
    account.advance(200)
    assert statuses(account) == ["SUCCESSFUL", "STOPPED", "SUCCESSFUL"]
    assert account.service("web")["taskDefinition"].endswith("web:3")


def test_stopping_a_deployment_goes_back_to_the_one_that_was_completed(account):
    """Facts, section 6.2: StopServiceDeployment rolls back although no rollback was configured."""
    account.serve("web", "web", 2)
    account.advance(120)
    before = account.service("web")["deployments"][0]["id"]
    update(account)
    account.advance(15)
    arn = deployments(account)[0]["serviceDeploymentArn"]
    assert account.call("StopServiceDeployment", serviceDeploymentArn=arn) == {
        "serviceDeploymentArn": arn
    }
    assert statuses(account)[0] == "ROLLBACK_REQUESTED"
    account.advance(10)
    assert statuses(account)[0] == "ROLLBACK_IN_PROGRESS"
    account.advance(200)
    told, service = described(account), account.service("web")
    assert told["status"] == "ROLLBACK_SUCCESSFUL"
    assert told["rollback"]["serviceRevisionArn"] == told["sourceServiceRevisions"][0]["arn"]
    assert told["targetServiceRevision"]["arn"] != told["rollback"]["serviceRevisionArn"]
    assert [(d["id"], d["status"], d["rolloutState"]) for d in service["deployments"]] == [
        (before, "PRIMARY", "COMPLETED")
    ]
    assert service["taskDefinition"].endswith("web:1")
    assert {account.task(t)["taskDefinitionArn"][-5:] for t in account.tasks_of("web")} == {"web:1"}
    assert "(service web) rolling back to deployment web:1." in account.messages("web")


def test_stopping_the_first_deployment_leaves_nothing_to_go_back_to(account):
    """Facts, section 6.4: no COMPLETED deployment, so no new tasks
    are launched: the service stalls.
    """
    account.register("gone", image="123456789012.dkr.ecr.us-east-1.amazonaws.com/gone:1")
    account.serve("web", "gone", 2)
    account.advance(15)
    account.call(
        "StopServiceDeployment",
        serviceDeploymentArn=deployments(account)[0]["serviceDeploymentArn"],
    )
    account.advance(120)
    assert statuses(account) == ["STOPPED"]
    assert account.service("web")["deployments"][0]["rolloutState"] == "FAILED"
    starts = account.timeline.of("service/web").kinds().count("started tasks")
    account.advance(3600)
    assert account.timeline.of("service/web").kinds().count("started tasks") == starts
    assert account.plane.settled


def test_a_stalled_service_takes_the_next_update(account):
    """A FAILED deployment stops nothing but itself."""
    account.register("gone", image="123456789012.dkr.ecr.us-east-1.amazonaws.com/gone:1")
    account.serve("web", "gone", 2)
    account.advance(15)
    account.call(
        "StopServiceDeployment",
        serviceDeploymentArn=deployments(account)[0]["serviceDeploymentArn"],
    )
    account.advance(60)
    account.call("UpdateService", service="web", taskDefinition="web")
    account.advance(120)
    assert statuses(account) == ["SUCCESSFUL", "STOPPED"]
    assert account.service("web")["runningCount"] == 2


def test_while_it_goes_back_nothing_is_left_to_go_back_to(account):
    """Facts, section 6.4: during a rollback its source is not
    eligible again until it is COMPLETED.
    """
    account.serve("web", "web", 2)
    account.advance(120)
    update(account)
    account.advance(60)
    account.call(
        "StopServiceDeployment",
        serviceDeploymentArn=deployments(account)[0]["serviceDeploymentArn"],
    )
    account.advance(10)
    update(account)
    account.advance(10)
    assert statuses(account)[:2] == ["IN_PROGRESS", "ROLLBACK_FAILED"]
    account.call(
        "StopServiceDeployment",
        serviceDeploymentArn=deployments(account)[0]["serviceDeploymentArn"],
    )
    account.advance(60)
    assert statuses(account)[0] == "STOPPED"


@pytest.mark.parametrize("status", ["SUCCESSFUL", "STOPPED"])
def test_what_has_ended_cannot_be_stopped(account, status):
    """Facts, section 6.2: stopping is allowed while a deployment is ongoing."""
    account.serve("web", "web", 1)
    account.advance(120)
    update(account)
    account.advance(15)
    update(account)
    account.advance(200)
    arn = deployments(account, status=[status])[0]["serviceDeploymentArn"]
    with pytest.raises(AwsError) as refused:
        account.call("StopServiceDeployment", serviceDeploymentArn=arn)
    assert refused.value.code == "ConflictException"


def test_only_rollback_stops_a_deployment_and_only_a_known_one(account):
    """Facts, section 6.2: the documentation allows only ROLLBACK;
    BC:ServiceDeploymentNotFoundException.
    """
    account.serve("web", "web", 1)
    arn = deployments(account)[0]["serviceDeploymentArn"]
    with pytest.raises(AwsError, match="stopType must be ROLLBACK"):
        account.call("StopServiceDeployment", serviceDeploymentArn=arn, stopType="ABORT")
    with pytest.raises(AwsError, match="ServiceDeploymentNotFoundException"):
        account.call("StopServiceDeployment", serviceDeploymentArn=arn + "x")
    assert statuses(account) == ["PENDING"]


def test_the_list_is_filtered_and_paged(account):
    """Facts, section 6.2: filter by status; 1–100 a page, 20 by default."""
    account.serve("web", "web", 0)
    for _ in range(24):
        account.advance(30)
        account.call("UpdateService", service="web", forceNewDeployment=True)
    first = account.call("ListServiceDeployments", service="web")
    assert len(first["serviceDeployments"]) == 20
    rest = account.call("ListServiceDeployments", service="web", nextToken=first["nextToken"])
    assert len(rest["serviceDeployments"]) == 5
    assert len(deployments(account, status=["PENDING"])) == 1
    at = first["serviceDeployments"][3]["createdAt"]
    assert len(deployments(account, createdAt={"after": at})) == 3
    with pytest.raises(AwsError, match="maxResults"):
        account.call("ListServiceDeployments", service="web", maxResults=101)


def test_history_covers_ninety_days_and_goes_with_the_service(account):
    """Facts, section 6.2: 90 days; deleted with the service."""
    account.serve("web", "web", 1)
    account.advance(89 * DAY_S)
    arn = deployments(account)[0]["serviceDeploymentArn"]
    account.advance(2 * DAY_S)
    assert deployments(account) == []
    missing = account.call("DescribeServiceDeployments", serviceDeploymentArns=[arn])["failures"]
    assert missing == [{"arn": arn, "reason": "MISSING"}]
    update(account)
    assert len(deployments(account)) == 1
    told = described(account)
    assert revision(account, told["sourceServiceRevisions"][0]["arn"])["taskDefinition"].endswith(
        "web:1"
    )
    account.call("DeleteService", service="web", force=True)
    account.advance(60)
    assert deployments(account) == []


def test_a_service_scaled_to_another_size_has_no_new_deployment(account):
    """Facts, section 5.6: desiredCount does not create a deployment."""
    account.serve("web", "web", 1)
    account.advance(120)
    account.call("UpdateService", service="web", desiredCount=3)
    account.advance(120)
    assert statuses(account) == ["SUCCESSFUL"]
    assert described(account)["targetServiceRevision"]["requestedTaskCount"] == 3


def test_unknown_names_are_missing_or_refused(account):
    """Failures MISSING for ARNs; ServiceNotFoundException for a name."""
    with pytest.raises(AwsError, match="ServiceNotFoundException"):
        account.call("ListServiceDeployments", service="nobody")
    arn = account.plane.state.arn("service-revision/default/web/1234567890123456789")
    told = account.call("DescribeServiceRevisions", serviceRevisionArns=[arn])
    assert told == {"serviceRevisions": [], "failures": [{"arn": arn, "reason": "MISSING"}]}


def test_every_status_leads_where_aws_says(account):
    """Facts, section 6.2, transitions: a status moves along no other way."""
    account.serve("web", "web", 1)
    work = account.plane.state.clusters["default"].services["web"].service_deployments[0]
    assert NEXT["PENDING"] == {"IN_PROGRESS", "ROLLBACK_REQUESTED", "STOP_REQUESTED", "STOPPED"}
    with pytest.raises(AssertionError, match="PENDING leads to"):
        work.become("SUCCESSFUL", 0)
