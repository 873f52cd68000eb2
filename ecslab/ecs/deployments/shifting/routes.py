"""Which target group serves which revision, and the weights that listener rules
forward by (facts, sections 7.1 and 11).

The rules in Elastic Load Balancing are the truth that traffic follows; what is
remembered here is what ECS has asked for.
"""

from collections.abc import Mapping
from contextlib import suppress

from ecslab.ecs.deployments.shifting.lifecycle import ALL, listener_weights, percent
from ecslab.ecs.deployments.strategies import steps
from ecslab.ecs.model import Json
from ecslab.ecs.model.deployments import Deployment
from ecslab.ecs.model.service_deployments import (
    ServiceDeployment,
    Shifting,
    TargetGroupPair,
    TrafficWeights,
)
from ecslab.ecs.model.services import Service
from ecslab.ecs.ports import Unavailable
from ecslab.ecs.ports.balancers import Balancers
from ecslab.ecs.ports.roles import Roles
from ecslab.ground.text import Listed, Text
from ecslab.timeline.deployments import TrafficShifted
from ecslab.timeline.teller import Teller

ECS = "ecs.amazonaws.com"
# Texts of AWS's troubleshooting guide for blue/green deployments.
BECAUSE = "Service deployment rolled back because"
INVALID = f"{BECAUSE} of invalid networking configuration"


class Routes:
    """Sends shares of traffic to a revision: the weights of listener rules."""

    def __init__(self, *, story: Teller, balancers: Balancers, roles: Roles) -> None:
        self._story, self._balancers, self._roles = story, balancers, roles

    def prepare(
        self,
        service: Service,
        deployment: Deployment,
        work: ServiceDeployment,
        *,
        interrupts: bool,
    ) -> None:
        """Settle which target groups a deployment that begins registers with: where traffic
        is shifted, the ones blue does not use.

        Under ROLLING it stays where the deployment before it is, whichever of the two
        groups that is; traffic that a deployment has left elsewhere when it was given up
        comes back then (assumed, no source tells).
        """
        blue = _source(service)
        shifts = bool(steps(work.configuration))
        asked: list[Json] = deployment.settings.get("loadBalancers") or []
        used = (
            [b["targetGroupArn"] for b in (blue.settings.get("loadBalancers") or [])]
            if blue
            else []
        )
        resolved, routes = [], []
        for balancer in asked:
            advanced = balancer.get("advancedConfiguration")
            if not advanced:
                resolved.append(balancer)
                continue
            pair = [balancer["targetGroupArn"], advanced["alternateTargetGroupArn"]]
            there = [group for group in used if group in pair] or used
            taken = there[0] if there else (pair[1] if shifts else pair[0])
            free = pair[0] if taken == pair[1] else pair[1]
            green = free if shifts else taken
            resolved.append(balancer | {"targetGroupArn": green if green in pair else pair[0]})
            routes.append(_route(advanced, green=green, blue=taken))
        deployment.settings["loadBalancers"] = resolved
        if shifts:
            source = blue.id if blue else None
            work.shifting = Shifting(deployment.id, source, tuple(routes), interrupts=interrupts)
            _note(service, work)
        elif interrupts and blue:
            self._bring_back(service, blue, routes)

    def _bring_back(
        self, service: Service, blue: Deployment, routes: list[TargetGroupPair]
    ) -> None:
        """All production traffic to the deployment that a rolling one begins to replace."""
        elb = self._balancers
        for route in routes:
            wanted = dict.fromkeys(elb.weights(route.production), 0) | {route.blue: 100}
            if _serves(elb.weights(route.production)) == {route.blue}:
                continue
            with suppress(Unavailable):
                elb.shift(route.production, wanted)
                self._story.say(
                    TrafficShifted(
                        service=service.ref,
                        deployment=blue.ref,
                        traffic="production",
                        weights={blue.id: 100.0},
                        told=_told({blue.id: ALL}, {blue.id: blue.definition.name}),
                    )
                )

    def problem(self, way: Shifting) -> str:
        """Why traffic cannot be shifted as it is set up, in AWS's words; nothing when it can."""
        elb = self._balancers
        for route in way.routes:
            if self._roles.check(route.role, ECS):
                return (
                    f"{INVALID}. ECS was unable to manage the ELB resources due to missing "
                    f"permissions on ECS Infrastructure Role '{route.role}'."
                )
            production = elb.weights(route.production)
            reached = {*production, *(elb.weights(route.test) if route.test else {})}
            for group in (route.green, route.blue):
                if group not in reached:
                    return (
                        f"{INVALID}: Target group {group} is not associated with either "
                        "productionListenerRule or testListenerRule."
                    )
            serving = [group for group, weight in production.items() if weight]
            if len(serving) != 1 and not way.interrupts:
                return (
                    f"{INVALID}. productionListenerRule {route.production} should have exactly one "
                    f"target group serving traffic but found {len(serving)} target groups which "
                    "are serving traffic"
                )
            if strange := [group for group in serving if group not in {route.green, route.blue}]:
                return (
                    f"{INVALID}. Production listener rule is forwarding traffic to unexpected "
                    f"target group {strange[0]}. Expected traffic to be forwarded to either "
                    f"targetGroupArn: {route.blue} or alternateTargetGroupArn: {route.green}"
                )
        return ""

    def shift(
        self, service: Service, work: ServiceDeployment, *, production: int, test: int
    ) -> None:
        """Give green these shares, and say so where something is shifted; what
        cannot be shifted breaks the deployment.
        """
        way = work.shifting
        assert way is not None, "only a deployment with stages shifts traffic"
        shifted = [
            kind
            for kind, share, before in (
                ("production", production, way.production),
                ("test", test, way.test),
            )
            if self._apply(work, way, kind, share, moved=share != before)
        ]
        way.production, way.test = production, test
        _note(service, work)
        for kind in shifted:
            self._say(service, work, kind)

    def _apply(
        self,
        work: ServiceDeployment,
        way: Shifting,
        kind: str,
        share: int,
        *,
        moved: bool,
    ) -> bool:
        """Set the weights of every rule of a kind; whether any was moved. What a
        deployment that was given up has left goes back.
        """
        elb, changed = self._balancers, False
        for route in way.routes:
            rule = route.production if kind == "production" else route.test
            if rule is None or (way.source is None and not share):
                continue
            green, blue = listener_weights(share)
            wanted = {route.blue: blue, route.green: green}
            left_over = way.interrupts and kind == "production" and not share
            if not moved and not (left_over and _serves(elb.weights(rule)) != _serves(wanted)):
                continue
            try:
                elb.shift(rule, wanted)
                changed = True
            except Unavailable as gone:
                way.broken = f"{BECAUSE} {work.stage} lifecycle hook(s) failed. {gone}"
        return changed

    def _say(self, service: Service, work: ServiceDeployment, kind: str) -> None:
        way = work.shifting
        assert way is not None, "only a deployment with stages has weights"
        share = way.production if kind == "production" else way.test
        shares = {way.target: share} | ({way.source: ALL - share} if way.source else {})
        names = {d.id: d.definition.name for d in service.deployments}
        self._story.say(
            TrafficShifted(
                service=service.ref,
                deployment=service.deployment(way.target),
                work=work.id,
                stage=work.stage,
                traffic=kind,
                weights={id_: part / 10 for id_, part in shares.items()},
                told=_told(shares, names),
            )
        )


