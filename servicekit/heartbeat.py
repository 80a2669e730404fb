"""A loop's proof of life: others look at its age, on the monotonic clock."""

import time


class Heartbeat:
    """The moment a loop last did its work."""

    def __init__(self) -> None:
        self._last = float("-inf")

    def beat(self) -> None:
        """Say that the work was done just now."""
        self._last = time.monotonic()

    @property
    def age(self) -> float:
        """Seconds since then; infinite before the first time."""
        return time.monotonic() - self._last
