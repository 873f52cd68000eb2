"""What of an UpdateService request is new to the service (facts 2, section 31, rows 5 and 15).

What a service has already is not asked again: a revision that was deregistered since, or a
subnet that was deleted. And what is equal to what it has changes nothing: tools that apply their
whole configuration again make no release of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ecslab.ecs.api.equality import same
from ecslab.ecs.launch.rules import definition_to_run
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.definitions import TaskDefinition
from ecslab.ecs.model.services import Service
from ecslab.ground.errors import AwsError

Json = dict[str, Any]

# What a new value of starts a deployment, besides taskDefinition (facts, section 5.6).
STARTS_DEPLOYMENT = (
    "networkConfiguration",
    "platformVersion",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "loadBalancers",
)


@dataclass(frozen=True, slots=True)
class Held:
    """What a service refers to before a request; a new service refers to nothing."""

    balancers: Sequence[Json] = ()
    registries: Sequence[Json] = ()
    connect: Json | None = None


def held(service: Service) -> Held:
    """What an existing service refers to."""
    of = service.settings
    return Held(of["loadBalancers"], of["serviceRegistries"], of["serviceConnectConfiguration"])


def wanted_definition(state: AccountState, service: Service, request: Json) -> TaskDefinition:
    """The revision that the service shall run: the one that it has in
    whatever status, or one that is ACTIVE.
    """
    name, now = request.get("taskDefinition"), service.primary.definition
    if name is None:
        return now
    try:
        found = state.task_definition(name)
    except AwsError:
        found = None
    return now if found is now else definition_to_run(state, name)


def unchanged(service: Service, settings: Json) -> Json:
    """The settings to store: where a new value is equal to the stored one, that one."""
    before = service.settings
    return settings | {k: before[k] for k in STARTS_DEPLOYMENT if same(settings[k], before[k])}


def starts_deployment(
    service: Service, definition: TaskDefinition, settings: Json, request: Json
) -> bool:
    """Whether an UpdateService request is a release: forced, another revision, or a
    value that a deployment brings to the tasks.
    """
    return (
        bool(request.get("forceNewDeployment"))
        or definition is not service.primary.definition
        or any(
            k in request and not same(settings[k], service.settings[k]) for k in STARTS_DEPLOYMENT
        )
    )
