"""Timelines written by hand, in the words the controllers use: what the
pictures are drawn from in these tests.
"""

from told import ByHand

from ecslab.timeline.timeline import Timeline

UP = (("PROVISIONING", 0), ("PENDING", 5), ("ACTIVATING", 6.5), ("RUNNING", 15))


class Story:
    """A timeline and the few verbs that fill it; what is once said of a task is remembered."""

    def __init__(self) -> None:
        self.timeline = ByHand()
        self._facts = {}

    def say(self, at_s, subject, kind, why="", **facts):
        """Add one line, at so many seconds."""
        self.timeline.say(round(at_s * 1000), subject, kind, why, **facts)

    def task(self, number, at_s, kind, why="", **facts):
        """Add one line about a task."""
        usual = {
            "task": f"{number:032x}",
            "cluster": "default",
            "definition": "web:1",
            "service": "web",
            "zone": "us-east-1a",
        }
        known = self._facts.setdefault(number, usual)
        stop_code = {key: facts.pop(key) for key in list(facts) if key == "stop_code"}
        known.update(facts)
        self.say(at_s, f"task/{number}", kind, why, **known, **stop_code)

    def launch(self, number, at_s, why="", **facts):
        """Bring a task up in the usual fifteen seconds."""
        for kind, after in UP:
            self.task(
                number, at_s + after, kind, why or f"{kind.lower()} because its turn came", **facts
            )
            if kind == "ACTIVATING":
                self.say(at_s + 6.5, f"task/{number}/app", "pulling", "web:1")
                self.say(at_s + 12.5, f"task/{number}/app", "pulled", "after 6 s")
        self.say(at_s + 15, f"task/{number}/app", "started", "2 s after it was created")

    def end(self, number, at_s, code, reason, *, stop_code, told=False):
        """Take a task down again."""
        if not told:
            self.say(
                at_s, f"task/{number}/app", "exited", f"with code {code}, by itself", exit_code=code
            )
        self.task(number, at_s, "stop wanted", reason, stop_code=stop_code)
        if self._facts[number]["service"]:
            self.task(number, at_s, "DEACTIVATING", "its service lets go of it")
            at_s += 5
        self.task(number, at_s, "STOPPING", "containers are told to stop")
        if told:
            self.say(at_s, f"task/{number}/app", "SIGTERM", "30 s to stop")
            at_s += 1
            self.say(
                at_s,
                f"task/{number}/app",
                "exited",
                f"with code {code}, after SIGTERM",
                exit_code=code,
                told=True,
            )
        self.task(number, at_s, "DEPROVISIONING", "its network interface is detached")
        self.task(number, at_s + 4, "STOPPED", reason)


def healing():
    """A service of two: one copy crashes and is replaced; beside it a migration runs once."""
    story = Story()
    story.say(0, "cluster/default", "created")
    story.say(0, "task-definition/web:1", "registered")
    story.say(0, "service/web", "created", "2 tasks wanted", service="web", definition="web:1")
    story.say(
        0,
        "service/web",
        "deployment started",
        "revision web:1",
        deployment="ecs-svc/1",
        definition="web:1",
    )
    story.launch(1, 0)
    story.launch(2, 0, zone="us-east-1b")
    story.say(0, "service/web", "started tasks", "0 of 2 are running", count=2)
    story.task(1, 17, "HEALTHY", "app HEALTHY")
    story.task(2, 17, "HEALTHY", "app HEALTHY")
    story.say(
        25,
        "service/web",
        "deployment completed",
        "2 of 2 run web:1",
        deployment="ecs-svc/1",
        definition="web:1",
    )
    story.say(25, "service/web", "steady", "2 of 2 healthy")
    story.launch(
        3, 30, service=None, definition="migrate:4", zone="us-east-1c", why="somebody ran it"
    )
    story.end(2, 60, 1, "Essential container in task exited", stop_code="EssentialContainerExited")
    story.say(60, "service/web", "started tasks", "1 of 2 are running", count=1)
    story.launch(4, 60, zone="us-east-1b")
    story.end(3, 65, 0, "Essential container in task exited", stop_code="EssentialContainerExited")
    story.task(4, 77, "HEALTHY", "app HEALTHY")
    story.say(85, "service/web", "steady", "2 of 2 healthy")
    return Timeline(sorted(story.timeline, key=lambda event: event.at_ms))


def ailing():
    """A pull that fails, a task that turns unhealthy, a container killed at
    its stop timeout, one that restarts.
    """
    story = Story()
    story.say(0, "service/api", "created", "3 tasks wanted", service="api", definition="api:7")
    facts = {"service": "api", "definition": "api:7"}
    story.say(0, "service/api", "started tasks", "0 of 3 are running", count=3)
    for kind, after in UP[:3]:
        story.task(1, after, kind, **facts)
    story.say(10, "task/1/app", "pull failed", "CannotPullContainerError: api:7: not found")
    story.task(
        1,
        10,
        "stop wanted",
        "CannotPullContainerError: api:7: not found",
        stop_code="TaskFailedToStart",
        **facts,
    )
    story.task(1, 10, "STOPPING", "it never ran", **facts)
    story.task(1, 10, "DEPROVISIONING", "its network interface is detached", **facts)
    story.task(1, 14, "STOPPED", "CannotPullContainerError: api:7: not found", **facts)
    story.say(20, "service/api", "throttled", "1 failed starts in a row: waits 30 s")
    story.launch(2, 1, **facts)
    story.task(2, 20, "HEALTHY", "app HEALTHY", **facts)
    story.task(2, 80, "UNHEALTHY", "app UNHEALTHY", **facts)
    story.task(
        2,
        80,
        "stop wanted",
        "Task failed container health checks",
        stop_code="ServiceSchedulerInitiated",
        **facts,
    )
    story.task(2, 80, "DEACTIVATING", "its service lets go of it", **facts)
    story.task(2, 85, "STOPPING", "containers are told to stop", **facts)
    story.say(85, "task/2/app", "SIGTERM", "30 s to stop")
    story.say(
        115, "task/2/app", "killed", "still running at its stopTimeout: SIGKILL", exit_code=137
    )
    story.task(2, 115, "DEPROVISIONING", "its network interface is detached", **facts)
    story.task(2, 119, "STOPPED", "Task failed container health checks", **facts)
    story.launch(3, 2, **facts)
    story.say(50, "task/3/log", "restarted", "its restart policy allows it")
    story.say(120, "service/api", "deleting", "somebody deleted it")
    story.say(120, "service/api", "stopped tasks", "the service was deleted", count=1)
    story.end(
        3,
        120,
        143,
        "Scaling activity initiated by (deployment ecs-svc/1)",
        stop_code="ServiceSchedulerInitiated",
        told=True,
    )
    story.say(126, "service/api", "inactive", "none of its tasks runs any more")
    return Timeline(sorted(story.timeline, key=lambda event: event.at_ms))


def crowd(count):
    """So many tasks of one service, started in waves; every hundredth crashes."""
    story = Story()
    story.say(0, "service/web", "created", f"{count} tasks wanted")
    for number in range(1, count + 1):
        begin = number // 100 * 10
        story.launch(number, begin, zone="us-east-1" + "abc"[number % 3])
        if number % 100 == 0:
            story.end(
                number,
                begin + 60,
                1,
                "Essential container in task exited",
                stop_code="EssentialContainerExited",
            )
    return Timeline(sorted(story.timeline, key=lambda event: event.at_ms))
