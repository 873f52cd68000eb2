"""random: any of the candidates; the strategies after it have nothing left to choose from."""

from ecslab.ecs.placement.strategy import Strategy


def step(field: str) -> Strategy:  # noqa: ARG001 - one signature for all strategies
    """`field` is not used (BC:PlacementStrategy); one that is given is ignored."""
    return Strategy(chance=True)
