"""TagResource, UntagResource, ListTagsForResource of CodeDeploy:
applications and deployment groups.
"""

from typing import Any

from ecslab.codedeploy.api.paging import listed
from ecslab.codedeploy.api.registry import operation
from ecslab.codedeploy.model import Application, DeploymentGroup
from ecslab.codedeploy.records import Records
from ecslab.ecs.api.tags import admitted
from ecslab.ground.errors import AwsError

Json = dict[str, Any]


def admitted_tags(tags: list[Json]) -> list[Json]:
    """Tags as CodeDeploy stores them, with Key and Value; raises InvalidTagsToAddException."""
    plain = [{"key": tag.get("Key", ""), "value": tag.get("Value", "")} for tag in tags]
    kept = admitted(plain, lambda text: AwsError("InvalidTagsToAddException", text))
    return [{"Key": tag["key"], "Value": tag["value"]} for tag in kept]


class CodeDeployTags:
    """Tags of applications and groups."""

    def __init__(self, *, records: Records) -> None:
        self._records = records

    @operation("TagResource")
    def tag_resource(self, request: Json) -> Json:
        """Add tags, or give existing keys new values."""
        found = self._find(request["ResourceArn"])
        merged = {tag.get("Key", ""): tag for tag in [*found.tags, *request["Tags"]]}
        found.tags = admitted_tags(list(merged.values()))
        return {}

    @operation("UntagResource")
    def untag_resource(self, request: Json) -> Json:
        """Remove tags by key; a key that is not there is no error."""
        found = self._find(request["ResourceArn"])
        found.tags = [tag for tag in found.tags if tag["Key"] not in request["TagKeys"]]
        return {}

    @operation("ListTagsForResource")
    def list_tags_for_resource(self, request: Json) -> Json:
        """Every tag of an application or a group."""
        found = self._find(request["ResourceArn"])
        asked = {"nextToken": request["NextToken"]} if "NextToken" in request else {}
        answer = listed("Tags", found.tags, asked)
        return {
            "NextToken" if name == "nextToken" else name: value for name, value in answer.items()
        }

    def _find(self, arn: str) -> Application | DeploymentGroup:
        """What arn:aws:codedeploy:…:application:NAME or
        …:deploymentgroup:APPLICATION/NAME names (the wording is ours).
        """
        prefix = self._records.arn("")
        kind, _, name = arn.removeprefix(prefix).partition(":")
        if not arn.startswith(prefix) or kind not in {"application", "deploymentgroup"}:
            raise AwsError(
                "InvalidArnException", f"The specified ARN is not in a valid format: {arn}"
            )
        application, _, group = name.partition("/")
        return (
            self._records.application(application)
            if kind == "application"
            else self._records.group(application, group)
        )
