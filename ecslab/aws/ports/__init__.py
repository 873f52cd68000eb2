"""Puts the ports together: what the control plane needs of other services, answered by moto."""

from ecslab.aws.ports.alarms import MotoAlarms
from ecslab.aws.ports.balancers import MotoBalancers
from ecslab.aws.ports.discovery import MotoDiscovery
from ecslab.aws.ports.events import MotoBus
from ecslab.aws.ports.file_systems import MotoFileSystems
from ecslab.aws.ports.groups import MotoGroups
from ecslab.aws.ports.guardduty import MotoThreats
from ecslab.aws.ports.images import MotoImages
from ecslab.aws.ports.lambdas import LabFunctions
from ecslab.aws.ports.logs import MotoLogs
from ecslab.aws.ports.machines import MotoMachines
from ecslab.aws.ports.metrics import MotoMetrics
from ecslab.aws.ports.network import MotoNetwork
from ecslab.aws.ports.objects import MotoObjects
from ecslab.aws.ports.roles import MotoRoles
from ecslab.aws.ports.secrets import MotoSecrets
from ecslab.ecs.ports import Neighbours
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.world.lambdas import Functions


def neighbours(
    account: str,
    region: str,
    clock: Clock,
    chance: Chance,
    functions: Functions,
    *,
    judges_routes: bool = True,
    keep_datapoints: int | None = None,
) -> Neighbours:
    """The neighbours of one account in one region; each service of moto
    is loaded when it is first needed.
    """
    bus = MotoBus(account, region, clock, chance)
    return Neighbours(
        network=MotoNetwork(account, region, judges_routes=judges_routes),
        images=MotoImages(account, region),
        roles=MotoRoles(account, region),
        logs=MotoLogs(account, region),
        secrets=MotoSecrets(account, region),
        objects=MotoObjects(account),
        file_systems=MotoFileSystems(account, region),
        bus=bus,
        machines=MotoMachines(account, region),
        groups=MotoGroups(account, region),
        metrics=MotoMetrics(account, region, clock, keep_datapoints),
        threats=MotoThreats(account, region, bus),
        discovery=MotoDiscovery(account, region),
        alarms=MotoAlarms(account, region, clock, bus),
        balancers=MotoBalancers(account, region, clock),
        functions=LabFunctions(functions),
    )
