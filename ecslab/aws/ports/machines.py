"""What ECS asks of moto's EC2 instances and Auto Scaling groups."""

from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from types import ModuleType
from typing import Any

from ecslab.aws import failures
from ecslab.aws.changes import put_in_place
from ecslab.aws.ports.backends import backend_in_use
from ecslab.ecs.capacity.agent import has_agent
from ecslab.ecs.ports.machines import Ec2Instance
from ecslab.world.machines import is_known, without_data

# Auto Scaling puts it on, and takes it off an instance that it detaches.
GROUP_TAG = "aws:autoscaling:groupName"


class MotoMachines:
    """EC2's instances in moto, whoever launched them: a learner, an Auto
    Scaling group, a CloudFormation stack.
    """

    def __init__(self, account: str, region: str) -> None:
        self._account, self._region = account, region
        self._seen: dict[str, Ec2Instance] = {}

    def known(self) -> list[Ec2Instance]:
        """Every instance in the order of launch; one that has not
        changed is the same object as before.
        """
        ec2 = backend_in_use("ec2", self._account, self._region)
        if ec2 is None:
            return []
        return [self._machine(ec2, i) for r in ec2.reservations.values() for i in r.instances]

    def _machine(self, ec2: Any, instance: Any) -> Ec2Instance:
        state, group = instance.state, ec2.tags.get(instance.id, {}).get(GROUP_TAG)
        seen = self._seen.get(instance.id)
        if seen is None:
            seen = _read(ec2, instance, group)
        elif (seen.state, seen.group) != (state, group):
            seen = replace(seen, state=state, group=group)
        self._seen[instance.id] = seen
        return seen


def _read(ec2: Any, instance: Any, group: str | None) -> Ec2Instance:
    image = ec2.amis.get(instance.image_id)
    return Ec2Instance(
        id=instance.id,
        type=instance.instance_type,
        image=instance.image_id,
        image_name=image.name if image else None,
        windows=instance.platform == "windows",
        user_data=_text(instance.user_data),
        zone=instance.availability_zone,
        subnet=instance.subnet_id,
        vpc=instance.vpc_id,
        private_ip=instance.private_ip,
        state=instance.state,
        group=group,
    )


def _text(user_data: Any) -> str:
    """User data as it was written; EC2 keeps it in base64, and text that
    is base64 once more is no script.

    What came by EC2's API decodes itself; what a template said is the plain base64 text.
    """
    try:
        if isinstance(user_data, str):
            user_data = b64decode(user_data, validate=True)
        return str(user_data.decode()) if user_data is not None else ""
    except ValueError:
        return ""  # compressed, or no base64: not simulated


def refuse_unknown(module: ModuleType) -> Callable[[], None]:
    """Have `moto.ec2.models.instances` refuse to launch what would be a
    container instance of a type without data.
    """
    kind = module.InstanceBackend
    launch = kind.run_instances

    @wraps(launch)
    def run_instances(
        ec2: Any, image_id: str, count: int, user_data: Any, *more: Any, **asked: Any
    ) -> Any:
        machine = _launched(ec2, image_id, user_data, asked)
        if has_agent(machine) and not is_known(machine.type):
            raise failures.refusal(without_data(machine.type))
        return launch(ec2, image_id, count, user_data, *more, **asked)

    return put_in_place([(kind, "run_instances", run_instances)])


def _launched(ec2: Any, image_id: str | None, user_data: Any, asked: dict[str, Any]) -> Ec2Instance:
    """The machine that a launch would make, as far as its agent depends on it."""
    template = asked.get("launch_template")
    said = ec2._get_template_from_args(template).data if template else {}  # noqa: SLF001 - moto's own
    default = said.get("InstanceType") if asked.get("is_instance_type_default") else None
    number = image_id or said.get("ImageId", "")
    image = ec2.amis.get(number)
    return Ec2Instance(
        id="",
        type=default or asked.get("instance_type") or "",
        image=number,
        image_name=image.name if image else None,
        windows=bool(image and image.platform == "windows"),
        user_data=_text(said.get("UserData") if user_data is None else user_data),
        zone="",
        subnet=None,
        vpc=None,
        private_ip=None,
        state="pending",
        group=None,
    )
