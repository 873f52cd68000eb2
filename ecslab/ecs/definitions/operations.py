"""Task definitions: register, describe, list, deregister, delete
(facts, sections 2, 3, 16 and 17).
"""

from typing import Any

from ecslab.ecs.api import operation
from ecslab.ecs.api.failures import long_form
from ecslab.ecs.api.paging import page
from ecslab.ecs.api.tags import admitted
from ecslab.ecs.definitions import compatibilities, refusal
from ecslab.ecs.definitions.draft import Draft
from ecslab.ecs.definitions.in_use import is_in_use
from ecslab.ecs.definitions.normal_form import normal_form
from ecslab.ecs.definitions.required_attributes import required_attributes
from ecslab.ecs.definitions.units import in_units
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.definitions import TaskDefinition
from ecslab.ground.clock import Clock
from ecslab.ground.errors import client_exception, invalid_parameter
from ecslab.ground.numerals import whole
from ecslab.timeline.clusters import (
    DefinitionDeleted,
    DefinitionDeleting,
    DefinitionDeregistered,
    DefinitionRegistered,
)
from ecslab.timeline.teller import Teller

Json = dict[str, Any]

MOST_DELETED = 10  # BC:DeleteTaskDefinitionsRequest
CHECKED_EVERY_MS = 3_600_000  # "periodically" (DG:task-definition-state); an hour is pedagogical
GONE = "The specified task definition does not exist."


