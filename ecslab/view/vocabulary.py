"""How each word of the timeline looks: its colour, its letter, its shape.

Nothing is told by colour alone: a status has a letter for the text form and a height
for the drawn one, a mark has a letter and a shape. Blue on the way up, green when
running, orange on the way down; the tests simulate the three kinds of colour blindness
and measure that no two statuses look alike.
"""

from dataclasses import dataclass

from ecslab.timeline import deployments, services, tasks
from ecslab.timeline.event import Event


@dataclass(frozen=True, slots=True)
class Status:
    """A state that lasts: what a lane is filled with until the next one."""

    name: str
    letter: str  # one column of the text form
    fill: str
    ink: str  # text that is readable on the fill
    height: float  # of a lane that is 1 high

    @property
    def title(self) -> str:
        """What the key calls it."""
        return self.name


_BLUE_INK, _ORANGE_INK = "#0B2545", "#3D2600"

TASK_STATUSES = (
    Status("PROVISIONING", ".", "#CFE3F5", _BLUE_INK, 0.46),
    Status("PENDING", ":", "#8FBFE8", _BLUE_INK, 0.58),
    Status("ACTIVATING", "a", "#4F94D4", _BLUE_INK, 0.70),
    Status("RUNNING", "=", "#00735A", "#FFFFFF", 0.84),
    Status("DEACTIVATING", "d", "#E08A00", _ORANGE_INK, 0.70),
    Status("STOPPING", "s", "#F5BE55", _ORANGE_INK, 0.58),
    Status("DEPROVISIONING", ",", "#FCE7BC", _ORANGE_INK, 0.46),
)
STOPPED = "STOPPED"
STOPPED_LETTER = "|"

SERVICE_STATUSES = (
    Status("working", "~", "#C9C4DE", "#2B2350", 0.24),
    Status("steady", "-", "#6D5FA8", "#FFFFFF", 0.40),
    Status("deleting", ">", "#E08A00", _ORANGE_INK, 0.24),
)
STATUSES = {status.name: status for status in (*TASK_STATUSES, *SERVICE_STATUSES)}

# What a service is doing from an event on, until the next event of this table.
SERVICE_PHASES: dict[type[Event], str] = {
    services.ServiceCreated: "working",
    services.ServiceUpdated: "working",
    services.TasksStarted: "working",
    services.TasksStopped: "working",
    services.StartsThrottled: "working",
    services.PlacementFailed: "working",
    services.ServiceStuck: "working",
    deployments.DeploymentStarted: "working",
    deployments.TaskSetCreated: "working",
    deployments.TaskSetScaled: "working",
    deployments.TaskSetDraining: "working",
    deployments.DeploymentFailed: "working",
    deployments.RollbackRequested: "working",
    deployments.BreakerTripped: "working",
    deployments.BakeStarted: "working",
    deployments.RollingBack: "working",
    deployments.DeploymentStalled: "working",
    deployments.StageEntered: "working",
    services.ServiceSteady: "steady",
    services.ServiceDeleting: "deleting",
}


@dataclass(frozen=True, slots=True)
class MarkKind:
    """A moment: a shape on a lane."""

    title: str  # what the key calls it
    letter: str  # in the text form
    shape: str  # plotly's name for it; drawing.py draws the same
    fill: str
    rank: int  # in a crowded column of the text form the highest shows
    # Up from the middle of a lane that is 1 high, so that simultaneous marks stay apart.
    offset: float = 0.0
    trouble: bool = False


INK = "#1F2933"  # what is written and drawn in black
_GOOD, _BAD, _PLAIN, _VIOLET = "#FFFFFF", "#C0143C", "#5F6B7A", "#5B4B9A"

HEALTHY = MarkKind("became HEALTHY", "H", "circle", _GOOD, 4)
UNHEALTHY = MarkKind("became UNHEALTHY", "U", "x", _BAD, 8, trouble=True)
STOP_WANTED = MarkKind("stop wanted", "!", "line-ns", INK, 3, 0.3)
EXIT_OK = MarkKind("exited with 0", "0", "diamond", _GOOD, 5, -0.28)
EXIT_BAD = MarkKind("exited, not with 0", "X", "diamond", _BAD, 9, -0.28, trouble=True)
EXIT_TOLD = MarkKind("exited as told", "x", "diamond", _PLAIN, 5, -0.28)
RESTARTED = MarkKind("restarted", "R", "pentagon", _GOOD, 7, -0.28)
PULL_FAILED = MarkKind("image pull failed", "P", "hexagon", _BAD, 9, -0.28, trouble=True)
NEVER_STARTED = MarkKind("container never started", "N", "octagon", _BAD, 9, -0.28, trouble=True)
UNREACHED = MarkKind("no way to what it needs", "W", "hourglass", _BAD, 9, -0.28, trouble=True)

CREATED = MarkKind("created or updated", "C", "square", _GOOD, 3)
STARTED_TASKS = MarkKind("started tasks", "^", "triangle-up", _VIOLET, 6, 0.22)
STOPPED_TASKS = MarkKind("stopped tasks", "v", "triangle-down", _PLAIN, 7, -0.22)
STEADY = MarkKind("became steady", "*", "star", _GOOD, 5)
DEPLOYMENT = MarkKind("deployment", "D", "square", _VIOLET, 4, -0.22)
BLOCKED = MarkKind("held up", "B", "x", _BAD, 9, trouble=True)

TASK_MARKS: dict[type[Event], MarkKind] = {
    tasks.TaskStopWanted: STOP_WANTED,
    tasks.TaskCannotReach: UNREACHED,
}
VERDICTS = {"HEALTHY": HEALTHY, "UNHEALTHY": UNHEALTHY, "healthy": HEALTHY, "unhealthy": UNHEALTHY}
CONTAINER_MARKS: dict[type[Event], MarkKind] = {
    tasks.ImagePullFailed: PULL_FAILED,
    tasks.ContainerNeverStarted: NEVER_STARTED,
    tasks.ContainerRestarted: RESTARTED,
}
SERVICE_MARKS: dict[type[Event], MarkKind] = {
    services.ServiceCreated: CREATED,
    services.ServiceUpdated: CREATED,
    deployments.LimitsChanged: CREATED,
    services.TasksStarted: STARTED_TASKS,
    services.TasksStopped: STOPPED_TASKS,
    services.ServiceSteady: STEADY,
    deployments.DeploymentStarted: DEPLOYMENT,
    deployments.DeploymentCompleted: DEPLOYMENT,
    deployments.TaskSetCreated: DEPLOYMENT,
    deployments.TaskSetMadePrimary: DEPLOYMENT,
    deployments.RollingBack: DEPLOYMENT,
    deployments.BreakerTripped: BLOCKED,
    deployments.DeploymentFailed: BLOCKED,
    deployments.DeploymentStalled: BLOCKED,
    services.StartsThrottled: BLOCKED,
    services.PlacementFailed: BLOCKED,
    services.ServiceStuck: BLOCKED,
}
MARK_KINDS = tuple(
    dict.fromkeys(
        [
            *VERDICTS.values(),
            *TASK_MARKS.values(),
            EXIT_OK,
            EXIT_BAD,
            EXIT_TOLD,
            *CONTAINER_MARKS.values(),
            *SERVICE_MARKS.values(),
        ]
    )
)
