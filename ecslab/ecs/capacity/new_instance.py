"""Makes a ContainerInstance out of what an agent says when it registers."""

from dataclasses import dataclass, field

from ecslab.ecs.capacity.agent import Agent, BadSetting
from ecslab.ecs.capacity.capabilities import Attributes, capabilities
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.instances import AGENT_VERSION, DOCKER_VERSION, ContainerInstance, Port
from ecslab.ecs.ports.machines import Ec2Instance
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.timeline.teller import Teller
from ecslab.world.machines import machine_type

RESERVED = (22, 2375, 2376, 51678, 51679, 51680)  # facts, section 3: SSH, Docker, the agent
AGENT_PORTS: frozenset[Port] = frozenset(("tcp", port) for port in RESERVED)


@dataclass(frozen=True)
class InstanceRegistration:
    """What the machine offers and where it is."""

    ec2_id: str
    cpu: int
    memory: int
    attributes: Attributes
    interfaces: int = 0
    external: bool = False
    ports: frozenset[Port] = AGENT_PORTS
    zone: str | None = None
    subnet: str | None = None
    vpc: str | None = None
    private_ip: str | None = None
    agent_version: str = AGENT_VERSION
    docker_version: str = DOCKER_VERSION
    agent_hash: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    gpus: int = 0
    gpu_ids: tuple[str, ...] | None = None  # what the agent calls them; None: named here


def of_machine(machine: Ec2Instance, agent: Agent, *, trunked: bool) -> InstanceRegistration:
    """What the agent of an EC2 instance registers; raises BadSetting when
    more memory is reserved than there is.
    """
    kind = machine_type(machine.type)
    if agent.reserved_memory >= kind.memory:
        raise BadSetting(f"ECS_RESERVED_MEMORY is {agent.reserved_memory} MiB of {kind.memory} MiB")
    return InstanceRegistration(
        ec2_id=machine.id,
        cpu=kind.cpu,
        memory=kind.memory - agent.reserved_memory,
        attributes=built_in(machine) | capabilities(agent.log_drivers) | agent.attributes,
        interfaces=kind.tasks(trunked=trunked),
        zone=machine.zone,
        subnet=machine.subnet,
        vpc=machine.vpc,
        private_ip=machine.private_ip,
        tags=agent.tags,
        gpus=kind.gpus if agent.gpus else 0,
    )


def built_in(machine: Ec2Instance) -> Attributes:
    """The attributes that ECS itself gives an EC2 instance (facts, section 4)."""
    found = {
        "ecs.ami-id": machine.image,
        "ecs.availability-zone": machine.zone,
        "ecs.instance-type": machine.type,
        "ecs.os-type": "linux",
        "ecs.os-family": "LINUX",
        "ecs.cpu-architecture": machine_type(machine.type).architecture,
        "ecs.vpc-id": machine.vpc,
        "ecs.subnet-id": machine.subnet,
    }
    return {name: value for name, value in found.items() if value is not None}


class InstanceMaker:
    """Makes container instances, with ids of the account and labels of the timeline."""

    def __init__(self, *, clock: Clock, chance: Chance, story: Teller, state: AccountState) -> None:
        self._clock, self._chance, self._story, self._state = clock, chance, story, state

    def new_instance(self, cluster: Cluster, said: InstanceRegistration) -> ContainerInstance:
        """A container instance that is about to join the cluster,
        ACTIVE and with its agent connected.
        """
        number = self._chance.hex("container instance ids")
        gpus = said.gpu_ids or tuple(
            f"GPU-{self._chance.uuid('gpu ids')}" for _ in range(said.gpus)
        )
        return ContainerInstance(
            id=number,
            arn=self._state.arn(f"container-instance/{cluster.name}/{number}"),
            label=self._story.label("instance"),
            cluster=cluster,
            ec2_id=said.ec2_id,
            external=said.external,
            cpu=said.cpu,
            memory=said.memory,
            interfaces=said.interfaces,
            gpus=gpus,
            reserved_ports=said.ports,
            attributes=dict(said.attributes),
            registered_ms=self._clock.now_ms,
            zone=said.zone,
            subnet=said.subnet,
            vpc=said.vpc,
            private_ip=said.private_ip,
            agent_version=said.agent_version,
            docker_version=said.docker_version,
            agent_hash=said.agent_hash,
            tags=[{"key": key, "value": value} for key, value in said.tags.items()],
        )
