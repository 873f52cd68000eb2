"""Books what a task reserves of its container instance, and gives it back (facts, section 4)."""

from ecslab.ecs.model.instances import ContainerInstance, Port
from ecslab.ecs.model.tasks import Task
from ecslab.ecs.placement.needs import gpus_of


def reserve(instance: ContainerInstance, task: Task) -> None:
    """Take what the task needs from its placement on: CPU units, MiB, static host
    ports, room for a network interface, GPUs.

    Placement has made sure that it is there, which is why an instance that would be over-committed
    is a broken invariant. Dynamic ports come later: the container runner adds them to `ports_taken`
    under the task's id when it starts a container.
    """
    needs = task.needs
    assert needs is not None, "a task on an instance says what it needs"
    assert task.id not in instance.tasks, "a task reserves once"
    assert instance.cpu_taken + needs.cpu <= instance.cpu, (
        "an instance's CPU is never over-committed"
    )
    assert instance.memory_taken + needs.memory <= instance.memory, (
        "an instance's memory is never over-committed"
    )
    assert instance.interfaces_taken + needs.interface <= instance.interfaces, (
        "an instance has room for its interfaces"
    )
    assert len(instance.gpus_taken) + needs.gpus <= len(instance.gpus), (
        "a GPU belongs to one container"
    )
    assert not [p for p in needs.ports if taken(instance, p)], "a host port belongs to one task"
    instance.tasks[task.id] = task
    instance.cpu_taken += needs.cpu
    instance.memory_taken += needs.memory
    instance.interfaces_taken += needs.interface
    instance.ports_taken.update(dict.fromkeys(needs.ports, task.id))
    mine = [gpu for gpu in instance.gpus if gpu not in instance.gpus_taken][: needs.gpus]
    instance.gpus_taken.update(dict.fromkeys(mine, task.id))
    for container in task.containers:
        container.gpu_ids = [mine.pop(0) for _ in range(gpus_of(container.definition))]


def release(instance: ContainerInstance, task: Task) -> None:
    """Give back what the task reserved, the ports that its containers were given
    at start included: its stop is wanted.

    It still uses them; what truly is in use is in the agent's books. Its interface stays taken
    until `vacate`: an instance never has more than it can (that ECS does it so is an assumption;
    facts 2, section 31, row 7 names the others).
    """
    needs = task.needs
    assert needs is not None, "a task on an instance says what it needs"
    assert task.id in instance.tasks, "a task gives back what it reserved, once"
    instance.cpu_taken -= needs.cpu
    instance.memory_taken -= needs.memory
    for port in [p for p, owner in instance.ports_taken.items() if owner == task.id]:
        del instance.ports_taken[port]
    for gpu in [g for g, owner in instance.gpus_taken.items() if owner == task.id]:
        del instance.gpus_taken[gpu]


def vacate(instance: ContainerInstance, task: Task) -> None:
    """The task has STOPPED: nothing of it is left on the instance,
    its network interface included.
    """
    needs = task.needs
    assert needs is not None, "a task on an instance says what it needs"
    assert task.desired == "STOPPED", "a task gives its reservation back before it leaves"
    del instance.tasks[task.id]
    instance.interfaces_taken -= needs.interface


def taken(instance: ContainerInstance, port: Port) -> bool:
    """Whether a task cannot have this host port: the agent's own, or another task's."""
    return port in instance.reserved_ports or port in instance.ports_taken
