"""What a storm does: one function an act, each drawn from chance; to
be refused is part of the weather.
"""

from collections.abc import Callable
from random import Random

from . import neighbour_acts, network, service_acts, task_acts
from .world import Place, World

Act = Callable[[World, Place, Random], None]

ACTS: dict[Act, int] = {  # the act, and how often it is drawn
    service_acts.make: 14,
    service_acts.deploy: 10,
    service_acts.scale: 6,
    service_acts.again: 3,
    service_acts.apply_again: 3,
    service_acts.grace: 3,
    service_acts.delete: 5,
    service_acts.revise: 2,
    service_acts.retire: 3,
    service_acts.end_deployment: 3,
    service_acts.answer_hooks: 3,
    service_acts.task_set: 4,
    task_acts.stop: 5,
    task_acts.run: 4,
    task_acts.interrupt: 4,
    task_acts.machines: 5,
    task_acts.nodes: 3,
    task_acts.cross: 1,
    neighbour_acts.target_group: 3,
    neighbour_acts.take_out: 1,
    neighbour_acts.autoscale: 4,
    neighbour_acts.alarm: 2,
    neighbour_acts.traffic: 3,
    neighbour_acts.release: 6,
    network.cut: 5,
    network.endpoints: 4,
}
