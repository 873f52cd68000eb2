"""Container instances and tasks for the tests of placement, which looks at nothing else."""

from typing import Any

from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.definitions import TaskDefinition
from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.model.tasks import Needs, Stage, Task
from ecslab.timeline.refs import ClusterRef

REF = ClusterRef(label="cluster/default", name="default", region="us-east-1")
CLUSTER = Cluster("default", "arn:aws:ecs:us-east-1:123456789012:cluster/default", REF)
DEFINITION = TaskDefinition(
    "web", 1, "arn:aws:ecs:us-east-1:123456789012:task-definition/web:1", {}, 0, ""
)
ZONE = {"type": "spread", "field": "attribute:ecs.availability-zone"}
INSTANCE = {"type": "spread", "field": "instanceId"}
CPU = {"type": "binpack", "field": "cpu"}
MEMORY = {"type": "binpack", "field": "memory"}
RANDOM = {"type": "random"}
DISTINCT = {"type": "distinctInstance"}


def member(expression: str) -> dict[str, str]:
    """A memberOf constraint."""
    return {"type": "memberOf", "expression": expression}


def instance(number: int = 0, zone: str | None = "a", **more: Any) -> ContainerInstance:
    """An empty instance of 2 vCPU and 4,000 MiB, in us-east-1a unless said otherwise."""
    attributes = more.pop("attributes", {})
    place = f"us-east-1{zone}" if zone else None
    known = {"ecs.availability-zone": place} if place else {}
    settled: dict[str, Any] = {
        "id": f"{number:032x}",
        "arn": f"arn:aws:ecs:us-east-1:123456789012:container-instance/default/{number:032x}",
        "label": f"instance/{number}",
        "cluster": CLUSTER,
        "ec2_id": f"i-{number:017x}",
        "external": False,
        "cpu": 2048,
        "memory": 4000,
        "interfaces": 2,
        "reserved_ports": frozenset({("tcp", 22)}),
        "registered_ms": number,
        "zone": place,
    }
    return ContainerInstance(**settled | {"attributes": known | attributes} | more)


def needs(cpu: int = 256, memory: int = 512, **more: Any) -> Needs:
    """What a small task in bridge mode with dynamic ports takes."""
    return Needs(
        **{"ports": (), "interface": False, "attributes": ()}
        | {"cpu": cpu, "memory": memory}
        | more
    )


def host(
    machine: ContainerInstance, number: int, *, group: str = "service:web", **more: Any
) -> Task:
    """A running task that holds its resources on the instance."""
    wanted = needs(**more)
    task = Task(
        id=f"task{number}",
        arn=f"arn:aws:ecs:us-east-1:123456789012:task/default/task{number}",
        label=f"task/{number}",
        cluster=CLUSTER,
        definition=DEFINITION,
        spec=DEFINITION.spec,
        group=group,
        started_by=None,
        launch_type="EC2",
        containers=[],
        network=None,
        overrides={},
        created_ms=0,
        instance=machine,
        needs=wanted,
        stage=Stage.RUNNING,
        zone=machine.zone,
    )
    machine.tasks[task.id] = task
    machine.cpu_taken += wanted.cpu
    machine.memory_taken += wanted.memory
    machine.interfaces_taken += wanted.interface
    machine.ports_taken.update(dict.fromkeys(wanted.ports, task.id))
    free = [gpu for gpu in machine.gpus if gpu not in machine.gpus_taken]
    machine.gpus_taken.update(dict.fromkeys(free[: wanted.gpus], task.id))
    return task


def siblings(machine: ContainerInstance) -> int:
    """Tasks of the service web on the instance."""
    return sum(t.group == "service:web" for t in machine.tasks.values())
