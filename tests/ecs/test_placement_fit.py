from dataclasses import replace

import pytest
from placement_fleet import host, instance, needs

from ecslab.ecs.placement.fit import CHECKS, FitVerdict, closest, placement_event, refusal

TOP = ("tcp", 80)
PORTS = tuple(("tcp", number) for number in range(1000, 1100))
MORE = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
UNABLE = "was unable to place a task because no container instance met all of its requirements."


def busy(**more):
    """An instance with one task."""
    machine = instance(1)
    host(machine, 1, **more)
    return machine


# fmt: off
CASES = [
    ("4, only agentConnected and ACTIVE", instance(status="DRAINING"), needs(), {}, "DRAINING", "it is DRAINING"),
    ("3, trunking", instance(status="REGISTERING"), needs(), {}, "REGISTERING", "it is REGISTERING"),
    ("4, failure reasons, AGENT", instance(connected=False), needs(), {}, "AGENT", "its agent is not connected"),
    ("4, failure reasons, ATTRIBUTE", instance(), needs(attributes=("ecs.capability.task-eni", "x")), {}, "ATTRIBUTE", "it lacks ecs.capability.task-eni and x"),
    ("4, failure reasons, LOCATION", instance(zone="c"), needs(interface=True), {"zones": {"us-east-1b", "us-east-1a"}}, "LOCATION", "it is in us-east-1c, the subnets in us-east-1a and us-east-1b"),
    ("8.6", instance(external=True), needs(), {}, "ATTRIBUTE", "it is an external instance, the task is of the EC2 launch type"),
    ("8.6", instance(), needs(), {"external": True}, "ATTRIBUTE", "it is an EC2 instance, the task is of the EXTERNAL launch type"),
    ("4, RESOURCE:CPU", instance(), needs(cpu=2049), {}, "RESOURCE:CPU", "2,048 CPU units left, 2,049 needed"),
    ("4, RESOURCE:CPU", busy(cpu=1024), needs(cpu=1025), {}, "RESOURCE:CPU", "1,024 CPU units left, 1,025 needed"),
    ("4, RESOURCE:MEMORY", busy(memory=3000), needs(memory=1001), {}, "RESOURCE:MEMORY", "1,000 MiB left, 1,001 needed"),
    ("4, RESOURCE:GPU", instance(gpus=("GPU-a",)), needs(gpus=2), {}, "RESOURCE:GPU", "1 GPUs left, 2 needed"),
    ("4, RESOURCE:PORTS", busy(ports=(TOP,)), needs(ports=(TOP,)), {}, "RESOURCE:PORTS", "port 80/tcp is taken by task/1"),
    ("3, reserved ports", instance(), needs(ports=(("tcp", 22), ("tcp", 81))), {}, "RESOURCE:PORTS", "port 22/tcp is reserved for the agent and the system"),
    ("3, port limit", busy(ports=PORTS[:90]), needs(ports=PORTS[90:100]), {}, "RESOURCE:PORTS", "of its 100 reserved ports 9 are left, 10 needed"),
    ("3, ENI limits", instance(interfaces=2, interfaces_taken=2), needs(interface=True), {}, "RESOURCE:ENI", "all of its 2 network interfaces for tasks are in use"),
]
FITS = [
    (instance(), needs(), {}),
    (instance(), needs(cpu=2048, memory=4000), {}),
    (instance(), needs(cpu=0, memory=0), {}),
    (busy(ports=(TOP,)), needs(ports=(("udp", 80),)), {}),
    (instance(interfaces=2, interfaces_taken=2), needs(), {}),
    (busy(ports=PORTS[:90]), needs(ports=PORTS[90:99]), {}),
    (instance(interfaces_taken=1), needs(interface=True), {"zones": {"us-east-1a"}}),
    (instance(external=True), needs(), {"external": True}),
    (instance(attributes={"x": None}), needs(attributes=("x",)), {}),
]
# fmt: on


