"""Accounts with container instances, for the pictures of instances and networks."""

from types import SimpleNamespace

from account import NETWORK, Account
from fakes import REGION, SUBNETS


class Fleet(Account):
    """An account with EC2 capacity, seen as a lab through `lab`."""

    def __init__(self) -> None:
        super().__init__()
        clock = self.plane.clock
        self.lab = SimpleNamespace(timeline=self.timeline, plane=lambda: self.plane, clock=clock)

    @property
    def instances(self):
        """The container instances of the default cluster, in order of registration."""
        return list(self.plane.state.clusters["default"].instances.values())

    def launch(self, zones, **more):
        """Launch one machine for each letter, which is its zone, and let it register."""
        machines = self.plane.neighbours.machines
        for letter in zones:
            number, third = len(machines.known()), "abc".index(letter)
            address = f"10.0.{third}.{number % 100 + 101}"
            machines.launch(zone=REGION + letter, subnet=SUBNETS[third], private_ip=address, **more)
        self.plane.instances.sync()
        self.advance(60)

    def define(self, family, mode, *containers, **more):
        """Register a task definition for EC2."""
        asked = {
            "requiresCompatibilities": ["EC2"],
            "networkMode": mode,
            "containerDefinitions": list(containers),
        }
        self.call("RegisterTaskDefinition", family=family, **asked | more)

    def start(self, family, count=1, **more):
        """Run tasks on EC2 and say where they are refused."""
        return self.call("RunTask", taskDefinition=family, launchType="EC2", count=count, **more)[
            "failures"
        ]

    def define_one_of_each(self):
        """web: bridge with a dynamic port; proxy: host; api: awsvpc; batch: none."""
        self.define("web", "bridge", container(ports=[{"containerPort": 80, "hostPort": 0}]))
        self.define("proxy", "host", container(ports=[{"containerPort": 9000}]))
        self.define("api", "awsvpc", container(cpu=512, memory=1500, ports=[{"containerPort": 80}]))
        self.define("batch", "none", container(cpu=128, memory=100))

    def drain(self, number):
        """Drain the instance of that place."""
        chosen = [self.instances[number].id]
        self.call("UpdateContainerInstancesState", containerInstances=chosen, status="DRAINING")


def container(name="app", cpu=256, memory=512, ports=()):
    """A container definition."""
    return {
        "name": name,
        "image": "nginx",
        "cpu": cpu,
        "memory": memory,
        "portMappings": list(ports),
    }


def small(mode):
    """One instance, and one task of a network mode on it; fargate has no instance."""
    fleet = Fleet()
    if mode == "fargate":
        fleet.register(
            "web", {"name": "app", "image": "nginx", "portMappings": [{"containerPort": 80}]}
        )
        public = NETWORK["awsvpcConfiguration"] | {
            "assignPublicIp": "ENABLED",
            "securityGroups": ["sg-1"],
        }
        fleet.run("web", networkConfiguration={"awsvpcConfiguration": public})
    else:
        fleet.launch("a")
        fleet.define_one_of_each()
        family = {"bridge": "web", "host": "proxy", "awsvpc": "api", "none": "batch"}[mode]
        fleet.start(family, **({"networkConfiguration": NETWORK} if mode == "awsvpc" else {}))
    fleet.advance(60)
    return fleet


def mixed():
    """Four instances of three types in three zones, tasks of every mode;
    one drains, one has lost its agent.
    """
    fleet = Fleet()
    fleet.launch("ab")
    fleet.launch("b", type="t3.micro")
    fleet.launch("c", type="m5.xlarge")
    fleet.define_one_of_each()
    fleet.start("web", 5)
    fleet.start("proxy", 2)
    fleet.start("batch", 2)
    fleet.start("api", 3, networkConfiguration=NETWORK)
    fleet.register("page")
    fleet.advance(60)
    fleet.run("page", count=2)
    fleet.advance(5)
    fleet.drain(1)
    fleet.plane.instances.disconnect(fleet.instances[2])
    return fleet


def crowd(instances, tasks):
    """Many instances, and tasks spread over them."""
    fleet = Fleet()
    fleet.launch(("abc" * instances)[:instances])
    fleet.define_one_of_each()
    for _ in range(tasks // 10):
        fleet.start("web", 10)
    fleet.advance(60)
    return fleet
