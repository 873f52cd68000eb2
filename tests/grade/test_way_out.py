"""A learner who did everything right and left the public address out reads at once what
is missing (facts 2, section 31, row 24).
"""

import pytest
from answers import EXERCISE, MISTAKES, bare, function

from ecslab import check
from ecslab.course import way_out
from ecslab.grade.results import Outcome

WITHOUT = [
    (question, text) for question, mistake, text in MISTAKES if mistake.id == way_out.MISTAKE
]
CREATE = """
def deploy(lab, cluster, service, definition, copies, subnets):
    ecs = lab.client("ecs")
    ecs.create_cluster(clusterName=cluster)
    network = {"awsvpcConfiguration": {"subnets": subnets}}
    ecs.create_service(cluster=cluster, serviceName=service, taskDefinition=definition,
                       desiredCount=copies, launchType="FARGATE", networkConfiguration=network)
    def runs():
        told = ecs.describe_services(cluster=cluster, services=[service])["services"][0]
        return told["runningCount"] == copies
"""
RUN = """
def run_jobs(lab, cluster, definitions, subnets):
    ecs = lab.client("ecs")
    network = {"awsvpcConfiguration": {"subnets": subnets}}
    arns = [ecs.run_task(cluster=cluster, taskDefinition=definition, launchType="FARGATE",
                         networkConfiguration=network)["tasks"][0]["taskArn"]
            for definition in definitions]
    def codes():
        tasks = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]
        return {definition: task["containers"][0]["exitCode"]
                for definition, task in zip(definitions, tasks)}
"""
AND_THEN = {
    ("01-deploy", "returns"): "",
    ("01-deploy", "waits a minute"): 'lab.advance("1m")',
    (
        "01-deploy",
        "has a waiter",
    ): 'ecs.get_waiter("services_stable").wait(cluster=cluster, services=[service])',
    ("01-deploy", "settles"): "lab.settle()",
    ("01-deploy", "waits for them"): 'lab.until(runs, timeout="30m")',
    ("01-deploy", "waits for them for ever"): "while not runs(): lab.advance(5)",
    (
        "01-jobs",
        "waits until they have stopped",
    ): 'ecs.get_waiter("tasks_stopped").wait(cluster=cluster, tasks=arns); return codes()',
    (
        "01-jobs",
        "waits until they run",
    ): 'ecs.get_waiter("tasks_running").wait(cluster=cluster, tasks=arns); return codes()',
    ("01-jobs", "settles"): "lab.settle(); return codes()",
    ("01-jobs", "waits an hour"): 'lab.advance("1h"); return codes()',
    ("01-jobs", "returns"): "return dict.fromkeys(definitions, 0)",
}


@pytest.mark.parametrize(
    ("question", "text"), WITHOUT, ids=[question.id for question, _ in WITHOUT]
)
def test_the_tasks_own_words_are_cited(question, text):
    """The cause in plain English, and under it what DescribeTasks says on AWS too."""
    result = check(question.id, function(text, question.function))
    assert '`"assignPublicIp": "ENABLED"`' in result.cause
    assert result.cited.startswith('"stoppedReason": "')
    assert result.cited.endswith(':443: i/o timeout"')
    assert f"ECS says: {result.cited}" in str(result)
    assert result.cited.partition("Error: ")[2][:40] in result._repr_html_()


@pytest.mark.parametrize(("question", "way"), AND_THEN, ids=map(" ".join, AND_THEN))
def test_however_the_function_waits_the_cause_is_told(question, way):
    """Also when its own error is a waiter's, which says nothing of the network."""
    begin, name = (CREATE, "deploy") if question == "01-deploy" else (RUN, "run_jobs")
    result = check(question, function(f"{begin}    {AND_THEN[question, way]}\n", name))
    assert (result.mistake, bool(result.cited)) == (way_out.MISTAKE, True), str(result)
    assert result.points < result.worth


def test_what_came_after_an_error_is_not_its_cause():
    """Who reads at once reads too early, with an address or without one."""
    result = check("01-jobs", function(f"{RUN}    return codes()\n", "run_jobs"))
    assert (result.outcome, result.mistake, result.cited) == (Outcome.RAISED, "read-too-early", "")


def test_a_first_try_that_was_put_right_is_no_cause():
    """Tasks of the same definition run by now: what is still wrong is something else."""
    correct = """
    lab.advance("10m")
    network["awsvpcConfiguration"]["assignPublicIp"] = "ENABLED"
    ecs.update_service(cluster=cluster, service=service, desiredCount=copies + 1,
                       networkConfiguration=network)
"""
    result = check("01-deploy", function(CREATE + correct, "deploy"))
    assert (result.mistake, result.cited) == ("always-two", ""), str(result)


def test_another_failure_to_start_is_another_cause():
    """An image that nobody has pushed: the tasks had their addresses,
    and nothing is said about them.
    """
    right = bare(EXERCISE["01-heal"].routes["solution"]["heal"])
    with_address = right.replace("'image': image", "'image': image + '0'")
    absent = with_address.replace(", 'assignPublicIp': 'ENABLED'", "")
    assert right != with_address != absent
    result = check("01-heal", function(with_address, "heal"))
    assert (result.points, result.mistake, result.cited) == (0, "", ""), str(result)
    assert "CannotPull" in str(result)
    assert check("01-heal", function(absent, "heal")).mistake == way_out.MISTAKE
