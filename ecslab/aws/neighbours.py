"""The only place that puts the ports together: what the control plane needs of other services, answered by moto."""

from ecslab.aws.alarms import MotoAlarms
from ecslab.aws.autoscaling import MotoGroups
from ecslab.aws.cloudwatch import MotoMetrics
from ecslab.aws.ec2 import MotoNetwork
from ecslab.aws.ecr import MotoImages
from ecslab.aws.efs import MotoFileSystems
from ecslab.aws.elbv2 import MotoBalancers
from ecslab.aws.events import MotoBus
from ecslab.aws.functions import LabFunctions
from ecslab.aws.guardduty import MotoThreats
from ecslab.aws.iam import MotoRoles
from ecslab.aws.instances import MotoMachines
from ecslab.aws.logs import MotoLogs
from ecslab.aws.s3 import MotoObjects
from ecslab.aws.secrets import MotoSecrets
from ecslab.aws.servicediscovery import MotoDiscovery
from ecslab.chance import Chance
from ecslab.clock import Clock
from ecslab.ecs.neighbours import Neighbours
from ecslab.world.functions import Functions


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
    """The neighbours of one account in one region; each service of moto is loaded when it is first needed."""
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
        balancers=MotoBalancers(account, region),
        functions=LabFunctions(functions),
    )
