"""01-register: a task definition that Fargate accepts, whatever its size, image and port."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ecslab.course.ex01_first_service import setting as scenery
from ecslab.course.lookups import fresh_names, listed
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap
from ecslab.ground.chance import Chance
from ecslab.ground.text import Text

# Some rows of Fargate's table (facts, section 2.1); the first is the notebook's own example.
_SIZES = ((256, 512), (512, 2048), (1024, 3072), (2048, 8192), (4096, 16384))


def _cases(chance: Chance) -> Iterator[Case]:
    draw, names = chance.stream("register"), fresh_names(chance)
    yield _case("web", "public.ecr.aws/nginx/nginx:1.27", _SIZES[0], 80)
    size = draw.choice(_SIZES[1:])
    image = f"public.ecr.aws/{next(names)}/{next(names)}:{draw.randrange(2, 20)}"
    yield _case(next(names), image, size, draw.randrange(3000, 9000), older=True)


def _case(
    family: str, image: str, size: tuple[int, int], port: int, *, older: bool = False
) -> Case:
    def arrange(scene: CaseAccount) -> Mapping[str, Any]:
        if older:
            scene.register(family, {"name": "old", "image": "busybox"})
        return {"family": family, "image": image, "cpu": size[0], "memory": size[1], "port": port}

    return Case(arrange, facts={"revision": 2 if older else 1})


def _newest(run: Run) -> dict[str, Any] | None:
    """The newest revision of the asked family, when the function registered one."""
    arns = run.scene.ecs.list_task_definitions(familyPrefix=run.given["family"], sort="DESC")[
        "taskDefinitionArns"
    ]
    mine = [arn for arn in arns if arn.rpartition("/")[2].partition(":")[0] == run.given["family"]]
    if len(mine) < run.facts["revision"]:
        return None
    found: dict[str, Any] = run.scene.ecs.describe_task_definition(taskDefinition=mine[0])[
        "taskDefinition"
    ]
    return found


def _missing(run: Run) -> Gap:
    return Gap(
        Text("a new revision of the family {family!r}", family=run.given["family"]),
        Text("no new revision"),
    )


def _has_the_size(run: Run) -> Gap | None:
    found = _newest(run)
    if found is None:
        return _missing(run)
    got, wanted = (
        (found.get("cpu"), found.get("memory")),
        (str(run.given["cpu"]), str(run.given["memory"])),
    )
    return (
        None
        if got == wanted
        else Gap(
            Text("cpu {cpu!r} and memory {memory!r} for the task", cpu=wanted[0], memory=wanted[1]),
            Text("cpu {cpu!r} and memory {memory!r}", cpu=got[0], memory=got[1]),
        )
    )


def _uses_the_image(run: Run) -> Gap | None:
    found = _newest(run)
    if found is None:
        return _missing(run)
    containers = found["containerDefinitions"]
    image, port = run.given["image"], run.given["port"]
    ports = [
        mapping.get("containerPort") for c in containers for mapping in c.get("portMappings", [])
    ]
    if [c["image"] for c in containers] != [image]:
        return Gap(
            Text("one container, with the image {image}", image=image),
            listed(c["image"] for c in containers),
        )
    return (
        None
        if ports == [port]
        else Gap(
            Text("container port {port}", port=port),
            Text("container ports: {ports}", ports=listed(ports)),
        )
    )


def _runs_on_fargate(run: Run) -> Gap | None:
    found = _newest(run)
    if found is None:
        return _missing(run)
    ecs = run.scene.ecs
    ecs.create_cluster(clusterName="try-out")
    try:
        started = run.scene.run("try-out", found["taskDefinitionArn"])
    except ecs.exceptions.ClientError as refused:
        return Gap(Text("run_task on Fargate accepts it"), str(refused))
    run.lab.advance("5m")
    task = ecs.describe_tasks(cluster="try-out", tasks=[started])["tasks"][0]
    if task["lastStatus"] == "RUNNING":
        return None
    return Gap(
        Text("a task of it is RUNNING within five minutes"),
        f"{task['lastStatus']}: {task.get('stoppedReason', '')}",
    )


def _not_for_fargate(run: Run) -> bool:
    found = _newest(run)
    return found is not None and "FARGATE" not in found.get("compatibilities", [])


def _always_the_example(run: Run) -> bool:
    found = _newest(run)
    return found is not None and found.get("cpu") == str(_SIZES[0][0]) != str(run.given["cpu"])


def _no_port(run: Run) -> bool:
    found = _newest(run)
    return found is not None and not any(
        c.get("portMappings") for c in found["containerDefinitions"]
    )


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "not-for-fargate": _not_for_fargate,
        "always-the-same-size": _always_the_example,
        "no-port": _no_port,
        "another-lab": lambda run: run.idle,
    },
)

QUESTION = Question(
    id="01-register",
    function="register",
    title="Describe a task",
    look=scenery.TASK_DEFINITION,
    cases=_cases,
    points=(
        Point("The task has the size that was asked for.", _has_the_size),
        Point("Its one container uses the image and opens the port.", _uses_the_image),
        Point(
            "Fargate accepts the definition, and a task of it reaches RUNNING.", _runs_on_fargate
        ),
    ),
    texts=_TEXTS,
)
