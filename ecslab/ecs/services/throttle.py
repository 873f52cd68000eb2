"""How long a service waits before it tries again to start tasks that never reach RUNNING."""

FAILURES_BEFORE_THROTTLE = 3  # pedagogical: AWS says "repeatedly" (facts, section 5.2)
FIRST_PAUSE_MS = 30_000  # pedagogical: the steps are not documented; they double
LONGEST_PAUSE_MS = 27 * 60_000  # facts, section 5.2


def pause_ms(failed_rounds: int) -> int:
    """The pause after this many failed rounds in a row: none at first,
    then doubling up to 27 minutes.
    """
    beyond = failed_rounds - FAILURES_BEFORE_THROTTLE
    return 0 if beyond < 0 else min(FIRST_PAUSE_MS << min(beyond, 16), LONGEST_PAUSE_MS)
