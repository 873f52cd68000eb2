"""`layers(lab)`: provisioning, controller and capacity,
drawn from what the account holds now.
"""

from typing import Any

from ecslab.view.layers_read import read, text
from ecslab.view.layers_svg import svg
from ecslab.view.picture import Picture

__all__ = ["layers"]  # a picture of the front door


def layers(lab: Any) -> Picture:
    """Draw the three layers of ECS as they stand in a lab: what was asked,
    what is kept true, where it runs.
    """
    ecs = lab.plane()
    now = read(ecs.clock, ecs.state, lab.timeline)
    return Picture(text(now), svg(now, text(now)))
