"""Time as the client measures it: monotonic, and replaceable, so that tests need not wait."""

import asyncio
import random
import time
from collections.abc import Iterable
from typing import Any


class Clock:
    """The monotonic clock of this machine."""

    def monotonic(self) -> float:
        """Seconds since some moment in the past; never goes back."""
        return time.monotonic()

    async def sleep_until(self, moment: float) -> None:
        """Return when the clock says `moment` or more."""
        await asyncio.sleep(max(0.0, moment - self.monotonic()))

    async def wait(self, futures: Iterable["asyncio.Future[Any]"], *, until: float) -> None:
        """Return when one of the futures is done or the clock says `until`, whichever is first.

        The futures are looked at and left alone: neither cancelled nor asked for what they hold.
        """
        timer = asyncio.ensure_future(self.sleep_until(until))
        try:
            await asyncio.wait({*futures, timer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()


class Backoff:
    """How long to wait before another try: full jitter under a ceiling that doubles."""

    def __init__(self, *, first: float = 0.1, most: float = 5.0) -> None:
        self._first = first
        self._most = most
        self._tries = 0

    def next(self) -> float:
        """Seconds to wait now: anything up to the ceiling, so that clients do not come together."""
        ceiling = min(self._most, self._first * 2**self._tries)
        self._tries = min(self._tries + 1, 30)
        return random.uniform(0.0, ceiling)  # noqa: S311

    def reset(self) -> None:
        """Begin at the lowest ceiling again, after a success."""
        self._tries = 0


class Bell:
    """Tells everybody who waits that something has changed."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[object]] = set()

    def heard(self) -> "asyncio.Future[object]":
        """A future that is done as soon as the bell has rung."""
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        future.add_done_callback(self._waiting.discard)
        return future

    def ring(self) -> None:
        """Wake everybody."""
        for future in tuple(self._waiting):
            if not future.done():
                future.set_result(None)
