"""DescribeServices and ListServices (facts, section 5.1)."""

from typing import Any

from ecslab.ecs.api import operation
from ecslab.ecs.api.failures import missing
from ecslab.ecs.api.paging import page
from ecslab.ecs.capacity.strategy import launch_type as launch_type_of
from ecslab.ecs.connect.namespaces import members
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.services import Service
from ecslab.ecs.ports.discovery import Discovery
from ecslab.ecs.services import describe as describe_service
from ecslab.ground.clock import Clock
from ecslab.ground.errors import AwsError, invalid_parameter

Json = dict[str, Any]

MOST_DESCRIBED = 10  # facts, section 5.1


class ServiceLists:
    """Services shown and listed."""

    def __init__(self, *, clock: Clock, state: AccountState, discovery: Discovery) -> None:
        self._clock, self._state, self._discovery = clock, state, discovery

    @operation("DescribeServices")
    def describe_services(self, request: Json) -> Json:
        """Up to ten services in any status; unknown ones are `failures` with reason MISSING."""
        cluster = self._state.cluster(request.get("cluster"))
        names = request["services"]
        if not 1 <= len(names) <= MOST_DESCRIBED:
            raise invalid_parameter(
                "Services cannot be empty." if not names else "services can have at most 10 items."
            )
        tags = "TAGS" in request.get("include", [])
        found = [(name, self._state.find_service(cluster, name)) for name in names]
        return {
            "services": [
                describe_service.service(self._clock, service, tags=tags)
                for _, service in found
                if service
            ],
            # AWS names a missing one in the short form, without its cluster
            # (facts 2, section 31, row 13).
            "failures": missing(self._state, "service", found),
        }

    @operation("ListServices")
    def list_services(self, request: Json) -> Json:
        """ARNs of the ACTIVE services of a cluster, ten a page unless told
        (BC:ListServicesRequest).
        """
        cluster = self._state.cluster(request.get("cluster"))
        listed = [
            s for s in cluster.services.values() if s.status == "ACTIVE" and _fits(s, request)
        ]
        arns, rest = page([s.arn for s in listed], {"maxResults": 10} | request)
        return {"serviceArns": arns} | rest

    @operation("ListServicesByNamespace")
    def list_services_by_namespace(self, request: Json) -> Json:
        """ARNs of the services that use a namespace for Service Connect, whatever cluster
        they are in (BC:ListServicesByNamespace).
        """
        namespace = self._discovery.namespace(request["namespace"])
        if namespace is None:
            raise AwsError(
                "NamespaceNotFoundException",
                f"The specified namespace {request['namespace']} was not found.",
            )
        arns, rest = page(
            [s.arn for s in members(self._state, self._discovery, namespace.arn)],
            {"maxResults": 10} | request,
        )
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
