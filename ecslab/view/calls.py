"""`calls(probe, …)`: what clients saw, second by second, one strip for each way to connect."""

from typing import Any

from ecslab.ground.errors import LabError
from ecslab.ground.text import Text
from ecslab.view.axis import written
from ecslab.view.panel import BAD, GOOD, SERIES, Panels, Piece, Plot, Series, Strip
from ecslab.view.panels import drawn
from ecslab.view.picture import Picture

__all__ = ["calls"]  # a picture of the front door


def calls(*probes: Any, title: str | None = None) -> Picture:
    """Draw the calls of some probes side by side: when they were answered,
    by whom, and how long each took.

    Raises LabError when there is nothing to draw, and for anything that is not a probe.
    """
    for probe in probes:
        if not hasattr(probe, "calls"):
            raise LabError(
                Text("a {kind} has no calls.", kind=type(probe).__name__),
                wrong="calls(lab)",
                right='calls(lab.probe("web", "http://orders:8080"))',
            )
    kept = [probe for probe in probes if len(probe)]
    if not kept:
        raise LabError(
            Text("no call was made yet: time only moves when you move it."),
            wrong="calls(probe)",
            right='lab.advance("2m"); calls(probe)',
        )
    begin_ms = min(probe.calls[0].at_ms for probe in kept)
    end_ms = max(probe.calls[-1].at_ms + probe.every_ms for probe in kept)
    strips = [Strip(_caption(probe), _pieces(probe)) for probe in kept]
    slow = Plot(
        "how long a call took", [_times(probe, n) for n, probe in enumerate(kept)], "ms", high=90
    )
    said = "; ".join(f"{_caption(p)}: {len(p.failed)} of {len(p)} calls failed" for p in kept)
    summary = f"{written(begin_ms, end_ms)} to {written(end_ms)}: {said}"
    return drawn(Panels(title or "What clients saw", summary, begin_ms, end_ms, [*strips, slow]))


def _caption(probe: Any) -> str:
    return f"{probe.calls[0].via}" if probe.calls else str(probe.url)


def _pieces(probe: Any) -> list[Piece]:
    """Calls in a row with the same fate are one piece."""
    pieces: list[Piece] = []
    for call in probe.calls:
        end_ms = call.at_ms + probe.every_ms
        last = pieces[-1] if pieces else None
        name = "answered" if call.ok else "failed"
        if last and call.ok and last.name == name:
            pieces[-1] = Piece(last.begin_ms, end_ms, name, last.fill, last.letter, last.why)
        else:
            fill, letter = (GOOD, "=") if call.ok else (BAD, "X")
            pieces.append(Piece(call.at_ms, end_ms, name, fill, letter, str(call.reply)))
    return pieces


def _times(probe: Any, number: int) -> Series:
    points = [(call.at_ms, float(call.took_ms)) for call in probe.calls]
    return Series(_caption(probe), SERIES[number % len(SERIES)], points)
