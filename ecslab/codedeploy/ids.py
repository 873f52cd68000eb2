"""Makes CodeDeploy's ids."""

from string import ascii_uppercase, digits

from ecslab.ground.chance import Chance


def deployment_id(chance: Chance) -> str:
    """A deployment's id, such as d-RPCR1U3TW."""
    draw = chance.stream("codedeploy deployment ids")
    return "d-" + "".join(draw.choice(ascii_uppercase + digits) for _ in range(9))


def resource_id(chance: Chance) -> str:
    """The id of an application, a group or a configuration."""
    return chance.uuid("codedeploy ids")
