"""Keeps an application's revisions: AppSpecs, by the SHA-256 of their content."""

import hashlib
from typing import Any

from ecslab.codedeploy.appspec import invalid
from ecslab.codedeploy.model import Application, Revision
from ecslab.ground.clock import Clock
from ecslab.ground.errors import AwsError

Json = dict[str, Any]

APPSPEC = "AppSpecContent"
ELSEWHERE = {"gitHubLocation", "string"}  # of the other platforms


def register(
    clock: Clock, application: Application, content: str, description: str = ""
) -> Revision:
    """Keep a revision; the same content again is the same revision."""
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    if sha256 not in application.revisions:
        made = Revision(content, sha256, clock.now_ms, description)
        application.revisions[sha256] = made
    return application.revisions[sha256]


def content_of(location: Json) -> str:
    """The AppSpec that a RevisionLocation carries.

    Raises InvalidRevisionException for a wrong hash or a place that ECS
    deployments do not have; the wordings are ours.
    """
    kind = location.get("revisionType") or (APPSPEC if "appSpecContent" in location else None)
    content = location.get("appSpecContent", {}).get("content")
    if kind != APPSPEC or not content or ELSEWHERE & location.keys():
        raise _elsewhere()
    sha256 = location["appSpecContent"].get("sha256")
    if sha256 and sha256 != hashlib.sha256(content.encode()).hexdigest():
        raise invalid("its content has another sha256")
    return str(content)


def _elsewhere() -> AwsError:
    return AwsError(
        "InvalidRevisionException", "For ECS deployment, the revision must be S3 or AppSpecContent."
    )


def find(application: Application, location: Json) -> Revision:
    """A revision that was registered; RevisionDoesNotExistException
    otherwise (the wording is ours).
    """
    if location.get("revisionType", APPSPEC) != APPSPEC or ELSEWHERE & location.keys():
        raise _elsewhere()
    asked = location.get("appSpecContent", {})
    sha256 = asked.get("sha256")
    if not sha256 and asked.get("content"):
        sha256 = hashlib.sha256(asked["content"].encode()).hexdigest()
    if sha256 not in application.revisions:
        raise AwsError("RevisionDoesNotExistException", "The revision does not exist.")
    return application.revisions[sha256]
