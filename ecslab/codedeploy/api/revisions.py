"""Revisions: RegisterApplicationRevision, GetApplicationRevision,
BatchGetApplicationRevisions, ListApplicationRevisions.
"""

from typing import Any

from ecslab.codedeploy import appspec, describe
from ecslab.codedeploy import revisions as revise
from ecslab.codedeploy.api.applications import check_batch
from ecslab.codedeploy.api.paging import listed
from ecslab.codedeploy.api.registry import operation
from ecslab.codedeploy.model import Application, Revision
from ecslab.codedeploy.records import Records
from ecslab.ground.clock import Clock
from ecslab.ground.errors import AwsError

Json = dict[str, Any]

MOST_AT_ONCE = 25  # BC-cd:BatchGetApplicationRevisions


class RevisionOperations:
    """Applications' revisions registered and shown."""

    def __init__(self, *, clock: Clock, records: Records) -> None:
        self._clock, self._records = clock, records

    @operation("RegisterApplicationRevision")
    def register_application_revision(self, request: Json) -> Json:
        """Keep an AppSpec that can be deployed later by its hash."""
        application = self._records.application(request["applicationName"])
        content = revise.content_of(request["revision"])
        appspec.parse(content)
        revise.register(self._clock, application, content, request.get("description", ""))
        return {}

    @operation("GetApplicationRevision")
    def get_application_revision(self, request: Json) -> Json:
        """A revision with its content: the only operation that shows it (BC-cd:GetDeployment)."""
        application = self._records.application(request["applicationName"])
        found = revise.find(application, request["revision"])
        spec = {"content": found.content, "sha256": found.sha256}
        return {
            "applicationName": application.name,
            "revision": {"revisionType": "AppSpecContent", "appSpecContent": spec},
            "revisionInfo": describe.revision(self._clock, found),
        }

    @operation("BatchGetApplicationRevisions")
    def batch_get_application_revisions(self, request: Json) -> Json:
        """Up to 25 revisions, without their content."""
        application = self._records.application(request["applicationName"])
        check_batch(request["revisions"], MOST_AT_ONCE)
        found = [revise.find(application, location) for location in request["revisions"]]
        return {
            "applicationName": application.name,
            "revisions": [
                {
                    "revisionLocation": r.location,
                    "genericRevisionInfo": describe.revision(self._clock, r),
                }
                for r in found
            ],
        }

    @operation("ListApplicationRevisions")
    def list_application_revisions(self, request: Json) -> Json:
        """Where an application's revisions are, oldest first unless sorted
        otherwise; the wordings are ours.
        """
        application = self._records.application(request["applicationName"])
        by = request.get("sortBy", "registerTime")
        times = {
            "registerTime": lambda r: r.registered_ms,
            "firstUsedTime": lambda r: -1 if r.first_used_ms is None else r.first_used_ms,
            "lastUsedTime": lambda r: -1 if r.last_used_ms is None else r.last_used_ms,
        }
        if by not in times:
            raise AwsError(
                "InvalidSortByException",
                f"The column name to sort by is one of {', '.join(times)}.",
            )
        if request.get("sortOrder", "ascending") not in {"ascending", "descending"}:
            raise AwsError(
                "InvalidSortOrderException", "The sort order is ascending or descending."
            )
        if request.get("deployed", "ignore") not in {"include", "exclude", "ignore"}:
            raise AwsError(
                "InvalidDeployedStateFilterException", "deployed is include, exclude or ignore."
            )
        there = [r for r in application.revisions.values() if _listed(application, r, request)]
        ordered = sorted(there, key=times[by], reverse=request.get("sortOrder") == "descending")
        return listed("revisions", [r.location for r in ordered], request)


def _listed(application: Application, revision: Revision, request: Json) -> bool:
    """Whether a revision is asked for: none of an AppSpec is in S3, and one is
    deployed that a group has as its target.
    """
    if request.get("s3Bucket") or request.get("s3KeyPrefix"):
        return False
    deployed = any(group.revision is revision for group in application.groups.values())
    return {"include": deployed, "exclude": not deployed}.get(
        request.get("deployed", "ignore"), True
    )
