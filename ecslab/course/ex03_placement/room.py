"""03-room: how many more tasks of a definition each container instance can take."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path
from typing import Any

from ecslab.course.ex03_placement import setting as scenery
from ecslab.course.lookups import fresh_names, instance_arns
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap, shown
from ecslab.ground.chance import Chance
from ecslab.ground.text import Text

Pair = tuple[int, int]  # CPU units, MiB
_SIZE, _SOFT, _PORT, _DRAIN = "CPU and memory", "the reservation", "the port", "the state"
_MACHINE = (2048, 7985)  # what an m5.large registers
_SIDE = (32, 100)  # what the second container of a new task needs
_MOST_AT_ONCE = 10  # tasks in one RunTask (facts, section 15)


@dataclass(frozen=True)
class _Plan:
    """What runs on each instance already, and what the new tasks need."""

    about: str
    loads: tuple[Pair, ...]
    need: Pair
    soft: int = 0  # memoryReservation, when there is one
    port: int = 0  # a fixed host port, which the first instance has given away
    draining: bool = False  # the first instance


def _cases(chance: Chance) -> Iterator[Case]:
    draw, names = chance.stream("room"), fresh_names(chance)
    yield _case("shop", _Plan(_SIZE, ((1024, 1000), (256, 6000)), (256, 900)))
    heavy = (
        (draw.choice((1100, 1200)), 800),
        (draw.choice((128, 192)), draw.randrange(5600, 6001, 100)),
        (64, 64),
    )
    yield _case(
        next(names), _Plan(_SIZE, heavy, (draw.choice((128, 160)), draw.choice((700, 750))))
    )
    yield _case(
        next(names),
        _Plan(_SOFT, ((64, 128),), (96, draw.choice((2000, 2500))), soft=draw.choice((500, 600))),
    )
    yield _case(
        next(names), _Plan(_PORT, ((64, 128), (64, 128)), (64, 256), port=draw.randint(8000, 8999))
    )
    yield _case(
        next(names),
        _Plan(_DRAIN, ((0, 0), (512, 512)), (256, draw.choice((900, 1000))), draining=True),
    )


def _case(cluster: str, plan: _Plan) -> Case:
    def arrange(scene: CaseAccount) -> Mapping[str, Any]:
        ecs = scene.ecs
        ecs.create_cluster(clusterName=cluster)
        machines = scene.instances(cluster, len(plan.loads))
        for number, (machine, load) in enumerate(zip(machines, plan.loads, strict=True)):
            mapping = (
                [{"containerPort": 80, "hostPort": plan.port}] if plan.port and not number else []
            )
            if load != (0, 0):
                there = scenery.define(scene, f"there-{number}", *load, portMappings=mapping)
                ecs.start_task(cluster=cluster, taskDefinition=there, containerInstances=[machine])
        scene.lab.advance("1m")
        if plan.draining:
            ecs.update_container_instances_state(
                cluster=cluster, containerInstances=machines[:1], status="DRAINING"
            )
        return {"cluster": cluster, "definition": _define(scene, plan)}

    return Case(arrange, about=plan.about, facts={"plan": plan})


def _define(scene: CaseAccount, plan: _Plan) -> str:
    """Two containers that need together what the plan says."""
    cpu, memory = plan.need
    more: dict[str, Any] = (
        {"portMappings": [{"containerPort": 80, "hostPort": plan.port}]} if plan.port else {}
    )
    if plan.soft:
        more["memoryReservation"] = plan.soft
    app = {
        "name": "app",
        "image": "public.ecr.aws/nginx/nginx:1.27",
        "cpu": cpu - _SIDE[0],
        "memory": memory - _SIDE[1],
    } | more
    side = {
        "name": "side",
        "image": "public.ecr.aws/docker/library/busybox:1",
        "cpu": _SIDE[0],
        "memory": _SIDE[1],
    }
    return scenery.define_all(scene, "new", app, side)


def _machines(run: Run) -> list[str]:
    """The cluster's instances, in the order of the plan."""
    return instance_arns(run.scene, run.given["cluster"])


