"""Takes over moto's Application Auto Scaling: what is about ECS is answered by the control
plane.

Other namespaces stay moto's. moto's dispatch, in the process and in its
server, leads here by the operation's name.
"""

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

from botocore import xform_name

from ecslab.autoscaling.model import NAMESPACE
from ecslab.aws.account import numbered, serving
from ecslab.aws.apis.catalogue import service_model
from ecslab.aws.apis.constraints import check
from ecslab.aws.changes import put_in_place
from ecslab.ground.errors import AwsError

SERVICE = "application-autoscaling"

Answer = tuple[int, dict[str, Any], str]


def take_over(responses: ModuleType) -> Callable[[], None]:
    """Answer every operation that is about ECS, those that moto does not have
    included; answers how to undo that.
    """
    kind = responses.ApplicationAutoScalingResponse
    names = {name: xform_name(name) for name in service_model(SERVICE).operation_names}
    return put_in_place(
        (kind, method, _method(name, vars(kind).get(method))) for name, method in names.items()
    )


def _method(operation: str, theirs: Callable[[Any], Any] | None) -> Callable[[Any], Any]:
    about_arn = (
        "ResourceARN" in service_model(SERVICE).operation_model(operation).input_shape.members
    )

    def method(response: Any) -> Any:
        request = json.loads(response.body or "{}")
        if request.get("ServiceNamespace") != NAMESPACE and not about_arn:
            if theirs is None:
                missing = f"The {xform_name(operation)} action has not been implemented"
                raise NotImplementedError(missing)
            return theirs(response)
        return _answer(operation, request, response.current_account, response.region)

    return method


def _answer(operation: str, request: dict[str, Any], number: str, region: str) -> Answer:
    account = numbered(number)
    try:
        check(service_model(SERVICE).operation_model(operation).input_shape, request)
        with serving(account):
            answer = account.in_region(region).autoscaling.call(operation, request)
    except AwsError as refused:
        text = {"__type": refused.code, "message": refused.message, **refused.members}
        return refused.status, {"status": refused.status}, json.dumps(text)
    return 200, {}, json.dumps(answer)
