"""The way of a deployment, told in the order in which it happens (facts,
section 7.2); `conductor` lets it go on.

A story yields what it waits for, and is sent the signal that came, or "" when
the time is up. It raises `DeploymentFailure`.
"""

from functools import partial
from typing import TYPE_CHECKING

from ecslab.codedeploy import announcements as news
from ecslab.codedeploy import failures as trouble
from ecslab.codedeploy import lifecycle, timing
from ecslab.codedeploy.failures import DeploymentFailure
from ecslab.codedeploy.model import Deployment, LifecycleEvent, Story, Until
from ecslab.codedeploy.replacement import pair_up, start
from ecslab.codedeploy.surroundings import route, task_set, the_service
from ecslab.ecs.deployments import task_set_rules
from ecslab.timeline.text import Text

if TYPE_CHECKING:
    from ecslab.codedeploy.codedeploy import CodeDeploy


def forward(plane: "CodeDeploy", deployment: Deployment) -> Story:
    """Start the replacement, test it, move traffic to it, end the original."""
    yield from _hook(plane, deployment, lifecycle.BEFORE_INSTALL)
    yield from _during(plane, deployment, lifecycle.INSTALL, _install(plane, deployment))
    yield from _hook(plane, deployment, lifecycle.AFTER_INSTALL)
    if test := deployment.group.test:
        to_test = _route_test(plane, deployment, test)
        yield from _during(plane, deployment, lifecycle.ALLOW_TEST_TRAFFIC, to_test)
        yield from _hook(plane, deployment, lifecycle.AFTER_ALLOW_TEST_TRAFFIC)
    yield from _wait_for_go(plane, deployment)
    yield from _hook(plane, deployment, lifecycle.BEFORE_ALLOW_TRAFFIC)
    yield from _during(plane, deployment, lifecycle.ALLOW_TRAFFIC, _shift(plane, deployment))
    yield from _hook(plane, deployment, lifecycle.AFTER_ALLOW_TRAFFIC)
    yield from _terminate(plane, deployment)


def back(plane: "CodeDeploy", deployment: Deployment) -> Story:
    """A rollback: all traffic returns to the original task set, and the replacement goes."""
    yield from _during(plane, deployment, lifecycle.ALLOW_TRAFFIC, _return(plane, deployment))
    deployment.target_status = "Succeeded"


# The events


def _during(plane: "CodeDeploy", deployment: Deployment, name: str, body: Story) -> Story:
    event = deployment.event(name)
    event.status, event.started_ms = "InProgress", plane.clock.now_ms
    deployment.updated_ms = plane.clock.now_ms
    news.stage(plane, deployment, name)
    try:
        the_service(plane, deployment)
        yield from body
    except DeploymentFailure as why:
        event.trouble = why.message
        _end(plane, deployment, event, "Failed")
        raise
    _end(plane, deployment, event, "Succeeded")


def _end(plane: "CodeDeploy", deployment: Deployment, event: LifecycleEvent, status: str) -> None:
    event.status, event.ended_ms = status, plane.clock.now_ms
    deployment.updated_ms = plane.clock.now_ms


def _hook(plane: "CodeDeploy", deployment: Deployment, name: str) -> Story:
    return _during(plane, deployment, name, _call(plane, deployment, deployment.event(name)))


def _call(plane: "CodeDeploy", deployment: Deployment, event: LifecycleEvent) -> Story:
    """Call the event's function, if it has one, and wait for its report."""
    if event.function is None:
        yield Until(ms=timing.EVENT_MS)
        return
    event.execution = plane.chance.hex("hook execution ids")
    plane.clock.after(0, partial(plane.conductor.invoke, deployment, event))
    answer = yield Until("hook", timing.HOOK_MS)
    news.hook(plane, deployment, event.name, event.function, answer or "TimedOut")
    if answer == "Missing":
        raise trouble.no_function(event.function)
    if not answer:
        raise trouble.unheard()
    if answer == "Failed":
        raise trouble.hook_failed()


