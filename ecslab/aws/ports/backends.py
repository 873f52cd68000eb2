"""How the ports reach moto: a service's backend of one account and region, loaded on first use."""

import sys
from typing import Any

from moto import backends


def backend(service: str, account: str, region: str) -> Any:
    """What moto holds of a service; raises KeyError for a region the service does not have."""
    found = _loaded(service)
    return (backends.get_backend(service) if found is None else found)[account][region]


def _loaded(service: str) -> Any:
    """A service's backends when moto has loaded them: moto itself would go
    through an import for every question.
    """
    return getattr(sys.modules.get(f"moto.{service}.models"), f"{service}_backends", None)


def backend_in_use(service: str, account: str, region: str) -> Any:
    """The same, or None when nobody has asked for it yet; loads nothing and makes nothing."""
    registry = _loaded(service) or {}
    # Moto's own dicts make what they are asked for.
    return dict.get(dict.get(registry, account, {}), region)
