"""The only place for randomness: one seed, one independent named stream per purpose.

A new draw in one stream shifts nobody else's, so adding a feature never reshuffles an old story.
"""

import hashlib
from random import Random

Stream = Random  # what a purpose draws from; whoever is handed one names its type by this


class Chance:
    """Named random streams that depend on the seed and the name only."""

    def __init__(self, seed: int | str = 0) -> None:
        self.seed = seed
        self._streams: dict[str, Random] = {}

    def stream(self, name: str) -> Random:
        """The stream for one purpose, such as "task ids"; the same object every time."""
        found = self._streams.get(name)
        if found is None:
            digest = hashlib.sha256(f"{self.seed}/{name}".encode()).digest()
            found = self._streams[name] = Random(int.from_bytes(digest[:16], "big"))  # noqa: S311 - a simulation, not a secret
        return found

    def hex(self, name: str, digits: int = 32) -> str:
        """A random lower-case hexadecimal id, such as the 32 digits of a task id."""
        return f"{self.stream(name).getrandbits(4 * digits):0{digits}x}"

    def decimal(self, name: str, digits: int = 19) -> str:
        """A random decimal id without a leading zero, such as the 19 digits of a deployment id."""
        return str(self.stream(name).randrange(10 ** (digits - 1), 10**digits))

    def uuid(self, name: str) -> str:
        """A random id in the form of a version 4 UUID."""
        digits = self.hex(name)
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
