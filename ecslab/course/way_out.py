"""The mistake that all questions share whose learners write where tasks get
their interfaces: no way to an image.

A task on Fargate pulls its image through its own interface, and the internet gateway of a public
subnet takes along only who has a public address. Everything else may be right: so it is told
before anything else, and in AWS's own words.
"""

from ecslab.grade.questions import Run
from ecslab.ground.text import Text

MISTAKE = "no-public-address"
SAYS = Text(
    "The tasks have no way to their image, so they never start. The subnets lead to an internet "
    "gateway, but a task can only use it with a public address, and these tasks have none. "
    "What is missing is "
    '`"assignPublicIp": "ENABLED"` in the `awsvpcConfiguration`, beside the subnets.'
)
_AWS_WAITS = "5m"  # longer than any time after which a task gives up (ecs/timing.py)


def cited(run: Run) -> str:
    """The stoppedReason of a task that hung without a public address; nothing when
    there is none, or when its like runs by now.
    """
    label = _stranded(run)
    if label and not _reason(run, label):
        run.lab.advance(_AWS_WAITS)
    reason = _reason(run, label)
    return f'"stoppedReason": "{reason}"' if reason else ""


def _stranded(run: Run) -> str:
    """The last such task of the story that is judged."""
    bare: dict[str, str] = {}  # by task on Fargate without a public address: its definition
    found: dict[str, str] = {}  # by definition: the task
    for event in run.lab.timeline.where(lambda event: run.began_ms <= event.at_ms <= run.ended_ms):
        if event.facts.get("launch_type") == "FARGATE" and not event.facts["public_ip"]:
            bare[event.subject] = event.facts["definition"]
        elif event.kind == "cannot reach" and event.subject in bare:
            found[bare[event.subject]] = event.subject
        elif event.kind == "RUNNING":
            found.pop(event.facts["definition"], None)
    return next(reversed(found.values()), "")


def _reason(run: Run, label: str) -> str:
    """Why it failed to start, once ECS has said so."""
    told = run.lab.timeline.where(subject=label, kind="stop wanted", stop_code="TaskFailedToStart")
    return next((event.why for event in told), "")
