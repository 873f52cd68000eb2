"""Whom and what a reader asks a timeline for: found by name, and a name that nobody
bears is answered with those that are near.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from ecslab.ground.errors import LabError
from ecslab.ground.text import Text
from ecslab.timeline.event import Event
from ecslab.timeline.event_types import fact_names, kinds
from ecslab.timeline.refs import Ref, ServiceRef
from ecslab.timeline.services import AboutService, ServiceInactive

OWN = {"at_ms", "subject", "kind", "why"}  # asked of the line itself; the rest is among its facts
_LISTED = 8  # names that an error lists


def is_about(ref: Ref | None, subject: str | Ref) -> bool:
    """Whether somebody, or what it is a part of, is meant by a ref, a label, a
    full name, or a noun such as "task".
    """
    while ref is not None:
        if ref == subject or (isinstance(subject, str) and _is_called(ref, subject)):
            return True
        ref = ref.whole
    return False


def _is_called(ref: Ref, subject: str) -> bool:
    return subject in ref.names or ref.label.partition("/")[0] == subject


def check_subject(subject: str, events: Iterable[Event]) -> None:
    """Raise LabError when no event is about somebody of that name; it lists
    those that are near, else the first.
    """
    known: dict[str, None] = {}
    for event in events:
        if is_about(event.about(), subject):
            return
        known[event.subject] = None
    near = get_close_matches(subject, known, n=3)
    listed = near or list(known)[:_LISTED]
    more = ", …" if not near and len(known) > _LISTED else ""
    have = ", ".join(listed) + more if listed else Text("nothing yet")
    raise LabError(
        Text("the timeline does not know {subject!r}; it has {have}.", subject=subject, have=have),
        wrong=repr(subject),
        right=repr(listed[0]) if listed else "",
    )


def service(name: str, events: Iterable[Event], *, asked: str) -> ServiceRef:
    """The service that a reader means by "web", "shop/web" or a label: the one
    that lives, where several had the name.

    Raises LabError, with the candidates, for a name that no service had, and for one that means
    several; `asked` shows the call, with {} for the name.
    """
    lives: dict[ServiceRef, bool] = {}
    for event in events:
        if isinstance(event, AboutService):
            lives[event.service] = not isinstance(event, ServiceInactive)
    short = name.removeprefix("service/")
    meant = [ref for ref in lives if short == ref.name or f"service/{short}" in ref.names]
    if short != name and (exact := [ref for ref in meant if ref.label == name]):
        return exact[0]
    living = [ref for ref in meant if lives[ref]]
    candidates = living or meant
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        what = Text("{count} services are called {name!r}", count=len(candidates), name=name)
        known = [f"{ref.cluster.name}/{ref.name}" for ref in candidates]
    else:
        what = Text("there is no service {name!r}", name=name)
        known = [ref.called for ref in lives]
    raise LabError(
        Text(
            "{what}; the timeline has {known}.",
            what=what,
            known=", ".join(known[:_LISTED]) or Text("none yet"),
        ),
        wrong=asked.format(repr(name)),
        right=asked.format(repr(known[0])) if known else "",
    )


def check_fields(fields: Mapping[str, Any]) -> None:
    """Raise LabError for a kind that no event has, or a name under which none tells anything."""
    every_kind, every_name = _known()
    for name, value in fields.items():
        if name not in every_name:
            what = Text("no line of a timeline tells {name!r}", name=name)
            _refuse(what, f"{name}=…", name, every_name)
        if name == "kind" and value not in every_kind:
            _refuse(
                Text("no line of a timeline is of the kind {kind!r}", kind=value),
                f"kind={value!r}",
                str(value),
                every_kind,
            )


@cache
def _known() -> tuple[frozenset[str], frozenset[str]]:
    """Every kind and every name there is."""
    return kinds(), fact_names() | OWN


def _refuse(what: Text, wrong: str, given: str, known: Iterable[str]) -> None:
    near = get_close_matches(given, sorted(known), n=3, cutoff=0.5)
    name = wrong.partition("=")[0]
    right = "" if not near else f"kind={near[0]!r}" if name == "kind" else f"{near[0]}=…"
    raise LabError(
        Text("{what}; near it are {near}.", what=what, near=", ".join(near))
        if near
        else Text("{what}.", what=what),
        wrong=f"where({wrong})",
        right=right and f"where({right})",
    )
