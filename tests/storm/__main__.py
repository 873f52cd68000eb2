"""`python -m tests.storm --minutes 2`: storms with fresh seeds until the time is over; exit code 1
with a shortened story when one finds something.
"""

import argparse
import secrets
import sys
import time
from collections import Counter

from .kinds import ACCOUNT, kinds
from .shorten import shorten
from .storm import STEPS, Outcome

EVERY_S = 30  # how often it says how far it is


def main() -> int:
    """Run storms; 0 when none found anything."""
    options = _options()
    if options.seed is not None:
        outcome = kinds()[options.kind](options.seed)
        return _tell(options.kind, outcome) if outcome.finding else 0
    return _until(time.monotonic() + options.minutes * 60)


def _until(deadline: float) -> int:
    """As many account storms as there is time for; after each, one of every other kind."""
    all_kinds, storms = kinds(), Counter[str]()
    calls, began, said = 0, time.monotonic(), 0.0
    while time.monotonic() < deadline:
        for kind, run in all_kinds.items():
            outcome = run(secrets.randbits(32))
            storms[kind] += 1
            calls += outcome.calls
            if outcome.finding:
                return _tell(kind, outcome)
        if time.monotonic() - said > EVERY_S:
            said = time.monotonic()
            print(
                f"{(said - began) / 60:5.1f} min: {storms.total()} storms, {calls} calls, "
                "nothing found",
                flush=True,
            )
    minutes = (time.monotonic() - began) / 60
    of_account = f"{storms[ACCOUNT]} of the whole account with {calls} calls"
    print(
        f"{storms.total()} storms with fresh seeds in {minutes:.1f} minutes ({of_account}): "
        "nothing found"
    )
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.storm", description=__doc__)
    parser.add_argument(
        "--minutes", type=float, default=2, help="how long new storms begin (default: 2)"
    )
    parser.add_argument("--seed", type=int, help="one storm with this seed, to see a finding again")
    parser.add_argument(
        "--kind", default=ACCOUNT, choices=kinds(), help=f"with --seed (default: {ACCOUNT})"
    )
    return parser.parse_args()


def _tell(kind: str, outcome: Outcome) -> int:
    print(f"\nFOUND by {kind} with seed {outcome.seed}:\n  {outcome.finding}\n", flush=True)
    if kind == ACCOUNT:
        short = shorten(outcome, STEPS)
        print("What leads there, shortened:")
        print("\n".join(short.story))
        print("\nThe end of its timeline:")
        print("\n".join(short.timeline.splitlines()[-40:]))
    print(f"\nAgain: python -m tests.storm --kind {kind} --seed {outcome.seed}")
    return 1


sys.exit(main())
