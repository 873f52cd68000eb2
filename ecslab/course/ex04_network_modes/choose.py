"""04-choose: the network mode and the port mapping that a program's needs ask for."""

from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

from ecslab.course.ex04_network_modes import setting as scenery
from ecslab.course.lookups import fresh_names
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap
from ecslab.ground.chance import Chance
from ecslab.ground.text import Text

Json = dict[str, Any]
_OWN, _MANY, _FIXED, _MACHINE, _ISLAND = "own address", "many", "fixed", "machine", "island"
_CLUSTER = "try-out"  # or the next name that the function has not taken


def _cases(chance: Chance) -> Iterator[Case]:
    draw, names = chance.stream("choose"), fresh_names(chance)
    port = draw.randint(3000, 3999)
    yield _case(_MANY, "web", {"copies": draw.randint(4, 8), "listens_on": 8080})
    yield _case(_OWN, next(names), {"copies": 2, "listens_on": port, "own_address": True})
    outside = {"machine_port": draw.randint(9000, 9999)}
    yield _case(_FIXED, next(names), {"copies": 1, "listens_on": port} | outside)
    yield _case(_MACHINE, next(names), {"copies": 1, "listens_on": port, "sees_machine": True})
    yield _case(_ISLAND, next(names), {"copies": draw.randint(4, 8), "network": False})


def _case(about: str, family: str, needs: Json) -> Case:
    def arrange(_: CaseAccount) -> Mapping[str, Any]:
        return {"request": scenery.definition(family, None, scenery.container()), "needs": needs}

    return Case(arrange, about=about)


def _registered(run: Run) -> Json | None:
    """The newest revision of the family that the request names, or None."""
    found = run.scene.ecs.list_task_definitions(
        familyPrefix=run.given["request"]["family"], sort="DESC"
    )
    if not found["taskDefinitionArns"]:
        return None
    told = run.scene.ecs.describe_task_definition(taskDefinition=found["taskDefinitionArns"][0])
    return dict(told["taskDefinition"])


def _mode(run: Run) -> str:
    return scenery.mode_of(_registered(run) or {})


def _mappings(run: Run) -> list[Json]:
    containers = (_registered(run) or {}).get("containerDefinitions", [])
    return [mapping for container in containers for mapping in container["portMappings"]]


def _meets(run: Run) -> Gap | None:
    """The wanted copies run on one machine, and are reached as the needs say."""
    family, needs = run.given["request"]["family"], run.given["needs"]
    if _registered(run) is None:
        return Gap(Text("a revision of the family {family!r}", family=family), Text("no revision"))
    if gap := _wrong_network(run):
        return gap
    tasks, reason = _tried(run)
    if len(tasks) < needs["copies"]:
        told = (
            Text("{count}, then {reason}", count=len(tasks), reason=reason)
            if reason
            else str(len(tasks))
        )
        return Gap(Text("{copies} copies run on one m5.large", copies=needs["copies"]), told)
    return None


def _wrong_network(run: Run) -> Gap | None:
    """What the definition itself shows."""
    needs, mode = run.given["needs"], _mode(run)
    if needs.get("own_address") and mode != "awsvpc":
        return Gap(
            Text("an address for each copy"), Text("{mode}: the machine's address", mode=mode)
        )
    if needs.get("sees_machine") and mode != "host":
        return Gap(
            Text("the program sees the machine's network interface"),
            Text("{mode}: it does not", mode=mode),
        )
    if needs.get("network") is False:
        return (
            None
            if mode == "none"
            else Gap(
                Text("no network at all"), Text("{mode}: the program can call others", mode=mode)
            )
        )
    listening = [
        mapping for mapping in _mappings(run) if mapping["containerPort"] == needs["listens_on"]
    ]
    if mode == "none" or not listening:
        ports = [mapping["containerPort"] for mapping in _mappings(run)]
        return Gap(
            Text(
                "a port mapping for the container port {listens_on}", listens_on=needs["listens_on"]
            ),
            Text("{mode}, ports {ports}", mode=mode, ports=ports),
        )
    outside = needs.get("machine_port")
    if outside and not any(mapping.get("hostPort") == outside for mapping in listening):
        ports = [mapping.get("hostPort", 0) for mapping in listening]
        return Gap(
            Text("port {outside} of the machine leads to it", outside=outside),
            Text("{mode}, host ports {ports}", mode=mode, ports=ports),
        )
    return None


def _tried(run: Run) -> tuple[list[Json], str]:
    """The copies that run on an empty machine, and why another one does not."""
    scene, definition = run.scene, _registered(run)
    assert definition is not None, "there is a revision"
    taken = {arn.rpartition("/")[2] for arn in scene.ecs.list_clusters()["clusterArns"]}
    cluster = next(name for n in count() if (name := f"{_CLUSTER}-{n}") not in taken)
    scene.ecs.create_cluster(clusterName=cluster)
    scene.instances(cluster)
    answer = scene.ecs.run_task(
        cluster=cluster,
        taskDefinition=definition["taskDefinitionArn"],
        launchType="EC2",
        count=run.given["needs"]["copies"],
        **scenery.network(scene, scenery.mode_of(definition)),
    )
    run.lab.advance("1m")
    running = [task for task in scene.tasks(cluster) if task["lastStatus"] == "RUNNING"]
    return running, str(answer["failures"][0]["reason"]) if answer["failures"] else ""


def _needs(run: Run, name: str) -> bool:
    return bool(run.given["needs"].get(name))


def _many_in(run: Run, mode: str) -> bool:
    return (
        run.given["needs"]["copies"] > 1 and not _needs(run, "own_address") and _mode(run) == mode
    )


def _swapped(run: Run) -> bool:
    outside = run.given["needs"].get("machine_port")
    return bool(outside) and any(mapping["containerPort"] == outside for mapping in _mappings(run))


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "another-lab": lambda run: run.idle,
        "network-for-an-island": lambda run: (
            run.given["needs"].get("network") is False and _mode(run) != "none"
        ),
        "awsvpc-for-many": lambda run: _many_in(run, "awsvpc"),
        "host-for-many": lambda run: _many_in(run, "host"),
        "fixed-port-for-many": lambda run: (
            _many_in(run, "bridge") and any(mapping.get("hostPort") for mapping in _mappings(run))
        ),
        "shared-address": lambda run: _needs(run, "own_address") and _mode(run) != "awsvpc",
        "cannot-see-the-machine": lambda run: _needs(run, "sees_machine") and _mode(run) != "host",
        "swapped": _swapped,
        "no-port-mapping": lambda run: _needs(run, "listens_on") and not _mappings(run),
        "any-port": lambda run: _needs(run, "machine_port") and _mode(run) == "bridge",
    },
)

QUESTION = Question(
    id="04-choose",
    function="choose",
    title="Choose a mode",
    look=scenery.WHICH,
    cases=_cases,
    points=(
        Point("Many copies on one machine.", _meets, about=_MANY, look=scenery.BRIDGE),
        Point("An address for each copy.", _meets, about=_OWN, look=scenery.AWSVPC),
        Point(
            "A port of the machine that callers know.", _meets, about=_FIXED, look=scenery.BRIDGE
        ),
        Point(
            "A program that sees the machine's network.", _meets, about=_MACHINE, look=scenery.HOST
        ),
        Point("A program without a network.", _meets, about=_ISLAND, look=scenery.NONE),
    ),
    texts=_TEXTS,
)
