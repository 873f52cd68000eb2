"""Why a deployment does not succeed: CodeDeploy's error codes, and its words
where its troubleshooting guide gives them.
"""

from ecslab.ground.errors import AwsError

FAILURE = "DEPLOYMENT_FAILURE"
ON_ALARM = "DEPLOYMENT_STOP_ON_ALARM"
ON_REQUEST = "DEPLOYMENT_STOP_ON_REQUEST"
# What an automatic rollback can be asked for (facts, section 7.2)
EVENTS = (FAILURE, ON_ALARM, ON_REQUEST)


class DeploymentFailure(Exception):  # noqa: N818 - what became of a deployment; the error is in its errorInformation
    """A deployment ends: its error code and message, its status, and what kind of
    event that is for automatic rollback.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: str = "Failed",
        cause: str = FAILURE,
        rolls_back: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.cause = code, message, status, cause
        self.rolls_back = rolls_back  # None: as the deployment's configuration says


def never_steady() -> DeploymentFailure:
    """The replacement task set did not become steady in time."""
    return DeploymentFailure(
        "TIMEOUT",
        "The deployment timed out while waiting for the replacement task set to become healthy. "
        "This time out period is 60 minutes.",
    )


def not_continued(minutes: int) -> DeploymentFailure:
    """Nobody said that traffic may be rerouted: the deployment is
    stopped (BC-cd:DeploymentReadyAction).

    That automatic rollback takes it for a failure is pedagogical: AWS's documentation does not say.
    """
    text = (
        "The deployment timed out while waiting for a notification to continue. This time "
        f"out period is {minutes} minutes."
    )
    return DeploymentFailure("TIMEOUT", text, status="Stopped")


def unheard() -> DeploymentFailure:
    """A function did not report in time."""
    return DeploymentFailure(
        "TIMEOUT",
        "The deployment timed out while waiting for a status callback. "
        "CodeDeploy expects a status callback within one hour after a deployment hook is invoked.",
    )


def hook_failed() -> DeploymentFailure:
    """A function reported that its check failed."""
    text = (
        "The deployment failed because one or more of the lifecycle event validation "
        "functions failed."
    )
    return DeploymentFailure("HOOK_EXECUTION_FAILURE", text)


def no_function(name: str) -> DeploymentFailure:
    """There is no such function (the wording is ours)."""
    return DeploymentFailure(
        "INVALID_LAMBDA_FUNCTION", f"The Lambda function {name} does not exist."
    )


def balancer(why: str) -> DeploymentFailure:
    """Elastic Load Balancing refuses."""
    text = f"The ELB could not be updated due to the following error: {why}"
    return DeploymentFailure("ELASTIC_LOAD_BALANCING_INVALID", text)


def refused(error: AwsError, request_id: str) -> DeploymentFailure:
    """ECS refuses the replacement task set; the form is public in
    many threads on ECS_UPDATE_ERROR.
    """
    return DeploymentFailure(
        "ECS_UPDATE_ERROR",
        f"The ECS service cannot be updated due to an unexpected error: {error.message} "
        f"(Service: AmazonECS; Status Code: {error.status}; Error Code: {error.code}; Request "
        f"ID: {request_id}; Proxy: null). Check your ECS service status.",
    )


def no_service(name: str) -> DeploymentFailure:
    """The service is gone, or has nothing that serves (the wording is ours)."""
    return DeploymentFailure(
        "INVALID_ECS_SERVICE", f"The ECS service {name} has no primary task set to replace."
    )


def scaled_too_long() -> DeploymentFailure:
    """A scaling event while traffic shifted (facts, section 7.2; the wording is ours)."""
    text = (
        "The service did not become steady within 5 minutes of a scaling event while "
        "traffic was being shifted."
    )
    return DeploymentFailure("TIMEOUT", text)


def alarmed(names: list[str]) -> DeploymentFailure:
    """An alarm that the deployment watches is in ALARM; the text is the
    one in CodeDeploy's notifications.
    """
    text = (
        "One or more alarms have been activated according to the Amazon CloudWatch metrics you "
        "selected, and the affected deployments have been stopped. Activated alarms: "
        f"<{', '.join(names)}>"
    )
    return DeploymentFailure("ALARM_ACTIVE", text, status="Stopped", cause=ON_ALARM)


def no_alarm(names: list[str]) -> DeploymentFailure:
    """The state of an alarm cannot be found out, and the deployment does not
    ignore that (the wording is ours).
    """
    text = f"The state of these alarms could not be retrieved: {', '.join(names)}"
    return DeploymentFailure("ALARM_ACTIVE", text, status="Stopped", cause=ON_ALARM)


def stopped(*, rolls_back: bool | None) -> DeploymentFailure:
    """Somebody called StopDeployment (the wording is ours)."""
    text = "The deployment was stopped by StopDeployment."
    return DeploymentFailure(
        "MANUAL_STOP", text, status="Stopped", cause=ON_REQUEST, rolls_back=rolls_back
    )
