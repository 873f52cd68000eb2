"""Applications: CreateApplication, GetApplication, BatchGetApplications,
ListApplications, UpdateApplication, DeleteApplication.
"""

from typing import Any

from ecslab.codedeploy import describe
from ecslab.codedeploy.api.paging import listed
from ecslab.codedeploy.api.registry import operation
from ecslab.codedeploy.api.tags import admitted_tags
from ecslab.codedeploy.ids import resource_id
from ecslab.codedeploy.model import Application
from ecslab.codedeploy.names import check_name
from ecslab.codedeploy.records import Records
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.ground.errors import AwsError, not_simulated

Json = dict[str, Any]

MOST_AT_ONCE = 100  # BC-cd:BatchGetApplications


class ApplicationOperations:
    """Applications made, renamed, deleted and shown."""

    def __init__(self, *, clock: Clock, chance: Chance, records: Records) -> None:
        self._clock, self._chance, self._records = clock, chance, records

    @operation("CreateApplication")
    def create_application(self, request: Json) -> Json:
        """Make an application; of the compute platforms only ECS is simulated, and Server is
        what CodeDeploy takes when none is named.
        """
        check_platform(request, "A CodeDeploy application")
        name = self._free(request["applicationName"])
        tags = admitted_tags(request.get("tags", []))
        made = Application(resource_id(self._chance), name, self._clock.now_ms, tags)
        self._records.applications[name] = made
        return {"applicationId": made.id}

    def _free(self, name: str) -> str:
        check_name(name, "application", "InvalidApplicationNameException")
        if name in self._records.applications:  # the wording is ours
            raise AwsError(
                "ApplicationAlreadyExistsException", f"Application already exists with name: {name}"
            )
        return name

    @operation("GetApplication")
    def get_application(self, request: Json) -> Json:
        """One application by name."""
        return {
            "application": describe.application(
                self._clock, self._records.application(request["applicationName"])
            )
        }

    @operation("BatchGetApplications")
    def batch_get_applications(self, request: Json) -> Json:
        """Up to 100 applications by name; every one has to exist."""
        names = request["applicationNames"]
        check_batch(names, MOST_AT_ONCE)
        return {
            "applicationsInfo": [
                describe.application(self._clock, self._records.application(n)) for n in names
            ]
        }

    @operation("ListApplications")
    def list_applications(self, request: Json) -> Json:
        """The names of all applications."""
        return listed("applications", list(self._records.applications), request)

    @operation("UpdateApplication")
    def update_application(self, request: Json) -> Json:
        """Give an application another name."""
        if "applicationName" not in request:
            raise AwsError(
                "ApplicationNameRequiredException", "The application name was not specified."
            )
        application = self._records.application(request["applicationName"])
        name = request.get("newApplicationName", application.name)
        if name != application.name:
            self._free(name)
            del self._records.applications[application.name]
            application.name = name
            self._records.applications[name] = application
        return {}

    @operation("DeleteApplication")
    def delete_application(self, request: Json) -> Json:
        """Forget an application with its groups and revisions; one that is
        not there is none the less gone.
        """
        self._records.applications.pop(request["applicationName"], None)
        return {}


def check_platform(request: Json, what: str) -> None:
    """Refuse the compute platforms that are not simulated."""
    platform = request.get("computePlatform", "Server")
    if platform in {"Server", "Lambda"}:
        raise not_simulated(
            f"{what} of the compute platform {platform}", 'Give computePlatform="ECS".'
        )
    if platform != "ECS":
        raise AwsError(
            "InvalidComputePlatformException",
            "The computePlatform is invalid. It should be Lambda, Server, or ECS.",
        )


def check_batch(names: list[str], most: int) -> None:
    """Refuse a batch that is too long (the wording is ours)."""
    if len(names) > most:
        raise AwsError(
            "BatchLimitExceededException", f"The maximum number of names or IDs is {most}."
        )
