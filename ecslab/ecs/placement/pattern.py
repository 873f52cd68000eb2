r"""The regular expressions of the cluster query language: Java's,
without groups, matched in bounded time.

An expression cannot contain parentheses (DG23:cluster-query-language), so there are no groups to
nest, and a pattern is alternatives of repeated single characters. Those are matched here one after
the other over the set of places reached, so that no pattern takes more than (its length × the
value's length squared): a backtracking matcher could take for ever.

As with Java's `String.matches`, the whole value must match; that AWS matches so is our reading
of its `g2.*` example. Refused as not simulated: \b and other assertions, \p{…}, \Q…\E, && and
nested classes in [ ], octal and hexadecimal escapes. Lazy and possessive quantifiers are read as
greedy ones: the lazy ones match the same values.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from ecslab.ground.errors import AwsError, invalid_parameter, not_simulated

Item = tuple[re.Pattern[str], int, int]  # one character, how often at least, how often at most
# No value is longer than 128 characters (facts, section 4), no expression than 2,000.
LONGEST_REPEAT = 2000

_ITEM = re.compile(
    r"""(?P<one>\[\^?\]?[^\]\[&\\]*(?:\\.[^\]\[&\\]*)*\]|\\.|[^*+?{}\[\]\\^$])
        (?P<times>[*+?]|\{(?P<least>\d+)(?P<comma>,(?P<most>\d*))?\})?[?+]?""",
    re.VERBOSE | re.DOTALL,
)
_PLAIN_ESCAPES = frozenset("dDsSwWtnrf")


def compile_pattern(text: str) -> Callable[[str], bool]:
    """Whether a whole value matches; raises InvalidParameterException for what is not a pattern."""
    alternatives = [_items(part, text) for part in _split(text)]

    @lru_cache(maxsize=1024)  # instances share values
    def matches(value: str) -> bool:
        return any(_whole(items, value) for items in alternatives)

    return matches


def _split(text: str) -> list[str]:
    """The alternatives: | outside of brackets and not escaped."""
    parts = [""]
    for piece in re.findall(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", text, re.DOTALL):
        if piece == "|":
            parts.append("")
        else:
            parts[-1] += piece
    return parts


def _items(part: str, text: str) -> list[Item]:
    body = part.removeprefix("^")
    if body.endswith("$") and not body.endswith("\\$"):
        body = body[:-1]
    items, at = [], 0
    while at < len(body):
        found = _ITEM.match(body, at)
        if not found:
            raise _bad(text, body[at:])
        items.append((_character(found["one"], text), *_times(found, text)))
        at = found.end()
    return items


def _character(one: str, text: str) -> re.Pattern[str]:
    for escaped in re.findall(r"\\(.)", one, re.DOTALL):
        if escaped.isalnum() and escaped not in _PLAIN_ESCAPES:
            raise not_simulated(f"\\{escaped} in the regular expression {text}")
    try:
        return re.compile(one, re.ASCII)  # Java's \d, \w and \s are ASCII too
    except re.error:
        raise _bad(text, one) from None


def _times(found: re.Match[str], text: str) -> tuple[int, int]:
    simple = {None: (1, 1), "*": (0, LONGEST_REPEAT), "+": (1, LONGEST_REPEAT), "?": (0, 1)}
    if found["times"] in simple:
        return simple[found["times"]]
    least = int(found["least"])
    most = least if not found["comma"] else int(found["most"] or LONGEST_REPEAT)
    if not least <= most <= LONGEST_REPEAT:
        raise _bad(text, found["times"])
    return least, most


def _whole(items: Sequence[Item], value: str) -> bool:
    reached = {0}
    for one, least, most in items:
        fits = [one.match(c) is not None for c in value]
        reached = {end for start in reached for end in _ends(fits, start, least, most)}
        if not reached:
            return False
    return len(value) in reached


def _ends(fits: Sequence[bool], start: int, least: int, most: int) -> range:
    """Where a repetition that begins at `start` can end."""
    run = start
    while run < len(fits) and run - start < most and fits[run]:
        run += 1
    return range(start + least, run + 1)


def _bad(text: str, where: str) -> AwsError:
    return invalid_parameter(f"The regular expression {text} is not valid at: {where}")
