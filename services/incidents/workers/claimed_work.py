"""Work that is taken on by leases, many at a time, a few for each owner."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from kernel.errors import ServiceError
from servicekit.guard.boot_guard import GuardCheck
from servicekit.guard.event_checks import MAXIMUM_SILENCE_SECONDS
from servicekit.heartbeat import Heartbeat
from servicekit.telemetry.logging import get_logger

_log = get_logger("claimed_work")

Item = TypeVar("Item")
Owner = TypeVar("Owner")


class ClaimedWork(Generic[Item, Owner]):
    """One replica's part; what one has claimed the others pass over."""

    def __init__(
        self,
        *,
        name: str,
        claim: Callable[[int, Sequence[Owner]], Awaitable[Sequence[Item]]],
        work: Callable[[Item], Awaitable[None]],
        owner_of: Callable[[Item], Owner],
        places: int,
        places_of_one: int,
        every_seconds: float,
    ) -> None:
        self._name = name
        self._claim_items = claim
        self._work = work
        self._owner_of = owner_of
        self._places = places
        self._places_of_one = places_of_one
        self._every_seconds = every_seconds
        self._under_way: dict[asyncio.Task[None], Owner] = {}
        self._stopping = False
        self.heartbeat = Heartbeat()

    @property
    def check(self) -> GuardCheck:
        """Holds while the loop looks for work, however long the work itself takes."""
        return GuardCheck(name=self._name, prove=self._prove)

    async def run(self) -> None:
        """Work until cancelled; what is under way then is somebody else's when its lease ends."""
        try:
            while not self._stopping:
                claimed = await self._claim()
                for item in claimed:
                    self._begin(item)
                self.heartbeat.beat()
                if not claimed:
                    await asyncio.sleep(self._every_seconds)
        except asyncio.CancelledError:
            self._cancel()
            raise

    async def drain(self, *, seconds: float) -> None:
        """Begin nothing new, let what is under way come to its end, and end what does not."""
        self._stopping = True
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=seconds)
        await asyncio.gather(*self._cancel(), return_exceptions=True)

    async def _claim(self) -> Sequence[Item]:
        free = self._places - len(self._under_way)
        if free <= 0:
            return ()
        counts = Counter(self._under_way.values())
        busy = [owner for owner, count in counts.items() if count >= self._places_of_one]
        try:
            return await self._claim_items(free, busy)
        except ServiceError as error:
            _log.warning("work waits", loop=self._name, error=error.message)
            return ()

    def _begin(self, item: Item) -> None:
        task = asyncio.create_task(self._try(item), name=self._name)
        self._under_way[task] = self._owner_of(item)
        task.add_done_callback(self._under_way.pop)

    async def _try(self, item: Item) -> None:
        try:
            await self._work(item)
        except Exception as error:  # noqa: BLE001 - one must not end the others
            owner = self._owner_of(item)
            _log.error("a try broke off", loop=self._name, owner=owner, exc_info=error)

    def _cancel(self) -> list[asyncio.Task[None]]:
        tasks = list(self._under_way)
        for task in tasks:
            task.cancel()
        return tasks

    async def _prove(self) -> str | None:
        if self.heartbeat.age <= MAXIMUM_SILENCE_SECONDS:
            return None
        return f"{self._name} has stopped. Restart the service and read its log."
