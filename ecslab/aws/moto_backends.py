"""The only place where the ports reach moto: a service's backend of one account and region, loaded on first use."""

import sys
from typing import Any

from moto import backends


def backend(service: str, account: str, region: str) -> Any:
    """What moto holds of a service; raises KeyError for a region the service does not have."""
    return backends.get_backend(service)[account][region]


def backend_in_use(service: str, account: str, region: str) -> Any:
    """The same, or None when nobody has asked for it yet; loads nothing and makes nothing."""
    models = sys.modules.get(f"moto.{service}.models")
    registry = getattr(models, f"{service}_backends", {})
    return dict.get(dict.get(registry, account, {}), region)  # moto's own dicts make what they are asked for
