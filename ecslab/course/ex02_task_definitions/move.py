"""02-fargate: a definition written for EC2, made to fit Fargate in
the smallest size that holds it.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ecslab.course.ex02_task_definitions import setting as scenery
from ecslab.course.lookups import fresh_names, listed, no_revision, registered
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap
from ecslab.ground.chance import Chance
from ecslab.ground.text import Text

Json = dict[str, Any]

# The three rows of Fargate's table that the notebook shows (facts, section 2.1).
_SIZES = {256: (512, 1024, 2048), 512: range(1024, 4097, 1024), 1024: range(2048, 8193, 1024)}


def _cases(chance: Chance) -> Iterator[Case]:
    draw, names = chance.stream("move"), fresh_names(chance)
    yield _case("web", [_container("app", cpu=300, memory=900, port=80, outside=8080)])
    # More memory than the row of its CPU offers: the next row is needed.
    app, helper = next(names), next(names)
    yield _case(
        next(names),
        [
            _container(
                app,
                cpu=draw.choice((128, 160)),
                memory=draw.choice((2100, 2600)),
                port=draw.randint(3000, 3999),
            ),
            _container(helper, cpu=64, memory=draw.choice((256, 300)), links=[app]),
        ],
        placementConstraints=[{"type": "memberOf", "expression": "attribute:disk == ssd"}],
    )
    yield _case(
        next(names),
        [_container("app", cpu=200, memory=draw.choice((510, 512)), port=80, outside=80)],
    )


def _container(
    name: str, cpu: int, memory: int, port: int = 0, outside: int = 0, **more: Any
) -> Json:
    mapping = {"containerPort": port} | ({"hostPort": outside} if outside else {})
    return {
        "name": name,
        "image": f"public.ecr.aws/docker/library/{name}:1",
        "cpu": cpu,
        "memory": memory,
        "environment": [{"name": "MODE", "value": name}],
        **({"portMappings": [mapping]} if port else {}),
        **more,
    }


def _case(family: str, containers: list[Json], **more: Any) -> Case:
    def arrange(_: CaseAccount) -> Mapping[str, Any]:
        request = {
            "family": family,
            "requiresCompatibilities": ["EC2"],
            "networkMode": "bridge",
        } | more
        return {"request": request | {"containerDefinitions": containers}}

    needs = sum(c["cpu"] for c in containers), sum(c["memory"] for c in containers)
    fitting = [
        (cpu, memory)
        for cpu, row in _SIZES.items()
        for memory in row
        if cpu >= needs[0] and memory >= needs[1]
    ]
    kept = [_kept(container) for container in containers]
    return Case(arrange, facts={"needs": needs, "size": min(fitting), "kept": kept})


def _kept(container: Json) -> Json:
    """What must be the same afterwards; what Fargate does not know
    (links, host ports) is not in it.
    """
    return {
        "image": container["image"],
        "ports": [mapping["containerPort"] for mapping in container.get("portMappings", [])],
        "environment": container.get("environment", []),
        "name": container["name"],
    }


def _fits(run: Run) -> Gap | None:
    found = registered(run)
    if found is None:
        return no_revision(run)
    where = found.get("compatibilities", [])
    return (
        None
        if "FARGATE" in where
        else Gap(Text("a revision that fits FARGATE"), Text("it fits {where}", where=listed(where)))
    )


def _size(run: Run) -> tuple[int, int] | None:
    """The task size of the newest revision."""
    found = registered(run) or {}
    return (
        (int(found["cpu"]), int(found["memory"]))
        if found.get("cpu") and found.get("memory")
        else None
    )


def _smallest(run: Run) -> Gap | None:
    if registered(run) is None:
        return no_revision(run)
    size, needs = _size(run), run.facts["needs"]
    if size == run.facts["size"]:
        return None
    got = (
        Text("no task size")
        if size is None
        else Text("cpu {cpu} and memory {memory}", cpu=size[0], memory=size[1])
    )
    return Gap(
        Text(
            "the smallest size with room for {cpu} CPU units and {memory} MiB",
            cpu=needs[0],
            memory=needs[1],
        ),
        got,
    )


def _the_same(run: Run) -> Gap | None:
    found = registered(run)
    if found is None:
        return no_revision(run)
    there = {c["name"]: _kept(c) for c in found["containerDefinitions"]}
    for wanted in run.facts["kept"]:
        got = there.get(wanted["name"])
        if got is None:
            return Gap(
                Text("a container {name}", name=wanted["name"]),
                Text("containers: {there}", there=listed(there)),
            )
        for member in ("image", "ports", "environment"):
            if got[member] != wanted[member]:
                return Gap(
                    Text(
                        "{member} of {name}: {wanted}",
                        member=member,
                        name=wanted["name"],
                        wanted=wanted[member],
                    ),
                    str(got[member]),
                )
    return None


def _works(run: Run) -> Gap | None:
    found = registered(run)
    return no_revision(run) if found is None else scenery.runs(run, found)


def _lost_ports(run: Run) -> bool:
    found = registered(run)
    return found is not None and not any(c["portMappings"] for c in found["containerDefinitions"])


def _lost_containers(run: Run) -> bool:
    found = registered(run)
    return found is not None and len(found["containerDefinitions"]) < len(run.facts["kept"])


def _generous(run: Run) -> bool:
    size = _size(run)
    return size is not None and size > run.facts["size"]


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "another-lab": lambda run: run.idle,
        "another-family": lambda run: registered(run) is None,
        "for-ec2-still": lambda run: "FARGATE" not in (registered(run) or {})["compatibilities"],
        "lost-containers": _lost_containers,
        "lost-ports": _lost_ports,
        "bigger-than-needed": _generous,
    },
)

QUESTION = Question(
    id="02-fargate",
    function="to_fargate",
    title="Move a definition to Fargate",
    look=scenery.FARGATE,
    cases=_cases,
    points=(
        Point("The newest revision of the family fits Fargate.", _fits),
        Point(
            "The task has the smallest Fargate size that holds its containers.",
            _smallest,
            look=scenery.SIZES,
        ),
        Point("The containers keep their names, images, ports and variables.", _the_same),
        Point("A task of it runs on Fargate.", _works),
    ),
    texts=_TEXTS,
)
