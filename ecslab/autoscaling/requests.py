"""The operations of Application Auto Scaling, for ECS services; `OPERATIONS` is their registry.

Each takes a request that fits botocore's shape and whose ServiceNamespace is ecs,
and returns an answer that fits it too.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ecslab.autoscaling.autoscaler import Autoscaler
from ecslab.autoscaling.model import DIMENSION, NAMESPACE, ScalableTarget
from ecslab.ecs.api.paging import position, token
from ecslab.ecs.api.registry import registrar
from ecslab.ground.errors import AwsError, validation

Json = dict[str, Any]
OPERATIONS: dict[str, Callable[..., Json]] = {}
operation = registrar(OPERATIONS)


def not_found(what: str, request: Json, more: str = "") -> AwsError:
    """ObjectNotFoundException in AWS's words, for example "No scalable target
    registered for service namespace: ecs, …".
    """
    where = (
        f"service namespace: {NAMESPACE}, resource ID: {request['ResourceId']}, scalable "
        f"dimension: {DIMENSION}"
    )
    return AwsError("ObjectNotFoundException", f"No {what} for {where}{more}")


def check_resource(request: Json) -> str:
    """The resource of a request; raises ValidationException for one that is no ECS service."""
    resource = str(request["ResourceId"])
    parts = resource.split("/")
    if parts[0] != "service" or len(parts) != 3 or request["ScalableDimension"] != DIMENSION:  # noqa: PLR2004 - service/CLUSTER/SERVICE
        raise validation("Unsupported service namespace, resource type or scalable dimension")
    return resource


def registered(autoscaling: Autoscaler, request: Json) -> ScalableTarget:
    """The target of a request; ObjectNotFoundException when it has not been registered."""
    found = autoscaling.held.targets.get(check_resource(request))
    if found is None:
        raise not_found("scalable target registered", request)
    return found


def filtered(things: Iterable[ScalableTarget], request: Json) -> list[ScalableTarget]:
    """The targets that a describing request is about; raises ValidationException
    for a dimension without a resource.
    """
    if request.get("ScalableDimension") and not (
        request.get("ResourceId") or request.get("ResourceIds")
    ):
        raise validation(
            "If you specify a scalable dimension, you must also specify a resource ID."
        )  # botocore's words
    wanted = request.get("ResourceIds") or (
        [request["ResourceId"]] if request.get("ResourceId") else None
    )
    other = request.get("ScalableDimension") not in {None, DIMENSION}
    return [t for t in things if not other and (wanted is None or t.resource in wanted)]


def page(items: Sequence[Any], request: Json, most: int) -> tuple[list[Any], Json]:
    """One page, and the NextToken member of its answer; raises
    ValidationException and InvalidNextTokenException.
    """
    size = request.get("MaxResults", most)
    if not 1 <= size <= most:
        raise validation(f"MaxResults must be between 1 and {most}.")
    start = 0
    if request.get("NextToken"):
        found = position(request["NextToken"], len(items))
        if found is None:
            raise AwsError("InvalidNextTokenException", "The next token supplied was invalid.")
        start = found
    stop = start + size
    return list(items[start:stop]), {"NextToken": token(stop)} if stop < len(items) else {}
