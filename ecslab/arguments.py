"""Reads what a learner gives to a `Lab`; what cannot be meant is a LabError that shows the line to
write.
"""

import re
from contextlib import suppress
from datetime import UTC, datetime
from operator import index
from typing import SupportsIndex

from ecslab.aws.account import free_number
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.services import Service
from ecslab.ground.clock import START, Duration, milliseconds
from ecslab.ground.errors import LabError
from ecslab.ground.text import Listed, Text

REACHES = ("aws", "open")
LEAST_KEPT = 1_000  # fewer, and a check or an alarm could miss what it is about


def number(account: str | None) -> str:
    """An account id: the twelve digits given, or free ones."""
    if account is None:
        return free_number()
    if not re.fullmatch(r"\d{12}", str(account)):
        raise LabError(
            Text("{account!r} is not an account id: those have twelve digits.", account=account),
            wrong=f"Lab(account={account!r})",
            right='Lab(account="111122223333")',
        )
    return str(account)


def seed(seed: object) -> int | str:
    """What chance begins with: a whole number or a text, which are the same on every
    run, in every process and every Python.
    """
    with suppress(TypeError, UnicodeEncodeError):  # an array of numbers, half a character
        if isinstance(seed, str):
            text = str.__str__(seed)  # an Enum's text prints differently from one Python to another
            text.encode()
            return text
        if isinstance(seed, SupportsIndex) and not isinstance(seed, bool):
            return int(index(seed))
    raise LabError(
        Text(
            "a seed is a whole number or a text, so that it is the same on every run, not "
            "{seed!r}.",
            seed=seed,
        ),
        wrong=f"Lab(seed={seed!r})",
        right=Text('Lab(seed=7)   # or Lab(seed="peak/7")'),
    )


def reach(reach: object) -> str:
    """Whose ways a lab judges: "aws", as AWS does, or "open", nobody's."""
    if reach not in REACHES:
        raise LabError(
            Text(
                "reach is how far tasks get: {choices}, not {reach!r}.",
                choices=Listed(Text(" or "), map(repr, REACHES)),
                reach=reach,
            ),
            wrong=f"Lab(reach={reach!r})",
            right=Text(
                'Lab()   # as on AWS; or Lab(reach="open") where tests are about something else'
            ),
        )
    return str(reach)


def start(start: datetime | None) -> datetime:
    """The moment a lab begins, in UTC; a naive one is UTC already."""
    if start is None:
        return START
    if not isinstance(start, datetime):
        raise LabError(
            Text("{start!r} is not a moment at which a lab could start.", start=start),
            wrong=f"Lab(start={start!r})",
            right="Lab(start=datetime(2026, 3, 1, 8, 0, tzinfo=UTC))",
        )
    return start.replace(tzinfo=UTC) if start.tzinfo is None else start.astimezone(UTC)


def check_caps(**caps: object) -> None:
    """Refuse numbers of things to keep that are none, or too small to
    work with; None keeps everything.
    """
    for name, most in caps.items():
        if most is not None and (
            isinstance(most, bool) or not isinstance(most, int) or most < LEAST_KEPT
        ):
            raise LabError(
                Text(
                    "{name} is how many to keep, at least {least_kept:,}, not {most!r}.",
                    name=name,
                    least_kept=LEAST_KEPT,
                    most=most,
                ),
                wrong=f"Lab({name}={most!r})",
                right=f"Lab({name}=100_000)",
            )


def url(url: object) -> str:
    """A URL that a client could call."""
    if not isinstance(url, str) or not re.match(r"https?://[^/\s:]+", url):
        raise LabError(
            Text("{url!r} is not a URL that a client could call.", url=url),
            wrong=f'lab.call("web", {url!r})',
            right='lab.call("web", "http://orders:8080")',
        )
    return url


def sender(state: AccountState, name: str | None) -> Service | None:
    """The one service of that name, or None for a client outside ECS."""
    if name is None:
        return None
    found = state.service_called(name)
    if len(found) != 1:
        known = [f"{c.name}/{s}" for c in state.clusters.values() for s in c.services]
        raise LabError(
            Text(
                "there are {count} services called {name!r}; the services are {known}.",
                count=len(found),
                name=name,
                known=", ".join(known),
            )
            if found
            else Text(
                "there is no service called {name!r}; the services are {known}.",
                name=name,
                known=", ".join(known) or Text("none yet"),
            ),
            wrong=f"lab.call({name!r}, …)",
            right=f'lab.call("{known[0] if known else "shop/web"}", …)',
        )
    return found[0]


def check_code(handler: object) -> None:
    """Refuse code of a Lambda function that is no Python function."""
    if not callable(handler):
        raise LabError(
            Text(
                "the code of a Lambda function is a Python function of an event and a context, "
                "not {handler!r}.",
                handler=handler,
            ),
            wrong='lab.lambda_function("check", check(event))',
            right=Text('lab.lambda_function("check", check)   # def check(event, context): …'),
        )


def check_condition(holds: object) -> None:
    """Refuse a condition that cannot be asked again."""
    if not callable(holds):
        raise LabError(
            Text(
                "lab.until needs a function without arguments that it can ask again and again, "
                "not {holds!r}.",
                holds=holds,
            ),
            wrong="lab.until(running() == 2)",
            right="lab.until(lambda: running() == 2)",
        )


def period(every: Duration) -> int:
    """The milliseconds between two calls of a probe."""
    every_ms = milliseconds(every)
    if every_ms < 1:
        raise LabError(
            Text("a probe needs some time between two calls."),
            wrong=f"every={every!r}",
            right='every="1s"',
        )
    return every_ms
