"""What RegisterTaskDefinition refuses, and in which words."""

import pytest
from account import Account
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st
from refusals import changed, refused
from rule_cases import ACCEPTED, CASES, EC2, FARGATE
from shapes import model

from ecslab.ecs.definitions import COMMON, LAUNCH_TYPES, compatibilities, containers, fargate
from ecslab.ecs.definitions.choices import CHOICES, RULES
from ecslab.ecs.definitions.draft import Draft
from ecslab.ecs.definitions.units import cpu_units, mebibytes

REQUEST = model().operation_model("RegisterTaskDefinition").input_shape


@pytest.fixture(scope="module")
def account():
    """One account for all cases: a refusal must leave nothing behind."""
    return Account()


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.source}: {c.message[:60]}")
def test_each_rule_refuses_in_the_words_of_aws(account, case):
    """Every row of the table is a ClientException with AWS's text (facts:
    the section that the row names).
    """
    error = refused(account, "RegisterTaskDefinition", **changed(case.base, case.changes))
    assert (error.code, error.message) == ("ClientException", case.message)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.source}: {c.message[:60]}")
def test_each_case_breaks_a_rule_that_botocore_does_not_check(case):
    """A request of the table is one that boto3 would send."""
    assert not ParamValidator().validate(changed(case.base, case.changes), REQUEST).has_errors()


def test_a_refused_request_leaves_nothing_behind(account):
    """Registration is all or nothing: no revision, no revision number, no line in the story."""
    assert account.plane.state.families == {}
    assert account.plane.state.last_revision == {}
    assert account.timeline.where(lambda e: e.subject.startswith("task-definition")).kinds() == []


def test_every_rule_is_broken_by_a_case():
    """A rule without a case in the table would be a rule nobody proves; words and what
    is not simulated have their own tests.
    """
    rules = {
        rule
        for rule in (containers.size, *COMMON, *(r for of in LAUNCH_TYPES.values() for r in of))
        if rule not in RULES
    }
    speaking = set()
    for case in CASES:
        draft = _draft(changed(case.base, case.changes))
        if draft is not None:
            asked = (
                containers.size,
                *COMMON,
                *(r for target in draft.targets for r in LAUNCH_TYPES[target]),
            )
            speaking.add(next(rule for rule in asked if rule(draft)))
    assert [f"{r.__module__}.{r.__name__}" for r in rules - speaking] == []


def _draft(request):
    units = {"cpu": cpu_units, "memory": mebibytes}
    read = {m: units[m](request[m]) for m in units if m in request}
    return None if None in read.values() else Draft(request | read, "123456789012")


@pytest.mark.parametrize(("base", "changes"), [(EC2, {}), (FARGATE, {}), *ACCEPTED], ids=str)
def test_what_keeps_every_rule_is_registered(base, changes):
    """The bases themselves, and requests at the very edge of each limit
    (facts, the sections of the limits).
    """
    answer = Account().call("RegisterTaskDefinition", **changed(base, changes))
    assert answer["taskDefinition"]["revision"] == 1


@pytest.mark.parametrize("path", CHOICES)
def test_words_are_those_of_the_model(path):
    """Each member that takes one of a few words takes exactly
    botocore's (BC: the enum of its shape).
    """
    shape = REQUEST
    for step in path.split("."):
        shape = shape.members[step.removesuffix("[]")]
        shape = shape.member if step.endswith("[]") else shape
    assert set(shape.enum) == set(CHOICES[path])


@pytest.mark.parametrize("path", CHOICES)
def test_another_word_is_refused(account, path):
    """A word that is not in the model's enum is answered in the form ECS gives `include`."""
    request: dict = {}
    target = request
    *way, last = path.split(".")
    for step in way:
        inner: dict = {}
        target[step.removesuffix("[]")] = [inner] if step.endswith("[]") else inner
        target = inner
    target[last.removesuffix("[]")] = ["nonsense"] if last.endswith("[]") else "nonsense"
    merged = changed(EC2, {k: v for k, v in request.items() if k != "containerDefinitions"})
    merged["containerDefinitions"][0] |= request.get("containerDefinitions", [{}])[0]
    assert refused(account, "RegisterTaskDefinition", **merged).message.startswith(
        f"{last.removesuffix('[]')} should be one of ["
    )


