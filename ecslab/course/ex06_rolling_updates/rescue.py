"""06-rescue: a deployment in which ECS may neither start nor stop a task,
to be finished without losing one.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ecslab.course.ex06_rolling_updates import setting as scenery
from ecslab.course.lookups import fresh_names
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.promises import always
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap
from ecslab.ground.chance import Chance
from ecslab.ground.text import Text
from ecslab.timeline.services import AboutService, TasksStarted

# Before the call, and: several times what the deployment takes once it may move.
_STUCK_FOR, _TIME = "20m", "20m"
_FULL = 100


def _cases(chance: Chance) -> Iterator[Case]:
    draw, names = chance.stream("rescue"), fresh_names(chance)
    yield _case("shop", "web", desired=1, percents=(50, 150))
    desired = draw.choice((2, 4, 5))
    yield _case(next(names), next(names), desired=desired, percents=(85, 100))
    desired, percents = draw.choice(((3, (75, 125)), (2, (60, 140)), (6, (90, 115))))
    yield _case(next(names), next(names), desired=desired, percents=percents)


def _case(cluster: str, service: str, desired: int, percents: tuple[int, int]) -> Case:
    """A service whose next revision was asked for twenty minutes ago, and which may not move."""

    def arrange(scene: CaseAccount) -> Mapping[str, Any]:
        family = f"{service}-app"
        old = scene.register(family, scenery.app("public.ecr.aws/nginx/nginx:1.27"))
        rebalancing = "DISABLED" if percents[1] == _FULL else "ENABLED"
        scenery.serve(
            scene,
            cluster,
            service,
            old,
            desired=desired,
            percents=percents,
            availabilityZoneRebalancing=rebalancing,
        )
        new = scene.register(family, scenery.app("public.ecr.aws/nginx/nginx:1.28"))
        scene.ecs.update_service(cluster=cluster, service=service, taskDefinition=new)
        scene.lab.advance(_STUCK_FOR)
        return {"cluster": cluster, "service": service}

    return Case(arrange, then=_TIME, facts={"desired": desired, "percents": percents})


def _new(run: Run) -> str:
    return f"{run.given['service']}-app:2"


def _deployed(run: Run) -> Gap | None:
    return scenery.runs_alone(run, _new(run))


def _all_there(run: Run) -> Gap | None:
    """Never fewer RUNNING tasks than wanted; and it is no merit to have changed nothing."""
    desired, name = run.facts["desired"], run.given["service"]
    promise = always(
        Text("at least {desired} tasks of {name} run", desired=desired, name=name),
        lambda now: now.running(name, run.given["cluster"]) >= desired,
        got=lambda now: Text("{running} run", running=now.running(name, run.given["cluster"])),
    )
    return promise.broken_in(run.lab.timeline, run.began_ms, run.ended_ms) or _moved(run)


def _moved(run: Run) -> Gap | None:
    starts = run.lab.timeline.where(TasksStarted, service=run.given["service"])
    if any(event.at_ms > run.began_ms for event in starts):
        return None
    return Gap(
        Text("the deployment goes on: new tasks are started"),
        Text("no task was started since the call"),
    )


def _same_size(run: Run) -> Gap | None:
    wanted, found = run.facts["desired"], scenery.service(run)["desiredCount"]
    if found != wanted:
        return Gap(
            Text("the service wants {wanted}, as before", wanted=wanted),
            Text("it wants {found}", found=found),
        )
    return _moved(run)


def _free(run: Run) -> Gap | None:
    """With these percentages the next deployment could move too."""
    found = scenery.service(run)
    floor, ceiling = scenery.bounds(found)
    if floor < found["desiredCount"] or ceiling > found["desiredCount"]:
        return None
    told = Text(
        "with {desired_count} wanted, the floor is {floor} and the ceiling is {ceiling}",
        desired_count=found["desiredCount"],
        floor=floor,
        ceiling=ceiling,
    )
    return Gap(Text("a floor below the desired count, or a ceiling above it"), told)


def _stopped_by_hand(run: Run) -> bool:
    return any(
        task.get("stopCode") == "UserInitiated" for task in run.scene.tasks(run.given["cluster"])
    ) and bool(_free(run))


def _forced(run: Run) -> bool:
    listed = run.scene.ecs.list_service_deployments(
        cluster=run.given["cluster"], service=run.given["service"]
    )
    return len(listed["serviceDeployments"]) > 2 and scenery.percents(run) == run.facts["percents"]  # noqa: PLR2004 - its first and the stuck one


def _back_to_old(run: Run) -> bool:
    return str(scenery.service(run)["taskDefinition"]).endswith("-app:1")


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "another-lab": lambda run: run.idle,
        "waits": lambda run: not _moved_or_changed(run),
        "back-to-the-old": _back_to_old,
        "stopped-by-hand": _stopped_by_hand,
        "other-size": lambda run: _same_size(run) is not None and _moved(run) is None,
        "forced-again": _forced,
        "floor-taken-away": lambda run: (
            scenery.percents(run)[0] < run.facts["percents"][0] and _all_there(run) is not None
        ),
        "not-enough-room": lambda run: (
            scenery.percents(run) != run.facts["percents"] and _free(run) is not None
        ),
    },
)


def _moved_or_changed(run: Run) -> bool:
    """Whether anything about the service happened since the call."""
    told = run.lab.timeline.where(AboutService, service=run.given["service"])
    return any(event.at_ms >= run.began_ms for event in told)


QUESTION = Question(
    id="06-rescue",
    function="rescue",
    title="Rescue a deployment that is stuck",
    look=scenery.STUCK,
    cases=_cases,
    points=(
        Point("The new revision is deployed, and nothing else runs.", _deployed),
        Point("At every moment as many tasks run as are wanted.", _all_there, look=scenery.ORDER),
        Point("In the end the service wants as many tasks as before.", _same_size),
        Point("The next deployment will not be stuck.", _free, look=scenery.BOUNDS),
    ),
    texts=_TEXTS,
)
