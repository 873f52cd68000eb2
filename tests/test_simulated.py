"""The table of what is simulated: every way in asks it, and botocore's
model is what it is held against.
"""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
import requests_of
import tried_beside
import tried_others
import tried_services
import tried_tasks
from blue_green import Shop
from scene import Scene, Tried

from ecslab import cli
from ecslab.aws.apis.members import leaves
from ecslab.ecs.api import simulated
from ecslab.ecs.definitions.references import STEPS
from ecslab.ground.errors import AwsError
from ecslab.region import OPERATIONS

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def doors():
    """How each service is called in one account."""
    shop = Shop()
    return {
        "ecs": shop.plane.call,
        "application-autoscaling": shop.region.autoscaling.call,
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
def test_what_is_not_simulated_is_refused_at_every_door_that_has_it(
    doors, service, operation, refusal
):
    """One row, every operation with that member: nothing is refused at
    one door and accepted at another.
    """
    value = refusal.value or None
    request = requests_of.smallest(requests_of.shape(service, operation), refusal.way, value)
    with pytest.raises(AwsError) as caught:
        doors[service](operation, request)
    assert (caught.value.code, caught.value.message) == (
        "UnsupportedFeatureException",
        f"{refusal.what} is not simulated by ecslab. {refusal.instead}".rstrip(),
    )


def spoken():
    """What each refusal says is not simulated: in the table, and
    in every call of `not_simulated`.
    """
    for service in OPERATIONS:
        yield from ((service, refusal.what) for refusal in simulated.refusals(service))
    for path in sorted((ROOT / "ecslab").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(call, ast.Call)
                and getattr(call.func, "id", "") == "not_simulated"
                and call.args
            ):
                words = [c.value for c in ast.walk(call.args[0]) if isinstance(c, ast.Constant)]
                yield from (
                    (f"{path.name}:{call.lineno}", text) for text in words if isinstance(text, str)
                )


def test_a_refusal_reads_as_one_sentence():
    """Each is a noun phrase, because "is not simulated by ecslab." follows, and what
    to do instead is a sentence of its own.
    """
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
    """CodeDeploy asks for a task set: what CreateTaskSet refuses ends
    the deployment with ECS's words.
    """
    shop = Shop()
    primary = shop.plane.state.find_service(shop.plane.state.cluster(None), "web").serving
    # What an AppSpec leaves out is as the original is.
    primary.settings["launchType"] = "MANAGED_INSTANCES"
    id_ = shop.release()
    shop.advance(60)
    error = shop.info(id_)["errorInformation"]
    assert error["code"] == "ECS_UPDATE_ERROR"
    assert "The launch type MANAGED_INSTANCES is not simulated by ecslab." in error["message"]


# Every member of every operation


MODULES = (tried_tasks, tried_services, tried_others, tried_beside)
TRIED = [
    tried
    for module in MODULES
    for named in vars(module).values()
    if isinstance(named, list)
    for tried in named
    if isinstance(tried, Tried)
]
OF_OPERATION = [
    (service, operation) for service, named in OPERATIONS.items() for operation in sorted(named)
]
TESTS = ROOT / "tests"
PROOFS = tomllib.loads((TESTS / "simulated_proofs.toml").read_text(encoding="utf-8"))


def members(service, operation):
    """The way to every member of an operation's requests, down to the leaves."""
    return sorted(set(leaves(requests_of.shape(service, operation))))


def proved(service, way):
    """The tests that are named as showing what a member does."""
    return [test for test, ways in PROOFS[service].items() if ".".join(way) in ways]


@cache
def file_texts(file):
    """The text of a test's file and of the files of tests that it imports."""
    path = ROOT / file
    found = path.read_text(encoding="utf-8")
    named = [n.module or "" for n in ast.walk(ast.parse(found)) if isinstance(n, ast.ImportFrom)]
    beside = [
        p
        for name in named
        for p in (path.parent / f"{name}.py", TESTS / f"{name}.py")
        if p.is_file()
    ]
    return "\n".join([found, *(p.read_text(encoding="utf-8") for p in beside)])


@pytest.mark.parametrize(("service", "operation"), OF_OPERATION, ids=lambda v: v)
def test_every_member_has_one_place_in_the_table(service, operation):
    """Walks botocore's model: a member that is new there is found by
    nobody, and this test names it.
    """
    wrong = {
        ".".join(way): [row.verdict for row in found]
        for way in members(service, operation)
        if len(found := simulated.rows(service, operation, way)) != 1
    }
    assert wrong == {}


def test_what_a_launch_looks_up_is_acted_on():
    """A task fails where such a name leads nowhere: no row says that nothing follows from it."""
    looked_up = {way for step in STEPS for way in step.ways}
    wrong = {}
    for way in looked_up:
        of_service = way.startswith("serviceConnect.")
        operation = "CreateService" if of_service else "RegisterTaskDefinition"
        member = way.replace("serviceConnect.", "serviceConnectConfiguration.")
        verdict = simulated.verdict("ecs", operation, tuple(member.split(".")))
        if verdict != "acted_on":
            wrong[member] = verdict
    assert wrong == {}


@pytest.mark.parametrize(("service", "operation"), OF_OPERATION, ids=lambda v: v)
def test_no_member_is_accepted_without_effect(service, operation):
    """Each is tried: with it and without it (or with another value) something
    differs that can be seen, as the table says.

    "Acts" is more than what was given coming back: another line on the timeline, another task,
    another answer, a refusal. Where a scene is too small for that, a test is named that shows it.
    """
    cases = [
        (tried, tried.seen(), set(tried.ways()))
        for tried in TRIED
        if (tried.service, tried.operation) == (service, operation)
    ]
    wrong = {}
    for way in members(service, operation):
        verdict = simulated.verdict(service, operation, way)
        if verdict not in {"acted_on", "told"} or proved(service, way):
            continue
        found = set()
        for tried, whole, ways in cases:
            if way in ways and not found & {"acts"}:
                found.add(tried.effect(way, whole))
        enough = {"acts", "decides"} if verdict == "acted_on" else {"acts", "decides", "told"}
        if not found & enough:
            wrong[".".join(way)] = sorted(found) or "nobody tries it"
    assert wrong == {}


def unfit():
    """What is refused together with the rest of a good request: by AWS's
    own rules, or by a rule of the lab.
    """
    for service, operations in OPERATIONS.items():
        for operation in sorted(operations):
            for way in members(service, operation):
                if simulated.verdict(service, operation, way) in {"unfit", "refused_by_rule"}:
                    yield service, operation, way


@pytest.mark.parametrize(
    ("service", "operation", "way"),
    list(unfit()),
    ids=lambda v: v if isinstance(v, str) else ".".join(v),
)
def test_what_is_refused_by_a_rule_is_refused(service, operation, way):
    """A good request with that member besides is not answered; AWS's own
    refusals are never called not simulated.
    """
    tried = next(t for t in TRIED if (t.service, t.operation) == (service, operation))
    scene = Scene()
    if tried.before:
        tried.before(scene)
    more = requests_of.smallest(requests_of.shape(service, operation), way)
    with pytest.raises(AwsError) as caught:
        scene.call(service, operation, **merged(tried.asked(scene), more))
    by_aws = simulated.verdict(service, operation, way) == "unfit"
    assert (caught.value.code == "UnsupportedFeatureException") <= (not by_aws)


def merged(request, more):
    """A request with more in it."""
    if isinstance(request, dict) and isinstance(more, dict):
        return request | {k: merged(request.get(k), v) for k, v in more.items()}
    if isinstance(request, list) and isinstance(more, list) and request:
        return [merged(request[0], more[0]), *request[1:]]
    return more


@pytest.mark.parametrize("service", requests_of.SERVICES)
def test_a_named_proof_is_a_test_that_speaks_of_the_member(service):
    """It exists, and its file, or what it imports of the tests, names the
    member; nobody proves what is not acted on.
    """
    ways = {
        way for of, operation in OF_OPERATION if of == service for way in members(of, operation)
    }
    wrong = []
    for test, named in PROOFS[service].items():
        file, _, name = test.partition("::")
        if f"def {name}(" not in (ROOT / file).read_text(encoding="utf-8"):
            wrong.append(f"there is no {test}")
        wrong += [
            f"{test} says nothing of {m}"
            for m in named
            if not re.search(rf"\b{m.rpartition('.')[2]}\b", file_texts(file))
        ]
        wrong += [f"{m} is no member" for m in named if tuple(m.split(".")) not in ways]
    assert wrong == []


def test_every_refusal_of_the_package_stands_in_the_table():
    """What `not_simulated` is called with, anywhere in ECS and CodeDeploy,
    is a row; and the other way round.
    """
    package = ROOT / "ecslab"
    said = {
        text
        for part in ("cloudwatch", "ecs", "autoscaling", "codedeploy")
        for path in (package / part).rglob("*.py")
        for text in refusals_of(path)
    }
    rows = {r["what"] for s in simulated.table().values() for r in s.get("refused_by_rule", [])}
    of_doors = {
        f"The {name} operation …" for name in ("ECS", "CodeDeploy", "Application Auto Scaling")
    }
    assert said - of_doors == rows


def refusals_of(path):
    """The texts that a file hands to `not_simulated`; what is filled in is an ellipsis."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "not_simulated":
            text = node.args[0]
            if isinstance(text, ast.Constant):
                yield text.value
            elif isinstance(text, ast.JoinedStr):
                yield "".join(p.value if isinstance(p, ast.Constant) else "…" for p in text.values)


def test_the_readme_lists_what_the_table_refuses():
    """Each name under which a row is to be listed stands in the README's
    sentence, and nothing else does.
    """
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    listed = re.search(r"does not yet \(([^)]*)\)", text)[1].split(", ")
    named = {
        row["of"]
        for service in simulated.table().values()
        for section in ("refused", "refused_by_rule")
        for row in service.get(section, [])
        if "of" in row
    }
    assert set(listed) == named


def test_the_command_says_what_becomes_of_every_member(capsys):
    """`ecslab simulated`: the table as the README points to it; a name
    that is none is one readable line.
    """
    assert cli.main(["simulated", "CreateService"]) == 0
    said = capsys.readouterr().out
    for line in (
        r"taskDefinition +acted on\n",
        r"serviceConnectConfiguration.containerConfigurations.logLevel +kept and shown: what "
        r"Service Connect's proxy",
        r"vpcLatticeConfigurations.portName +refused, not simulated: A service with VPC Lattice\n",
    ):
        assert re.search(line, said)
    assert cli.main(["simulated"]) == 0
    assert "codedeploy: BatchGetApplicationRevisions" in capsys.readouterr().out
    assert cli.main(["simulated", "CreateDaemon"]) == 1
    assert (
        capsys.readouterr().err
        == "ecslab: CreateDaemon is not simulated. What is: python3 -m ecslab simulated\n"
    )
