"""One account's CodeDeploy in one region, beside its ECS: applications,
deployments, and `call`, the only way in.
"""

from collections.abc import Iterator
from typing import Any

from ecslab.codedeploy.announcements import Announcements
from ecslab.codedeploy.api.applications import ApplicationOperations
from ecslab.codedeploy.api.configs import ConfigOperations
from ecslab.codedeploy.api.deployments import DeploymentOperations
from ecslab.codedeploy.api.groups import GroupOperations
from ecslab.codedeploy.api.registry import OPERATIONS
from ecslab.codedeploy.api.revisions import RevisionOperations
from ecslab.codedeploy.api.tags import CodeDeployTags
from ecslab.codedeploy.api.targets import DeploymentTargetOperations
from ecslab.codedeploy.conductor import Conductor
from ecslab.codedeploy.records import Records
from ecslab.codedeploy.release import Releases
from ecslab.codedeploy.replacement import Replacements
from ecslab.codedeploy.rollback import AutomaticRollbacks
from ecslab.codedeploy.surroundings import DeploymentListeners
from ecslab.ecs.api import simulated
from ecslab.ecs.api.registry import bound
from ecslab.ecs.composer import Composer
from ecslab.ecs.under_way import Movement
from ecslab.ground.errors import not_simulated
from ecslab.ground.text import Text

ANSWERERS: tuple[type, ...] = (
    ApplicationOperations,
    ConfigOperations,
    GroupOperations,
    RevisionOperations,
    DeploymentOperations,
    DeploymentTargetOperations,
    CodeDeployTags,
)


class CodeDeploy:
    """The CodeDeploy of one account and region, for the ECS compute platform."""

    def __init__(self, region: str, account: str, composer: Composer) -> None:
        """`composer` has the parts of the ECS beside it; `account` is the account's number."""
        make = composer.make
        self.records = make(Records, "records", region=region, account=account)
        make(Announcements, "news")
        make(DeploymentListeners, "listeners")
        make(Replacements, "replacements")
        self.conductor = make(Conductor, "conductor")
        make(Releases, "releases")
        self.conductor.on_failure = make(AutomaticRollbacks).heed
        self.operations = bound(OPERATIONS, *(make(kind) for kind in ANSWERERS))

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Answer one API operation; raises AwsError, the not-simulated kind included."""
        if operation not in self.operations:
            raise not_simulated(f"The CodeDeploy operation {operation}")
        simulated.check("codedeploy", operation, request)
        return self.operations[operation](request)

    @property
    def under_way(self) -> Iterator[Movement]:
        """The deployments that have not ended, and where each is."""
        for deployment in self.records.deployments.values():
            if not deployment.ended:
                event = next((e.name for e in deployment.events if e.status == "InProgress"), "")
                where = Text("is {status}", status=deployment.status)
                if event:
                    where = Text("{is_} in {event}", is_=where, event=event)
                if deployment.waits_for.isupper():
                    where = Text(
                        "{is_}, and waits for {what}", is_=where, what=deployment.waits_for
                    )
                asks = deployment.waits_for == "READY_WAIT"
                yield Movement(f"deployment/{deployment.id}", where, asks)
