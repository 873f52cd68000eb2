"""CreateDeployment, GetDeployment, BatchGetDeployments, ListDeployments,
StopDeployment, ContinueDeployment.
"""

from typing import Any

from ecslab.codedeploy import appspec, describe, lifecycle
from ecslab.codedeploy import failures as trouble
from ecslab.codedeploy import revisions as revise
from ecslab.codedeploy.api.applications import check_batch
from ecslab.codedeploy.api.group_rules import check_alarms, check_rollback, the_service
from ecslab.codedeploy.api.paging import listed
from ecslab.codedeploy.api.registry import operation
from ecslab.codedeploy.conductor import Conductor
from ecslab.codedeploy.ids import deployment_id
from ecslab.codedeploy.model import (
    Application,
    Deployment,
    DeploymentGroup,
    LifecycleEvent,
    Revision,
)
from ecslab.codedeploy.records import Records
from ecslab.codedeploy.release import Releases
from ecslab.ecs.model.account import AccountState
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.ground.errors import AwsError, not_simulated

Json = dict[str, Any]

MOST_AT_ONCE = 25  # BC-cd:BatchGetDeployments
WAITS = ("READY_WAIT", "TERMINATION_WAIT")
FILES_EXIST = ("DISALLOW", "OVERWRITE", "RETAIN")  # what an invalid word is told is ours
KEPT = (
    *("description", "autoRollbackConfiguration", "overrideAlarmConfiguration"),
    # Of deployments to instances; an ECS deployment keeps them and shows them.
    *("ignoreApplicationStopFailures", "updateOutdatedInstancesOnly", "fileExistsBehavior"),
)


