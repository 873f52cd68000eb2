"""GuardDuty Runtime Monitoring and ECS Exec (facts, sections 13 and 1.3)."""

import pytest
from account import ROLE, Account
from refusals import refused

FARGATE = "ECS_FARGATE_AGENT_MANAGEMENT"


@pytest.fixture
def account() -> Account:
    """An account that is watched, with an image that mines from its tenth second on."""
    made = Account()
    made.threats = made.plane.neighbours.threats
    made.threats.watching = {FARGATE}
    made.register("web", image=made.images.push("bad:1", mines_after=10))
    return made


def test_a_miner_is_found_a_while_after_it_begins(account):
    """Facts, section 13: the agent looks; a finding names the
    cluster, the task and the container.
    """
    task = account.run("web")[0]
    account.advance(300)
    running = next(at for at, kind in account.story("task/1") if kind == "RUNNING")
    found = [at for at, kind in account.story("task/1") if kind == "finding"]
    assert found == [running + 10 + 60]
    finding = account.threats.findings[0]
    assert finding["type"] == "CryptoCurrency:Runtime/BitcoinTool.B"
    details = finding["resource"]["ecsClusterDetails"]
    assert (details["name"], details["taskDetails"]["arn"].rpartition("/")[2]) == ("default", task)


def test_the_agent_is_a_sidecar_on_fargate(account):
    """Facts, section 13: visible in DescribeTasks, and not one
    of the definition's ten containers.
    """
    task = account.run("web")[0]
    account.advance(60)
    names = [(c["name"], c["lastStatus"]) for c in account.task(task)["containers"]]
    assert names[0] == ("app", "RUNNING")
    assert names[1][0].startswith("aws-guardduty-agent-")
    account.call("StopTask", task=task)
    account.advance(60)
    assert {c["lastStatus"] for c in account.task(task)["containers"]} == {"STOPPED"}


def test_without_an_execution_role_nobody_looks(account):
    """Facts, section 13: the execution role is required, the agent's image is pulled with it."""
    account.register("free", image="nginx", executionRoleArn=ROLE)
    account.call(
        "RegisterTaskDefinition",
        family="bare",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "app", "image": "bad:1"}],
    )
    account.run("bare")
    account.advance(300)
    assert account.threats.findings == []


def test_a_cluster_can_opt_out_with_a_tag(account):
    """Facts, section 13: GuardDutyManaged = false."""
    tag = {"key": "GuardDutyManaged", "value": "false"}
    account.call("TagResource", resourceArn=account.plane.state.clusters["default"].arn, tags=[tag])
    account.run("web")
    account.advance(300)
    assert account.threats.findings == []


def test_tasks_that_were_there_before_are_not_watched(account):
    """The agent comes with the task: monitoring that is turned on later sees new tasks only."""
    account.threats.watching = set()
    account.run("web")
    account.advance(60)
    account.threats.watching = {FARGATE}
    account.advance(300)
    assert account.threats.findings == []
    account.run("web")
    account.advance(300)
    assert len(account.threats.findings) == 1


def test_a_miner_that_is_stopped_in_time_is_never_found(account):
    """Nothing is found of a container that has ended."""
    task = account.run("web")[0]
    account.advance(40)
    account.call("StopTask", task=task)
    account.advance(300)
    assert account.threats.findings == []


def test_machines_elsewhere_are_not_watched(account):
    """Facts, section 13, not for ECS Anywhere and Windows: no agent is looked for there."""
    account.threats.watching = {FARGATE, "EC2_AGENT_MANAGEMENT"}
    windows = {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE", "cpuArchitecture": "X86_64"}
    account.register("win", image="nginx", runtimePlatform=windows, cpu="1024", memory="2048")
    account.run("win")
    account.advance(60)
    task = next(t for t in account.plane.state.clusters["default"].tasks.values())
    assert task.monitored_by is None
    assert task.sidecars == []


def test_a_service_revision_says_whether_it_is_watched(account):
    """Facts, section 13: guardDutyEnabled of DescribeServiceRevisions."""
    told = {}
    for name, watching in (("watched", {FARGATE}), ("alone", set())):
        account.threats.watching = watching
        account.serve(name, "web", 1)
        arn = account.service(name)["currentServiceRevisions"][0]["arn"]
        found = account.call("DescribeServiceRevisions", serviceRevisionArns=[arn])[
            "serviceRevisions"
        ][0]
        told[name] = found["guardDutyEnabled"]
    assert told == {"watched": True, "alone": False}


EXEC = {"container": "app", "command": "sh", "interactive": True}


def test_exec_needs_a_task_that_was_run_for_it(account):
    """Facts, section 1.3: the managed agent is only there when it was asked for at launch."""
    task = account.run("web")[0]
    account.advance(60)
    error = refused(account, "ExecuteCommand", **EXEC, task=task)
    assert error.code == "InvalidParameterException"
    assert "was not enabled when the task was run" in error.message


def test_exec_needs_a_name_where_an_agent_was_added(account):
    """Facts, section 30: needed when Runtime Monitoring added a container; the wording is ours."""
    account.register("shell", taskRoleArn=ROLE)
    task = account.run("shell", enableExecuteCommand=True)[0]
    account.advance(60)
    error = refused(account, "ExecuteCommand", task=task, command="sh", interactive=True)
    assert error.message == "Container name is required for tasks with more than one container."


def test_exec_says_that_there_is_no_session(account):
    """What everything is right for is refused as not simulated, and never faked."""
    account.register("shell", taskRoleArn=ROLE)
    task = account.run("shell", enableExecuteCommand=True)[0]
    wait = refused(account, "ExecuteCommand", **EXEC, task=task)
    assert wait.code == "TargetNotConnectedException"
    account.advance(60)
    error = refused(account, "ExecuteCommand", **EXEC, task=task)
    assert error.code == "UnsupportedFeatureException"
    assert (
        "not found in the task"
        in refused(account, "ExecuteCommand", **EXEC | {"container": "x"}, task=task).message
    )
    assert "not running" in refused(account, "ExecuteCommand", **EXEC, task="x").message
