"""05-goodbye: a worker that gets the time to finish its work when its Spot task is interrupted."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ecslab.course.ex05_capacity import setting as scenery
from ecslab.course.ex05_capacity.setting import FARGATE_SPOT
from ecslab.course.lookups import fresh_names, listed, no_revision, registered
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap
from ecslab.ground.chance import Chance
from ecslab.ground.text import Text

Json = dict[str, Any]
_DEFAULT_S, _MOST_S = 30, 120  # facts, section 8.2: stopTimeout unless given, and at the most
_ALONE, _PAIR = "alone", "pair"
_CLUSTER = "try-out"


def _cases(chance: Chance) -> Iterator[Case]:
    draw, names = chance.stream("goodbye"), fresh_names(chance)
    yield _case(_ALONE, "worker", "worker", draw.randint(40, 60))
    yield _case(_PAIR, next(names), next(names), draw.randint(90, _MOST_S - 10), side=next(names))


def _case(about: str, family: str, worker: str, seconds: int, side: str = "") -> Case:
    """A worker that needs some seconds after SIGTERM, and sometimes a
    side container in front of it.
    """

    def arrange(scene: CaseAccount) -> Mapping[str, Any]:
        image = scene.images.push(f"{worker}:1", stops_in=seconds, sigterm_exit_code=0)
        containers: list[Json] = (
            [{"name": side, "image": scenery.IMAGE, "essential": False}] if side else []
        )
        request = {
            "family": family,
            "requiresCompatibilities": ["FARGATE"],
            "networkMode": "awsvpc",
            "cpu": "256",
            "memory": "512",
            "executionRoleArn": scene.execution_role,
            "containerDefinitions": [*containers, {"name": worker, "image": image}],
        }
        return {"request": request, "worker": worker, "seconds": seconds}

    return Case(arrange, about=about)


def _finishes(run: Run) -> Gap | None:
    """A task of the newest revision is interrupted, and its worker ends by itself."""
    definition = registered(run)
    if definition is None:
        return no_revision(run)
    task = _interrupted(run, definition)
    worker, seconds = run.given["worker"], run.given["seconds"]
    code = next((c.get("exitCode") for c in task["containers"] if c["name"] == worker), None)
    if code == 0:
        return None
    lines = run.lab.timeline.where(lambda e: worker in e.subject or e.kind == "stop wanted")
    told = tuple(map(str, lines))[-5:]
    return Gap(
        Text(
            "{worker} finishes in {seconds} s after SIGTERM, with exit code 0",
            worker=worker,
            seconds=seconds,
        ),
        Text("exit code {code}", code=code),
        told,
    )


def _interrupted(run: Run, definition: Json) -> Json:
    """One Spot task of the definition after its end."""
    ecs = run.scene.ecs
    ecs.create_cluster(clusterName=_CLUSTER)
    ecs.put_cluster_capacity_providers(
        cluster=_CLUSTER, capacityProviders=[FARGATE_SPOT], defaultCapacityProviderStrategy=[]
    )
    [task] = ecs.run_task(
        cluster=_CLUSTER,
        taskDefinition=definition["taskDefinitionArn"],
        capacityProviderStrategy=[{"capacityProvider": FARGATE_SPOT, "weight": 1}],
        networkConfiguration=run.scene.network(zones=1),
    )["tasks"]
    run.lab.advance("2m")
    run.lab.interrupt_spot(task["taskArn"])
    run.lab.advance("4m")
    return dict(ecs.describe_tasks(cluster=_CLUSTER, tasks=[task["taskArn"]])["tasks"][0])


def _the_same(run: Run) -> Gap | None:
    """The containers are those of the request."""
    definition = registered(run)
    if definition is None:
        return no_revision(run)
    before, after = (
        {f"{c['name']} ({c['image'].rpartition('/')[2]})" for c in found["containerDefinitions"]}
        for found in (run.given["request"], definition)
    )
    return (
        None
        if before == after
        else Gap(Text("the containers {before}", before=listed(before)), listed(after))
    )


def _timeouts(run: Run) -> dict[str, int]:
    """Each container's stopTimeout, if it has one."""
    containers = (registered(run) or {}).get("containerDefinitions", [])
    return {c["name"]: c["stopTimeout"] for c in containers if "stopTimeout" in c}


def _has(run: Run, member: str) -> bool:
    containers = (registered(run) or {}).get("containerDefinitions", [])
    return any(c["name"] == run.given["worker"] and c.get(member) for c in containers)


def _worker_s(run: Run) -> int:
    return _timeouts(run).get(run.given["worker"], _DEFAULT_S)


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "another-lab": lambda run: run.idle,
        "start-instead-of-stop": lambda run: _has(run, "startTimeout") and not _timeouts(run),
        "first-container": lambda run: (
            bool(_timeouts(run)) and run.given["worker"] not in _timeouts(run)
        ),
        "worker-alone": lambda run: _the_same(run) is not None,
        "half-a-minute": lambda run: run.given["worker"] not in _timeouts(run),
        "too-short": lambda run: _worker_s(run) < run.given["seconds"],
    },
)

QUESTION = Question(
    id="05-goodbye",
    function="let_finish",
    title="Time to finish",
    look=scenery.GOODBYE,
    cases=_cases,
    points=(
        Point("A worker alone in its task: it finishes.", _finishes, about=_ALONE),
        Point("A worker beside another container: it finishes.", _finishes, about=_PAIR),
        Point("The containers and their images stay as they are.", _the_same),
    ),
    texts=_TEXTS,
)
