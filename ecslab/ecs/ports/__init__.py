"""What the control plane needs of other AWS services; `aws/` answers with moto, tests with fakes.

One module for each of the `Neighbours`, named as its field is.
"""

from dataclasses import dataclass

from ecslab.cloudwatch.alarms import Alarms
from ecslab.cloudwatch.metrics import Metrics
from ecslab.ecs.ports.balancers import Balancers
from ecslab.ecs.ports.discovery import Discovery
from ecslab.ecs.ports.events import Bus
from ecslab.ecs.ports.file_systems import FileSystems
from ecslab.ecs.ports.groups import Groups
from ecslab.ecs.ports.guardduty import Threats
from ecslab.ecs.ports.images import Images
from ecslab.ecs.ports.lambdas import Lambdas
from ecslab.ecs.ports.logs import Logs
from ecslab.ecs.ports.machines import Machines
from ecslab.ecs.ports.network import Network
from ecslab.ecs.ports.objects import Objects
from ecslab.ecs.ports.roles import Roles
from ecslab.ecs.ports.secrets import Secrets


class Unavailable(Exception):  # noqa: N818 - what it says of the neighbour; the error is the task's
    """A neighbour could not do what a task needs; the text is, or
    ends, the task's stoppedReason.
    """


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Every other service the control plane talks to."""

    network: Network
    images: Images
    roles: Roles
    logs: Logs
    secrets: Secrets
    objects: Objects
    file_systems: FileSystems
    bus: Bus
    machines: Machines
    groups: Groups
    metrics: Metrics
    discovery: Discovery
    threats: Threats
    alarms: Alarms
    balancers: Balancers
    functions: Lambdas
