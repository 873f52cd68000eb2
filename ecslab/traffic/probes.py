"""Sends the same request again and again while time passes, and keeps what its sender saw."""

from collections.abc import Iterator

from ecslab.ecs.model.services import Service
from ecslab.ground.clock import Alarm, Clock
from ecslab.timeline.refs import ProbeRef
from ecslab.timeline.teller import Teller
from ecslab.timeline.traffic import CallsChanged
from ecslab.traffic.calls import Call, Callers


class Probe:
    """One client's requests, second by second: iterate over it, or
    print it; `stop()` ends it early.
    """

    def __init__(
        self,
        sender: Service | None,
        url: str,
        *,
        every_ms: int,
        lasting_ms: int,
        clock: Clock,
        story: Teller,
        callers: Callers,
    ) -> None:
        self._clock, self._story, self._callers = clock, story, callers
        self.label, self.url = story.label("probe"), url
        self.sender = sender.name if sender else None
        self.calls: list[Call] = []
        self._service, self.every_ms = sender, every_ms
        self._until_ms = clock.now_ms + lasting_ms
        # After what happens at the same time.
        self._alarm: Alarm | None = clock.after(0, self._call, priority=2)

    def stop(self) -> None:
        """Send no more; stopping twice is harmless."""
        self._clock.cancel(self._alarm)
        self._alarm = None

    @property
    def failed(self) -> list[Call]:
        """The calls that got no good answer."""
        return [call for call in self.calls if not call.ok]

    def _call(self) -> None:
        call = self._callers.call(self._service, self.url)
        if not self.calls or self.calls[-1].ok != call.ok:
            self._story.say(
                CallsChanged(
                    probe=ProbeRef(label=self.label),
                    service=self.sender,
                    ok=call.ok,
                    url=self.url,
                    via=call.via,
                    reply=str(call.reply),
                )
            )
        self.calls.append(call)
        due_ms = self._clock.now_ms + self.every_ms
        again = due_ms < self._until_ms
        self._alarm = self._clock.after(self.every_ms, self._call, priority=2) if again else None

    def __iter__(self) -> Iterator[Call]:
        return iter(self.calls)

    def __len__(self) -> int:
        return len(self.calls)

    def __repr__(self) -> str:
        """What changed, not every call: runs of calls with the same fate are one line."""
        lines, run = (
            [
                f"{self.url} from {self.sender or 'outside'}: {len(self.failed)} of "
                f"{len(self.calls)} calls failed"
            ],
            0,
        )
        for number, call in enumerate(self.calls):
            run += 1
            last = number + 1 == len(self.calls)
            if last or self.calls[number + 1].ok != call.ok:
                lines.append(
                    f"{self.calls[number + 1 - run].at_ms / 1000:>9.1f}s  {run:>4} "
                    f"{'ok' if call.ok else 'FAILED'}, the last: {call.reply}"
                )
                run = 0
        return "\n".join(lines)

    __str__ = __repr__
