"""Has moto's EC2 act on what decides ways out of a VPC, and what it takes and leaves undone.

moto keeps the route tables that CloudFormation associates where nobody looks for them, and
forgets the DNS settings of its VPCs (AWS::EC2::SubnetRouteTableAssociation,
AWS::EC2::VPC); of ModifyVpcEndpoint it drops PrivateDnsEnabled, and the routes to a
gateway endpoint (API:ModifyVpcEndpoint).
"""

from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

from ecslab.aws.changes import put_in_place

Undo = Callable[[], None]

_DNS = {"EnableDnsSupport": "enable_dns_support", "EnableDnsHostnames": "enable_dns_hostnames"}


def teach_subnets(module: ModuleType) -> Undo:
    """Teach `moto.ec2.models.subnets`; what is returned makes it forget."""
    kind = module.SubnetBackend
    associate = kind.create_subnet_association

    @wraps(associate)
    def create_subnet_association(ec2: Any, route_table_id: str, subnet_id: str) -> Any:
        ec2.associate_route_table(route_table_id, subnet_id=subnet_id)
        return associate(ec2, route_table_id, subnet_id)

    return put_in_place([(kind, "create_subnet_association", create_subnet_association)])


def teach_vpcs(module: ModuleType) -> Undo:
    """Teach `moto.ec2.models.vpcs`; what is returned makes it forget."""
    nested, change = "create_from_cloudformation_json", "modify_vpc_endpoint"
    vpc, ec2 = module.VPC, module.VPCBackend
    return put_in_place(
        [
            (vpc, nested, classmethod(_with_names(vars(vpc)[nested].__func__))),
            (ec2, change, _with_routes(getattr(ec2, change))),
        ]
    )


def teach_answers(module: ModuleType) -> Undo:
    """Teach `moto.ec2.responses.vpcs`; what is returned makes it forget."""
    kind = module.VPCs
    modify = kind.modify_vpc_endpoint

    @wraps(modify)
    def modify_vpc_endpoint(request: Any) -> Any:
        answer = modify(request)
        named = request._get_bool_param("PrivateDnsEnabled")  # noqa: SLF001 - how moto's responses read
        if named is not None:
            endpoint = request.ec2_backend.vpc_end_points[request._get_param("VpcEndpointId")]  # noqa: SLF001
            endpoint.private_dns_enabled = named
        return answer

    return put_in_place([(kind, "modify_vpc_endpoint", modify_vpc_endpoint)])


def _with_names(create: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(create)
    def create_from_cloudformation_json(
        kind: Any, name: str, template: Any, *where: Any, **named: Any
    ) -> Any:
        vpc = create(kind, name, template, *where, **named)
        for member, attribute in _DNS.items():
            if member in template["Properties"]:
                setattr(vpc, attribute, str(template["Properties"][member]).lower() == "true")
        return vpc

    return create_from_cloudformation_json


def _with_routes(modify: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(modify)
    def modify_vpc_endpoint(ec2: Any, vpc_id: str, **asked: Any) -> None:
        for table in asked["add_route_tables"] or ():
            ec2.get_route_table(table)  # refuses one that is not there before anything changes
        endpoint = ec2.get_vpc_end_point(vpc_id)
        before = list(endpoint.route_table_ids or ())
        modify(ec2, vpc_id, **asked)
        prefix, after = endpoint.destination_prefix_list_id, list(endpoint.route_table_ids or ())
        for table in after if prefix else ():
            if table not in before:
                ec2.create_route(
                    table, None, gateway_id=endpoint.id, destination_prefix_list_id=prefix
                )
        for table in before if prefix else ():
            if table not in after:
                ec2.delete_route(table, prefix)

    return modify_vpc_endpoint
