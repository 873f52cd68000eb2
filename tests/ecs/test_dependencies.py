"""What becomes of a container whose dependency fails, and of its task
(facts 2, section 31, rows 2 to 4).
"""

import math
from collections import Counter
from dataclasses import dataclass
from random import Random

import pytest
from account import Account

HOUR = 3600
LIMIT = 3 * HOUR
PULLED, STARTS_IN = 18, 2  # when images are there, and what every container here takes, in seconds
CHECK = {"command": ["CMD", "healthy"], "interval": 5, "retries": 2}
CANNOT = "CannotStartContainerError: dependency graph: "

TEXTS = (
    "has timed out.",
    "as dependency did not exit successfully.",
    "because dependency will never start",
)


@pytest.fixture
def account():
    """An account with a default cluster."""
    return Account()


def container(name: str, image: str = "nginx", *, needs: dict[str, str] | None = None, **more):
    """A container definition; `needs` maps containers to conditions."""
    waits = [
        {"containerName": other, "condition": condition}
        for other, condition in (needs or {}).items()
    ]
    return {"name": name, "image": image, **({"dependsOn": waits} if waits else {}), **more}


def told(account: Account, task: str) -> dict[str, dict]:
    """A task's containers by name."""
    return {c["name"]: c for c in account.task(task)["containers"]}


def instance(account: Account) -> None:
    """Have the cluster run tasks on an instance."""
    account.plane.neighbours.machines.launch()
    account.plane.instances.sync()
    account.advance(300)


def fails(account: Account, **more) -> dict:
    """A side container that works for ten seconds and fails."""
    return container(
        "migrate",
        account.images.push("migrate:1", exits_after=10, exit_code=1),
        essential=False,
        **more,
    )


def test_a_failed_dependency_ends_only_the_container_that_waits_for_it(account):
    """Facts 2, section 31, row 2: exit code 143 and the agent's reason, and the task
    runs when nobody essential is concerned.
    """
    seed = container("seed", needs={"migrate": "SUCCESS"}, essential=False)
    account.register("web", container("app"), seed, fails(account))
    [task] = account.run("web")
    account.advance(HOUR)
    assert account.task(task)["lastStatus"] == "RUNNING"
    assert account.story("task/1/seed") == [
        (12.0, "pulling"),
        (18.0, "pulled"),
        (30.0, "never started"),
    ]
    assert (30.0, "RUNNING") in account.story("task/1")
    seed = told(account, task)["seed"]
    assert (seed["lastStatus"], seed["exitCode"], "runtimeId" in seed) == ("STOPPED", 143, False)
    assert seed["reason"] == (
        CANNOT + "failed to resolve container ordering dependency [migrate(migrate:1) "
        "(STOPPED->RUNNING) - Exit: 1] for target [seed(nginx) (NONE->RUNNING)] as dependency "
        "did not exit successfully."
    )


def test_an_essential_container_that_never_starts_ends_its_task_in_the_generic_words(account):
    """Facts 2, section 31, row 2: the reason is the container's, the task's says
    only that an essential container ended.
    """
    account.register("web", container("app", needs={"migrate": "SUCCESS"}), fails(account))
    [task] = account.run("web")
    account.advance(60)
    found = account.task(task)
    assert (found["lastStatus"], found["stopCode"]) == ("STOPPED", "EssentialContainerExited")
    assert found["stoppedReason"] == "Essential container in task exited"
    assert "startedAt" not in found
    assert told(account, task)["app"]["exitCode"] == 143
    assert account.story("task/1")[3:5] == [(30.0, "stop wanted"), (30.0, "STOPPING")]


@pytest.mark.parametrize("condition", ["START", "SUCCESS", "COMPLETE", "HEALTHY"])
def test_what_waits_for_a_container_that_never_starts_never_starts_either(account, condition):
    """Facts 2, section 31, row 2, after aws/amazon-ecs-agent#2579: the chain
    ends to its end, whatever it waits for.
    """
    middle = container("middle", needs={"migrate": "SUCCESS"}, essential=False, healthCheck=CHECK)
    last = container("last", needs={"middle": condition}, essential=False)
    account.register("web", last, middle, container("app"), fails(account))
    [task] = account.run("web")
    account.advance(120)
    assert (
        account.story("task/1/last")[-1]
        == account.story("task/1/middle")[-1]
        == (30.0, "never started")
    )
    last = told(account, task)["last"]
    assert last["exitCode"] == 143
    assert last["reason"] == (
        CANNOT + "failed to resolve container ordering dependency [middle(nginx) (NONE->STOPPED) - "
        "Exit: 143] for target [last(nginx) (NONE->RUNNING)] because dependency will never start"
    )
    assert account.task(task)["lastStatus"] == "RUNNING"


