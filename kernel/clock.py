"""One clock everywhere: timezone-aware for what is recorded, monotonic for what is measured."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


def utc_now() -> datetime:
    """The present moment, aware of its zone."""
    return datetime.now(tz=UTC)  # noqa: TID251 - the one place that may ask the system


class Clock(Protocol):
    """What a use case may know of time."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back; only differences mean anything."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        return utc_now()

    def monotonic(self) -> float:
        """Seconds since some fixed moment."""
        return time.monotonic()


class FakeClock:
    """A clock that moves only when told to."""

    def __init__(self, *, at: datetime | None = None) -> None:
        # Not zero and not now: a test that forgets to set a time should see an odd one.
        self._now = at or datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
        self._monotonic = 1_000.0

    def now(self) -> datetime:
        """The moment it was set to."""
        return self._now

    def monotonic(self) -> float:
        """Seconds by the same hand."""
        return self._monotonic

    def advance(self, by: timedelta) -> None:
        """Let time pass on both scales."""
        self._now += by
        self._monotonic += by.total_seconds()
