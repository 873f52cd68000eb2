"""DescribeServices and ListServices (facts, section 5.1)."""

from typing import TYPE_CHECKING, Any

from ecslab.ecs.api import operation
from ecslab.ecs.api.failures import missing
from ecslab.ecs.api.paging import page
from ecslab.ecs.capacity.strategy import launch_type as launch_type_of
from ecslab.ecs.connect.namespaces import members
from ecslab.ecs.model.services import Service
from ecslab.ecs.services import describe as describe_service
from ecslab.ground.errors import AwsError, invalid_parameter

if TYPE_CHECKING:
    from ecslab.ecs.plane import ControlPlane

Json = dict[str, Any]

MOST_DESCRIBED = 10  # facts, section 5.1


@operation("DescribeServices")
def describe_services(plane: "ControlPlane", request: Json) -> Json:
    """Up to ten services in any status; unknown ones are `failures` with reason MISSING."""
    cluster = plane.cluster(request.get("cluster"))
    names = request["services"]
    if not 1 <= len(names) <= MOST_DESCRIBED:
        raise invalid_parameter(
            "Services cannot be empty." if not names else "services can have at most 10 items."
        )
    tags = "TAGS" in request.get("include", [])
    found = [(name, plane.find_service(cluster, name)) for name in names]
    return {
        "services": [
            describe_service.service(plane, service, tags=tags) for _, service in found if service
        ],
        # AWS names a missing one in the short form, without its cluster
        # (facts 2, section 31, row 13).
        "failures": missing(plane, "service", found),
    }


@operation("ListServices")
def list_services(plane: "ControlPlane", request: Json) -> Json:
    """ARNs of the ACTIVE services of a cluster, ten a page unless told (BC:ListServicesRequest)."""
    cluster = plane.cluster(request.get("cluster"))
    listed = [s for s in cluster.services.values() if s.status == "ACTIVE" and _fits(s, request)]
    arns, rest = page([s.arn for s in listed], {"maxResults": 10} | request)
    return {"serviceArns": arns} | rest


def _fits(service: Service, request: Json) -> bool:
    launch_type = launch_type_of(service.settings)
    strategy = service.settings["schedulingStrategy"]
    customer_managed = request.get("resourceManagementType", "CUSTOMER") == "CUSTOMER"
    return bool(
        request.get("launchType", launch_type) == launch_type
        and request.get("schedulingStrategy", strategy) == strategy
        and customer_managed
    )


@operation("ListServicesByNamespace")
def list_services_by_namespace(plane: "ControlPlane", request: Json) -> Json:
    """ARNs of the services that use a namespace for Service Connect, whatever cluster
    they are in (BC:ListServicesByNamespace).
    """
    namespace = plane.neighbours.discovery.namespace(request["namespace"])
    if namespace is None:
        raise AwsError(
            "NamespaceNotFoundException",
            f"The specified namespace {request['namespace']} was not found.",
        )
    arns, rest = page([s.arn for s in members(plane, namespace.arn)], {"maxResults": 10} | request)
    return {"serviceArns": arns} | rest