class DefinitionOperations:
    """Task definitions registered, deregistered, deleted and shown."""

    def __init__(self, *, clock: Clock, story: Teller, state: AccountState) -> None:
        self._clock, self._story, self._state = clock, story, state

    @operation("RegisterTaskDefinition")
    def register_task_definition(self, request: Json) -> Json:
        """Add a revision to a family, or refuse the whole request; revision numbers only grow."""
        # Noted in the Terraform provider for AWS, and in public deploy scripts.
        if request.get("tags") == []:
            raise client_exception("Tags can not be empty.")
        tags = admitted(request.get("tags", []), client_exception)
        draft = Draft(in_units(request), self._state.number)
        if why := refusal(draft):
            raise client_exception(why)
        spec = normal_form(draft)
        spec["requiresAttributes"], spec["compatibilities"] = (
            required_attributes(spec),
            compatibilities(draft),
        )
        family, revision = spec["family"], self._state.last_revision.get(spec["family"], 0) + 1
        definition = TaskDefinition(
            family=family,
            revision=revision,
            arn=self._state.arn(f"task-definition/{family}:{revision}"),
            spec=spec,
            registered_ms=self._clock.now_ms,
            registered_by=self._state.caller,
            tags=tags,
        )
        self._state.last_revision[family] = revision
        self._state.families.setdefault(family, []).append(definition)
        images = tuple(c["image"] for c in definition.containers)
        self._story.say(
            DefinitionRegistered(definition=self._story.definition(definition.name), images=images)
        )
        return {"taskDefinition": self._described(definition)} | ({"tags": tags} if tags else {})

    @operation("DescribeTaskDefinition")
    def describe_task_definition(self, request: Json) -> Json:
        """One revision in any status; a bare family means its newest ACTIVE one."""
        definition = self._state.task_definition(request["taskDefinition"])
        tags = "TAGS" in _one_of(request.get("include", []), "include", ("TAGS",))
        return {
            "taskDefinition": self._described(definition),
            "tags": list(definition.tags) if tags else [],
        }

    @operation("ListTaskDefinitions")
    def list_task_definitions(self, request: Json) -> Json:
        """ARNs by family name and revision number; `familyPrefix` is the whole
        name of one family, says the model.
        """
        status, sort = request.get("status", "ACTIVE"), request.get("sort", "ASC")
        _one_of([status], "status", ("ACTIVE", "INACTIVE", "DELETE_IN_PROGRESS"))
        _one_of([sort], "sort", ("ASC", "DESC"))
        families = [request["familyPrefix"]] if "familyPrefix" in request else self._state.families
        found = [
            d
            for family in families
            for d in self._state.families.get(family, [])
            if d.status == status
        ]
        found.sort(key=lambda d: (d.family, d.revision), reverse=sort == "DESC")
        arns, rest = page([d.arn for d in found], request)
        return {"taskDefinitionArns": arns} | rest

    @operation("ListTaskDefinitionFamilies")
    def list_task_definition_families(self, request: Json) -> Json:
        """Family names that begin with `familyPrefix`: with an ACTIVE revision,
        without one, or both (the default).
        """
        status = request.get("status", "ALL")
        _one_of([status], "status", ("ACTIVE", "INACTIVE", "ALL"))
        active = {
            name: any(d.status == "ACTIVE" for d in revisions)
            for name, revisions in self._state.families.items()
            if revisions
        }
        wanted = {"ACTIVE": {True}, "INACTIVE": {False}, "ALL": {True, False}}[status]
        names = sorted(
            name
            for name in active
            if name.startswith(request.get("familyPrefix", "")) and active[name] in wanted
        )
        families, rest = page(names, request)
        return {"families": families} | rest

    @operation("DeregisterTaskDefinition")
    def deregister_task_definition(self, request: Json) -> Json:
        """Make a revision INACTIVE: what runs goes on, nothing new can use it."""
        definition = self._revision(request["taskDefinition"])
        if definition is None:
            raise client_exception(GONE)  # cloud-custodian waits for this text
        if definition.status == "DELETE_IN_PROGRESS":
            # BC:DeregisterTaskDefinition; the wording is that of a public
            # emulator that was compared with AWS.
            raise client_exception(
                "The task definition could not be deregistered because it is in the process of "
                "being deleted."
            )
        if definition.status == "ACTIVE":
            definition.status, definition.deregistered_ms = "INACTIVE", self._clock.now_ms
            self._story.say(
                DefinitionDeregistered(definition=self._story.definition(definition.name))
            )
        return {"taskDefinition": self._described(definition)}

    @operation("DeleteTaskDefinitions")
    def delete_task_definitions(self, request: Json) -> Json:
        """Delete up to ten INACTIVE revisions: DELETE_IN_PROGRESS until nothing uses
        them; texts observed by moto's maintainers.
        """
        names = request["taskDefinitions"]
        if not names:
            raise invalid_parameter("size of TaskDefinition references list must be greater than 0")
        if len(names) > MOST_DELETED:
            raise invalid_parameter(
                f"Size of TaskDefinition references list cannot exceed {MOST_DELETED}"
            )
        deleted, failures = [], []
        for name in names:
            if why := self._undeletable(name):
                failures.append(
                    {"arn": long_form(self._state, "task-definition", name), "reason": why}
                )
            else:
                deleted.append(self._deleted(name))
        return {"taskDefinitions": deleted, "failures": failures}

    def _undeletable(self, name: str) -> str | None:
        if not _names_a_revision(name):
            return (
                "The specified task definition identifier is invalid. Specify a valid name or "
                "ARN and try again."
            )
        definition = self._revision(name)
        if definition is None:
            return f"{GONE} Specify a valid account, family, revision and try again."
        if definition.status == "ACTIVE":
            return (
                "The specified task definition is still in ACTIVE status. Please deregister the "
                "target and try again."
            )
        return None

    def _deleted(self, name: str) -> Json:
        definition = self._state.task_definition(name)
        if definition.status == "INACTIVE":
            definition.status, definition.delete_requested_ms = (
                "DELETE_IN_PROGRESS",
                self._clock.now_ms,
            )
            self._story.say(DefinitionDeleting(definition=self._story.definition(definition.name)))
            self._clock.after(CHECKED_EVERY_MS, lambda: self._remove_unused(definition))
        return self._described(definition)

    def _remove_unused(self, definition: TaskDefinition) -> None:
        if is_in_use(self._state, definition):
            self._clock.after(CHECKED_EVERY_MS, lambda: self._remove_unused(definition))
            return
        self._state.families[definition.family].remove(definition)
        self._story.say(DefinitionDeleted(definition=self._story.definition(definition.name)))

    def _revision(self, name: str) -> TaskDefinition | None:
        """A revision by family:revision or ARN; ClientException or
        InvalidParameterException when none is named (moto's texts).
        """
        _, colon, revision = name.removeprefix(self._state.arn("task-definition/")).partition(":")
        if not colon:
            raise client_exception("Revision is missing.")
        if whole(revision) is None and not name.startswith("arn:"):
            raise invalid_parameter(f"Invalid revision number. Number: {revision}")
        found = (d for revisions in self._state.families.values() for d in revisions)
        return next((d for d in found if name in {d.arn, d.name}), None)

    def _described(self, definition: TaskDefinition) -> Json:
        """The `taskDefinition` member: the normal form, and when what happened to it."""
        times = {
            "registeredAt": definition.registered_ms,
            "deregisteredAt": definition.deregistered_ms,
            "deleteRequestedAt": definition.delete_requested_ms,
        }
        return definition.spec | {
            "taskDefinitionArn": definition.arn,
            "revision": definition.revision,
            "status": definition.status,
            "registeredBy": definition.registered_by,
            **{member: self._clock.timestamp(at) for member, at in times.items() if at is not None},
        }


def _names_a_revision(name: str) -> bool:
    family, _, revision = name.rpartition("/")[2].partition(":")
    return bool(family) and whole(revision) is not None


def _one_of(given: list[str], member: str, words: tuple[str, ...]) -> list[str]:
    """Refuse other words, in the form seen for `include` (terraform-provider-aws#23342)."""
    if not set(given) <= set(words):
        raise invalid_parameter(f"{member} should be one of [{','.join(words)}]")
    return given
