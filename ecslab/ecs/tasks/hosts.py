"""The agents' own books: which tasks truly use an instance, and which were
placed there and wait until there is room.

ECS gives a task's reservation back as soon as its stop is wanted, and places the next task; that
one stays PENDING until the agent sees enough of the instance unused. First come, first served:
nobody overtakes (facts 2, section 31, row 7).
"""

from collections.abc import Callable
from functools import partial

from ecslab.ecs.model.instances import ContainerInstance, Port
from ecslab.ecs.model.tasks import Needs, Task
from ecslab.ground.clock import Clock


class Hosts:
    """`enter(task)` hears of a task that may use its instance now; `waits(task,
    why)` of one that has to wait first.
    """

    def __init__(
        self,
        enter: Callable[[Task], None],
        waits: Callable[[Task, str], None],
        *,
        clock: Clock,
    ) -> None:
        self._clock, self._enter, self._waits = clock, enter, waits
        self._due: set[str] = set()  # instances that are looked at later in this instant

    def arrive(self, task: Task) -> None:
        """A task has come to its instance's agent: it goes on at once when nobody
        waits before it and there is room.
        """
        instance = _home(task)
        reason = _queue(instance) or lacking(instance, task)
        if reason:
            instance.queue[task.id] = task
            self._waits(task, reason)
        else:
            self._admit(instance, task)

    def leave(self, task: Task) -> None:
        """Nothing of a task runs any more, or it will never run: those who wait are looked
        at once all of this instant has happened.
        """
        instance = _home(task)
        instance.inside.pop(task.id, None)
        instance.queue.pop(task.id, None)
        if instance.queue and instance.id not in self._due:
            self._due.add(instance.id)
            self._clock.after(0, partial(self._look, instance), priority=1)

    def _look(self, instance: ContainerInstance) -> None:
        self._due.discard(instance.id)
        while instance.queue:
            task = next(iter(instance.queue.values()))
            if lacking(instance, task):
                going = any(t.desired == "STOPPED" for t in instance.inside.values())
                assert going, "only tasks that stop keep others waiting, so the wait ends"
                return
            del instance.queue[task.id]
            self._admit(instance, task)

    def _admit(self, instance: ContainerInstance, task: Task) -> None:
        instance.inside[task.id] = task
        self._enter(task)


def ports_in_use(instance: ContainerInstance, but: Task) -> set[Port]:
    """Host ports of tasks that use the instance, those of tasks that are
    stopping included; `but` the task that asks.
    """
    return {port for task in instance.inside.values() if task is not but for port in _ports(task)}


def lacking(instance: ContainerInstance, task: Task) -> str:
    """What the agent does not have for a task, in words of ours; empty when there is room.

    CPU, memory, host ports and GPUs are counted. Network interfaces are not: that ECS keeps one
    reserved until it is deleted, so that no instance ever has too many, is an assumption.
    """
    needs = _needs(task)
    inside = [_needs(other) for other in instance.inside.values()]
    cpu = instance.cpu - sum(other.cpu for other in inside)
    memory = instance.memory - sum(other.memory for other in inside)
    if cpu < needs.cpu:
        return f"{needs.cpu:,} CPU units needed, {cpu:,} not in use"
    if memory < needs.memory:
        return f"{needs.memory:,} MiB needed, {memory:,} not in use"
    for protocol, number in sorted(ports_in_use(instance, task).intersection(needs.ports)):
        return f"port {number}/{protocol} is still in use"
    used = {gpu for other in instance.inside.values() for gpu in _gpus(other)}
    return "its GPU is still in use" if used.intersection(_gpus(task)) else ""


def _queue(instance: ContainerInstance) -> str:
    last = next(reversed(instance.queue.values()), None)
    return f"{last.label} was there first" if last else ""


def _home(task: Task) -> ContainerInstance:
    assert task.instance is not None, "only tasks on instances have an agent's books"
    return task.instance


def _needs(task: Task) -> Needs:
    assert task.needs is not None, "a task on an instance says what it needs"
    return task.needs


def _ports(task: Task) -> set[Port]:
    return {
        *_needs(task).ports,
        *((b["protocol"], b["hostPort"]) for c in task.containers for b in c.bindings),
    }


def _gpus(task: Task) -> list[str]:
    return [gpu for container in task.containers for gpu in container.gpu_ids]
