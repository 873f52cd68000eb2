"""09-cause: find the cause of an incident from events, stopped tasks, logs,
metrics and findings, and name the evidence.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from ecslab.course.ex09_connect_and_observe import setting as scenery
from ecslab.course.ex09_connect_and_observe.incidents import OLD_NEWS, Incident, happen
from ecslab.course.lookups import asked_service, fresh_names
from ecslab.course.texts import texts
from ecslab.ecs.tasks.runtime_monitoring import MINER
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap, shown
from ecslab.ground.chance import Chance
from ecslab.ground.text import Text

IMAGE, CRASH, CHECK, ROOM, BUG, LOAD, STRANGER = (
    "image",
    "crash",
    "health check",
    "no room",
    "bug",
    "load",
    "miner",
)
_LONGEST = 600  # characters of one piece of evidence: a sentence, not everything that there is
_LAST_WORDS = (
    "FATAL cannot reach the database at db.prod.internal",
    "FATAL the variable PRICE_LIST is empty",
    "FATAL permission denied: /var/cache/app",
    "FATAL the certificate has expired",
)


def _cases(chance: Chance) -> Iterator[Case]:
    """One incident of each cause, in an order of the seed's, and one
    more of a cause that metrics show.
    """
    draw, names = chance.stream("cause"), fresh_names(chance)
    words, code = draw.choice(_LAST_WORDS), draw.choice((1, 3, 70, 78))
    share, peak = draw.choice((0.05, 0.1, 0.3)), draw.choice((70, 90, 120))
    incidents = [
        Incident(IMAGE, next(names), mute=True),
        Incident(
            CRASH, next(names), release={"exits_after": 25, "exit_code": code, "prints": words}
        ),
        Incident(
            CHECK,
            next(names),
            release={"health_path": draw.choice(("/healthz", "/ready", "/status"))},
        ),
        Incident(ROOM, next(names)),
        Incident(BUG, next(names), release={"error_rate": share}),
        Incident(LOAD, next(names), unusual=peak),
        Incident(STRANGER, next(names), release={"mines_after": draw.choice((20, 90, 200))}),
    ]
    draw.shuffle(incidents)
    for incident in incidents:
        yield Case(
            partial(happen, incident=incident),
            about=incident.cause,
            facts={"cause": incident.cause, "words": words},
        )


def _answer(run: Run) -> tuple[Any, Any]:
    """Cause and evidence, as the answer names them."""
    answer = run.returned
    if isinstance(answer, (tuple, list)) and len(answer) == 2:  # noqa: PLR2004 - a pair
        return answer[0], answer[1]
    return None, None


# What proves each cause: the words or the name that the account holds, found anew for each case.


def _messages(run: Run) -> list[str]:
    service = asked_service(run)
    return [event["message"] for event in service["events"]] if service else []


def _reasons(run: Run) -> list[str]:
    """Why tasks stopped, in the words of the task and of its containers."""
    tasks = [t for t in run.scene.tasks(run.given["cluster"]) if t["lastStatus"] == "STOPPED"]
    told = [t.get("stoppedReason", "") for t in tasks]
    return told + [c["reason"] for t in tasks for c in t["containers"] if c.get("reason")]


def _containing(part: str, lines: list[str]) -> list[str]:
    return [line for line in lines if part in line]


_PROOFS: dict[str, Callable[[Run], list[str]]] = {
    IMAGE: lambda run: _containing("CannotPullContainer", _reasons(run)),
    CRASH: lambda run: [run.facts["words"]],
    CHECK: lambda run: _containing("Health checks failed", _messages(run)),
    ROOM: lambda run: _containing("unable to place a task", _messages(run)),
    BUG: lambda _: ["HTTPCode_Target_5XX_Count"],
    LOAD: lambda _: ["CPUUtilization"],
    STRANGER: lambda _: [MINER],
}
_LOOK = {  # where each cause shows, for the feedback
    IMAGE: (Text("what a stopped task gives as its reason"), scenery.STOPPED),
    CRASH: (Text("the last line that the program wrote to its log"), scenery.LOGS),
    CHECK: (Text("an event of the service about its targets"), scenery.EVENTS),
    ROOM: (Text("an event of the service about placing tasks"), scenery.EVENTS),
    BUG: (Text("the name of a metric that counts what targets answered"), scenery.METRICS),
    LOAD: (Text("the name of a metric that shows how busy the tasks are"), scenery.METRICS),
    STRANGER: (Text("the type of a finding"), scenery.FINDINGS),
}


def _proved(run: Run, about: str) -> bool:
    """The evidence holds the words that prove it, and is no copy of everything."""
    _, evidence = _answer(run)
    if not isinstance(evidence, str) or len(evidence) > _LONGEST:
        return False
    return any(proof in evidence for proof in _PROOFS[about](run))


def _right(about: str) -> Callable[[Run], Gap | None]:
    def judge(run: Run) -> Gap | None:
        cause, evidence = _answer(run)
        if cause is None and evidence is None:
            return Gap(Text("a pair: the cause, and the evidence for it"), shown(run.returned))
        if cause != about:
            return Gap(
                Text("the cause that shows in {look}", look=_LOOK[about][0]),
                Text("the cause {cause}", cause=shown(cause)),
            )
        if not _proved(run, about):
            return Gap(
                Text("evidence for {about!r}: {look}", about=about, look=_LOOK[about][0]),
                shown(evidence, 120),
            )
        return None

    return judge


def _point(about: str, says: str) -> Point:
    return Point(says, _right(about), about=about, look=_LOOK[about][1])


def _says(run: Run) -> Any:
    return _answer(run)[0]


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "no-pair": lambda run: _answer(run) == (None, None),
        "old-news": lambda run: OLD_NEWS in str(_answer(run)[1]),
        "any-5xx-is-a-bug": lambda run: _says(run) == BUG and run.facts["cause"] == LOAD,
        "stopped-means-crash": lambda run: _says(run) == CRASH and run.facts["cause"] == CHECK,
        "calm-means-nothing": lambda run: run.facts["cause"] == STRANGER and _says(run) != STRANGER,
        "symptom-for-proof": lambda run: (
            _says(run) == run.facts["cause"] and not _proved(run, run.facts["cause"])
        ),
    },
)

QUESTION = Question(
    id="09-cause",
    function="find_cause",
    title="The cause of an incident",
    look=scenery.ORDER,
    cases=_cases,
    points=(
        _point(IMAGE, "An image that cannot be pulled, with the reason that a task gives."),
        _point(CRASH, "A program that ends by itself, with its last line."),
        _point(CHECK, "A health check that asks at the wrong place, with the event that says so."),
        _point(ROOM, "Machines without room, with the event that says so."),
        _point(BUG, "Errors in the program, with the metric that counts them."),
        _point(LOAD, "More requests than the tasks can take, with the metric that shows it."),
        _point(STRANGER, "A program that nobody ordered, with the finding."),
    ),
    texts=_TEXTS,
)
