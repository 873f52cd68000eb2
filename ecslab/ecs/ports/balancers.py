"""Elastic Load Balancing: target groups, listeners, and where requests go."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Target:
    """What a target group sends requests to: an address, or an instance, and a port of it."""

    id: str  # 10.0.0.4, or i-…
    port: int


@dataclass(frozen=True, slots=True)
class TargetHealth:
    """What `describe_target_health` says of a target (facts, section 11, states and reasons)."""

    state: str  # initial, healthy, unhealthy, unused
    reason: str | None = None  # Target.ResponseCodeMismatch …
    description: str | None = None


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """A target group of Elastic Load Balancing; lengths of time in seconds."""

    arn: str
    name: str
    target_type: str  # ip, instance, lambda, alb
    protocol: str | None  # HTTP, HTTPS, TCP, TLS, UDP, TCP_UDP; None for lambda
    port: int | None
    check_protocol: str
    check_port: str  # traffic-port, or a number
    check_path: str  # of HTTP and HTTPS checks
    interval_s: int
    timeout_s: int
    healthy_threshold: int
    unhealthy_threshold: int
    matcher: str  # the codes that are well: "200", "200,202", "200-299"
    deregistration_delay_s: int
    slow_start_s: int
    algorithm: str  # round_robin, least_outstanding_requests, weighted_random
    load_balancers: tuple[str, ...]  # whose listeners forward to it, by ARN


@dataclass(frozen=True, slots=True)
class Listener:
    """Where requests come in."""

    arn: str
    balancer: str  # ARN of its load balancer
    kind: str  # application, network
    protocol: str
    port: int


@dataclass(frozen=True, slots=True)
class Route:
    """What a listener does with a request: forwards it by weights, or answers it itself."""

    weights: dict[str, int]  # by target group; empty when it answers itself
    status: int = 0  # of its own answer: a fixed response, a redirect


class Balancers(Protocol):
    """Elastic Load Balancing: target groups, and where listeners and their rules forward to."""

    on_change: Callable[[], None]  # rung after every change of it, whoever made it

    def group(self, arn: str) -> TargetGroup | None:
        """A target group by ARN as it is now, or None."""

    def named(self, name: str) -> TargetGroup | None:
        """A target group by its name, or None."""

    def forwards_to(self, group_arn: str) -> bool:
        """Whether a listener or a rule forwards to the group; without one its
        targets are unused, and nobody checks them.
        """

    def registered(self, group_arn: str) -> frozenset[Target]:
        """The targets of a group that are not draining; none for a group that is not there."""

    def register(self, group_arn: str, target: Target) -> None:
        """Add a target, `initial` until told otherwise; raises Unavailable
        when the group is gone or refuses it.
        """

    def deregister(self, group_arn: str, target: Target) -> None:
        """Have a target drain for the group's delay, then be gone; harmless
        when it or the group is gone already.
        """

    def drained_ms(self) -> int | None:
        """When the last of the targets that drain now is gone, in lab
        milliseconds; None when none drains.
        """

    def tell(self, group_arn: str, target: Target, health: TargetHealth) -> None:
        """Set what is said of a registered target's health; harmless when it is not registered."""

    def weights(self, arn: str) -> dict[str, int]:
        """The weight of each target group that a listener's default action, or a
        rule, forwards to; none when it is gone.
        """

    def shift(self, arn: str, weights: Mapping[str, int]) -> None:
        """Have a listener's default action, or a rule, forward by these weights and
        change nothing else; raises Unavailable.
        """

    def listener(self, address: str, port: int | None = None) -> Listener | None:
        """A listener by its ARN, or by its load balancer's ARN or DNS name (the only
        one, or that of a port); None otherwise.
        """

    def route(self, listener_arn: str, host: str, path: str) -> Route | None:
        """What becomes of a GET request: the first rule that fits decides, else the default
        action; None when the listener is gone.

        Raises Unavailable for an action that is not simulated.
        """