def _install(plane: "CodeDeploy", deployment: Deployment) -> Story:
    """Start the replacement task set in the target group that is
    free, and wait until it is steady.
    """
    service = the_service(plane, deployment)
    blue = service.serving
    if blue is None:
        raise trouble.no_service(service.name)
    for leftover in [d for d in service.deployments if d.status == "ACTIVE"]:
        plane.ecs.task_sets.drain(service, leftover)  # of a deployment that left it (pedagogical)
    deployment.blue = blue.id
    pair_up(plane, deployment, blue)
    green = start(plane, deployment, service, blue)
    began_ms = plane.clock.now_ms
    while not (green.task_set and green.task_set.stable):
        left_ms = began_ms + timing.GREEN_MS - plane.clock.now_ms
        if not (yield Until("steady", left_ms)):
            raise trouble.never_steady()


def _route_test(plane: "CodeDeploy", deployment: Deployment, test: str) -> Story:
    route(plane, deployment, "test", test, 100)
    yield Until(ms=timing.EVENT_MS)


def _wait_for_go(plane: "CodeDeploy", deployment: Deployment) -> Story:
    """Traffic is rerouted at once, or when somebody says so (BC-cd:DeploymentReadyOption)."""
    option = deployment.group.settings["blueGreenDeploymentConfiguration"]["deploymentReadyOption"]
    if option["actionOnTimeout"] != "STOP_DEPLOYMENT":
        return
    minutes = option["waitTimeInMinutes"]
    deployment.status = deployment.target_status = "Ready"
    news.stage(
        plane,
        deployment,
        "Ready",
        Text("waits up to {minutes} min for ContinueDeployment", minutes=minutes),
    )
    if not (yield Until("READY_WAIT", minutes * timing.MINUTE_MS)):
        raise trouble.not_continued(minutes)
    deployment.status = deployment.target_status = "InProgress"


def _shift(plane: "CodeDeploy", deployment: Deployment) -> Story:
    """Move production traffic in the steps of the deployment's
    configuration; then the replacement is primary.
    """
    for step in lifecycle.shifts(deployment.config.routing):
        service = the_service(plane, deployment)
        route(plane, deployment, "production", deployment.group.production, step.percent)
        deployment.counts = {d.id: d.desired for d in service.deployments}
        yield Until(ms=step.minutes * timing.MINUTE_MS or timing.EVENT_MS)
    service = the_service(plane, deployment)
    plane.ecs.task_sets.make_primary(service, task_set(service, deployment.green))


def _terminate(plane: "CodeDeploy", deployment: Deployment) -> Story:
    """Keep the original for a while, then end it: until then a
    deployment can still be rolled back.
    """
    deployment.target_status = "Succeeded"
    option = deployment.group.settings["blueGreenDeploymentConfiguration"][
        "terminateBlueInstancesOnDeploymentSuccess"
    ]
    if option["action"] != "TERMINATE":
        return
    if minutes := option["terminationWaitTimeInMinutes"]:
        news.stage(
            plane,
            deployment,
            "TerminationWait",
            Text("keeps the original for {minutes} min", minutes=minutes),
        )
        yield Until("TERMINATION_WAIT", minutes * timing.MINUTE_MS)
    service = the_service(plane, deployment)
    plane.ecs.task_sets.drain(service, task_set(service, deployment.blue))


def _return(plane: "CodeDeploy", deployment: Deployment) -> Story:
    service = the_service(plane, deployment)
    original = task_set(service, deployment.blue)
    route(plane, deployment, "production", deployment.group.production, 0)
    if test := deployment.group.test:
        route(plane, deployment, "test", test, 0)
    if original.status != "PRIMARY":
        plane.ecs.task_sets.make_primary(service, original)
    yield Until(ms=timing.EVENT_MS)
    replacement = task_set_rules.find(service, deployment.green or "")
    if replacement and replacement.status != "DRAINING":
        plane.ecs.task_sets.drain(service, replacement)
