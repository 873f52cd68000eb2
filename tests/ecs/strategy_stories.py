"""One release told through a deployment strategy, as text in fixed columns: the same service,
the same images, one strategy after another.

A strategy is a function in STRATEGIES: given an account it makes what the strategy needs, and
returns what CreateService is told besides its name, task definition and desired count.
"""

from collections.abc import Callable, Iterator
from typing import Any

from account import Account

from ecslab.ecs.model.tasks import Stage, Task
from ecslab.timeline.event import Event

DESIRED = 4
RELEASED_S = 120  # by then the first revision is steady
LONGEST_S = 3600
CHECK = {"command": ["CMD", "healthy"], "interval": 10, "retries": 2}
# The image of the second revision, by what is wrong with it.
IMAGES: dict[str, dict[str, Any]] = {
    "good": {},
    "sick": {"healthy_after": None},  # it runs, and never passes a health check
    "missing": {},  # nobody pushed it
}


def rolling(_account: Account) -> dict[str, Any]:
    """Start-first, with a circuit breaker that rolls back."""
    breaker = {"enable": True, "rollback": True}
    return {"deploymentConfiguration": {"strategy": "ROLLING", "deploymentCircuitBreaker": breaker}}


def stop_first(_account: Account) -> dict[str, Any]:
    """The same without room above what is wanted, and half of it as floor."""
    configuration = rolling(_account)["deploymentConfiguration"]
    return {
        "deploymentConfiguration": configuration
        | {"minimumHealthyPercent": 50, "maximumPercent": 100}
    }


STRATEGIES: dict[str, Callable[[Account], dict[str, Any]]] = {
    "ROLLING 100-200": rolling,
    "ROLLING 50-100": stop_first,
}


def tell(name: str, image: str) -> str:
    """The release's story: when, what the deployment says, healthy and live
    tasks of both revisions, what happened.
    """
    account = Account()
    known = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop"
    account.register("web", _container(account.images.push(f"{known}:1")))
    account.serve("web", "web", DESIRED, **STRATEGIES[name](account))
    account.advance(RELEASED_S)
    if image != "missing":
        account.images.push(f"{known}:2", **IMAGES[image])
    account.register("web", _container(f"{known}:2"))
    account.call("UpdateService", service="web", taskDefinition="web")
    lines = list(_lines(account))
    head = f"{name}: {DESIRED} tasks, a {image} image is released at {RELEASED_S} s"
    return "\n".join([head, "", _columns("time", "deployment", "old", "new", "what"), *lines, ""])


def _container(image: str) -> dict[str, Any]:
    return {"name": "app", "image": image, "healthCheck": CHECK}


def _lines(account: Account) -> Iterator[str]:
    """A line per thing that the service did, counted at the end of its second;
    until nothing is under way any more.
    """
    told = len(account.timeline)
    while account.plane.clock.now_ms < LONGEST_S * 1000:
        account.advance(1)
        for event in list(account.timeline)[told:]:
            if event.subject == "service/web":
                yield _line(account, event)
        told = len(account.timeline)
        if not _under_way(account):
            return


def _under_way(account: Account) -> bool:
    work = account.plane.state.clusters["default"].services["web"].service_deployment
    return bool(work and work.ongoing)


def _line(account: Account, event: Event) -> str:
    service = account.plane.state.clusters["default"].services["web"]
    work = service.service_deployment
    assert work is not None, "ECS deploys it"
    live = [t for t in service.tasks.values() if t.desired == "RUNNING"]
    old = [t for t in live if t.deployment and t.deployment.revision is not work.target]
    new = [t for t in live if t not in old]
    why = account.plain(event.why)
    return _columns(
        f"{event.at_ms / 1000:.0f} s", work.status, _count(old), _count(new), f"{event.kind}: {why}"
    )


def _count(tasks: list[Task]) -> str:
    healthy = sum(t.stage == Stage.RUNNING and t.health == "HEALTHY" for t in tasks)
    return f"{healthy}/{len(tasks)}"


def _columns(time: str, deployment: str, old: str, new: str, what: str) -> str:
    return f"{time:>7}  {deployment:<20} {old:>5} {new:>5}  {what}".rstrip()
