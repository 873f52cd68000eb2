"""06-limits: the two percentages that keep a promise about the fewest and the
most tasks, whatever the desired count is.
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

_TIME = "40m"  # several times what the longest of these deployments takes, task by task
_ODD = (7, 9, 11)  # desired counts whose shares are no whole percentages: rounding decides
_CHECK = {
    "command": ["CMD-SHELL", "curl -f http://localhost/ || exit 1"],
    "interval": 10,
    "retries": 3,
}


def _cases(chance: Chance) -> Iterator[Case]:
    draw, names = chance.stream("limits"), fresh_names(chance)
    yield _case("shop", "web", desired=4, fewest=3, most=4)
    desired = draw.choice(_ODD)
    fewest = desired - draw.randint(1, 3)
    yield _case(
        next(names), next(names), desired=desired, fewest=fewest, most=desired + draw.randint(1, 3)
    )
    small = draw.choice((3, 6))
    yield _case(next(names), next(names), desired=small, fewest=small, most=small + 1)


def _case(cluster: str, service: str, desired: int, fewest: int, most: int) -> Case:
    def arrange(scene: CaseAccount) -> Mapping[str, Any]:
        container = scenery.app("public.ecr.aws/nginx/nginx:1.27", healthCheck=_CHECK)
        scenery.serve(
            scene, cluster, service, scene.register(f"{service}-app", container), desired=desired
        )
        newer = scenery.app("public.ecr.aws/nginx/nginx:1.28", healthCheck=_CHECK)
        return {
            "cluster": cluster,
            "service": service,
            "definition": scene.register(f"{service}-app", newer),
            "fewest": fewest,
            "most": most,
        }

    return Case(arrange, then=_TIME)


def _deployed(run: Run) -> Gap | None:
    return scenery.runs_alone(run, run.given["definition"])


def _above_the_floor(run: Run) -> Gap | None:
    fewest, name = run.given["fewest"], run.given["service"]
    promise = always(
        Text("at least {fewest} tasks of {name} run and are healthy", fewest=fewest, name=name),
        lambda now: scenery.healthy(now, name, run.given["cluster"]) >= fewest,
        got=lambda now: Text(
            "{healthy} are", healthy=scenery.healthy(now, name, run.given["cluster"])
        ),
    )
    return promise.broken_in(run.lab.timeline, run.began_ms, run.ended_ms) or _tried(run)


def _below_the_ceiling(run: Run) -> Gap | None:
    most, name = run.given["most"], run.given["service"]
    promise = always(
        Text("at most {most} tasks of {name} run or start", most=most, name=name),
        lambda now: scenery.alive(now, name, run.given["cluster"]) <= most,
        got=lambda now: Text(
            "there are {alive}", alive=scenery.alive(now, name, run.given["cluster"])
        ),
    )
    return promise.broken_in(run.lab.timeline, run.began_ms, run.ended_ms) or _tried(run)


def _tried(run: Run) -> Gap | None:
    """A promise about a deployment is not kept by deploying nothing."""
    if scenery.service(run)["taskDefinition"].endswith(f"/{run.given['definition']}"):
        return None
    return Gap(
        Text("a deployment of {definition}", definition=run.given["definition"]), Text("none")
    )


def _exact(run: Run) -> Gap | None:
    wanted = (run.given["fewest"], run.given["most"])
    found = scenery.service(run)
    if scenery.bounds(found) == wanted:
        return None
    asked = found["deploymentConfiguration"]
    floor, ceiling = scenery.bounds(found)
    return Gap(
        Text(
            "with {desired_count} wanted: a floor of {floor}, a ceiling of {ceiling}",
            desired_count=found["desiredCount"],
            floor=wanted[0],
            ceiling=wanted[1],
        ),
        Text(
            "{minimum_healthy_percent} and {maximum_percent} give a floor of {floor}, a ceiling "
            "of {ceiling}",
            minimum_healthy_percent=asked["minimumHealthyPercent"],
            maximum_percent=asked["maximumPercent"],
            floor=floor,
            ceiling=ceiling,
        ),
    )


def _counts_as_percents(run: Run) -> bool:
    return bool(scenery.percents(run)[0] == run.given["fewest"])


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "another-lab": lambda run: run.idle,
        "nothing-deployed": lambda run: _tried(run) is not None,
        "percents-left-alone": lambda run: scenery.percents(run) == (100, 200),
        "always-75": lambda run: scenery.percents(run) == (75, 100) and _exact(run) is not None,
        "counts-as-percents": _counts_as_percents,
        "floor-rounded-up": lambda run: (
            scenery.bounds(scenery.service(run))[0] > run.given["fewest"]
        ),
        "ceiling-cut-off": lambda run: scenery.bounds(scenery.service(run))[1] < run.given["most"],
    },
)

QUESTION = Question(
    id="06-limits",
    function="roll_out",
    title="Keep a promise while you deploy",
    look=scenery.BOUNDS,
    cases=_cases,
    points=(
        Point(
            "The new revision is deployed, and nothing else runs.", _deployed, look=scenery.ORDER
        ),
        Point("There are never fewer healthy tasks than promised.", _above_the_floor),
        Point("There are never more tasks than promised.", _below_the_ceiling),
        Point("The two percentages give exactly the promised floor and ceiling.", _exact),
    ),
    texts=_TEXTS,
)
