"""The only place where ECS meets moto's EC2 instances and Auto Scaling groups."""

from dataclasses import replace
from typing import Any

from ecslab.aws.account import Account
from ecslab.aws.moto_backends import backend_in_use
from ecslab.ecs.neighbours.machines import Machine

STIR = frozenset(
    {"ec2", "autoscaling", "cloudformation"}
)  # services whose calls start, stop and end instances
GROUP_TAG = (
    "aws:autoscaling:groupName"  # Auto Scaling puts it on, and takes it off an instance that it detaches
)


def tell(account: Account, service: str, region: str | None) -> None:
    """Have ECS look at its machines after a call that may have changed them; raises LabError for a type without data."""
    if service in STIR and backend_in_use("ec2", account.id, region or account.region):
        account.plane(region or account.region).instances.sync()


class MotoMachines:
    """EC2's instances in moto, whoever launched them: a learner, an Auto Scaling group, a CloudFormation stack."""

    def __init__(self, account: str, region: str) -> None:
        self._account, self._region = account, region
        self._seen: dict[str, Machine] = {}

    def known(self) -> list[Machine]:
        """Every instance in the order of launch; one that has not changed is the same object as before."""
        ec2 = backend_in_use("ec2", self._account, self._region)
        if ec2 is None:
            return []
        return [self._machine(ec2, i) for r in ec2.reservations.values() for i in r.instances]

    def _machine(self, ec2: Any, instance: Any) -> Machine:
        state, group = instance.state, ec2.tags.get(instance.id, {}).get(GROUP_TAG)
        seen = self._seen.get(instance.id)
        if seen is None:
            seen = _read(ec2, instance, group)
        elif (seen.state, seen.group) != (state, group):
            seen = replace(seen, state=state, group=group)
        self._seen[instance.id] = seen
        return seen


def _read(ec2: Any, instance: Any, group: str | None) -> Machine:
    image = ec2.amis.get(instance.image_id)
    return Machine(
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
    """User data as it was written; EC2 keeps it in base64, and text that is base64 once more is no script."""
    if user_data is None:
        return ""
    try:
        return str(user_data.decode())
    except UnicodeDecodeError:
        return ""  # compressed: not simulated