@pytest.mark.parametrize(
    ("machine", "wanted", "how", "code", "sentence"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_an_instance_that_cannot_take_a_task_says_why(machine, wanted, how, code, sentence):
    """Facts, sections 3 and 4: each reason of the failures table, with a sentence for people."""
    verdict = refusal(machine, wanted, **how)
    assert (verdict.code, verdict.sentence) == (code, sentence)


@pytest.mark.parametrize(("machine", "wanted", "how"), FITS)
def test_an_instance_takes_what_it_has_room_for(machine, wanted, how):
    """Facts, section 4, reservation: up to the last unit, MiB and
    interface, and a port per protocol.
    """
    assert refusal(machine, wanted, **how) is None


def test_what_no_waiting_changes_is_said_before_what_is_taken():
    """Facts, section 4, pipeline: the order of the checks: everything is wrong, and
    each repair uncovers the next reason.
    """
    machine = instance(
        external=True, status="DRAINING", connected=False, zone="c", cpu=1, memory=1, interfaces=0
    )
    wanted = needs(ports=(("tcp", 22),), interface=True, attributes=("x",), gpus=1)
    repairs = [
        {"external": False},
        {"status": "ACTIVE"},
        {"connected": True},
        {"attributes": {"x": None}},
        {"zone": "us-east-1a"},
        {"cpu": 2048},
        {"memory": 4000},
        {"gpus": ("GPU-a",)},
        {"reserved_ports": frozenset()},
        {"interfaces": 1},
    ]
    seen = []
    for repair in repairs:
        seen.append(refusal(machine, wanted, zones={"us-east-1a"}).check)
        machine = replace(machine, **repair)
    assert tuple(seen) == CHECKS[:10]
    assert refusal(machine, wanted, zones={"us-east-1a"}) is None


def test_the_closest_loser_got_furthest_and_lacks_least():
    """Facts, section 5.3, "the closest matching": the rule is ours: most checks
    passed, least short, registered first.
    """
    no_agent = (instance(0), FitVerdict("AGENT", "", "agent"))
    cpu_9 = (instance(1), FitVerdict("RESOURCE:CPU", "", "cpu", 9))
    memory_5 = (instance(2), FitVerdict("RESOURCE:MEMORY", "", "memory", 5))
    memory_3 = (instance(3), FitVerdict("RESOURCE:MEMORY", "", "memory", 3))
    memory_3_too = (instance(4), FitVerdict("RESOURCE:MEMORY", "", "memory", 3))
    assert closest([no_agent, cpu_9]) == cpu_9
    assert closest([no_agent, cpu_9, memory_5, memory_3, memory_3_too]) == memory_3
    assert closest([]) is None


@pytest.mark.parametrize(
    ("machine", "wanted", "text"),
    [
        (busy(), needs(cpu=2048), "has insufficient CPU units available."),
        (busy(), needs(memory=4000), "has insufficient memory available."),
        (busy(ports=(TOP,)), needs(ports=(TOP,)), "is already using a port required by your task."),
        (busy(), needs(attributes=("x",)), "is missing an attribute required by your task."),
        (instance(1, connected=False), needs(), 'encountered error "AGENT".'),
        (instance(1, interfaces=0), needs(interface=True), 'encountered error "RESOURCE:ENI".'),
    ],
)
def test_a_service_event_names_the_closest_instance(machine, wanted, text):
    """Facts, section 5.3: the texts of placement failures, each
    closed by the pointer to the guide.
    """
    event = placement_event((machine, refusal(machine, wanted)))
    assert event == f"{UNABLE} The closest matching (container-instance {machine.id}) {text} {MORE}"


def test_a_service_event_of_an_empty_cluster_names_no_instance():
    """Facts, section 5.3: no container instances at all."""
    assert placement_event(None) == (
        f"{UNABLE} Reason: No Container Instances were found in your cluster. {MORE}"
    )
