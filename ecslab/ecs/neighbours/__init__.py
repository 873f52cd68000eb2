"""The only place that says what the control plane needs of other AWS services; `aws/` answers with moto, tests with fakes.

One module for each of the `Neighbours`, named as its field is.
"""

from dataclasses import dataclass

from ecslab.ecs.neighbours.alarms import Alarms
from ecslab.ecs.neighbours.balancers import Balancers
from ecslab.ecs.neighbours.bus import Bus
from ecslab.ecs.neighbours.discovery import Discovery
from ecslab.ecs.neighbours.file_systems import FileSystems
from ecslab.ecs.neighbours.functions import Functions
from ecslab.ecs.neighbours.groups import Groups
from ecslab.ecs.neighbours.images import Images
from ecslab.ecs.neighbours.logs import Logs
from ecslab.ecs.neighbours.machines import Machines
from ecslab.ecs.neighbours.metrics import Metrics
from ecslab.ecs.neighbours.network import Network
from ecslab.ecs.neighbours.objects import Objects
from ecslab.ecs.neighbours.roles import Roles
from ecslab.ecs.neighbours.secrets import Secrets
from ecslab.ecs.neighbours.threats import Threats


class Unavailable(Exception):  # noqa: N818 - what it says of the neighbour; the error is the task's
    """A neighbour could not do what a task needs; the text is, or ends, the task's stoppedReason."""


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
    functions: Functions
