"""Lifecycle hooks: calls the functions of a stage, waits for people,
minds the time (facts, section 7.1).
"""

import json
import string
from typing import Any

from ecslab.ecs import timing
from ecslab.ecs.deployments.shifting.lifecycle import ALL, MINUTE_MS
from ecslab.ecs.deployments.shifting.routes import ECS
from ecslab.ecs.deployments.shifting.way import SHIFTS
from ecslab.ecs.model import Json
from ecslab.ecs.model.service_deployments import Hook, ServiceDeployment
from ecslab.ecs.model.services import Service
from ecslab.ecs.ports import Unavailable
from ecslab.ecs.ports.lambdas import Lambdas
from ecslab.ecs.ports.roles import Roles
from ecslab.ecs.rounds import Rounds
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.ground.text import Text
from ecslab.timeline.deployments import HookChanged
from ecslab.timeline.teller import Teller
from ecslab.world.lambdas import name_of

ANSWERS = ("SUCCEEDED", "FAILED", "IN_PROGRESS")
CALL_BACK_S = 30  # facts, section 7.1
LONGEST_CALL_MS = 15 * MINUTE_MS  # facts, section 7.1: a call must answer within 15 minutes
_ID_LETTERS = string.ascii_letters + string.digits + "-_"


class Hooks:
    """The hooks of every service deployment; the scheduler hears of each that comes to an end."""

    def __init__(
        self,
        *,
        clock: Clock,
        chance: Chance,
        story: Teller,
        rounds: Rounds,
        functions: Lambdas,
        roles: Roles,
    ) -> None:
        self._clock, self._chance, self._story, self._rounds = clock, chance, story, rounds
        self._functions, self._roles = functions, roles

    def open(self, service: Service, work: ServiceDeployment) -> None:
        """Begin the hooks of the stage that has just been entered, all side by side."""
        way = work.shifting
        assert way is not None, "only a deployment with stages has hooks"
        self.close(work)
        asked = [
            h
            for h in work.configuration.get("lifecycleHooks", [])
            if work.stage in h["lifecycleStages"]
        ]
        way.here = [self._made(work, one) for one in asked]
        work.hooks += way.here
        for hook in way.here:
            self._begin(service, work, hook)

    def close(self, work: ServiceDeployment) -> None:
        """Nobody waits for the hooks of this stage any more."""
        for hook in work.shifting.here if work.shifting else ():
            self._disarm(hook)
        if work.shifting:
            work.shifting.here = []

    def resolve(self, service: Service, work: ServiceDeployment, hook: Hook, action: str) -> None:
        """Somebody has called ContinueServiceDeployment: CONTINUE or ROLLBACK."""
        assert hook.open, "only a hook that waits can be resolved"
        if action == "CONTINUE":
            self._end(
                service,
                work,
                hook,
                "SUCCEEDED",
                Text("ContinueServiceDeployment was called with CONTINUE"),
            )
        else:
            # The wording is ours.
            hook.reason = "ContinueServiceDeployment was called with ROLLBACK."
            self._end(service, work, hook, "FAILED", hook.reason)

    def _made(self, work: ServiceDeployment, asked: Json) -> Hook:
        kind, timeout = asked["targetType"], asked["timeoutConfiguration"]
        letters = self._chance.stream("lifecycle hook ids").choices(_ID_LETTERS, k=43)
        return Hook(
            id=f"ecs-{'pause' if kind == 'PAUSE' else 'lambda'}-{''.join(letters)}",
            target_type=kind,
            status="AWAITING_ACTION" if kind == "PAUSE" else "IN_PROGRESS",
            target_arn=asked.get("hookTargetArn"),
            expires_ms=self._clock.now_ms + timeout["timeoutInMinutes"] * MINUTE_MS,
            timeout_action=timeout["action"],
            stage=work.stage or "",
            role_arn=asked.get("roleArn"),
            details=json.loads(json.dumps(asked.get("hookDetails") or {})),
            execution=self._chance.uuid("lifecycle hook executions"),
        )

    def _begin(self, service: Service, work: ServiceDeployment, hook: Hook) -> None:
        assert hook.expires_ms is not None, "every hook has an end"
        wait_ms = hook.expires_ms - self._clock.now_ms
        hook.alarms.append(self._clock.after(wait_ms, lambda: self._expire(service, work, hook)))
        if hook.target_type == "PAUSE":
            minutes = wait_ms // MINUTE_MS
            why = Text(
                "waits for ContinueServiceDeployment, at most {minutes} min", minutes=minutes
            )
            self._say(service, work, hook, why)
        else:
            self._say(
                service, work, hook, Text("calls {name}", name=name_of(hook.target_arn or ""))
            )
            self._call_in(service, work, hook, timing.HOOK_MS)

    def _call_in(
        self, service: Service, work: ServiceDeployment, hook: Hook, delay_ms: int
    ) -> None:
        hook.alarms.append(self._clock.after(delay_ms, lambda: self._call(service, work, hook)))

    def _call(self, service: Service, work: ServiceDeployment, hook: Hook) -> None:
        """Call the function once, and go by its answer; whatever is
        wrong with it fails the hook.
        """
        arn = hook.target_arn or ""
        if self._roles.check(hook.role_arn or "", ECS):
            self._fail(service, work, hook, f"ECS was unable to assume role {hook.role_arn}")
            return
        hook.called, began_ms = hook.called + 1, self._clock.now_ms
        try:
            answer = self._functions.invoke(arn, _event(service, work, hook))
        except Unavailable as missing:
            self._fail(
                service, work, hook, f"ECS was unable to invoke hook target {arn} due to {missing}"
            )
            return
        except Exception as raised:  # noqa: BLE001 - the learner's code: Lambda answers with the error's name and text
            answer = {"errorType": type(raised).__name__, "errorMessage": str(raised)}
        if self._clock.now_ms - began_ms > LONGEST_CALL_MS:  # it had time pass, and Lambda ended it
            answer = None
        if hook.open:  # the function itself may have had the deployment stopped
            self._heed(service, work, hook, answer)

    def _heed(self, service: Service, work: ServiceDeployment, hook: Hook, answer: Any) -> None:
        said = answer if isinstance(answer, dict) else {}
        status, delay_s = said.get("hookStatus"), said.get("callBackDelay", CALL_BACK_S)
        name = name_of(hook.target_arn or "")
        if fault := _fault(status, delay_s):
            raised = (
                f" ({said['errorType']}: {said['errorMessage']})" if "errorType" in said else ""
            )
            text = f"ECS was unable to parse the response from {hook.target_arn} due to {fault}"
            self._fail(
                service,
                work,
                hook,
                text,
                Text(
                    "{name} gave no valid answer{raised}: {fault}",
                    name=name,
                    raised=raised,
                    fault=fault,
                ),
            )
        elif status == "IN_PROGRESS":
            hook.details |= said.get("hookDetails") or {}
            if hook.called == 1:
                self._say(
                    service,
                    work,
                    hook,
                    Text(
                        "{name} is not done: called again every {delay_s} s",
                        name=name,
                        delay_s=delay_s,
                    ),
                )
            self._call_in(service, work, hook, round(float(delay_s) * 1000))
        elif status == "FAILED":
            text = f"Lifecycle hook target {hook.target_arn} returned FAILED status."
            self._fail(service, work, hook, text, Text("{name} answered FAILED", name=name))
        else:
            self._end(
                service, work, hook, "SUCCEEDED", Text("{name} answered SUCCEEDED", name=name)
            )

    def _fail(
        self, service: Service, work: ServiceDeployment, hook: Hook, reason: str, why: str = ""
    ) -> None:
        hook.reason = reason
        self._end(service, work, hook, "FAILED", why or reason)

    def _expire(self, service: Service, work: ServiceDeployment, hook: Hook) -> None:
        # Of a Lambda hook; the wording is ours.
        hook.reason = f"Lifecycle hook target {hook.target_arn} timed out."
        self._end(
            service,
            work,
            hook,
            "TIMED_OUT",
            Text("time is up: {action}", action=hook.timeout_action),
        )

    def _end(
        self, service: Service, work: ServiceDeployment, hook: Hook, status: str, why: str
    ) -> None:
        self._disarm(hook)
        service.blocked = ""
        hook.status, work.updated_ms = status, self._clock.now_ms
        self._say(service, work, hook, why)
        self._rounds.wake(service)

    def _disarm(self, hook: Hook) -> None:
        for alarm in hook.alarms:
            self._clock.cancel(alarm)
        hook.alarms.clear()

    def _say(self, service: Service, work: ServiceDeployment, hook: Hook, why: str) -> None:
        self._story.say(
            HookChanged(
                service=service.ref,
                deployment=service.deployment(work.shifting.target) if work.shifting else None,
                work=work.id,
                stage=hook.stage,
                hook=hook.id,
                target_type=hook.target_type,
                target=hook.target_arn,
                status=hook.status,
                because=why,
            )
        )