@pytest.mark.parametrize("cpu", fargate.SIZES)
def test_every_size_of_the_table_is_accepted(cpu):
    """The 74 pairs that were probed against the real API (facts, section 2.1)."""
    for memory in fargate.SIZES[cpu]:
        assert fargate.task_size(Draft({"cpu": str(cpu), "memory": str(memory)}, "")) is None
    assert sum(map(len, fargate.SIZES.values())) == 74


@given(
    cpu=st.sampled_from([*fargate.SIZES, 128, 768, 3072, 32768]),
    memory=st.integers(1, 260).map(lambda n: n * 512),
)
def test_any_other_size_is_refused(cpu, memory):
    """A pair is accepted when it is in the table, and only then (facts, section 2.1)."""
    why = fargate.task_size(Draft({"cpu": str(cpu), "memory": str(memory)}, ""))
    assert (why is None) == (memory in fargate.SIZES.get(cpu, ()))
    assert why is None or why.startswith(
        f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory."
    )


@given(st.integers(1, 64))
def test_units_are_converted(n):
    """4 vCPU, 4vcpu and 4096 are the same, and so are 8GB, 8 gb and 8192 (facts, section 2.1)."""
    assert (
        cpu_units(f"{n} vCPU") == cpu_units(f"{n}vcpu") == cpu_units(str(n * 1024)) == str(n * 1024)
    )
    assert mebibytes(f"{n}GB") == mebibytes(f"{n} gb") == mebibytes(str(n * 1024)) == str(n * 1024)


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "1 GHz", "one", "0 vCPU", "1e3"])
def test_what_cannot_be_read_is_no_amount(text):
    """Only whole, positive CPU units count (facts, section 2.1)."""
    assert cpu_units(text) is None


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, ["EXTERNAL", "EC2"]),
        ({"networkMode": "awsvpc"}, ["EC2", "MANAGED_INSTANCES"]),
        (
            {"networkMode": "awsvpc", "cpu": "256", "memory": "512"},
            ["EC2", "MANAGED_INSTANCES", "FARGATE"],
        ),
        (
            {
                "networkMode": "awsvpc",
                "cpu": "256",
                "memory": "512",
                "containerDefinitions.0.stopTimeout": 121,
            },
            ["EC2", "MANAGED_INSTANCES"],
        ),
        (
            {
                "networkMode": "awsvpc",
                "cpu": "256",
                "memory": "512",
                "ephemeralStorage": {"sizeInGiB": 30},
            },
            ["FARGATE"],
        ),
    ],
)
def test_compatibilities_are_the_launch_types_whose_rules_hold(changes, wanted):
    """Without requiresCompatibilities ECS still says where it could run
    (BC:TaskDefinition.compatibilities).
    """
    assert compatibilities(Draft(changed(EC2, changes), "123456789012")) == wanted


@pytest.mark.parametrize(
    "changes",
    [
        {"requiresCompatibilities": ["MANAGED_INSTANCES"]},
        {"trustedExecutionConfiguration": {"isolationMode": "SHARED"}},
        {"containerDefinitions.0.resourceRequirements": [{"type": "NeuronDevice", "value": "ALL"}]},
    ],
)
def test_managed_instances_are_refused_as_not_simulated(account, changes):
    """What exists for Managed Instances only says that it is not simulated (facts, section 8.5)."""
    assert (
        refused(account, "RegisterTaskDefinition", **changed(EC2, changes)).code
        == "UnsupportedFeatureException"
    )
