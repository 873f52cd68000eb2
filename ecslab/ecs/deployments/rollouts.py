"""Begins a deployment of a service, takes it up in the scheduler's next round, and
completes it (facts, sections 5.6 and 6.2).
"""

import string
from copy import deepcopy

from ecslab.ecs.capacity.strategy import launch_type
from ecslab.ecs.connect.namespaces import publish, reachable
from ecslab.ecs.deployments import circuit_breaker as breakers
from ecslab.ecs.deployments import observation as fleets
from ecslab.ecs.deployments.alarms import DeploymentAlarms
from ecslab.ecs.deployments.fleet import Fleet, early_count
from ecslab.ecs.deployments.rollbacks import Rollbacks
from ecslab.ecs.deployments.shifting import stages
from ecslab.ecs.deployments.shifting.hooks import Hooks
from ecslab.ecs.deployments.shifting.routes import Routes
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.definitions import TaskDefinition
from ecslab.ecs.model.deployments import Deployment
from ecslab.ecs.model.service_deployments import KEPT_MS, ServiceDeployment, ServiceRevision
from ecslab.ecs.model.services import Service
from ecslab.ecs.model.tasks import Stage
from ecslab.ecs.ports.discovery import Discovery
from ecslab.ecs.ports.guardduty import Threats
from ecslab.ecs.rounds import Rounds
from ecslab.ecs.tasks.runtime_monitoring import watching
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.timeline.deployments import DeploymentCompleted, DeploymentStarted, LimitsChanged
from ecslab.timeline.teller import Teller

# The settings that belong to a deployment: what its tasks are started with,
# whatever the service is told later.
REVISION = (
    "launchType",
    "capacityProviderStrategy",
    "platformVersion",
    "platformFamily",
    "networkConfiguration",
    "loadBalancers",
    "serviceRegistries",
    "serviceConnectConfiguration",
)
_ID_LETTERS = string.ascii_letters + string.digits


