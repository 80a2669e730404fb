"""How long to wait before a crashed process is started again."""

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 15.0
HEALTHY_SECONDS = 30.0


class Backoff:
    """Doubles the wait with each crash, and forgets them after a spell of health."""

    def __init__(self) -> None:
        self._next = FIRST_SECONDS

    def next_delay(self, *, healthy_seconds: float) -> float:
        """The wait after a process that had been healthy for so long."""
        if healthy_seconds >= HEALTHY_SECONDS:
            self._next = FIRST_SECONDS
        delay, self._next = self._next, min(self._next * 2, LONGEST_SECONDS)
        return delay
