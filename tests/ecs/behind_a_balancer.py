"""The vocabulary of tests about services behind load balancers: a family that
listens on a port, and a service in a group.
"""

from account import Account

PORT = 8080


def front(group: str, *, container: str = "app", port: int = PORT) -> list[dict]:
    """The `loadBalancers` of a service with one target group."""
    return [{"targetGroupArn": group, "containerName": container, "containerPort": port}]


def web(account: Account, image: str = "nginx", family: str = "web", **more) -> str:
    """Register a family whose container listens on PORT."""
    app = {"name": "app", "image": image, "portMappings": [{"containerPort": PORT}]}
    return account.register(family, app | more)
