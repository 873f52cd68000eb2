"""05-batch: jobs on machines that come when they are needed, and go again."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ecslab.course.ex05_capacity import setting as scenery
from ecslab.course.lookups import fresh_names
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap
from ecslab.ground.chance import Chance
from ecslab.ground.text import Text
from ecslab.timeline.tasks import AboutTask

Json = dict[str, Any]
_ON_ONE = 2  # jobs that fit on one m5.large
_LARGEST = 10  # machines that the group may have
_TIME_MS = 45 * 60_000  # the promise: all jobs have ended


def _cases(chance: Chance) -> Iterator[Case]:
    draw, names = chance.stream("batch"), fresh_names(chance)
    yield _case("night", "report", jobs=7, minutes=5)
    yield _case(
        next(names), next(names), jobs=draw.choice((11, 12, 13)), minutes=draw.randint(6, 10)
    )


def _case(cluster: str, family: str, jobs: int, minutes: int) -> Case:
    def arrange(scene: CaseAccount) -> Mapping[str, Any]:
        scene.ecs.create_cluster(clusterName=cluster)
        group = f"{cluster}-machines"
        scenery.group(scene, group, cluster, _LARGEST)
        job = {"name": "app", "image": scene.images.push(f"{family}:1", exits_after=60 * minutes)}
        definition = scene.ecs.register_task_definition(
            family=family,
            requiresCompatibilities=["EC2"],
            networkMode="bridge",
            executionRoleArn=scene.execution_role,
            containerDefinitions=[job | {"cpu": 1024, "memory": 1024}],
        )["taskDefinition"]
        return {
            "cluster": cluster,
            "group": group,
            "task_definition": f"{family}:{definition['revision']}",
            "jobs": jobs,
        }

    return Case(arrange, then="65m")


def _jobs(run: Run) -> list[str]:
    """Every job there ever was, by its label; ECS itself forgets a task an hour after its end."""
    given = run.given
    of_it = {"definition": given["task_definition"], "cluster": given["cluster"]}
    lines = run.lab.timeline.where(AboutTask, **of_it)
    return list(dict.fromkeys(line.subject for line in lines))


def _accepted(run: Run) -> Gap | None:
    jobs, found = run.given["jobs"], len(_jobs(run))
    if found == jobs:
        return None
    return Gap(
        Text(
            "{jobs} tasks of {task_definition}",
            jobs=jobs,
            task_definition=run.given["task_definition"],
        ),
        Text("{found} tasks", found=found),
    )


def _ended(run: Run) -> Gap | None:
    """All jobs have ended with exit code 0, in time."""
    if gap := _accepted(run):
        return gap
    deadline_ms, jobs = run.answered_ms + _TIME_MS, _jobs(run)
    exits = [e for e in run.lab.timeline.where(exit_code=0) if e.at_ms <= deadline_ms]
    done = {event.subject.rpartition("/")[0] for event in exits}
    late = [job for job in jobs if job not in done]
    if not late:
        return None
    last = run.lab.timeline.of(late[0])[-1]
    return Gap(
        Text("{count} jobs end with exit code 0 within 45 minutes", count=len(jobs)),
        Text(
            "{count} of them; {late}: {kind}, {why}",
            count=len(jobs) - len(late),
            late=late[0],
            kind=last.kind,
            why=last.why,
        ),
    )


def _group(run: Run) -> Json:
    """The group as Auto Scaling shows it."""
    asked = run.lab.client("autoscaling").describe_auto_scaling_groups(
        AutoScalingGroupNames=[run.given["group"]]
    )
    found = asked["AutoScalingGroups"]
    return dict(found[0]) if found else {}


def _empty(run: Run) -> Gap | None:
    """The group has no machine any more, after it had some."""
    if gap := _ended(run):
        return gap
    found = _group(run)
    left = len(found.get("Instances", []))
    if found and not left:
        return None
    return Gap(
        Text("no machine at the end"),
        Text("{left} machines", left=left) if found else Text("no group"),
    )


def _most(run: Run) -> int:
    """The most machines that there were at a time."""
    now = most = 0
    for event in run.lab.timeline:
        if event.subject.startswith("instance/"):
            now += {"registered": 1, "deregistered": -1}.get(event.kind, 0)
            most = max(most, now)
    return most


def _needed(run: Run) -> int:
    return -(-int(run.given["jobs"]) // _ON_ONE)


def _no_more(run: Run) -> Gap | None:
    if gap := _ended(run):
        return gap
    most, needed = _most(run), _needed(run)
    return (
        None
        if most <= needed
        else Gap(
            Text("at most {needed} machines at a time", needed=needed),
            Text("{most} machines", most=most),
        )
    )


def _providers(run: Run) -> list[Json]:
    """The capacity providers of the group."""
    told = run.scene.ecs.describe_capacity_providers()["capacityProviders"]
    ours = f"/{run.given['group']}"
    return [
        p["autoScalingGroupProvider"]
        for p in told
        if p.get("autoScalingGroupProvider", {}).get("autoScalingGroupArn", "").endswith(ours)
    ]


def _scaled(run: Run) -> bool:
    return any(p["managedScaling"]["status"] == "ENABLED" for p in _providers(run))


def _spare(run: Run) -> bool:
    return any(p["managedScaling"].get("targetCapacity", 100) < 100 for p in _providers(run))  # noqa: PLR2004 - per cent


def _in_steps(run: Run) -> bool:
    return any(p["managedScaling"].get("minimumScalingStepSize", 1) > 1 for p in _providers(run))


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "another-lab": lambda run: run.idle,
        "service-instead-of-jobs": lambda run: bool(run.scene.services(run.given["cluster"])),
        "by-hand": lambda run: not _providers(run),
        "not-scaled": lambda run: bool(_providers(run)) and not _scaled(run),
        "jobs-forgotten": lambda run: len(_jobs(run)) < run.given["jobs"],
        "too-many-jobs": lambda run: len(_jobs(run)) > run.given["jobs"],
        "group-never-empty": lambda run: _group(run).get("MinSize", 0) > 0,
        "spare-machines": _spare,
        "large-steps": _in_steps,
    },
)

QUESTION = Question(
    id="05-batch",
    function="run_batch",
    title="Machines for a night's work",
    look=scenery.SCALING,
    cases=_cases,
    points=(
        Point("All jobs are started, each once.", _accepted),
        Point("All jobs end with exit code 0 within 45 minutes.", _ended),
        Point("In the end the group has no machine.", _empty, look=scenery.SHRINKING),
        Point("There are never more machines than the jobs fill.", _no_more),
    ),
    texts=_TEXTS,
)
