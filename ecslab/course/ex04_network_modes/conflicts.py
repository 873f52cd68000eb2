"""04-conflicts: which tasks of a list find no place on one
machine, because their ports are taken.
"""

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from ecslab.course.ex04_network_modes import setting as scenery
from ecslab.course.lookups import fresh_names, listed
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap, shown
from ecslab.ground.chance import Chance, Stream
from ecslab.ground.text import Text
from ecslab.lab import Lab

Json = dict[str, Any]
_SHARED, _APART, _PROTOCOL, _LOSERS = (
    "one set of ports",
    "ports of their own",
    "protocols",
    "losers",
)
_KIND = "m5.4xlarge"  # more interfaces than any list has tasks


def _cases(chance: Chance) -> Iterator[Case]:
    draw, names = chance.stream("conflicts"), fresh_names(chance)
    plans = [
        (_SHARED, _shared(draw, ["web", "proxy", "metrics"])),
        (_SHARED, _shared(draw, [next(names) for _ in range(3)])),
        (_APART, _apart(draw, [next(names) for _ in range(5)])),
    ]
    names = fresh_names(chance)
    plans += [
        (_PROTOCOL, _protocols(draw, [next(names) for _ in range(4)])),
        (_LOSERS, _losers(draw, [next(names) for _ in range(4)])),
    ]
    answers = _really(json.dumps([tasks for _, tasks in plans]))
    for (about, tasks), losers in zip(plans, answers, strict=True):
        given = {"tasks": tasks}
        yield Case(lambda _, given=given: given, about=about, facts={"losers": list(losers)})  # type: ignore[misc]


def _task(family: str, mode: str | None, *ports: Json) -> Json:
    """What matters of a definition, in AWS's words."""
    return {
        "family": family,
        **({"networkMode": mode} if mode else {}),
        "portMappings": list(ports),
    }


def _outside(inner: int, outer: int) -> Json:
    return {"containerPort": inner, "hostPort": outer}


def _shared(draw: Stream, names: Sequence[str]) -> list[Json]:
    """A host task and two fixed bridge tasks: the port of one of them is the host task's."""
    port = draw.randint(3000, 3999)
    return [
        _task(names[0], "host", {"containerPort": port}),
        _task(names[1], "bridge", _outside(draw.randint(5000, 5999), port)),
        _task(names[2], "bridge", _outside(port, draw.randint(6000, 6999))),
    ]


def _apart(draw: Stream, names: Sequence[str]) -> list[Json]:
    """One container port in every mode: only the last task wants what another one has."""
    port = draw.randint(7000, 7999)
    return [
        _task(names[0], "host", {"containerPort": port}),
        _task(names[1], "awsvpc", {"containerPort": port}),
        _task(names[2], "bridge", {"containerPort": port}),
        _task(names[3], None, _outside(port, 0)),
        _task(names[4], "host", _outside(port, port)),
    ]


def _protocols(draw: Stream, names: Sequence[str]) -> list[Json]:
    """TCP is what a mapping without a protocol means, and UDP has ports of its own."""
    port = draw.randint(4000, 4999)
    return [
        _task(names[0], "bridge", _outside(port, port)),
        _task(names[1], "host", {"containerPort": port, "protocol": "udp"}),
        _task(names[2], "bridge", _outside(9000, port) | {"protocol": "tcp"}),
        _task(names[3], "bridge", _outside(9001, port) | {"protocol": "udp"}),
    ]


def _losers(draw: Stream, names: Sequence[str]) -> list[Json]:
    """The second task needs two ports, of which one is taken; the third wants the
    other one, the fourth nothing special.
    """
    first, second = draw.randint(3000, 3999), draw.randint(5000, 5999)
    return [
        _task(names[0], "bridge", _outside(8070, first)),
        _task(names[1], "bridge", _outside(8080, second), _outside(8081, first)),
        _task(names[2], "bridge", _outside(8090, second)),
        _task(names[3], "none"),
    ]