class DeploymentOperations:
    """Deployments made, stopped, continued and shown."""

    def __init__(
        self,
        *,
        clock: Clock,
        chance: Chance,
        state: AccountState,
        conductor: Conductor,
        records: Records,
        releases: Releases,
    ) -> None:
        self._clock, self._chance, self._state = clock, chance, state
        self._conductor, self._records, self._releases = conductor, records, releases

    @operation("CreateDeployment")
    def create_deployment(self, request: Json) -> Json:
        """Deploy a revision to a group; everything else happens as time moves."""
        application = self._records.application(request["applicationName"])
        if "deploymentGroupName" not in request:
            raise AwsError(
                "DeploymentGroupNameRequiredException",
                "The deployment group name was not specified.",
            )
        group = self._records.group(application.name, request["deploymentGroupName"])
        self._check(request, group)
        revision = self._revision(application, request)
        spec = appspec.parse(revision.content)
        service = the_service(self._state, group.settings["ecsServices"][0])
        config = self._records.config(
            request.get("deploymentConfigName") or group.settings["deploymentConfigName"]
        )
        settings = {name: request[name] for name in KEPT if name in request}
        settings.setdefault(
            "autoRollbackConfiguration", group.settings.get("autoRollbackConfiguration")
        )
        made = Deployment(
            id=deployment_id(self._chance),
            application=application,
            group=group,
            config=config,
            revision=revision,
            spec=spec,
            created_ms=self._clock.now_ms,
            cluster=service.cluster.name,
            service=service.name,
            settings=settings,
            events=[
                LifecycleEvent(name, function=spec.hooks.get(name))
                for name in lifecycle.events(test_listener=bool(group.test))
            ],
        )
        self._use(revision, group)
        self._conductor.begin(made, self._releases.forward(made))
        return {"deploymentId": made.id}

    def _check(self, request: Json, group: DeploymentGroup) -> None:
        if request.get("deploymentMode", "STANDARD") != "STANDARD":
            raise not_simulated(f"The deployment mode {request['deploymentMode']}")
        if request.get("targetInstances"):
            raise AwsError(
                "InvalidTargetInstancesException",
                "For ECS deployment, targetInstances can not be specified",
            )
        if request.get("fileExistsBehavior", FILES_EXIST[0]) not in FILES_EXIST:
            raise AwsError(
                "InvalidFileExistsBehaviorException",
                f"fileExistsBehavior is one of {', '.join(FILES_EXIST)}.",
            )
        if request.get("ec2DeploymentOptions"):
            raise AwsError(
                "InvalidInputException",
                "For ECS deployment, ec2DeploymentOptions can not be specified",
            )
        check_alarms(request.get("overrideAlarmConfiguration") or {})
        check_rollback(request.get("autoRollbackConfiguration") or {})
        active = next(
            (d for d in self._records.deployments.values() if d.group is group and not d.ended),
            None,
        )
        if active:  # public in many threads
            raise AwsError(
                "DeploymentLimitExceededException",
                f"The Deployment Group '{group.name}' already has an active Deployment "
                f"'{active.id}'",
            )

    def _revision(self, application: Application, request: Json) -> Revision:
        """A revision handed in now, or the one registered under its hash."""
        if "revision" not in request:
            raise AwsError("RevisionRequiredException", "The revision ID was not specified.")
        location = request["revision"]
        known = location.get("appSpecContent", {})
        if known.get("sha256") in application.revisions and not known.get("content"):
            return application.revisions[known["sha256"]]
        content = revise.content_of(location)
        appspec.parse(content)
        return revise.register(self._clock, application, content)

    def _use(self, revision: Revision, group: DeploymentGroup) -> None:
        now = self._clock.now_ms
        revision.first_used_ms = now if revision.first_used_ms is None else revision.first_used_ms
        revision.last_used_ms = now
        if group.name not in revision.groups:
            revision.groups.append(group.name)

    @operation("GetDeployment")
    def get_deployment(self, request: Json) -> Json:
        """One deployment by id."""
        return {
            "deploymentInfo": describe.deployment(
                self._clock, self._records.deployment(request["deploymentId"])
            )
        }

    @operation("BatchGetDeployments")
    def batch_get_deployments(self, request: Json) -> Json:
        """Up to 25 deployments by id."""
        check_batch(request["deploymentIds"], MOST_AT_ONCE)
        found = [self._records.deployment(id_) for id_ in request["deploymentIds"]]
        return {"deploymentsInfo": [describe.deployment(self._clock, d) for d in found]}

    @operation("ListDeployments")
    def list_deployments(self, request: Json) -> Json:
        """The ids of deployments, newest first; of an application and a group, of
        some statuses, created in some time.
        """
        application, group = request.get("applicationName"), request.get("deploymentGroupName")
        if bool(application) != bool(group):
            missing = "DeploymentGroupName" if application else "ApplicationName"
            raise AwsError(
                f"{missing}RequiredException", "Both names, or neither, must be specified."
            )  # wording is ours
        if application:
            self._records.group(application, group or "")
        statuses, created = request.get("includeOnlyStatuses"), request.get("createTimeRange", {})
        found = [
            d.id
            for d in reversed(self._records.deployments.values())
            if (not application or (d.application.name, d.group.name) == (application, group))
            and (not statuses or d.status in statuses)
            and not request.get("externalId")  # only deployments made by other services have one
            and self._created_within(d, created)
        ]
        return listed("deployments", found, request)

    def _created_within(self, deployment: Deployment, between: Json) -> bool:
        at = self._clock.timestamp(deployment.created_ms)
        start, end = (_seconds(between.get(name)) for name in ("start", "end"))
        if start is not None and end is not None and start > end:
            raise AwsError(
                "InvalidTimeRangeException", "The start time must be earlier than the end time."
            )
        return (start is None or start <= at) and (end is None or at <= end)

    @operation("StopDeployment")
    def stop_deployment(self, request: Json) -> Json:
        """End a deployment where it stands, or roll it back: as asked,
        otherwise as its automatic rollback says.
        """
        deployment = self._under_way(request)
        wanted = request.get("autoRollbackEnabled")
        self._conductor.end(deployment, trouble.stopped(rolls_back=wanted))
        return {
            "status": "Succeeded",
            "statusMessage": "No more events will be scheduled for this deployment.",
        }

    @operation("ContinueDeployment")
    def continue_deployment(self, request: Json) -> Json:
        """Reroute traffic now (READY_WAIT), or end the original task set now (TERMINATION_WAIT)."""
        wait = request.get("deploymentWaitType", "READY_WAIT")
        if wait not in WAITS:
            raise AwsError("InvalidDeploymentWaitTypeException", "The wait type is invalid.")
        deployment = self._under_way(request)
        if not self._conductor.signal(deployment, wait):  # the wording is ours
            raise AwsError(
                "DeploymentIsNotInReadyStateException", f"The deployment is not waiting in {wait}."
            )
        return {}

    @operation("SkipWaitTimeForInstanceTermination")
    def skip_wait_time(self, request: Json) -> Json:
        """ContinueDeployment's older name for TERMINATION_WAIT."""
        return self.continue_deployment(request | {"deploymentWaitType": "TERMINATION_WAIT"})

    def _under_way(self, request: Json) -> Deployment:
        if not request.get("deploymentId"):
            raise AwsError(
                "DeploymentIdRequiredException", "At least one deployment ID must be specified."
            )
        deployment = self._records.deployment(request["deploymentId"])
        if deployment.ended:
            raise AwsError(
                "DeploymentAlreadyCompletedException", "The deployment is already complete."
            )
        return deployment


def _seconds(time: Any) -> float | None:
    """The wire carries seconds since 1970, a caller inside the process may hand in a datetime."""
    return time.timestamp() if hasattr(time, "timestamp") else time  # type: ignore[no-any-return]