def _fault(status: object, delay_s: object) -> str:
    """What is wrong with an answer; the first text is AWS's, the others are ours."""
    if status is None:
        return "HookStatus must not be null"
    if status not in ANSWERS:
        return f"HookStatus must be one of {', '.join(ANSWERS)}"
    if (
        isinstance(delay_s, bool)
        or not isinstance(delay_s, int | float)
        or not 0 < delay_s < 24 * 3600
    ):
        return "callBackDelay must be a number of seconds within a day"
    return ""


def _event(service: Service, work: ServiceDeployment, hook: Hook) -> Json:
    """What a function is told, as AWS documents it: weights only at
    the stages that are about them.
    """
    told: Json = {
        "executionId": hook.execution,
        "lifecycleStage": hook.stage,
        "resourceArn": work.arn,
        "executionDetails": {
            "serviceArn": service.arn,
            "targetServiceRevisionArn": work.target.arn,
            "testTrafficWeights": _weights(service, work, "test")
            if hook.stage == SHIFTS[0]
            else {},
            "productionTrafficWeights": _weights(service, work, "production")
            if hook.stage.endswith("PRODUCTION_TRAFFIC_SHIFT") and not hook.stage.startswith("POST")
            else {},
        },
    }
    if hook.details:
        told["hookDetails"] = hook.details
    copied: Json = json.loads(json.dumps(told))  # the function may do with it what it likes
    return copied


def _weights(service: Service, work: ServiceDeployment, kind: str) -> Json:
    way = work.shifting
    assert way is not None, "only a deployment with stages has hooks"
    share = way.production if kind == "production" else way.test
    blue = next((d.revision for d in service.deployments if d.id == way.source), None)
    parts = {work.target.arn: share} | ({blue.arn: ALL - share} if blue else {})
    return {arn: part / 10 if part % 10 else part // 10 for arn, part in parts.items()}