@lru_cache(maxsize=16)
def _really(written: str) -> tuple[tuple[str, ...], ...]:
    """Of each list: who finds no place when ECS starts one after the other on one
    machine, in a lab that nobody else sees.
    """
    with Lab() as lab:
        scene = CaseAccount(lab)
        return tuple(
            tuple(_left_out(scene, f"plan-{number}", tasks))
            for number, tasks in enumerate(json.loads(written))
        )


def _left_out(scene: CaseAccount, cluster: str, tasks: Sequence[Json]) -> Iterator[str]:
    scene.ecs.create_cluster(clusterName=cluster)
    scene.instances(cluster, kind=_KIND)
    for task in tasks:
        mode, container = task.get("networkMode"), scenery.container(ports=task["portMappings"])
        request = scenery.definition(task["family"], mode, container)
        made = scene.ecs.register_task_definition(**request)["taskDefinition"]
        answer = scene.ecs.run_task(
            cluster=cluster,
            taskDefinition=made["taskDefinitionArn"],
            launchType="EC2",
            **scenery.network(scene, mode),
        )
        if answer["failures"]:
            yield task["family"]


def _said(run: Run) -> list[str] | None:
    """The families of the answer, in any order; None when it is no collection of texts."""
    answer = run.returned
    if type(answer) not in {list, tuple, set, frozenset} or not all(
        type(name) is str for name in answer
    ):
        return None
    return sorted(answer)


def _right(run: Run) -> Gap | None:
    said, losers = _said(run), run.facts["losers"]
    if said == sorted(losers):
        return None
    return Gap(Text("no place for {losers}", losers=listed(losers)), shown(run.returned))


def _counted(run: Run, **how: bool) -> bool:
    """Whether the answer is what somebody finds who counts ports like this."""
    return _said(run) == sorted(_predicted(run.given["tasks"], **how))


def _predicted(
    tasks: Sequence[Json],
    *,
    inner: bool = False,  # every container port is a port of the machine
    addresses: bool = False,  # … those of awsvpc tasks only
    modes: bool = False,  # each mode has ports of its own
    protocols: bool = True,
    losers: bool = False,  # who finds no place keeps its ports
    first: bool = False,  # of a task, one port counts
) -> Iterator[str]:
    taken: set[object] = set()
    for task in tasks:
        mode, wanted = task.get("networkMode", "bridge"), set[object]()
        for mapping in task["portMappings"][: 1 if first else None]:
            outer = mapping.get("hostPort", 0)
            if mode == "host" or inner or (addresses and mode == "awsvpc"):
                outer = mapping["containerPort"]
            elif mode == "awsvpc":
                continue
            if outer:
                protocol = mapping.get("protocol", "tcp") if protocols else ""
                wanted.add((protocol, outer, mode if modes else ""))
        if wanted & taken:
            yield task["family"]
        if losers or not wanted & taken:
            taken |= wanted


def _all_who_want(run: Run) -> bool:
    """The answer also holds who came first: everybody with a port that somebody else wants too."""
    said = _said(run)
    return said is not None and run.given["tasks"][0]["family"] in said


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "no-names": lambda run: _said(run) is None,
        "container-ports": lambda run: _counted(run, inner=True),
        "who-came-first": _all_who_want,
        "each-mode-apart": lambda run: _counted(run, modes=True),
        "own-address-forgotten": lambda run: _counted(run, addresses=True),
        "protocol-forgotten": lambda run: _counted(run, protocols=False),
        "losers-keep-ports": lambda run: _counted(run, losers=True),
        "one-port": lambda run: _counted(run, first=True),
    },
)

QUESTION = Question(
    id="04-conflicts",
    function="left_out",
    title="Who finds no port",
    look=scenery.WHICH,
    cases=_cases,
    points=(
        Point(
            "Tasks in host mode and fixed host ports share the machine's ports.",
            _right,
            about=_SHARED,
        ),
        Point(
            "Tasks with an address of their own, and free host ports, are in nobody's way.",
            _right,
            about=_APART,
        ),
        Point("TCP and UDP are counted apart.", _right, about=_PROTOCOL),
        Point(
            "A task needs all its ports, and takes none when it finds no place.",
            _right,
            about=_LOSERS,
        ),
    ),
    texts=_TEXTS,
)
