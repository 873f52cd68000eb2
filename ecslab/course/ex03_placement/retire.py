"""03-retire: an instance leaves the cluster, and neither the service nor a one-off task notices."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ecslab.course.ex03_placement import setting as scenery
from ecslab.course.lookups import fresh_names
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.promises import always
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap
from ecslab.ground.chance import Chance
from ecslab.ground.text import Text
from ecslab.timeline.tasks import AboutTask

Json = dict[str, Any]
# How long the one-off task works; it has worked a minute when the function is called.
_WORKS_S = 300
_LIMITS = "maximumPercent"
_JOB = "report:1"  # the one-off task


def _cases(chance: Chance) -> Iterator[Case]:
    draw, names = chance.stream("retire"), fresh_names(chance)
    # 90 per cent of three or six copies, rounded up, are all of them: this
    # service may neither stop nor start one.
    yield _case("shop", "web", copies=3, limits=(90, 100))
    yield _case(next(names), next(names), copies=draw.choice((3, 6)), limits=(0, 100))


def _case(cluster: str, service: str, copies: int, limits: tuple[int, int]) -> Case:
    """Three instances with as many copies each, and a one-off task on the one that has to go."""

    def arrange(scene: CaseAccount) -> Mapping[str, Any]:
        ecs = scene.ecs
        ecs.create_cluster(clusterName=cluster)
        machines = scene.machines(cluster, 3)
        ecs.create_service(
            cluster=cluster,
            serviceName=service,
            taskDefinition=scenery.define(scene, f"{service}-app", 128, 256),
            desiredCount=copies,
            launchType="EC2",
            deploymentConfiguration={"minimumHealthyPercent": limits[0], _LIMITS: limits[1]},
        )
        scene.lab.settle()
        job = scenery.define(
            scene,
            _JOB.partition(":")[0],
            64,
            128,
            image=scene.images.push("report:1", exits_after=_WORKS_S),
        )
        ecs.start_task(cluster=cluster, taskDefinition=job, containerInstances=machines[1:2])
        scene.lab.advance("1m")
        return {"cluster": cluster, "service": service, "instance": machines[1]}

    return Case(arrange, then="10m", facts={"copies": copies, "limits": limits})


def _never_fewer(run: Run) -> Gap | None:
    cluster, service, copies = run.given["cluster"], run.given["service"], run.facts["copies"]
    if run.idle:
        return Gap(
            Text(
                "the instance is emptied, and {copies} tasks of {service} go on",
                copies=copies,
                service=service,
            ),
            Text("nothing has happened"),
        )
    promise = always(
        Text("at least {copies} tasks of {service} run", copies=copies, service=service),
        lambda now: now.running(service, cluster) >= copies,
        got=lambda now: Text("{running} run", running=now.running(service, cluster)),
    )
    return promise.broken_in(run.lab.timeline, run.began_ms, run.ended_ms)


def _worked_to_its_end(run: Run) -> Gap | None:
    expected = Text("the one-off task ends by itself, with exit code 0")
    if run.idle:
        return Gap(
            Text("the instance is emptied, and {expected}", expected=expected),
            Text("nothing has happened"),
        )
    # ECS forgets a stopped task after an hour, and the function may wait
    # longer: the timeline remembers.
    job = run.lab.timeline.where(AboutTask, definition=_JOB)[0].subject
    story = run.lab.timeline.of(job)
    ended = [event for event in story if event.subject == job and event.kind == "STOPPED"]
    if not ended:
        return Gap(expected, Text("it has not ended"), tuple(map(str, story))[-2:])
    by_itself = story.where(kind="stop wanted", stop_code="EssentialContainerExited")
    codes = [event.facts.get("exit_code") for event in story.where(kind="exited")]
    return None if len(by_itself) and codes == [0] else Gap(expected, ended[0].why)


def _has_left(run: Run) -> Gap | None:
    status, at_ms = _status(run), _left_ms(run)
    if status in {"INACTIVE", "MISSING"} and at_ms is not None and at_ms <= run.answered_ms:
        return None
    later = status in {"INACTIVE", "MISSING"}
    got = Text("it left only later") if later else Text("its status is {status}", status=status)
    return Gap(Text("when the function returns, the instance is deregistered"), got)


def _status(run: Run) -> str:
    answer = run.scene.ecs.describe_container_instances(
        cluster=run.given["cluster"], containerInstances=[run.given["instance"]]
    )
    return (
        str(answer["containerInstances"][0]["status"])
        if answer["containerInstances"]
        else "MISSING"
    )


def _left_ms(run: Run) -> int | None:
    """When the instance left the cluster."""
    number = run.given["instance"].rpartition("/")[2]
    story = run.lab.timeline.where(instance=number)
    return min((e.at_ms for e in story if e.kind in {"deregistered", "terminated"}), default=None)


def _drained(run: Run) -> bool:
    return any(e.kind == "draining" for e in run.lab.timeline)


def _switched_off(run: Run) -> bool:
    return any(e.kind == "terminated" for e in run.lab.timeline)


def _by_force(run: Run) -> bool:
    tasks = run.scene.tasks(run.given["cluster"])
    return any("forced by user" in task.get("stoppedReason", "") for task in tasks)


def _by_hand(run: Run) -> bool:
    return any(
        task.get("stopCode") == "UserInitiated" for task in run.scene.tasks(run.given["cluster"])
    )


def _careless(run: Run) -> bool:
    """The service was allowed to stop its tasks before it had others."""
    return run.facts["limits"][0] == 0 and bool(_never_fewer(run))


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "another-lab": lambda run: run.idle,
        "switched-off": _switched_off,
        "by-force": _by_force,
        "by-hand": _by_hand,
        "only-drained": lambda run: _drained(run) and _status(run) == "DRAINING",
        "stopped-before-started": _careless,
    },
)

QUESTION = Question(
    id="03-retire",
    function="retire",
    title="Take an instance away",
    look=scenery.DRAINING,
    cases=_cases,
    points=(
        Point("At no time do fewer copies of the service run than it wants.", _never_fewer),
        Point("The one-off task on the instance works to its end.", _worked_to_its_end),
        Point(
            "When the function returns, the instance is no longer part of the cluster.", _has_left
        ),
    ),
    texts=_TEXTS,
)
