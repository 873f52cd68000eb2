"""`describe_services` per second over a loopback endpoint: `ecslab serve` against `moto_server`.
Run by hand: `python tests/bench/bench_serve.py`.

Each is a process of its own; they take turns, and the best round of each counts. The service is
the same, with two tasks. The requests are bare HTTP over one connection, as far as each keeps it,
so that no SDK's own time hides the difference.
"""

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

sys.path.insert(0, str(Path(__file__).parents[2]))

import boto3
from bench_calls import deploy

ROUNDS, CALLS, TARGET = 7, 150, 1.0
HEAD = {
    "X-Amz-Target": "AmazonEC2ContainerServiceV20141113.DescribeServices",
    "Content-Type": "application/x-amz-json-1.1",
    "Authorization": "AWS4-HMAC-SHA256 Credential=a/20260105/us-east-1/ecs/aws4_request, "
    "SignedHeaders=host, Signature=a",
}
COMMANDS = {
    "ecslab serve": ["-m", "ecslab.cli", "serve", "--clock", "manual", "--port"],
    "moto_server": ["-c", "import sys; from moto.server import main; main(sys.argv[1:])", "-p"],
}


def started(words: list[str]) -> tuple[subprocess.Popen[bytes], int]:
    """A server that answers, and its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    quiet = subprocess.DEVNULL
    server = subprocess.Popen([sys.executable, *words, str(port)], stdout=quiet, stderr=quiet)
    ask = build_opener(ProxyHandler({}))
    for _ in range(300):
        try:
            ask.open(f"http://127.0.0.1:{port}/", timeout=5).close()
        except OSError as error:
            if hasattr(error, "code"):  # an HTTP error: somebody answers
                break
            time.sleep(0.1)
        else:
            break
    names = {"region_name": "us-east-1", "aws_access_key_id": "a", "aws_secret_access_key": "a"}
    clients = [
        boto3.client(s, endpoint_url=f"http://127.0.0.1:{port}", **names) for s in ("ecs", "ec2")
    ]
    deploy(*clients)
    return server, port


def asker(port: int) -> Callable[[], float]:
    """Requests per second of one round."""
    line = http.client.HTTPConnection("127.0.0.1", port)
    body = json.dumps({"cluster": "prod", "services": ["web"]})

    def ask() -> float:
        begin = time.perf_counter()
        for _ in range(CALLS):
            line.request("POST", "/", body, HEAD)
            told = json.loads(line.getresponse().read())
            assert told["services"][0]["desiredCount"] == 2
        return CALLS / (time.perf_counter() - begin)

    return ask


def main() -> int:
    """Print both rates and their ratio; 1 when the target is missed."""
    servers = {name: started(words) for name, words in COMMANDS.items()}
    rounds = {name: asker(port) for name, (_, port) in servers.items()}
    best = dict.fromkeys(servers, 0.0)
    for _ in range(ROUNDS):
        for name, ask in rounds.items():
            best[name] = max(best[name], ask())
    for server, _ in servers.values():
        server.kill()
        server.wait()
    ours, moto = best["ecslab serve"], best["moto_server"]
    for name, rate in best.items():
        print(f"{name:<14} {rate:7.0f} describe_services a second")
    print(f"{ours / moto:.2f} of moto_server's (target: at least {TARGET})")
    return int(ours / moto < TARGET)


if __name__ == "__main__":
    sys.exit(main())
