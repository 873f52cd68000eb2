"""The way of a deployment, told in the order in which it happens (facts,
section 7.2); `conductor` lets it go on.

A story yields what it waits for, and is sent the signal that came, or "" when
the time is up. It raises `DeploymentFailure`.
"""

from functools import partial

from ecslab.codedeploy import failures as trouble
from ecslab.codedeploy import lifecycle, timing
from ecslab.codedeploy.announcements import Announcements
from ecslab.codedeploy.conductor import Conductor
from ecslab.codedeploy.failures import DeploymentFailure
from ecslab.codedeploy.model import Deployment, LifecycleEvent, Story, Until
from ecslab.codedeploy.replacement import Replacements
from ecslab.codedeploy.surroundings import DeploymentListeners, task_set, the_service
from ecslab.ecs.deployments import task_set_rules
from ecslab.ecs.deployments.task_sets import TaskSets
from ecslab.ecs.model.account import AccountState
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.ground.text import Text


class Releases:
    """The ways of deployments, forward and back."""

    def __init__(
        self,
        *,
        clock: Clock,
        chance: Chance,
        state: AccountState,
        listeners: DeploymentListeners,
        conductor: Conductor,
        news: Announcements,
        replacements: Replacements,
        task_sets: TaskSets,
    ) -> None:
        self._clock, self._chance, self._state = clock, chance, state
        self._listeners, self._conductor, self._news = listeners, conductor, news
        self._replacements, self._task_sets = replacements, task_sets

    def forward(self, deployment: Deployment) -> Story:
        """Start the replacement, test it, move traffic to it, end the original."""
        yield from self._hook(deployment, lifecycle.BEFORE_INSTALL)
        yield from self._during(deployment, lifecycle.INSTALL, self._install(deployment))
        yield from self._hook(deployment, lifecycle.AFTER_INSTALL)
        if deployment.group.test:
            to_test = self._route_test(deployment)
            yield from self._during(deployment, lifecycle.ALLOW_TEST_TRAFFIC, to_test)
            yield from self._hook(deployment, lifecycle.AFTER_ALLOW_TEST_TRAFFIC)
        yield from self._wait_for_go(deployment)
        yield from self._hook(deployment, lifecycle.BEFORE_ALLOW_TRAFFIC)
        yield from self._during(deployment, lifecycle.ALLOW_TRAFFIC, self._shift(deployment))
        yield from self._hook(deployment, lifecycle.AFTER_ALLOW_TRAFFIC)
        yield from self._terminate(deployment)

    def back(self, deployment: Deployment) -> Story:
        """A rollback: all traffic returns to the original task set, and the replacement goes."""
        yield from self._during(deployment, lifecycle.ALLOW_TRAFFIC, self._return(deployment))
        deployment.target_status = "Succeeded"

    def _during(self, deployment: Deployment, name: str, body: Story) -> Story:
        event = deployment.event(name)
        event.status, event.started_ms = "InProgress", self._clock.now_ms
        deployment.updated_ms = self._clock.now_ms
        self._news.stage(deployment, name)
        try:
            the_service(self._state, deployment)
            yield from body
        except DeploymentFailure as why:
            event.trouble = why.message
            self._end(deployment, event, "Failed")
            raise
        self._end(deployment, event, "Succeeded")

    def _end(self, deployment: Deployment, event: LifecycleEvent, status: str) -> None:
        event.status, event.ended_ms = status, self._clock.now_ms
        deployment.updated_ms = self._clock.now_ms

    def _hook(self, deployment: Deployment, name: str) -> Story:
        return self._during(deployment, name, self._call(deployment, deployment.event(name)))

    def _call(self, deployment: Deployment, event: LifecycleEvent) -> Story:
        """Call the event's function, if it has one, and wait for its report."""
        if event.function is None:
            yield Until(ms=timing.EVENT_MS)
            return
        event.execution = self._chance.hex("hook execution ids")
        self._clock.after(0, partial(self._conductor.invoke, deployment, event))
        answer = yield Until("hook", timing.HOOK_MS)
        self._news.hook(deployment, event.name, event.function, answer or "TimedOut")
        if answer == "Missing":
            raise trouble.no_function(event.function)
        if not answer:
            raise trouble.unheard()
        if answer == "Failed":
            raise trouble.hook_failed()

    def _install(self, deployment: Deployment) -> Story:
        """Start the replacement task set in the target group that is
        free, and wait until it is steady.
        """
        service = the_service(self._state, deployment)
        blue = service.serving
        if blue is None:
            raise trouble.no_service(service.name)
        for leftover in [d for d in service.deployments if d.status == "ACTIVE"]:
            self._task_sets.drain(service, leftover)  # of a deployment that left it (pedagogical)
        deployment.blue = blue.id
        self._replacements.pair_up(deployment, blue)
        green = self._replacements.start(deployment, service, blue)
        began_ms = self._clock.now_ms
        while not (green.task_set and green.task_set.stable):
            left_ms = began_ms + timing.GREEN_MS - self._clock.now_ms
            if not (yield Until("steady", left_ms)):
                raise trouble.never_steady()

    def _route_test(self, deployment: Deployment) -> Story:
        self._listeners.route(deployment, "test", 100)
        yield Until(ms=timing.EVENT_MS)

    def _wait_for_go(self, deployment: Deployment) -> Story:
        """Traffic is rerouted at once, or when somebody says so (BC-cd:DeploymentReadyOption)."""
        option = deployment.group.settings["blueGreenDeploymentConfiguration"][
            "deploymentReadyOption"
        ]
        if option["actionOnTimeout"] != "STOP_DEPLOYMENT":
            return
        minutes = option["waitTimeInMinutes"]
        deployment.status = deployment.target_status = "Ready"
        self._news.stage(
            deployment,
            "Ready",
            Text("waits up to {minutes} min for ContinueDeployment", minutes=minutes),
        )
        if not (yield Until("READY_WAIT", minutes * timing.MINUTE_MS)):
            raise trouble.not_continued(minutes)
        deployment.status = deployment.target_status = "InProgress"

    def _shift(self, deployment: Deployment) -> Story:
        """Move production traffic in the steps of the deployment's
        configuration; then the replacement is primary.
        """
        for step in lifecycle.shifts(deployment.config.routing):
            service = the_service(self._state, deployment)
            self._listeners.route(deployment, "production", step.percent)
            deployment.counts = {d.id: d.desired for d in service.deployments}
            yield Until(ms=step.minutes * timing.MINUTE_MS or timing.EVENT_MS)
        service = the_service(self._state, deployment)
        self._task_sets.make_primary(service, task_set(service, deployment.green))

    def _terminate(self, deployment: Deployment) -> Story:
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
            self._news.stage(
                deployment,
                "TerminationWait",
                Text("keeps the original for {minutes} min", minutes=minutes),
            )
            yield Until("TERMINATION_WAIT", minutes * timing.MINUTE_MS)
        service = the_service(self._state, deployment)
        self._task_sets.drain(service, task_set(service, deployment.blue))

    def _return(self, deployment: Deployment) -> Story:
        service = the_service(self._state, deployment)
        original = task_set(service, deployment.blue)
        self._listeners.route(deployment, "production", 0)
        if deployment.group.test:
            self._listeners.route(deployment, "test", 0)
        if original.status != "PRIMARY":
            self._task_sets.make_primary(service, original)
        yield Until(ms=timing.EVENT_MS)
        replacement = task_set_rules.find(service, deployment.green or "")
        if replacement and replacement.status != "DRAINING":
            self._task_sets.drain(service, replacement)


# The events
