"""What must hold of an instance at every moment: of ECS's books, by which tasks are
placed, and of its agent's, by which they run.
"""

from itertools import pairwise

from account import Account

from ecslab.ecs.model.tasks import Stage
from ecslab.ecs.tasks.hosts import lacking


def books_are_right(instance) -> None:
    """Reserved by those that are wanted, used by those that run, waited for by
    those that were placed and do not run yet.
    """
    tasks = list(instance.tasks.values())
    _reserved(instance, [t for t in tasks if t.desired == "RUNNING"])
    assert instance.interfaces_taken == sum(t.needs.interface for t in tasks) <= instance.interfaces
    _used(instance, list(instance.inside.values()))
    for task in tasks:
        assert task.id in instance.inside or not _runs(task), "what runs is in the agent's books"
    for task in [*instance.inside.values(), *instance.queue.values()]:
        assert instance.tasks[task.id] is task, "who stopped is in no books"
    for task in instance.queue.values():
        assert (task.stage, task.desired) == (Stage.PENDING, "RUNNING")
        assert task.id not in instance.inside
    if instance.queue:
        assert lacking(instance, next(iter(instance.queue.values()))), "who has room does not wait"
        assert any(t.desired == "STOPPED" for t in instance.inside.values()), "a wait has an end"


def _reserved(instance, tasks) -> None:
    needs = [t.needs for t in tasks]
    assert instance.cpu_taken == sum(n.cpu for n in needs) <= instance.cpu
    assert instance.memory_taken == sum(n.memory for n in needs) <= instance.memory
    assert len(instance.gpus_taken) == sum(n.gpus for n in needs) <= len(instance.gpus)
    assert set(instance.gpus_taken.values()) | set(instance.ports_taken.values()) <= {
        t.id for t in tasks
    }
    static = [p for n in needs for p in n.ports]
    assert len(static) == len(set(static)), "a host port is reserved by one task"
    assert set(static) <= set(instance.ports_taken)


def _used(instance, tasks) -> None:
    assert sum(t.needs.cpu for t in tasks) <= instance.cpu
    assert sum(t.needs.memory for t in tasks) <= instance.memory
    gpus = [g for t in tasks for c in t.containers for g in c.gpu_ids]
    assert len(gpus) == len(set(gpus)), "a GPU is used by one task"
    bound = [
        {
            *t.needs.ports,
            *((b["protocol"], b["hostPort"]) for c in t.containers for b in c.bindings),
        }
        for t in tasks
    ]
    assert sum(map(len, bound)) == len(set().union(*bound)), "a host port is used by one task"


def _runs(task) -> bool:
    live = any(c.status == "RUNNING" or c.starting for c in task.containers)
    return live or (
        Stage.ACTIVATING <= task.stage <= Stage.STOPPING and task.started_ms is not None
    )


def first_come_first_served(account: Account) -> None:
    """Tasks of one instance went on in the order in which they had become PENDING there."""
    home = {
        t.label: t.instance.id
        for c in account.plane.state.clusters.values()
        for t in c.tasks.values()
        if t.instance
    }
    came: dict[str, int] = {}
    went: dict[str, list[int]] = {}
    for number, event in enumerate(account.timeline):
        if event.kind == "PENDING" and event.subject in home:
            came[event.subject] = number
        elif event.kind == "ACTIVATING" and event.subject in home:
            went.setdefault(home[event.subject], []).append(came[event.subject])
    for turns in went.values():
        assert all(before < after for before, after in pairwise(turns)), "nobody overtakes"