def _right(run: Run) -> Gap | None:
    """The answer is what ECS then does, when it is asked for as many
    as it can place on each instance.
    """
    if not isinstance(run.returned, dict):
        return Gap(
            Text("a dictionary: {{ARN of a container instance: number}}"), shown(run.returned)
        )
    if not run.idle:
        return Gap(
            Text("an account as it was: the function only looks"),
            Text("the function made something happen in it"),
        )
    answer = dict(dict.items(run.returned))  # what is in it, whatever a class of their own says
    for machine in _machines(run):
        if machine not in answer:
            return Gap(
                Text("an entry for the instance {machine}", machine=machine),
                Text("the keys {answer}", answer=shown(list(answer))),
            )
        placed, told = _placed(run, machine), answer[machine]
        if type(told) not in {int, float} or told != placed:
            who = Text("the instance {short}", short=scenery.short(machine))
            return Gap(
                Text(
                    "{placed} for {who}: asked for more, ECS placed {placed} on it",
                    placed=placed,
                    who=who,
                ),
                Text("{told} for {who}", told=shown(told), who=who),
            )
    return None


def _placed(run: Run, machine: str) -> int:
    ecs, cluster = run.scene.ecs, run.given["cluster"]
    found = ecs.describe_container_instances(cluster=cluster, containerInstances=[machine])[
        "containerInstances"
    ]
    here = {"type": "memberOf", "expression": f"ec2InstanceId == {found[0]['ec2InstanceId']}"}
    placed = 0
    while True:
        answer = ecs.run_task(
            cluster=cluster,
            taskDefinition=run.given["definition"],
            count=_MOST_AT_ONCE,
            launchType="EC2",
            placementConstraints=[here],
        )
        placed += len(answer["tasks"])
        if answer["failures"]:
            return placed


def _says(
    run: Run,
    *,
    cpu: bool = True,
    memory: bool = True,
    hard: bool = False,
    empty: bool = False,
    one: bool = False,  # container
    up: bool = False,  # to the next whole task
) -> bool:
    """Whether the answer is what one gets by looking at these things
    only, on every instance alike.
    """
    plan: _Plan = run.facts["plan"]
    soft = plan.soft + _SIDE[1] if plan.soft and not hard else plan.need[1]
    need = (plan.need[0] - _SIDE[0], soft - _SIDE[1]) if one else (plan.need[0], soft)
    expected = []
    for load in plan.loads:
        free = _MACHINE if empty else (_MACHINE[0] - load[0], _MACHINE[1] - load[1])
        fits = [
            left / wants
            for left, wants, seen in zip(free, need, (cpu, memory), strict=True)
            if seen
        ]
        expected.append(ceil(min(fits)) if up else floor(min(fits)))
    return (
        isinstance(run.returned, dict)
        and [run.returned.get(arn) for arn in _machines(run)] == expected
    )


def _about(run: Run, about: str) -> bool:
    return bool(run.facts["plan"].about == about)


def _not_whole(run: Run) -> bool:
    return isinstance(run.returned, dict) and any(
        isinstance(value, float) and not value.is_integer() for value in run.returned.values()
    )


def _keys_of_ec2(run: Run) -> bool:
    return isinstance(run.returned, dict) and any(str(key).startswith("i-") for key in run.returned)


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "nothing-returned": lambda run: run.returned is None,
        "tried-out": lambda run: not run.idle,
        "ids-of-ec2": _keys_of_ec2,
        "not-whole": _not_whole,
        "rounded-up": lambda run: _about(run, _SIZE) and _says(run, up=True),
        "one-container": lambda run: _about(run, _SIZE) and _says(run, one=True),
        "hard-limit": lambda run: _about(run, _SOFT) and _says(run, hard=True),
        "port-forgotten": lambda run: _about(run, _PORT) and _says(run),
        "state-forgotten": lambda run: _about(run, _DRAIN) and _says(run),
        "as-if-empty": lambda run: _says(run, empty=True),
        "cpu-only": lambda run: _says(run, memory=False),
        "memory-only": lambda run: _says(run, cpu=False),
    },
)

QUESTION = Question(
    id="03-room",
    function="room",
    title="How many more fit?",
    look=scenery.FULL,
    cases=_cases,
    points=(
        Point("CPU and memory: the one that is used up first decides.", _right, about=_SIZE),
        Point("A container with a memory reservation counts with it.", _right, about=_SOFT),
        Point("A fixed host port can be used once on an instance.", _right, about=_PORT),
        Point(
            "An instance that is DRAINING takes no new task.",
            _right,
            about=_DRAIN,
            look=scenery.DRAINING,
        ),
    ),
    texts=_TEXTS,
)
