"""The table of what is simulated: every way in asks it, and botocore's model is what it is held against."""

import ast
import re
from pathlib import Path

import pytest
import requests_of
from blue_green import Shop

from ecslab.codedeploy.api import OPERATIONS as CODEDEPLOY
from ecslab.ecs import simulated
from ecslab.ecs.api import OPERATIONS as ECS
from ecslab.ecs.api.scaling import OPERATIONS as SCALING
from ecslab.errors import AwsError

ROOT = Path(__file__).parent.parent
OPERATIONS = {"ecs": ECS, "application-autoscaling": SCALING, "codedeploy": CODEDEPLOY}


@pytest.fixture(scope="module")
def doors():
    """How each service is called in one account."""
    shop = Shop()
    return {
        "ecs": shop.plane.call,
        "application-autoscaling": shop.plane.autoscaling.call,
        "codedeploy": shop.deploy.call,
    }


def refusals():
    """Every refused member, at every operation of the lab that has it."""
    for service, operations in OPERATIONS.items():
        for refusal in simulated.refusals(service):
            for operation in sorted(refusal.operations or operations):
                if requests_of.at(requests_of.shape(service, operation), refusal.way):
                    yield service, operation, refusal


@pytest.mark.parametrize(
    ("service", "operation", "refusal"),
    list(refusals()),
    ids=lambda v: v if isinstance(v, str) else ".".join(v.way),
)
def test_what_is_not_simulated_is_refused_at_every_door_that_has_it(doors, service, operation, refusal):
    """One row, every operation with that member: nothing is refused at one door and accepted at another."""
    value = refusal.value or None
    request = requests_of.smallest(requests_of.shape(service, operation), refusal.way, value)
    with pytest.raises(AwsError) as caught:
        doors[service](operation, request)
    assert (caught.value.code, caught.value.message) == (
        "UnsupportedFeatureException",
        f"{refusal.what} is not simulated by ecslab. {refusal.instead}".rstrip(),
    )


def spoken():
    """What each refusal says is not simulated: in the table, and in every call of `not_simulated`."""
    for service in OPERATIONS:
        yield from ((service, refusal.what) for refusal in simulated.refusals(service))
    for path in sorted((ROOT / "ecslab").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "not_simulated" and call.args:
                words = [c.value for c in ast.walk(call.args[0]) if isinstance(c, ast.Constant)]
                yield from ((f"{path.name}:{call.lineno}", text) for text in words if isinstance(text, str))


def test_a_refusal_reads_as_one_sentence():
    """Each is a noun phrase, because "is not simulated by ecslab." follows, and what to do instead is a sentence of its own."""
    found = list(spoken())
    assert len(found) > 40
    assert [w for w in found if re.search(r"[;:]|\b(is|are|does|do)\s*$|[.,]\s*$", w[1])] == []
    said = [refusal.instead for service in OPERATIONS for refusal in simulated.refusals(service)]
    assert [i for i in said if i and not re.fullmatch(r"[A-Z].*\.", i)] == []


@pytest.mark.parametrize("service", requests_of.SERVICES)
def test_every_refused_member_is_a_member(service):
    """A row for something that botocore does not know would refuse nothing."""
    reached = {(of, refusal) for of, _, refusal in refusals()}
    assert [r for r in simulated.refusals(service) if (service, r) not in reached] == []
    named = {o for r in simulated.refusals(service) for o in r.operations}
    assert named <= OPERATIONS[service].keys()


def test_members_that_are_empty_ask_for_nothing():
    """Deployment tools send empty lists of everything."""
    shop = Shop()
    answer = shop.account.call(
        "UpdateService", service="web", volumeConfigurations=[], vpcLatticeConfigurations=[]
    )
    assert answer["service"]["serviceName"] == "web"


def test_an_appspec_is_a_door_too():
    """CodeDeploy asks for a task set: what CreateTaskSet refuses ends the deployment with ECS's words."""
    shop = Shop()
    primary = shop.plane.find_service(shop.plane.cluster(None), "web").serving
    primary.settings["launchType"] = "MANAGED_INSTANCES"  # what an AppSpec leaves out is as the original is
    id_ = shop.release()
    shop.advance(60)
    error = shop.info(id_)["errorInformation"]
    assert error["code"] == "ECS_UPDATE_ERROR"
    assert "The launch type MANAGED_INSTANCES is not simulated by ecslab." in error["message"]
