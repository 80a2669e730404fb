"""Sends what is due, many at a time, a few to each destination."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from kernel.errors import ServiceError
from kernel.identifiers import DestinationId
from servicekit.heartbeat import Heartbeat
from servicekit.telemetry.logging import get_logger
from services.incidents.domain.delivery import Delivery
from services.incidents.usecases.deliver_alerts import DeliverAlerts

_log = get_logger("delivery_sender")
# Whoever hangs holds a place for as long as a try may last, so there are many of them …
PLACES = 128
# … and nobody gets more than a few.
PLACES_OF_ONE = 4


class DeliverySender:
    """One replica's part; what one has claimed the others pass over."""

    def __init__(self, *, deliver: DeliverAlerts, every_seconds: float) -> None:
        self._deliver = deliver
        self._every_seconds = every_seconds
        self._under_way: dict[asyncio.Task[None], DestinationId] = {}
        self._stopping = False
        self.heartbeat = Heartbeat()

    async def run(self) -> None:
        """Send until cancelled; what is under way then is somebody else's when its lease ends."""
        try:
            while not self._stopping:
                claimed = await self._claim()
                for delivery in claimed:
                    self._begin(delivery)
                self.heartbeat.beat()
                if not claimed:
                    await asyncio.sleep(self._every_seconds)
        except asyncio.CancelledError:
            for task in list(self._under_way):
                task.cancel()
            raise

    async def drain(self, *, seconds: float) -> None:
        """Begin nothing new, and let what is under way come to its end."""
        self._stopping = True
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=seconds)

    async def _claim(self) -> Sequence[Delivery]:
        free = PLACES - len(self._under_way)
        if free <= 0:
            return ()
        counts = Counter(self._under_way.values())
        busy = [destination for destination, count in counts.items() if count >= PLACES_OF_ONE]
        try:
            return await self._deliver.claim(free, busy=busy)
        except ServiceError as error:
            _log.warning("deliveries wait", error=error.message)
            return ()

    def _begin(self, delivery: Delivery) -> None:
        task = asyncio.create_task(self._send(delivery), name=f"delivery-{delivery.id}")
        self._under_way[task] = delivery.destination_id
        task.add_done_callback(self._under_way.pop)

    async def _send(self, delivery: Delivery) -> None:
        try:
            await self._deliver.deliver(delivery)
        except Exception as error:  # noqa: BLE001 - one delivery must not end the others
            _log.error("a try broke off", delivery=delivery.id, exc_info=error)
