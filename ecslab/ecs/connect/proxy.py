"""The Service Connect proxy beside one client task: whom it calls, whom it avoids,
how often it tries (facts, section 10.1).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

RETRIES = 2  # facts, section 10.1; each avoids the host before
# Facts, section 10.1: so many failed connections to one task in so long a time.
FAILURES, WINDOW_MS = 5, 30_000
SHORTEST_MS, LONGEST_MS = 30_000, 300_000  # facts, section 10.1: for so long a task is avoided
# Between the two, each time in a row by another 30 s: pedagogical, and what Envoy does by default.


@dataclass(slots=True)
class _Record:
    """What a proxy remembers of one task."""

    failed_at_ms: list[int] = field(default_factory=list)
    avoided_until_ms: int = 0
    times: int = 0  # avoided so often


@dataclass(slots=True)
class Proxy:
    """Round robin over the tasks behind an endpoint, without those that failed too often lately."""

    _turn: int = -1
    _records: dict[str, _Record] = field(default_factory=dict)

    def choose(self, hosts: Sequence[str], now_ms: int, tried: Collection[str] = ()) -> str | None:
        """The next host to call; one that was tried for this request only when
        there is no other; None without hosts.
        """
        fresh = [h for h in hosts if h not in tried] or list(hosts)
        usable = [h for h in fresh if self._avoided_until(h) <= now_ms] or fresh
        if not usable:
            return None
        self._turn += 1
        return usable[self._turn % len(usable)]

    def failed(self, host: str, now_ms: int) -> int | None:
        """Note a failed connection; for how many ms the host is avoided
        from now on, or None when it is not.
        """
        record = self._records.setdefault(host, _Record())
        record.failed_at_ms = [at for at in record.failed_at_ms if at > now_ms - WINDOW_MS] + [
            now_ms
        ]
        if len(record.failed_at_ms) < FAILURES or record.avoided_until_ms > now_ms:
            return None
        record.times += 1
        record.failed_at_ms.clear()
        avoided_ms = min(SHORTEST_MS * record.times, LONGEST_MS)
        record.avoided_until_ms = now_ms + avoided_ms
        return avoided_ms

    def _avoided_until(self, host: str) -> int:
        record = self._records.get(host)
        return record.avoided_until_ms if record else 0