def _route(advanced: Json, *, green: str, blue: str) -> TargetGroupPair:
    return TargetGroupPair(
        production=advanced["productionListenerRule"],
        test=advanced.get("testListenerRule"),
        green=green,
        blue=blue,
        role=advanced["roleArn"],
    )


def _source(service: Service) -> Deployment | None:
    """Blue: the deployment that was completed last, or else the newest of those before this one."""
    older = service.deployments[1:]
    completed = [d for d in older if d is service.completed]
    return next(iter(completed or older), None)


def _serves(weights: dict[str, int]) -> set[str]:
    return {group for group, weight in weights.items() if weight}


def _note(service: Service, work: ServiceDeployment) -> None:
    """What DescribeServiceDeployments shows as the requested weights."""
    way = work.shifting
    assert way is not None, "only a deployment with stages has weights"
    if not way.routes:
        return
    tests = any(route.test for route in way.routes)
    blue = next((d.revision for d in service.deployments if d.id == way.source), None)
    for revision, production, test in (
        (work.target, way.production, way.test),
        (blue, ALL - way.production, ALL - way.test),
    ):
        if revision:
            work.weights[revision.number] = TrafficWeights(
                production / 10, test / 10 if tests else None
            )


def _told(shares: Mapping[str, int], names: Mapping[str, str]) -> Text:
    parts = [(percent(part), names.get(id_, id_)) for id_, part in shares.items()]
    return Listed(
        ", ", [Text("{percent} to {name}", percent=part, name=name) for part, name in parts]
    )
