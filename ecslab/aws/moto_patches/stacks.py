"""Has moto's CloudFormation succeed or fail as a whole.

moto leaves a stack in progress, and what it has made, behind whatever goes wrong, and passes over
resource types that it does not know. Here a stack that meets an error of AWS's is rolled back, as
in AWS; a template with something that is not simulated is refused, and nothing of it stays.
"""

from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException

from ecslab.aws.changes import put_in_place
from ecslab.aws.failures import NotSimulated
from ecslab.aws.moto_patches.templates import TemplateRefused

Make = Callable[..., Any]

_AWS = (ServiceException, HTTPException)  # what moto's services raise for AWS to answer


def teach(module: ModuleType) -> Callable[[], None]:
    """Teach `moto.cloudformation.models`; what is returned makes it forget."""
    backend, stack = module.CloudFormationBackend, module.Stack
    nested = "create_from_cloudformation_json"
    return put_in_place(
        [
            (backend, "create_stack", _create(backend.create_stack, module)),
            (backend, "update_stack", _update(backend.update_stack)),
            (backend, "execute_change_set", _execute(backend.execute_change_set, module)),
            (stack, "parse_template", staticmethod(_read(stack.parse_template, module))),
            (stack, nested, classmethod(_nested(vars(stack)[nested].__func__, module))),
        ]
    )


def _read(parse: Make, module: ModuleType) -> Make:
    @wraps(parse)
    def parse_template(template: str) -> Any:
        try:
            return parse(template)
        except ValueError as wrong:
            where = f"(line {getattr(wrong, 'lineno', 1)}, column {getattr(wrong, 'colno', 1)})"
            raise module.ValidationError(
                message=f"Template format error: JSON not well-formed. {where}"
            ) from wrong

    return parse_template


def _create(create: Make, module: ModuleType) -> Make:
    @wraps(create)
    def create_stack(backend: Any, *asked: Any, **named: Any) -> Any:
        before = set(backend.stacks)
        try:
            return create(backend, *asked, **named)
        except Exception as failure:
            made = [stack for number, stack in backend.stacks.items() if number not in before]
            if not made:  # the template itself was refused
                raise
            stack = made[0]
            begun = stack.status != "CREATE_PENDING"
            _take_back(backend, stack, failure, module)
            if begun and _is_answer(failure):
                return stack
            if stack.status == "ROLLBACK_COMPLETE":
                del backend.stacks[stack.stack_id]
            raise

    return create_stack


def _update(update: Make) -> Make:
    @wraps(update)
    def update_stack(backend: Any, name: str, *asked: Any, **named: Any) -> Any:
        stack = backend.get_stack(name)
        again = _way_back(stack)
        try:
            return update(backend, name, *asked, **named)
        except Exception as failure:
            again(failure)
            if _is_answer(failure):
                return stack
            raise

    return update_stack


def _execute(execute: Make, module: ModuleType) -> Make:
    @wraps(execute)
    def execute_change_set(backend: Any, change_set_name: str, *asked: Any, **named: Any) -> None:
        sets = backend.change_sets
        meant = sets.get(change_set_name) or next(
            (s for s in reversed(sets.values()) if s.change_set_name == change_set_name), None
        )
        if meant is None:
            raise module.ValidationError(message=f"ChangeSet [{change_set_name}] does not exist")
        again = _way_back(meant.stack)
        try:
            execute(backend, change_set_name, *asked, **named)
        except Exception as failure:
            meant.execution_status = "EXECUTE_FAILED"
            if meant.change_set_type == "CREATE":
                _take_back(backend, meant.stack, failure, module)
            else:
                again(failure)
            if not _is_answer(failure):
                raise

    return execute_change_set


def _nested(create: Make, module: ModuleType) -> Make:
    @wraps(create)
    def create_from_cloudformation_json(kind: Any, *asked: Any, **named: Any) -> Any:
        stack = create(kind, *asked, **named)
        if stack.status.startswith("ROLLBACK"):
            text = (
                f"Embedded stack {stack.stack_id} was not successfully created: "
                f"{stack.stack_status_reason}"
            )
            raise module.ValidationError(message=text)
        return stack

    return create_from_cloudformation_json


def _is_answer(failure: Exception) -> bool:
    """Whether AWS would say so too: then it is the stack that fails, not the call."""
    return isinstance(failure, _AWS) and not isinstance(failure, NotSimulated | TemplateRefused)


def _take_back(backend: Any, stack: Any, failure: Exception, module: ModuleType) -> None:
    """Delete what a stack has made so far, and say so in its events."""
    reason = str(getattr(failure, "message", failure))
    logical = getattr(failure, "logical_resource_id", None)
    if logical is not None:
        kind = stack.resource_map._resource_json_map[logical]["Type"]  # noqa: SLF001 - moto's own
        event = module.Event(
            stack.stack_id, stack.name, logical, "", kind, "CREATE_FAILED", reason, None
        )
        stack.events.append(event)
        reason = f"The following resource(s) failed to create: [{logical}]. "
    stack.stack_status_reason = reason
    stack._add_stack_event("ROLLBACK_IN_PROGRESS", resource_status_reason=reason)  # noqa: SLF001
    for name in [n for n, e in backend.exports.items() if e.exporting_stack_id == stack.stack_id]:
        del backend.exports[name]
    stack.output_map = module.OutputMap(stack.resource_map, {}, stack.stack_id)
    _finish(stack, stack.resource_map.delete, "ROLLBACK")


def _way_back(stack: Any) -> Callable[[Exception], None]:
    """What brings a stack back to its present template."""
    resources, said = stack.resource_map, len(stack.events)
    template, status, inputs = (
        stack.template,
        stack.status,
        dict(stack.resource_map.input_parameters),
    )

    def again(failure: Exception) -> None:
        wanted = stack.parse_template(template) if template else {"Resources": {}}
        held = resources._parsed_resources  # noqa: SLF001 - moto's own
        tried = resources._resource_json_map  # noqa: SLF001
        for name in set(wanted["Resources"]) - set(tried):
            held.pop(name, None)  # moto has deleted it, and takes it for there
        resources._resource_json_map = {n: r for n, r in tried.items() if n in held}  # noqa: SLF001
        stack.template, stack.template_dict = template, wanted
        reason = str(getattr(failure, "message", failure))
        stack._add_stack_event("UPDATE_ROLLBACK_IN_PROGRESS", resource_status_reason=reason)  # noqa: SLF001
        stack.stack_status_reason = reason
        _finish(stack, lambda: resources.update(wanted, inputs), "UPDATE_ROLLBACK")
        for name in set(tried) - set(wanted["Resources"]):
            held.pop(name, None)
        if stack.status == "UPDATE_ROLLBACK_COMPLETE" and not _is_answer(failure):
            stack.status = status  # the call was refused: nothing has happened
            del stack.events[said:]

    return again


def _finish(stack: Any, act: Callable[[], Any], what: str) -> None:
    try:
        act()
    except Exception as left:  # noqa: BLE001 - whatever of moto's resources will not go
        stack.stack_status_reason = str(left)
        stack.status = f"{what}_FAILED"
    else:
        stack.status = f"{what}_COMPLETE"
    stack._add_stack_event(stack.status)  # noqa: SLF001
