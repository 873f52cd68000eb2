"""Watches EC2's instances: boots agents on those that have one, and tells container
instances what became of their machine.
"""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Protocol

from ecslab.ecs import timing
from ecslab.ecs.api.account_settings import effective
from ecslab.ecs.capacity.agent import DEFAULT_CLUSTER, Agent, BadSetting, agent, has_agent, settings
from ecslab.ecs.capacity.new_instance import InstanceRegistration, of_machine
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.ports.machines import Ec2Instance, Machines
from ecslab.ground.clock import Clock
from ecslab.ground.errors import not_simulated
from ecslab.ground.text import Text
from ecslab.timeline.instances import AgentFailed, AgentWaits, MachineEnded
from ecslab.timeline.refs import MachineRef
from ecslab.timeline.teller import Teller
from ecslab.world.machines import is_known, machine_type, without_data

if TYPE_CHECKING:
    from ecslab.ground.clock import Alarm

NO_CLUSTER = "ClusterNotFoundException: Cluster not found."

WINDOWS = Text("container instances with Windows are not simulated by ecslab")


class Registered(Protocol):
    """The container instances of an account, as far as their machines are told of here."""

    def on(self, machine: str) -> ContainerInstance | None:
        """The instance on a machine, by the machine's id."""

    def connect(self, instance: ContainerInstance, why: str) -> None:
        """Its agent reaches ECS again."""

    def stopped(self, instance: ContainerInstance) -> None:
        """Its machine has stopped."""

    def terminated(self, instance: ContainerInstance) -> None:
        """Its machine has ended."""

    def register(
        self, cluster: Cluster, said: InstanceRegistration, why: str, *, trunked: bool = False
    ) -> ContainerInstance:
        """Its agent says what it offers."""


class MachineWatch:
    """Compares EC2 with what it saw last, whenever somebody says that
    something may have changed (`sync`).
    """

    instances: Registered  # who hears what became of them

    def __init__(
        self,
        *,
        clock: Clock,
        story: Teller,
        state: AccountState,
        machines: Machines,
        default_cluster: Callable[[], Cluster],
    ) -> None:
        self._clock, self._story, self._state = clock, story, state
        self._machines, self._default_cluster = machines, default_cluster
        self._seen: dict[str, Ec2Instance] = {}
        # Launched while awsvpcTrunking was on, of a type that supports it.
        self._trunked: set[str] = set()
        self._running_since: dict[str, int] = {}  # machines with an agent, from when EC2 bills them
        self._booting: dict[str, Alarm] = {}
        self._waiting: dict[str, Agent] = {}  # registered as soon as their cluster exists
        # Registered once: an agent whose instance was deregistered stays out.
        self._finished: set[str] = set()

    @property
    def booting(self) -> Collection[str]:
        """The machines that are booting, by id."""
        return self._booting.keys()

    def machine(self, machine: str) -> Ec2Instance | None:
        """An EC2 instance as it was seen last."""
        return self._seen.get(machine)

    def running_since(self, machine: str) -> int | None:
        """When a machine was launched, or started again; None for one
        that does not run, or is not EC2's.
        """
        return self._running_since.get(machine)

    def sync(self) -> None:
        """Look at every EC2 instance; an agent on a machine of a type without
        data fails, which the timeline says.
        """
        for number in [n for n, told in self._waiting.items() if self._cluster(told)]:
            self._register(self._seen[number], self._waiting.pop(number))
        for machine in self._machines.known():
            before = self._seen.get(machine.id)
            if before is machine:
                continue
            self._seen[machine.id] = machine
            if before is None and has_agent(machine):
                if is_known(machine.type):
                    self._note_trunking(machine)
                else:
                    self._finished.add(machine.id)
                    self._failed(machine, not_simulated(without_data(machine.type)).message)
            if before is None or before.state != machine.state:
                self._moved(machine)

    def _note_trunking(self, machine: Ec2Instance) -> None:
        """Only instances launched after the opt-in get a trunk (facts, section 3)."""
        on = effective(self._state, "awsvpcTrunking", self._state.caller) == "enabled"
        if on and machine_type(machine.type).trunked_tasks is not None:
            self._trunked.add(machine.id)

    def _moved(self, machine: Ec2Instance) -> None:
        instance = self.instances.on(machine.id)
        if machine.state in {"pending", "running"}:
            if machine.windows and "ECS_CLUSTER" in settings(machine.user_data):
                self._failed(machine, WINDOWS)
            if instance or has_agent(machine):
                self._running_since.setdefault(machine.id, self._clock.now_ms)
            if instance or (has_agent(machine) and machine.id not in self._finished):
                self._boot(machine)
            return
        self._clock.cancel(self._booting.pop(machine.id, None))
        self._waiting.pop(machine.id, None)
        stopped = machine.state in {"stopping", "stopped"}
        since_ms = self._running_since.pop(machine.id, None)
        if instance and stopped:
            self.instances.stopped(instance)
        elif instance:
            self.instances.terminated(instance)
        elif since_ms is not None:
            how = "stopped" if stopped else "terminated"
            self._story.say(MachineEnded(machine=self._ref(machine), launched_ms=since_ms, how=how))

    def _boot(self, machine: Ec2Instance) -> None:
        if machine.id not in self._booting:
            self._booting[machine.id] = self._clock.after(
                timing.BOOT_MS, self._booted_later(machine.id)
            )

    def _booted_later(self, number: str) -> Callable[[], None]:
        return lambda: self._booted(number)

    def _booted(self, number: str) -> None:
        del self._booting[number]
        machine = self._seen[number]
        if instance := self.instances.on(number):
            self.instances.connect(instance, Text("its machine runs again"))
            return
        try:
            told = agent(machine)
        except BadSetting as problem:
            self._failed(machine, str(problem))
            return
        self._register(machine, told)

    def _register(self, machine: Ec2Instance, told: Agent) -> None:
        cluster = self._cluster(told)
        if cluster is None:
            self._waiting[machine.id] = told
            why = Text("{problem} ({cluster})", problem=NO_CLUSTER, cluster=told.cluster)
            since_ms = self.running_since(machine.id)
            self._story.say(
                AgentWaits(machine=self._ref(machine), launched_ms=since_ms, because=why)
            )
            return
        trunked = machine.id in self._trunked
        try:
            said = of_machine(machine, told, trunked=trunked)
        except BadSetting as problem:
            self._failed(machine, str(problem))
            return
        where = Text(
            "{type} in {zone}: {cpu} CPU units, {memory} MiB, room for {interfaces} awsvpc",
            type=machine.type,
            zone=machine.zone,
            cpu=said.cpu,
            memory=said.memory,
            interfaces=said.interfaces,
        )
        self._finished.add(machine.id)
        self.instances.register(cluster, said, where, trunked=trunked)

    def _cluster(self, told: Agent) -> Cluster | None:
        """The agent's cluster; it makes the default one when it is not there and
        no other is asked for (AG:ecsclient).
        """
        found = self._state.find_cluster(told.cluster or DEFAULT_CLUSTER)
        if found and found.status == "ACTIVE":
            return found
        if told.cluster is not None:
            return None
        return self._default_cluster()

    def _failed(self, machine: Ec2Instance, why: str) -> None:
        """With what its bill needs to know, for a machine that may never register."""
        since_ms = self.running_since(machine.id)
        self._story.say(AgentFailed(machine=self._ref(machine), launched_ms=since_ms, because=why))

    def _ref(self, machine: Ec2Instance) -> MachineRef:
        return MachineRef(label=machine.id, region=self._state.region, instance_type=machine.type)
