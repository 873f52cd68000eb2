"""Which of many candidates is next, when some keys belong to a candidate
and some to all that share a value.

Candidates with the same shared values form a group; shared keys are the same for all of them, so a
heap inside each group orders the rest, and only the groups are compared. Taking one costs O(groups
+ log candidates), whatever was taken before.
"""

from collections.abc import Callable, Mapping, Sequence
from heapq import heappop, heappush
from operator import attrgetter

Home = tuple[str | None, ...]  # a candidate's values for the shared keys, in order
Own = tuple[int, ...]  # its own keys in order, then what settles a tie
Totals = dict[Home, int]  # the key shared by all whose home begins so: one for each beginning


class CandidateGroup:
    """Candidates with the same home, the least first; those with equal keys lie in one bucket."""

    __slots__ = ("_heap", "buckets", "key")

    def __init__(self, width: int) -> None:
        self.key: list[int] = [0] * width  # of its best candidate, shared keys included
        self.buckets: dict[Own, list[int]] = {}
        self._heap: list[Own] = []

    def add(self, own: Own, index: int) -> None:
        """Put a candidate in."""
        bucket = self.buckets.get(own)
        if bucket is None:
            self.buckets[own] = [index]
            heappush(self._heap, own)
        else:
            bucket.append(index)

    @property
    def best(self) -> Own:
        """The own keys of the best."""
        return self._heap[0]

    def pull(self, place: int) -> int:
        """Take one of the best; the last of them fills its place."""
        bucket = self.buckets[self._heap[0]]
        index = bucket[place]
        bucket[place] = bucket[-1]
        bucket.pop()
        if not bucket:
            del self.buckets[heappop(self._heap)]
        return index


class Ranking:
    """The candidates that can be taken; whoever takes one puts it back
    with its new keys, or leaves it out.
    """

    def __init__(
        self, layout: Sequence[bool], homes: Sequence[Home], totals: Mapping[Home, int]
    ) -> None:
        """`layout`: which keys, in order of importance, are shared.
        `totals`: their values to begin with.
        """
        self._own = [at for at, shared in enumerate(layout) if not shared]
        self._shared = [at for at, shared in enumerate(layout) if shared]
        self._homes = homes
        self._width = len(layout)
        self._totals = totals
        self._groups: dict[Home, CandidateGroup] = {}
        self._live: dict[Home, CandidateGroup] = {}
        self._sharers: dict[Home, list[CandidateGroup]] = {}
        self.size = 0  # how many candidates there are to take

    def put(self, index: int, own: Own) -> None:
        """Make a candidate available."""
        home = self._homes[index]
        group = self._groups.get(home) or self._found(home)
        group.add(own, index)
        self._live[home] = group
        self.size += 1
        self._refresh(group)

    def take(self, draw: Callable[[int], int]) -> int | None:
        """The best, which is out then; those that share a value with it have one
        more. Chance decides between equals.
        """
        if not self._live:
            return None
        best = min(self._live.values(), key=_key)
        equals = [group for group in self._live.values() if group.key == best.key]
        sizes = [len(group.buckets[group.best]) for group in equals]
        place = draw(sum(sizes)) if sum(sizes) > 1 else 0
        for group, size in zip(equals, sizes, strict=True):
            if place < size:
                return self._taken(group, group.pull(place))
            place -= size
        raise AssertionError("chance stays within what it was asked for")

    def _taken(self, group: CandidateGroup, index: int) -> int:
        home = self._homes[index]
        self.size -= 1
        if group.buckets:
            self._refresh(group)
        else:
            del self._live[home]
        for depth, at in enumerate(self._shared, start=1):
            for sharer in self._sharers[home[:depth]]:
                sharer.key[at] += 1
        return index

    def _found(self, home: Home) -> CandidateGroup:
        group = self._groups[home] = CandidateGroup(self._width)
        for depth, at in enumerate(self._shared, start=1):
            sharers = self._sharers.setdefault(home[:depth], [])
            group.key[at] = sharers[0].key[at] if sharers else self._totals.get(home[:depth], 0)
            sharers.append(group)
        return group

    def _refresh(self, group: CandidateGroup) -> None:
        best = group.best
        for at, value in zip(self._own, best, strict=False):
            group.key[at] = value
        group.key[self._width :] = best[len(self._own) :]


_key = attrgetter("key")
