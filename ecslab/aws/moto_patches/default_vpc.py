"""Makes moto's VPCs what AWS's are at their birth: the default one has a way to the internet.

moto's default VPC has neither an internet gateway nor a default route (VPC guide,
"Default VPCs"), and no default security group of moto's lets its own members in
(VPC guide, "Default security groups").
"""

from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

from ecslab.aws.changes import put_in_place
from ecslab.aws.moto_patches.virtual_chance import drawing_for

_OWN_STREAM = "default vpc"  # what moto draws for others stays what it was


def teach(module: ModuleType) -> Callable[[], None]:
    """Change moto's VPCs, in the module that makes them; what is returned changes them back."""
    kind = module.VPCBackend
    return put_in_place(
        [
            (kind, "create_default_vpc", _with_gateway(kind.create_default_vpc)),
            (kind, "create_vpc", _with_rule(kind.create_vpc)),
        ]
    )


def _with_gateway(create: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(create)
    def create_default_vpc(ec2: Any, *arguments: Any, **options: Any) -> Any:
        vpc = create(ec2, *arguments, **options)
        with drawing_for(_OWN_STREAM):
            gateway = ec2.create_internet_gateway()
            ec2.attach_internet_gateway(gateway.id, vpc.id)
            table = next(
                t for t in ec2.route_tables.values() if t.vpc_id == vpc.id and t.main_association_id
            )
            ec2.create_route(table.id, "0.0.0.0/0", gateway_id=gateway.id)
        return vpc

    return create_default_vpc


def _with_rule(create: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(create)
    def create_vpc(ec2: Any, *arguments: Any, **options: Any) -> Any:
        vpc = create(ec2, *arguments, **options)
        group = ec2.get_security_group_from_name("default", vpc_id=vpc.id)
        with drawing_for(_OWN_STREAM):
            ec2.authorize_security_group_ingress(
                group.id, "-1", None, None, [], source_groups=[{"GroupId": group.id}], vpc_id=vpc.id
            )
        return vpc

    return create_vpc
