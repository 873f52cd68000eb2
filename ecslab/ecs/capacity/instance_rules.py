"""What RegisterContainerInstance says, read and checked: identity
document, resources, attributes.
"""

import json
from typing import Any

from ecslab.ecs.capacity.attributes import MOST_CUSTOM, check_attribute
from ecslab.ecs.capacity.capabilities import EXTERNAL, Attributes, capabilities, is_custom
from ecslab.ecs.capacity.new_instance import AGENT_PORTS, InstanceRegistration, built_in
from ecslab.ecs.model.instances import Port
from ecslab.ecs.ports.machines import Ec2Instance, Machines
from ecslab.ground.chance import Chance
from ecslab.ground.errors import AwsError, client_exception, not_simulated
from ecslab.ground.numerals import whole
from ecslab.world.machines import is_known, machine_type, without_data

Json = dict[str, Any]

PORTS = range(1, 65_536)

READ_OF_A_DOCUMENT = ("instanceId", "instanceType", "imageId", "availabilityZone", "privateIp")

# ecs.os-type and the like of a machine that is not EC2's
ANYWHERE: Attributes = {
    "ecs.os-type": "linux",
    "ecs.os-family": "LINUX",
    "ecs.cpu-architecture": "x86_64",
}


def registration(chance: Chance, machines: Machines, request: Json) -> InstanceRegistration:
    """What the request registers: an EC2 instance by its identity document,
    or an EXTERNAL one by its attribute.

    An EXTERNAL machine has the attribute ecs.capability.external or an identity document
    with an mi-… id (facts, section 8.6); without a document it is given such an id. What is
    left out is what an agent of today would say. Raises ClientException for a document that
    cannot be read; the wordings here are ours.
    """
    said: Attributes = {a["name"]: a.get("value") for a in request.get("attributes", [])}
    for name, value in said.items():
        check_attribute(name, value)
    if sum(map(is_custom, said)) > MOST_CUSTOM:
        raise AwsError(
            "ClientException",
            f"A container instance can have at most {MOST_CUSTOM} custom attributes.",
        )
    document = _document(request)
    number = document.get("instanceId", "")
    if EXTERNAL in said or number.startswith("mi-"):
        return _external(chance, request, said, number)
    if not number:
        raise client_exception(
            "An instance identity document is required to register an EC2 instance."
        )
    return _of_ec2(machines, request, said, document)


def _document(request: Json) -> Json:
    """What the document says; that of a plain Linux machine has members
    that are null, such as kernelId.

    So the example of the EC2 user guide, "Instance identity documents".
    """
    text = request.get("instanceIdentityDocument") or "{}"
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise client_exception("The instance identity document is not valid.")
    said = {name: value for name, value in document.items() if value is not None}
    if not all(isinstance(said.get(name, ""), str) for name in READ_OF_A_DOCUMENT):
        raise client_exception("The instance identity document is not valid.")
    return said


def _external(chance: Chance, request: Json, said: Attributes, number: str) -> InstanceRegistration:
    if not request.get("totalResources"):
        raise client_exception("totalResources is required to register an external instance.")
    cpu, memory, ports = _resources(request, 0, 0)
    return InstanceRegistration(
        ec2_id=number or f"mi-{chance.hex('managed instance ids', 17)}",
        cpu=cpu,
        memory=memory,
        ports=ports,
        attributes=ANYWHERE | _offered(said, external=True) | {EXTERNAL: None},
        external=True,
        **_software(request),
        gpu_ids=_gpus(request),
    )


def _of_ec2(
    machines: Machines, request: Json, said: Attributes, document: Json
) -> InstanceRegistration:
    number = document["instanceId"]
    machine = next((m for m in machines.known() if m.id == number), None) or _claimed(document)
    if not is_known(machine.type):
        raise not_simulated(without_data(machine.type))
    kind = machine_type(machine.type)
    cpu, memory, ports = _resources(request, kind.cpu, kind.memory)
    return InstanceRegistration(
        ec2_id=number,
        cpu=cpu,
        memory=memory,
        ports=ports,
        attributes=built_in(machine) | _offered(said, external=False),
        interfaces=kind.tasks(trunked=False),
        zone=machine.zone,
        subnet=machine.subnet,
        vpc=machine.vpc,
        private_ip=machine.private_ip,
        **_software(request),
        gpu_ids=_gpus(request),
    )


def _claimed(document: Json) -> Ec2Instance:
    """A machine that EC2 does not know, as its identity document describes it."""
    return Ec2Instance(
        id=document["instanceId"],
        type=document.get("instanceType", "m5.large"),
        image=document.get("imageId", ""),
        image_name=None,
        windows=False,
        user_data="",
        zone=document.get("availabilityZone", ""),
        subnet=None,
        vpc=None,
        private_ip=document.get("privateIp"),
        state="running",
        group=None,
    )


def _offered(said: Attributes, *, external: bool) -> Attributes:
    """The capabilities of an agent of today, unless the request lists some itself."""
    listed = any("capability" in name and name != EXTERNAL for name in said)
    return said if listed else capabilities(external=external) | said


def _resources(request: Json, cpu: int, memory: int) -> tuple[int, int, frozenset[Port]]:
    given = {r["name"]: r for r in request.get("totalResources", []) if "name" in r}
    ports: frozenset[Port] = AGENT_PORTS
    if "PORTS" in given or "PORTS_UDP" in given:
        ports = frozenset(
            _ports(given.get("PORTS", {}), "tcp") | _ports(given.get("PORTS_UDP", {}), "udp")
        )
    found = [
        int(given[n].get("integerValue", 0)) if n in given else own
        for n, own in (("CPU", cpu), ("MEMORY", memory))
    ]
    if min(found) <= 0:
        raise client_exception("totalResources must have a CPU and a MEMORY of more than 0.")
    return found[0], found[1], ports


def _gpus(request: Json) -> tuple[str, ...]:
    """The ids of the GPUs that the agent offers: a resource that is a
    set of them, or a device for each.
    """
    offered = (r for r in request.get("totalResources", []) if r.get("name") == "GPU")
    named = [number for resource in offered for number in resource.get("stringSetValue", [])]
    return tuple(
        named or [d["id"] for d in request.get("platformDevices", []) if d.get("type") == "GPU"]
    )


def _ports(resource: Json, protocol: str) -> set[Port]:
    numbers = resource.get("stringSetValue", [])
    ports = [whole(n) or 0 for n in numbers]
    if not all(port in PORTS for port in ports):
        raise client_exception("The ports of totalResources must be numbers from 1 to 65535.")
    return {(protocol, port) for port in ports}


def _software(request: Json) -> Json:
    """What the agent says of itself; the rest is as an agent of today."""
    said = request.get("versionInfo", {})
    names = {
        "agentVersion": "agent_version",
        "dockerVersion": "docker_version",
        "agentHash": "agent_hash",
    }
    return {name: str(said[member]) for member, name in names.items() if member in said}
