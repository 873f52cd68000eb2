"""What things cost: a dated sample for teaching, kept in prices.json (facts, section 14)."""

import json
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from ecslab.ground.errors import LabError
from ecslab.ground.text import Text

# Fargate on Linux bills per second and at least a minute: facts,
# section 14; EC2 on Linux does the same:
MINIMUM_S = 60
# https://aws.amazon.com/about-aws/whats-new/2017/10/announcing-amazon-ec2-per-second-billing/
STORAGE_INCLUDED_GB = 20  # facts, section 14: ephemeral storage costs from there on

_FILE = Path(__file__).with_name("prices.json")
_INSTANCE = "ec2.linux."


@dataclass(frozen=True, slots=True)
class Price:
    """One row of the sample: what one `unit` of an item costs in a
    region, says who, and as of when.

    `usd` is exact, and None where the sample has no price: then `wording` says so.
    `date` is empty for a source without one.
    """

    item: str
    usd: Fraction | None
    unit: str
    region: str
    date: str = ""
    source: str = ""
    confidence: str = ""  # H, M or L
    wording: str = ""


def look_up(item: str, region: str) -> Price:
    """The price of an item in a region; one that the sample does not have
    comes back without `usd`, and says so.
    """
    found = _sample().get((item, region), Price(item, None, "", region))
    if found.usd is not None:
        return found
    said = Text("no price in the sample for {item} in {region}", item=item, region=region)
    if found.wording:
        said = Text("{said}: {wording}", said=said, wording=found.wording)
    return replace(found, wording=said)


def instance(instance_type: str, region: str) -> Price:
    """The on-demand price of an EC2 instance of a type, Linux; without `usd`
    when the sample does not have it.
    """
    return look_up(_INSTANCE + instance_type, region)


def instance_types(region: str) -> list[str]:
    """The EC2 instance types that have a price in a region."""
    return [
        item.removeprefix(_INSTANCE)
        for item, where in _sample()
        if where == region and item.startswith(_INSTANCE)
    ]


def spot_share(region: str) -> Price:
    """What of the Fargate price Fargate Spot costs at best; AWS's words are "up to
    70 % below", so this is a lower bound.

    The facts date these words and name no region: they hold for every
    region whose Fargate has a price.
    """
    below = _sample()["fargate_spot.below_fargate", "us-east-1"]
    assert below.usd is not None, "the sample says how far Spot is below Fargate"
    return Price(
        "fargate_spot",
        1 - below.usd,
        below.unit,
        region,
        below.date,
        below.source,
        below.confidence,
        below.wording,
    )


def priced_instance(instance_type: str, region: str) -> Price:
    """The price of an instance type; raises LabError, with the types that
    have one, when the sample has none.
    """
    found = instance(instance_type, region)
    if found.usd is None:
        have = instance_types(region)
        where = (
            Text("it has {types}", types=", ".join(have))
            if have
            else Text("it has EC2 prices for us-east-1 only")
        )
        raise LabError(
            Text(
                "the price sample has no {instance_type!r} in {region}; {where}.",
                instance_type=instance_type,
                region=region,
                where=where,
            ),
            wrong=f"lab.cost().compare(instance_type={instance_type!r})",
            right=Text('lab.cost().compare(instance_type="m5.large")')
            if have
            else Text(
                'lab.cost().compare(instance_type="m5.large")   # in Lab(region="us-east-1")'
            ),
        )
    return found


def rows() -> list[Price]:
    """The whole sample, as it is in the file."""
    return list(_sample().values())


@cache
def _sample() -> dict[tuple[str, str], Price]:
    read: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    assert read["billing"]["minimum_s"] == MINIMUM_S, "the file and the code bill alike"
    return {(row["item"], row["region"]): _price(row) for row in read["prices"]}


def _price(row: dict[str, Any]) -> Price:
    return Price(**{**row, "usd": None if row["usd"] is None else Fraction(row["usd"])})