class Rollouts:
    """Begins deployments, takes them up and completes them."""

    def __init__(
        self,
        *,
        clock: Clock,
        chance: Chance,
        story: Teller,
        state: AccountState,
        rounds: Rounds,
        discovery: Discovery,
        threats: Threats,
        deployment_alarms: DeploymentAlarms,
        hooks: Hooks,
        rollbacks: Rollbacks,
        routes: Routes,
    ) -> None:
        self._clock, self._chance, self._story, self._state = clock, chance, story, state
        self._rounds, self._discovery, self._threats = rounds, discovery, threats
        self._deployment_alarms, self._hooks = deployment_alarms, hooks
        self._rollbacks, self._routes = rollbacks, routes

    def begin(self, service: Service, definition: TaskDefinition) -> ServiceDeployment:
        """Make a new deployment the one that is wanted; tasks of the others are replaced by it.

        A service deployment that is still ongoing is asked to stop (facts, section 6.2).
        """
        now = self._clock.now_ms
        interrupts = stages.given_up(service)
        self.supersede(service, "superseded by a newer deployment")
        revision = self._revision(service, definition)
        sources = [d.revision for d in service.deployments if d.revision]
        for older in service.deployments:
            if older.status == "PRIMARY":
                older.desired = fleets.keep(service, older, self._clock.now_ms)
            older.status, older.updated_ms = "ACTIVE", now
        deployment = self._deployment(service, revision)
        service.deployments.insert(0, deployment)
        work = self._service_deployment(service, revision, sources)
        self._routes.prepare(service, deployment, work, interrupts=interrupts)
        _remember(service, work, revision)
        service.steady, service.blocked = False, ""
        service.told.clear()
        self._story.say(
            DeploymentStarted(
                service=service.ref,
                deployment=deployment.ref,
                work=work.id,
                of=definition.name,
                desired=service.desired,
                bounds=bounds(service),
            )
        )
        self._rounds.wake(service)
        return work

    def heed_limits(self, service: Service, before: tuple[int, int]) -> None:
        """Say that the percentages changed without a deployment; one that was stuck can
        go on (facts, sections 5.6 and 6.1).
        """
        now = bounds(service)
        if now == before:
            return
        service.blocked = ""  # what was impossible may be possible now: the next round looks
        self._story.say(
            LimitsChanged(service=service.ref, desired=service.desired, before=before, bounds=now)
        )

    def _revision(self, service: Service, definition: TaskDefinition) -> ServiceRevision:
        number = self._chance.decimal("deployment ids")
        return ServiceRevision(
            number=number,
            arn=self._state.arn(f"service-revision/{service.cluster.name}/{service.name}/{number}"),
            definition=definition,
            settings=deepcopy({k: service.settings.get(k) for k in REVISION}),
            created_ms=self._clock.now_ms,
            monitored=watching(
                self._threats, service.cluster, definition.spec, launch_type(service.settings)
            )
            is not None,
            resolves=service.desired > 0 or service.settings["schedulingStrategy"] == "DAEMON",
        )

    def _deployment(self, service: Service, revision: ServiceRevision) -> Deployment:
        connect = service.settings.get("serviceConnectConfiguration")
        deployment = Deployment(
            # one number for both is ours: a story is easier to follow
            id=f"ecs-svc/{revision.number}",
            definition=revision.definition,
            settings={k: service.settings.get(k) for k in REVISION},
            created_ms=revision.created_ms,
            updated_ms=revision.created_ms,
            revision=revision,
            offers=publish(self._discovery, connect),
            reaches=reachable(self._state, self._discovery, connect),
        )
        deployment.rollout_reason = f"ECS deployment {deployment.id} in progress."
        return deployment

    def _service_deployment(
        self, service: Service, target: ServiceRevision, sources: list[ServiceRevision]
    ) -> ServiceDeployment:
        number = "".join(self._chance.stream("service deployment ids").choices(_ID_LETTERS, k=21))
        return ServiceDeployment(
            id=number,
            arn=self._state.arn(
                f"service-deployment/{service.cluster.name}/{service.name}/{number}"
            ),
            target=target,
            sources=sources,
            configuration=deepcopy(service.settings["deploymentConfiguration"]),
            created_ms=target.created_ms,
            updated_ms=target.created_ms,
        )

    def supersede(self, service: Service, reason: str) -> None:
        """Ask the ongoing service deployment, if there is one, to stop: something newer is
        wanted.
        """
        work = service.service_deployment
        if work is None or not work.ongoing:
            return
        self._hooks.close(work)
        if work.status in {"PENDING", "IN_PROGRESS"}:
            work.become("STOP_REQUESTED", self._clock.now_ms, reason)
        elif work.status == "ROLLBACK_REQUESTED":
            work.become("STOPPED", self._clock.now_ms, reason)
        elif (
            work.status == "ROLLBACK_IN_PROGRESS"
        ):  # it can end in no other way (facts, section 6.2)
            work.become("ROLLBACK_FAILED", self._clock.now_ms, reason)

    def take_up(self, service: Service) -> None:
        """What the scheduler does first in a round: stop what was asked to stop, begin
        what waits to begin, turn back when asked.
        """
        now = self._clock.now_ms
        for work in service.service_deployments:
            if work.status == "STOP_REQUESTED":
                work.become("STOPPED", now)
        current = service.service_deployment
        if current and current.status == "PENDING":
            current.become("IN_PROGRESS", now)
            breakers.begin(service, current)
            self._deployment_alarms.begin(service, current)
        elif current and current.status == "ROLLBACK_REQUESTED":
            self._rollbacks.turn_back(service, current, current.status_reason or "")

    def complete_when_baked(self, service: Service) -> None:
        """Complete a deployment that is ready, once it has been watched
        long enough (facts, section 6.5).
        """
        work = service.service_deployment
        if work is None or self._deployment_alarms.baked(service, work):
            self.complete(service)

    def complete(self, service: Service) -> None:
        """The wanted deployment is COMPLETED, and with it the service deployment, be it
        forwards or back (facts, section 6.3).
        """
        deployment, now = service.primary, self._clock.now_ms
        deployment.rollout, deployment.updated_ms = "COMPLETED", now
        deployment.rollout_reason = f"ECS deployment {deployment.id} completed."
        service.completed = deployment
        healthy = sum(
            t.deployment is deployment and t.desired == "RUNNING" and t.stage == Stage.RUNNING
            for t in service.tasks.values()
        )
        self._story.say(
            DeploymentCompleted(
                service=service.ref,
                deployment=deployment.ref,
                running=healthy,
                wanted=service.desired,
            )
        )
        work = service.service_deployment
        if work and work.status == "IN_PROGRESS":
            work.become("SUCCESSFUL", now)
        elif work and work.status == "ROLLBACK_IN_PROGRESS":
            work.become("ROLLBACK_SUCCESSFUL", now)


def bounds(service: Service) -> tuple[int, int]:
    """The percentages between which tasks are replaced, for whoever draws them."""
    asked = service.settings["deploymentConfiguration"]
    return asked["minimumHealthyPercent"], asked["maximumPercent"]


def _remember(service: Service, work: ServiceDeployment, revision: ServiceRevision) -> None:
    """Ninety days of history; what tasks or a rollback may still need stays longer."""
    since_ms = work.created_ms - KEPT_MS
    needed = {id(d.revision) for d in (*service.deployments, service.completed) if d}
    service.service_deployments = [
        work,
        *(w for w in service.service_deployments if w.created_ms > since_ms),
    ]
    service.revisions = [
        revision, *(r for r in service.revisions if r.created_ms > since_ms or id(r) in needed)
    ]  # fmt: skip


def is_early(service: Service) -> bool:
    """Whether the wanted deployment may be complete before all of its tasks
    are healthy (facts, section 6.3).
    """
    early = service.settings["deploymentConfiguration"].get("earlySuccessCriteria") or {}
    return service.primary.rollout == "IN_PROGRESS" and bool(early.get("enable"))


def is_ready(service: Service, fleet: Fleet) -> bool:
    """Whether everything is there that makes a deployment complete, its
    bake time aside (facts, section 6.3).
    """
    if not is_early(service):
        whole = fleet.healthy == len(fleet.copies) == service.desired
        return whole and not fleet.old and len(service.deployments) == 1
    early = service.settings["deploymentConfiguration"]["earlySuccessCriteria"]
    blocking = early["sourceServiceRevisionCleanup"] == "BLOCKING"
    cleaned = len(service.deployments) == 1 or not blocking
    return cleaned and sum(c.healthy for c in fleet.new) >= early_count(service.desired, early)
