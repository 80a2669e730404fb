"""A loop's proof of life: others look at its age, on the monotonic clock."""

import time


class Heartbeat:
    """The moment a loop last did its work."""

    def __init__(self) -> None:
        # A loop that never begins is as silent as one that has stopped.
        self._last = time.monotonic()

    def beat(self) -> None:
        """Say that the work was done just now."""
        self._last = time.monotonic()

    @property
    def age(self) -> float:
        """Seconds since then, or since the beginning."""
        return time.monotonic() - self._last