def test_a_start_timeout_counts_from_when_the_dependency_has_started(account):
    """Facts 2, section 31, row 3: not from when it was created; the text is the agent's."""
    slow = account.images.push("db:1", healthy_after=None, starts_in=30)
    db = container("db", slow, startTimeout=60, healthCheck=CHECK)
    account.register("web", container("app", needs={"db": "HEALTHY"}, essential=False), db)
    [task] = account.run("web")
    account.advance(300)
    assert (48.0, "started") in account.story("task/1/db")
    assert account.story("task/1/app")[-1] == (108.0, "never started")
    assert told(account, task)["app"]["reason"] == (
        CANNOT + "container ordering dependency [db(db:1) (RUNNING->RUNNING)] "
        "for target [app(nginx) (NONE->RUNNING)] has timed out."
    )
    assert account.task(task)["lastStatus"] == "RUNNING"


def test_a_start_timeout_says_nothing_to_those_that_wait_for_the_start_alone(account):
    """Facts 2, section 31, row 3: only SUCCESS, COMPLETE and HEALTHY are timed;
    the container's own program goes on.
    """
    db = container("db", startTimeout=60, essential=False)
    account.register("web", container("app", needs={"db": "START"}), db)
    [task] = account.run("web")
    account.advance(HOUR)
    assert {c["lastStatus"] for c in told(account, task).values()} == {"RUNNING"}


def test_without_a_start_timeout_a_task_waits_three_hours(account):
    """Facts 2, section 31, rows 3 and 4: there is no default, and ECS
    stops what has not started by then.
    """
    sick = account.images.push("sick:1", healthy_after=None)
    account.register(
        "web", container("app", needs={"db": "HEALTHY"}), container("db", sick, healthCheck=CHECK)
    )
    [task] = account.run("web")
    account.advance(LIMIT - 60)
    assert account.task(task)["lastStatus"] == "ACTIVATING"
    account.advance(120)
    found = account.task(task)
    assert (found["lastStatus"], found["stopCode"]) == ("STOPPED", "TaskFailedToStart")
    assert (8.0 + LIMIT, "stop wanted") in account.story("task/1")
    [wanted] = [e for e in account.timeline.of("task/1") if e.kind == "stop wanted"]
    assert (
        wanted.why == "not every container has started within three hours: app waits for db HEALTHY"
    )
    assert "exitCode" not in told(account, task)["app"]


def test_a_longer_start_timeout_does_not_help_beyond_three_hours(account):
    """Facts 2, section 31, row 4 (aws/containers-roadmap#1532): on an instance,
    where a startTimeout may be that long.
    """
    instance(account)
    work = container(
        "work",
        account.images.push("work:1", exits_after=4 * HOUR),
        essential=False,
        startTimeout=5 * HOUR,
        memory=64,
    )
    app = container("app", needs={"work": "COMPLETE"}, memory=64)
    account.call("RegisterTaskDefinition", family="long", containerDefinitions=[app, work])
    [found] = account.call("RunTask", taskDefinition="long", launchType="EC2")["tasks"]
    account.advance(LIMIT + 120)
    found = account.task(found["taskArn"])
    assert (found["lastStatus"], found["stopCode"]) == ("STOPPED", "TaskFailedToStart")


def test_a_dependency_that_ends_before_it_was_healthy_is_waited_for(account):
    """Facts 2, section 31, row 2: the agent takes HEALTHY for hopeless only when it
    times out, and what has stopped cannot.
    """
    db = container(
        "db",
        account.images.push("db:1", exits_after=3),
        essential=False,
        startTimeout=30,
        healthCheck=CHECK,
    )
    account.register("web", container("app", needs={"db": "HEALTHY"}), db)
    [task] = account.run("web")
    account.advance(HOUR)
    assert account.task(task)["lastStatus"] == "ACTIVATING"
    account.advance(LIMIT)
    assert account.task(task)["stopCode"] == "TaskFailedToStart"


def test_a_dependency_that_its_restart_policy_starts_again_has_not_failed(account):
    """Facts, section 1.3, restartPolicy: SUCCESS waits for an end that lasts."""
    crashes = account.images.push("crashes:1", exits_after=70, exit_code=1)
    policy = {"enabled": True, "restartAttemptPeriod": 60}
    account.register(
        "web",
        container("app"),
        container("seed", needs={"migrate": "SUCCESS"}, essential=False),
        container("migrate", crashes, essential=False, restartPolicy=policy),
    )
    [task] = account.run("web")
    account.advance(HOUR)
    assert account.story("task/1/migrate").count((90.0, "restarted")) == 1
    assert told(account, task)["seed"]["lastStatus"] == "PENDING"


