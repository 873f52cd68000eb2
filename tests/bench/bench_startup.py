"""From nothing to the first answer of ECS: ecslab against moto alone. Run by hand:
`python tests/bench/bench_startup.py`.

Fresh processes in turns, the best of several: the machine's noise only ever adds.
"""

import os
import subprocess
import sys
from pathlib import Path

ROUNDS = 7
TARGET = 0.5  # ecslab takes at most half of moto's time

TIMED = "import time\nbegin = time.perf_counter()\n{}\nprint(time.perf_counter() - begin)"
PROGRAMS = {
    "ecslab": "from ecslab import Lab\nLab().client('ecs').create_cluster(clusterName='a')",
    "moto": "import boto3, moto\nmoto.mock_aws().start()\n"
    "boto3.client('ecs', 'us-east-1').create_cluster(clusterName='a')",
}


def seconds(program: str) -> float:
    """How long a program takes in a process of its own, starting Python left out."""
    here = str(Path(__file__).parents[2])
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])
    }
    told = subprocess.run(
        [sys.executable, "-c", TIMED.format(program)],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    return float(told.stdout)


def main() -> int:
    """Print both times and their ratio; 1 when the target is missed."""
    rounds = [{name: seconds(program) for name, program in PROGRAMS.items()} for _ in range(ROUNDS)]
    best = {name: min(times[name] for times in rounds) for name in PROGRAMS}
    ratio = best["ecslab"] / best["moto"]
    print(
        f"first answer: ecslab {best['ecslab']:.3f} s, moto {best['moto']:.3f} s, ratio "
        f"{ratio:.2f} (target {TARGET})"
    )
    return int(ratio > TARGET)


if __name__ == "__main__":
    sys.exit(main())
