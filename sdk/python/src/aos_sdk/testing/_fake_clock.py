"""Time that passes when a test says so."""

import asyncio
import heapq
import itertools
import threading

from aos_sdk._clock import Clock


class FakeClock(Clock):
    """Stands still until `advance` is called; may be advanced from any thread.

    ```python
    clock = FakeClock()
    client = plane.client(clock=clock)
    ...
    clock.advance(5.0)
    ```
    """

    def __init__(self) -> None:
        self._now = 1_000.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Event, asyncio.AbstractEventLoop]] = []
        self._changing = threading.Lock()

    def monotonic(self) -> float:
        """Seconds since some moment in the past, as the test has it."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Let time pass; whoever slept until then wakes in the loop that they sleep in."""
        with self._changing:
            self._now += seconds
            while self._sleepers and self._sleepers[0][0] <= self._now:
                _, _, event, loop = heapq.heappop(self._sleepers)
                if not loop.is_closed():
                    loop.call_soon_threadsafe(event.set)

    async def sleep_until(self, moment: float) -> None:
        """Return when `advance` has brought the clock to `moment`."""
        event = asyncio.Event()
        loop = asyncio.get_running_loop()
        with self._changing:
            if self._now < moment:
                heapq.heappush(self._sleepers, (moment, next(self._order), event, loop))
            else:
                event.set()
        await event.wait()
        await asyncio.sleep(0)