def test_a_service_counts_tasks_that_never_start_because_of_a_dependency(account):
    """Facts, section 6.4, with facts 2, section 31, row 2: they never ran, so
    the breaker and the throttle see them.
    """
    account.register("web", container("app", needs={"migrate": "SUCCESS"}), fails(account))
    account.serve(
        "web",
        "web",
        deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": False}},
    )
    account.advance(HOUR)
    [deployment] = account.service("web")["deployments"]
    assert deployment["rolloutState"] == "FAILED"
    assert deployment["failedTasks"] >= 3


def test_what_never_ran_has_no_target_on_its_instance(account):
    """A container that never ran has bound no port (assumption: nothing is
    registered for it), and its task runs.
    """
    instance(account)
    group = account.balancers.make(target_type="instance")
    web = container(
        "web",
        needs={"migrate": "SUCCESS"},
        essential=False,
        memory=64,
        portMappings=[{"containerPort": 80}],
    )
    account.call(
        "RegisterTaskDefinition",
        family="web",
        containerDefinitions=[container("app", memory=64), web, fails(account, memory=64)],
    )
    account.call(
        "CreateService",
        serviceName="web",
        taskDefinition="web",
        desiredCount=1,
        launchType="EC2",
        loadBalancers=[{"targetGroupArn": group, "containerName": "web", "containerPort": 80}],
    )
    account.advance(120)
    assert account.service("web")["runningCount"] == 1
    assert account.balancers.states(group) == []


# Any graph of dependencies, any exits, any health


@dataclass(frozen=True)
class Told:
    """What the timeline says of one container: at which second, what."""

    events: tuple[tuple[float, str], ...]
    code: int | None

    def at(self, *kinds: str) -> float | None:
        """When one of these first happened."""
        return next((t for t, kind in self.events if kind in kinds), None)

    def ended(self, by: float) -> bool:
        """Whether it has ended for good."""
        last = [
            k
            for t, k in self.events
            if t <= by and k in {"started", "exited", "killed", "restarted"}
        ]
        return bool(last) and last[-1] in {"exited", "killed"}

    def healthy(self, by: float) -> bool:
        """Whether its last verdict, since it was last restarted, is HEALTHY."""
        last = [k for t, k in self.events if t <= by and k in {"HEALTHY", "UNHEALTHY", "restarted"}]
        return bool(last) and last[-1] == "HEALTHY"

    def running_since(self, by: float) -> float | None:
        """When it last started, while it runs."""
        starts = [t for t, k in self.events if k == "started" and t <= by]
        return starts[-1] if starts and not self.ended(by) else None


def holds(condition: str, other: Told, by: float) -> bool:
    """Whether a dependency has come true."""
    began = other.at("started")
    if began is None or began > by:
        return False
    if condition == "START":
        return True
    if condition == "HEALTHY":
        return other.healthy(by)
    return other.ended(by) and (condition == "COMPLETE" or other.code == 0)


def hopeless(condition: str, other: Told, timeout: int | None, by: float) -> bool:
    """Whether it never will, as the agent sees it (facts 2, section 31, rows 2 and 3)."""
    if holds(condition, other, by):
        return False
    given_up, since = other.at("never started"), other.running_since(by)
    late = condition != "START" and timeout and since is not None and by >= since + timeout
    failed = condition == "SUCCESS" and other.ended(by) and other.code != 0
    return bool((given_up is not None and given_up <= by) or late or failed)


def graph(draw: Random) -> list[tuple[dict, dict]]:
    """Containers that obey the rules of registration, with their behaviour:
    (definition, behaviour) in any order.
    """
    found: list[tuple[dict, dict]] = []
    count = draw.randint(2, 7)
    for number in range(count):
        needs = {}
        for definition, _ in draw.sample(found, min(len(found), draw.choice([0, 1, 1, 2, 3]))):
            conditions = ["START"]
            conditions += [] if definition["essential"] else ["SUCCESS", "COMPLETE"]
            conditions += ["HEALTHY"] if "healthCheck" in definition else []
            needs[definition["name"]] = draw.choice(conditions)
        # Nobody waits for the last one, which may therefore always be essential.
        more: dict = {"essential": number == count - 1 or draw.random() < 0.2}
        if draw.random() < 0.5:
            more["healthCheck"] = CHECK
        if draw.random() < 0.5:
            more["startTimeout"] = draw.randint(2, 120)
        if draw.random() < 0.2:
            more["restartPolicy"] = {"enabled": True, "restartAttemptPeriod": 60}
        behaviour = {
            "exits_after": draw.choice([None, draw.randint(1, 150)]),
            "exit_code": draw.choice([0, 1]),
            "healthy_after": draw.choice([None, 0, draw.randint(1, 60)]),
            "unhealthy_after": draw.choice([None, draw.randint(30, 200)]),
        }
        found.append((container(f"c{number}", needs=needs, **more), behaviour))
    draw.shuffle(found)
    return found


