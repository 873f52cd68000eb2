"""Makes CodeDeploy's ids."""

from string import ascii_uppercase, digits
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecslab.codedeploy.codedeploy import CodeDeploy


def deployment_id(plane: "CodeDeploy") -> str:
    """A deployment's id, such as d-RPCR1U3TW."""
    draw = plane.chance.stream("codedeploy deployment ids")
    return "d-" + "".join(draw.choice(ascii_uppercase + digits) for _ in range(9))


def resource_id(plane: "CodeDeploy") -> str:
    """The id of an application, a group or a configuration."""
    return plane.chance.uuid("codedeploy ids")
