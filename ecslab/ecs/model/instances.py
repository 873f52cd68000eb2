"""Container instances: machines on which tasks run, and what of them is taken."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ecslab.ecs.model import Json
from ecslab.timeline.refs import InstanceRef

if TYPE_CHECKING:
    from ecslab.ecs.model.clusters import Cluster
    from ecslab.ecs.model.tasks import Task


Port = tuple[str, int]  # ("tcp", 80)

AGENT_VERSION = "1.105.1"  # facts, source AG
DOCKER_VERSION = "DockerVersion: 25.0.8"  # pedagogical: that of an ECS-optimised image of today


@dataclass(slots=True)
class ContainerInstance:
    """A machine on which tasks of the EC2 or EXTERNAL launch type run, and what of it is taken."""

    id: str
    arn: str
    label: str  # instance/1, instance/2, … in order of registration
    cluster: "Cluster"
    ec2_id: str  # i-…, or mi-… for an EXTERNAL one
    external: bool
    cpu: int  # units registered: 1,024 a vCPU
    memory: int  # MiB registered
    interfaces: int  # how many awsvpc tasks may have a network interface here
    reserved_ports: frozenset[Port]  # never given to a task: the agent's own
    attributes: dict[str, str | None]
    registered_ms: int
    zone: str | None = None
    subnet: str | None = None
    vpc: str | None = None
    private_ip: str | None = None
    capacity_provider: str | None = None
    # REGISTERING, REGISTRATION_FAILED, ACTIVE, DRAINING, DEREGISTERING, INACTIVE.
    status: str = "ACTIVE"
    status_reason: str | None = None
    connected: bool = True  # its agent
    version: int = 1
    agent_version: str = AGENT_VERSION
    docker_version: str = DOCKER_VERSION
    agent_hash: str | None = None  # of the agent's source, when it says so
    gpus: tuple[str, ...] = ()  # their ids
    tags: list[Json] = field(default_factory=list)
    # Those placed here that have not STOPPED.
    tasks: dict[str, "Task"] = field(default_factory=dict)
    # ECS's own books: reserved by tasks whose stop nobody wants yet.
    cpu_taken: int = 0
    memory_taken: int = 0
    interfaces_taken: int = 0
    ports_taken: dict[Port, str] = field(default_factory=dict)  # by which task
    gpus_taken: dict[str, str] = field(default_factory=dict)  # by which task
    # The agent's books: who uses the machine, and who waits until it may, in order of arrival.
    inside: dict[str, "Task"] = field(default_factory=dict)
    queue: dict[str, "Task"] = field(default_factory=dict)

    @property
    def ref(self) -> InstanceRef:
        """Whom lines about it are about."""
        return InstanceRef(
            label=self.label,
            id=self.id,
            cluster=self.cluster.ref,
            machine=self.ec2_id,
            zone=self.zone,
        )