def test_any_graph_of_dependencies_ends_as_the_rules_say():
    """Facts 2, section 31, rows 2 to 4, read from the timeline alone.

    Each container starts as soon as its dependencies have come true, never starts as
    soon as one never will, or is still held back when its task is stopped; a task is
    stopped when its first essential container has ended, or when it has not started
    within three hours, and for no other reason.
    """
    ends: Counter[str] = Counter()
    for seed in range(150):
        account = Account()
        definitions = {}
        for definition, behaviour in graph(Random(seed)):
            image = account.images.push(f"{definition['name']}:1", **behaviour)
            definitions[definition["name"]] = definition | {"image": image}
        _check(account, definitions)
        ends.update(_ends(account))
    expected = {*TEXTS, "EssentialContainerExited", "TaskFailedToStart", "RUNNING"}
    assert expected <= ends.keys(), "the graphs show every way in which a start can end"


def _ends(account: Account) -> list[str]:
    reasons = [e.why.rpartition("] ")[2] for e in account.timeline if e.kind == "never started"]
    stops = [e.facts["stop_code"] for e in account.timeline.of("task/1") if e.kind == "stop wanted"]
    return [*reasons, *stops] if stops else [*reasons, "RUNNING"]


def _check(account: Account, definitions: dict[str, dict]) -> None:
    account.register("any", *definitions.values())
    [task] = account.run("any")
    account.advance(4 * HOUR)
    containers = told(account, task) if account.call("DescribeTasks", tasks=[task])["tasks"] else {}
    seen = {
        name: Told(tuple(account.story(f"task/1/{name}")), _code(account, name))
        for name in definitions
    }
    stages = {kind: t for t, kind in account.story("task/1")}
    stopped = stages.get("stop wanted", math.inf)
    instants = {t for one in seen.values() for t, _ in one.events} | _timeouts(definitions, seen)
    until = sorted(t for t in instants if t <= stopped)
    for name, definition in definitions.items():
        _check_container(seen[name], definition, Around(definitions, seen, until, stopped))
    for name, shown in containers.items():
        never = seen[name].at("never started") is not None
        assert (shown.get("exitCode") == 143 and "runtimeId" not in shown) >= never
        assert shown.get("reason", "").startswith(CANNOT) == never
    _check_task(definitions, seen, stages)


def _code(account: Account, name: str) -> int | None:
    codes = [e.facts.get("exit_code") for e in account.timeline if e.subject == f"task/1/{name}"]
    return next((code for code in reversed(codes) if code is not None), None)


def _timeouts(definitions: dict, seen: dict[str, Told]) -> set[float]:
    return {
        t + definitions[name]["startTimeout"]
        for name, one in seen.items()
        for t, kind in one.events
        if kind == "started" and "startTimeout" in definitions[name]
    }


@dataclass(frozen=True)
class Around:
    """What a container's story is judged by."""

    definitions: dict[str, dict]
    seen: dict[str, Told]
    instants: list[float]  # at which something happened, until the task was told to stop
    stopped: float  # when that was, or infinity

    def ready(self, definition: dict) -> float | None:
        """When all dependencies of a container have come true."""
        waits = definition.get("dependsOn", [])
        met = (
            t
            for t in self.instants
            if all(holds(d["condition"], self.seen[d["containerName"]], t) for d in waits)
        )
        return next((t for t in met if t >= PULLED), None)

    def lost(self, definition: dict) -> float | None:
        """When it is certain that one of them never will."""
        for t in self.instants:
            for wanted in definition.get("dependsOn", []):
                name, condition = wanted["containerName"], wanted["condition"]
                if hopeless(
                    condition, self.seen[name], self.definitions[name].get("startTimeout"), t
                ):
                    return t
        return None


def _check_container(one: Told, definition: dict, around: Around) -> None:
    ready, lost = around.ready(definition), around.lost(definition)
    began, never = one.at("started"), one.at("never started")
    if lost is not None and (ready is None or lost <= ready):
        assert began is None
        assert never == lost or (never is None and around.stopped <= lost)
        return
    assert never is None
    if ready is None:
        assert began is None
    else:
        assert began == ready + STARTS_IN or (began is None and around.stopped <= ready + STARTS_IN)


def _check_task(definitions: dict, seen: dict[str, Told], stages: dict[str, float]) -> None:
    ends = [
        next(
            (t for t, k in one.events if k == "never started" or (k == "exited" and one.ended(t))),
            None,
        )
        for name, one in seen.items()
        if definitions[name]["essential"]
    ]
    first = min((t for t in ends if t is not None), default=None)
    stopped, running = stages.get("stop wanted"), stages.get("RUNNING")
    settled = [one.at("started", "never started") for one in seen.values()]
    if running is not None:
        assert None not in settled
        assert running == max(settled)
    if stopped is None:
        assert running is not None
        assert first is None
    elif running is None and stopped == 8.0 + LIMIT:
        assert None in settled
    else:
        assert stopped == first
