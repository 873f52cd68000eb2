"""The storms there are: the whole account's, and those of single controllers on
fakes, whose tests run them with fixed seeds.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from traceback import extract_tb

from .storm import STEPS, Outcome, storm

TESTS = Path(__file__).parent.parent
# Module → its promises about what comes after a storm; each takes a seed.
ON_FAKES = {
    "test_storms": [
        "test_after_any_storm_nothing_is_left_over",
        "test_after_any_storm_a_good_revision_brings_peace",
    ],
    "test_load_balancer_storms": ["test_after_any_storm_no_target_is_left_over"],
    "test_traffic_shift_storms": ["test_after_any_storm_a_good_release_gets_all_traffic"],
    "test_instance_storms": [
        "test_after_a_storm_on_instances_nothing_is_left_over",
        "test_after_a_storm_fresh_instances_bring_peace",
    ],
    "test_release_storms": ["test_after_any_storm_every_deployment_ends"],
}
ACCOUNT = "account"


def kinds() -> dict[str, Callable[[int], Outcome]]:
    """Every kind of storm by its name."""
    sys.path[:0] = [str(TESTS / folder) for folder in (".", "ecs", "codedeploy", "aws")]
    found: dict[str, Callable[[int], Outcome]] = {ACCOUNT: lambda seed: storm(seed, range(STEPS))}
    for module, promises in ON_FAKES.items():
        for promise in promises:
            found[promise.removeprefix("test_")] = _outcome_of(
                getattr(import_module(module), promise)
            )
    return found


def _outcome_of(promise: Callable[[int], None]) -> Callable[[int], Outcome]:
    def run(seed: int) -> Outcome:
        outcome = Outcome(seed)
        try:
            promise(seed)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what a storm looks for
            where = extract_tb(error.__traceback__)[-1]
            outcome.finding = (
                f"{type(error).__name__}: {str(error) or where.line} "
                f"({where.name}, line {where.lineno})"
            )
        return outcome

    return run
