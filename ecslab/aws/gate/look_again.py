"""Has ECS look again at what a call to another service may have changed: machines,
networks, alarms, load balancers.
"""

from typing import Any

from ecslab.aws.account import Account
from ecslab.aws.ports.backends import backend_in_use

# Services whose calls start, stop and end instances, or change networks.
OF_MACHINES = frozenset({"ec2", "autoscaling", "cloudformation"})
# Services whose calls make alarms, change them, or publish metrics.
OF_ALARMS = frozenset({"monitoring", "application-autoscaling"})
# Services whose calls change load balancers.
OF_BALANCERS = frozenset({"elasticloadbalancing", "cloudformation"})


def look_again(account: Account, service: str, region: str | None, body: Any) -> None:
    """Have ECS look after a call, from this process or another; what
    nobody has in use has not changed.
    """
    where = region or account.region

    def concerns(services: frozenset[str], moto: str) -> bool:
        return service in services and backend_in_use(moto, account.id, where) is not None

    if concerns(OF_MACHINES, "ec2"):
        account.plane(where).instances.sync()
        account.plane(where).reach.look_again()
    if concerns(OF_ALARMS, "cloudwatch"):
        account.plane(where).alarms.sync()
    if concerns(OF_BALANCERS, "elbv2") and b"Action=Describe" not in _bytes(body):
        account.plane(where).neighbours.balancers.on_change()


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else str(body or "").encode()
