"""Container instances' lives: registration, the agent's connection, draining,
deregistration, the end of a machine.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import Any

from ecslab.ecs import timing
from ecslab.ecs.capacity.machines import MachineWatch
from ecslab.ecs.capacity.new_instance import InstanceMaker, InstanceRegistration
from ecslab.ecs.capacity.providers import CapacityProviders
from ecslab.ecs.capacity.trunks import Trunks
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.model.tasks import Stage, Task
from ecslab.ecs.ports.machines import Ec2Instance
from ecslab.ecs.rounds import Rounds
from ecslab.ecs.tasks.runner import TaskRunner
from ecslab.ground.clock import Clock
from ecslab.ground.text import Text
from ecslab.timeline.instances import (
    AgentConnected,
    AgentDisconnected,
    InstanceActive,
    InstanceDeregistered,
    InstanceDraining,
    InstanceRegistered,
    InstanceStillRegistered,
    InstanceStopped,
    InstanceTerminated,
    RegistrationFailed,
)
from ecslab.timeline.teller import Teller

FORCED = "Container instance deregistration forced by user"  # DG23, stopped-task-errors

LOST, REACHED_AGAIN = Text("its agent lost the connection"), Text("its agent reached ECS again")


class Instances:
    """Every container instance of the account; `on_change` is who else hears
    of one that came, changed or went.

    `disconnect` and `connect` are the fault a lab injects: the agent loses
    ECS while its tasks go on running.
    """

    on_sync: Callable[[], None]  # EC2 and Auto Scaling have been looked at
    on_left: Callable[[ContainerInstance], None]  # a task that was there has STOPPED
    announce: Callable[[ContainerInstance], None]  # to others, before anybody here hears of it
    on_room: Callable[[ContainerInstance], None]  # it has room, as one that comes or comes back
    # A task has left it, or reserves nothing any more.
    on_given_back: Callable[[ContainerInstance], None]

    def __init__(
        self,
        *,
        clock: Clock,
        story: Teller,
        state: AccountState,
        rounds: Rounds,
        capacity: CapacityProviders,
        instance_maker: InstanceMaker,
        runner: TaskRunner,
        trunks: Trunks,
        watch: MachineWatch,
    ) -> None:
        self._clock, self._story, self._state, self._rounds = clock, story, state, rounds
        self._capacity, self._instance_maker = capacity, instance_maker
        self._runner, self._trunks, self._watch = runner, trunks, watch
        watch.instances = self
        self._by_machine: dict[str, ContainerInstance] = {}  # by EC2 or managed instance id
        self._departed: dict[str, ContainerInstance] = {}  # INACTIVE ones, by ARN, for an hour
        self.on_change: list[Callable[[ContainerInstance], None]] = []

    # Machines

    def sync(self) -> None:
        """EC2 or Auto Scaling may have changed something, or a cluster was made:
        look (raises what `Watch.sync` raises).
        """
        self._watch.sync()
        self.on_sync()

    @property
    def coming(self) -> Iterator[str]:
        """Machines and container instances on their way to being ACTIVE, by id."""
        return chain(self._watch.booting, self._trunks.coming)

    def machine(self, instance: ContainerInstance) -> Ec2Instance | None:
        """The EC2 instance under a container instance; None for an EXTERNAL one."""
        return self._watch.machine(instance.ec2_id)

    # Finding

    def find(self, cluster: Cluster, id_or_arn: str) -> ContainerInstance | None:
        """An instance of the cluster by id or ARN, one that left within the hour
        included; None when there is none.
        """
        long_form = id_or_arn.startswith("arn:")
        prefix = self._state.arn(f"container-instance/{cluster.name}/")
        arn = id_or_arn if long_form else prefix + id_or_arn
        found = cluster.instances.get(arn.rpartition("/")[2])
        return found if found and found.arn == arn else self._departed.get(arn)

    def on(self, machine: str) -> ContainerInstance | None:
        """The container instance that runs on a machine, by the machine's id."""
        return self._by_machine.get(machine)

    def departed(self, cluster: Cluster) -> list[ContainerInstance]:
        """Those that left the cluster within the hour: INACTIVE."""
        return [i for i in self._departed.values() if i.cluster is cluster]

    # Coming and going

    def register(
        self, cluster: Cluster, said: InstanceRegistration, why: str, *, trunked: bool = False
    ) -> ContainerInstance:
        """Take an instance in; with a trunk it is REGISTERING until its trunk
        interface is attached (facts, section 3).
        """
        assert said.ec2_id not in self._by_machine, "a machine is registered once"
        instance = self._instance_maker.new_instance(cluster, said)
        cluster.instances[instance.id] = self._by_machine[instance.ec2_id] = instance
        self._capacity.adopt(instance)
        self._story.say(InstanceRegistered(**self._of(instance), because=why))
        self._story.say(AgentConnected(**self._of(instance), because=Text("its agent reached ECS")))
        if trunked:
            instance.status = "REGISTERING"
            self._trunks.attach(instance, self._trunk_ready)
        self._changed(instance)
        if instance.status == "ACTIVE":
            self.on_room(instance)
        return instance

    def _trunk_ready(self, instance: ContainerInstance, problem: str | None) -> None:
        instance.status = "ACTIVE" if problem is None else "REGISTRATION_FAILED"
        instance.status_reason = problem
        if problem is None:
            attached = Text("its trunk network interface is attached")
            self._story.say(InstanceActive(**self._of(instance), because=attached))
        else:
            self._story.say(RegistrationFailed(**self._of(instance), reason=problem))
        self._changed(instance)
        if problem is None:
            self.on_room(instance)

    def deregister(self, instance: ContainerInstance, why: str) -> None:
        """Let an instance go for good; what runs on it is no longer ECS's: its
        tasks end here (facts, section 8.4).

        What AWS calls orphaned containers run on unseen until the machine
        ends, so nothing tells them to stop.
        """
        for task in list(instance.tasks.values()):
            self._runner.lose(task, "UserInitiated", FORCED)
        self._leave(instance, why)

    def terminated(self, instance: ContainerInstance) -> None:
        """Its machine has ended: its tasks are gone, and ECS deregisters it unless its agent
        had lost ECS before (facts, section 8.4).
        """
        self._story.say(InstanceTerminated(**self._of(instance)))
        self._lose_tasks(instance, "terminated")
        if instance.connected:
            self._leave(instance, Text("its EC2 instance was terminated"))
        else:
            self._story.say(InstanceStillRegistered(**self._of(instance)))

    def stopped(self, instance: ContainerInstance) -> None:
        """Its machine was stopped, not terminated: it stays registered,
        without an agent (facts, section 8.4).
        """
        self._story.say(InstanceStopped(**self._of(instance)))
        self.disconnect(
            instance, Text("EC2 instance {machine} was stopped", machine=instance.ec2_id)
        )
        self._lose_tasks(instance, "stopped")

    def _lose_tasks(self, instance: ContainerInstance, what: str) -> None:
        for task in list(instance.tasks.values()):
            reason = f"Host EC2 (instance {instance.ec2_id}) {what}."  # facts, section 1.2
            self._runner.lose(task, "TerminationNotice", reason)

    def _leave(self, instance: ContainerInstance, why: str) -> None:
        instance.status, instance.connected = "INACTIVE", False
        del instance.cluster.instances[instance.id]
        del self._by_machine[instance.ec2_id]
        self._trunks.release(instance)
        self._departed[instance.arn] = instance
        self._clock.after(timing.FORGET_STOPPED_MS, partial(self._forget, instance))
        self._story.say(InstanceDeregistered(**self._of(instance), because=why))
        self._changed(instance)

    def _forget(self, instance: ContainerInstance) -> None:
        del self._departed[instance.arn]

    # The agent

    def disconnect(self, instance: ContainerInstance, why: str = LOST) -> None:
        """Cut the agent off: no placements, running tasks go on (facts, section
        12); harmless when it is cut off.
        """
        if instance.connected:
            instance.connected = False
            self._story.say(AgentDisconnected(**self._of(instance), because=why))
            self._changed(instance)

    def connect(self, instance: ContainerInstance, why: str = REACHED_AGAIN) -> None:
        """Let the agent reach ECS again; harmless when it does."""
        if not instance.connected and instance.status != "INACTIVE":
            instance.connected = True
            self._story.say(AgentConnected(**self._of(instance), because=why))
            self._changed(instance)
            self.on_room(instance)

    # Draining

    def drain(self, instance: ContainerInstance, why: str) -> None:
        """No new tasks; services' PENDING tasks stop now, RUNNING ones when their
        service can spare them (facts, section 8.4).
        """
        assert instance.status == "ACTIVE", "only an ACTIVE instance starts to drain"
        instance.status = "DRAINING"
        self._story.say(InstanceDraining(**self._of(instance), because=why))
        self._changed(instance)
        mine = [t for t in instance.tasks.values() if t.service and t.desired == "RUNNING"]
        for task in mine:
            if task.stage < Stage.RUNNING:
                self._stop_pending(task)
        for service in {id(t.service): t.service for t in mine}.values():
            assert service is not None, "only tasks of services were chosen"
            service.steady = False
            self._rounds.wake(service)

    def _stop_pending(self, task: Task) -> None:
        assert task.deployment is not None, "a service's task belongs to a deployment"
        # No text of its own was found.
        reason = f"Scaling activity initiated by (deployment {task.deployment.id})"
        self._runner.stop(
            task,
            "ServiceSchedulerInitiated",
            reason,
            why=Text("its instance is draining and it does not run yet"),
        )

    def activate(self, instance: ContainerInstance, why: str) -> None:
        """End the draining: the instance takes tasks again."""
        assert instance.status == "DRAINING", "only a DRAINING instance becomes ACTIVE again"
        instance.status = "ACTIVE"
        self._story.say(InstanceActive(**self._of(instance), because=why))
        self._changed(instance)
        self.on_room(instance)

    # Telling

    def booked(self, instance: ContainerInstance, *, freed: bool) -> None:
        """A task has reserved of the instance, or given back: EventBridge hears of
        either, waiting services of the room.
        """
        self._announce(instance)
        if freed:
            self.on_given_back(instance)

    def left(self, instance: ContainerInstance) -> None:
        """A task that was on the instance has STOPPED."""
        self.on_left(instance)
        self.on_given_back(instance)

    def _announce(self, instance: ContainerInstance) -> None:
        self.announce(instance)
        instance.version += 1

    def _changed(self, instance: ContainerInstance) -> None:
        self._announce(instance)
        for tell in self.on_change:
            tell(instance)

    def _of(self, instance: ContainerInstance) -> dict[str, Any]:
        """What every line about one tells."""
        return {
            "instance": instance.ref,
            "instance_type": instance.attributes.get("ecs.instance-type"),
            "external": instance.external,
            "launched_ms": self._watch.running_since(instance.ec2_id),
        }
