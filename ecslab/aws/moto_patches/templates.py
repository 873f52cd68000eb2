"""Corrects how moto's CloudFormation reads a template: resource types, generated names, SSM
parameters.
"""

from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

from ecslab.aws import failures
from ecslab.aws.changes import put_in_place
from ecslab.aws.moto_patches import iam_rules

HARMLESS = {"AWS::CDK::Metadata"}  # nothing depends on what they do
# Moto's models of these know moto's ECS, or run a function in Docker.
REFUSED = ("AWS::ECS::", "Custom::")
LONGEST = {  # of the names that their services take
    "AWS::IAM::Role": iam_rules.LONGEST["roleName"],
    "AWS::IAM::InstanceProfile": iam_rules.LONGEST["instanceProfileName"],
    "AWS::IAM::ManagedPolicy": iam_rules.LONGEST["policyName"],
    "AWS::IAM::User": iam_rules.LONGEST["userName"],
    "AWS::IAM::Group": iam_rules.LONGEST["groupName"],
    "AWS::SQS::Queue": 80,  # botocore, CreateQueueRequest$QueueName
}
_REST = 255


class TemplateRefused(Exception):  # noqa: N818 - it is what AWS says
    """An error of the template itself: the call is refused, and no stack begins."""


def teach(module: ModuleType) -> Callable[[], None]:
    """Teach `moto.cloudformation.parsing`; what is returned makes it forget."""
    return put_in_place(
        [
            (module, "resource_class_from_type", _known(module)),
            (module, "generate_resource_name", _short(module.generate_resource_name)),
            (module, "parse_and_create_resource", _named(module.parse_and_create_resource)),
            (module.ResourceMap, "parse_ssm_parameter", _found(module)),
            (module.ResourceMap, "__getitem__", _resolved(module)),
        ]
    )


def _known(module: ModuleType) -> Callable[[str], Any]:
    """A type that moto passes over would be missing from the stack, and nobody would hear of it."""
    find = module.resource_class_from_type

    @wraps(find)
    def resource_class_from_type(resource_type: str) -> Any:
        if resource_type in HARMLESS or resource_type in module.NULL_MODELS:
            return None
        if resource_type.startswith(REFUSED) or resource_type not in module.get_model_map():
            raise failures.refusal(f"{resource_type} in a stack")
        return find(resource_type)

    return resource_class_from_type


def _short(generate: Callable[[str, str, str], str]) -> Callable[[str, str, str], str]:
    """CloudFormation makes no name longer than its service takes; which
    part it shortens is an assumption.
    """

    @wraps(generate)
    def generate_resource_name(resource_type: str, stack_name: str, logical_id: str) -> str:
        name, most = (
            generate(resource_type, stack_name, logical_id),
            LONGEST.get(resource_type, _REST),
        )
        if len(name) <= most:
            return name
        suffix = name[name.rindex("-") :]
        return name[: most - len(suffix)].rstrip("-") + suffix

    return generate_resource_name


def _named(create: Callable[..., Any]) -> Callable[..., Any]:
    """An error says which resource it is of: the innermost."""

    @wraps(create)
    def parse_and_create_resource(logical_id: str, *asked: Any, **named: Any) -> Any:
        try:
            return create(logical_id, *asked, **named)
        except Exception as failure:
            if not hasattr(failure, "logical_resource_id"):
                failure.logical_resource_id = logical_id  # type: ignore[attr-defined]
            raise

    return parse_and_create_resource


def _found(module: ModuleType) -> Callable[..., Any]:
    """A parameter that is not in the store is refused in AWS's
    words (seen in aws/aws-cdk#18453).
    """
    parse = module.ResourceMap.parse_ssm_parameter

    @wraps(parse)
    def parse_ssm_parameter(resources: Any, value: str, value_type: str) -> Any:
        account, region = resources._account_id, resources._region_name  # noqa: SLF001 - moto's own
        if module.ssm_backends[account][region].get_parameter(value) is None:
            raise module.ValidationError(
                message=f"Unable to fetch parameters [{value}] from parameter store for this "
                "account."
            )
        return parse(resources, value, value_type)

    return parse_ssm_parameter


def _resolved(module: ModuleType) -> Callable[..., Any]:
    """A reference to nothing is refused in the words that moto has for one in the Outputs."""
    get = module.ResourceMap.__getitem__
    # Whoever looks whether something is in the map expects a KeyError.
    kind = type("Unresolved", (module.ValidationError, TemplateRefused, KeyError), {})

    @wraps(get)
    def __getitem__(resources: Any, name: str) -> Any:  # noqa: N807 - it becomes that method
        known = {*resources._parsed_resources, *resources._resource_json_map}  # noqa: SLF001 - moto's own
        if name not in known:
            text = (
                f"Unresolved resource dependencies [{name}] in the Resources block of the template"
            )
            raise kind(message=f"Template format error: {text}")
        return get(resources, name)

    return __getitem__
