"""Revisions: RegisterApplicationRevision, GetApplicationRevision, BatchGetApplicationRevisions, ListApplicationRevisions."""

from typing import TYPE_CHECKING, Any

from ecslab.codedeploy import appspec, describe, revise
from ecslab.codedeploy.api import operation
from ecslab.codedeploy.api.applications import check_batch
from ecslab.codedeploy.api.paging import listed

if TYPE_CHECKING:
    from ecslab.codedeploy.plane import CodeDeploy

Json = dict[str, Any]

MOST_AT_ONCE = 25  # BC-cd:BatchGetApplicationRevisions


@operation("RegisterApplicationRevision")
def register_application_revision(plane: "CodeDeploy", request: Json) -> Json:
    """Keep an AppSpec that can be deployed later by its hash."""
    application = plane.application(request["applicationName"])
    content = revise.content_of(request["revision"])
    appspec.parse(content)
    revise.register(plane, application, content, request.get("description", ""))
    return {}


@operation("GetApplicationRevision")
def get_application_revision(plane: "CodeDeploy", request: Json) -> Json:
    """A revision with its content: the only operation that shows it (BC-cd:GetDeployment)."""
    application = plane.application(request["applicationName"])
    found = revise.find(application, request["revision"])
    spec = {"content": found.content, "sha256": found.sha256}
    return {
        "applicationName": application.name,
        "revision": {"revisionType": "AppSpecContent", "appSpecContent": spec},
        "revisionInfo": describe.revision(plane, found),
    }


@operation("BatchGetApplicationRevisions")
def batch_get_application_revisions(plane: "CodeDeploy", request: Json) -> Json:
    """Up to 25 revisions, without their content."""
    application = plane.application(request["applicationName"])
    check_batch(request["revisions"], MOST_AT_ONCE)
    found = [revise.find(application, location) for location in request["revisions"]]
    return {
        "applicationName": application.name,
        "revisions": [
            {"revisionLocation": r.location, "genericRevisionInfo": describe.revision(plane, r)}
            for r in found
        ],
    }


@operation("ListApplicationRevisions")
def list_application_revisions(plane: "CodeDeploy", request: Json) -> Json:
    """Where an application's revisions are, oldest first unless sorted otherwise."""
    application = plane.application(request["applicationName"])
    by = request.get("sortBy", "registerTime")
    times = {
        "registerTime": lambda r: r.registered_ms,
        "firstUsedTime": lambda r: -1 if r.first_used_ms is None else r.first_used_ms,
        "lastUsedTime": lambda r: -1 if r.last_used_ms is None else r.last_used_ms,
    }
    ordered = sorted(
        application.revisions.values(), key=times[by], reverse=request.get("sortOrder") == "descending"
    )
    return listed("revisions", [r.location for r in ordered], request)
