"""What the boot guard proves about events: they still make the whole way round."""

import asyncio
import time
from collections.abc import Mapping, Sequence

from sqlalchemy import delete, func, insert, select, text

from aos.events.v1 import envelope_pb2
from kernel.identifiers import new_id
from servicekit.database import Database
from servicekit.guard.boot_guard import GuardCheck
from servicekit.guard.database_checks import OWN
from servicekit.heartbeat import Heartbeat
from servicekit.jetstream.connection import Bus
from servicekit.jetstream.reconciliation import drift
from servicekit.tables import KitTables

# How long a loop may be silent, and an event under way.
MAXIMUM_SILENCE_SECONDS = 10.0
CANARY = "canary"
_KEEP_CANARIES = "10 minutes"
_ROUND_TRIP_SECONDS = 3.0
_LOOK_AGAIN_SECONDS = 0.05


class EventChecks:
    """The checks of one service's way to the bus and back."""

    def __init__(
        self,
        *,
        service: str,
        database: Database,
        tables: KitTables,
        bus: Bus,
        heartbeats: Mapping[str, Heartbeat],
    ) -> None:
        self._service = service
        self._database = database
        self._outbox = tables.outbox
        self._bus = bus
        self._heartbeats = heartbeats
        self._arrived: Heartbeat | None = None

    def all(self) -> Sequence[GuardCheck]:
        """Every check, by the name under which it shows."""
        return [
            GuardCheck(name="streams", prove=self.streams),
            GuardCheck(name="event_round_trip", prove=self.round_trip),
            GuardCheck(name="loops", prove=self.loops),
        ]

    async def streams(self) -> str | None:
        """Streams and consumers are as declared."""
        if not self._bus.client.is_connected:
            return "The event bus is away. Start NATS or check AOS_NATS_URL."
        found = await drift(self._bus.jetstream, self._bus.topology, service=self._service)
        if found:
            return f"{'; '.join(found)}. Restart the service, or mend the stream by hand."
        return None

    async def loops(self) -> str | None:
        """Every background loop has shown itself lately."""
        silent = sorted(
            name
            for name, heartbeat in self._heartbeats.items()
            if heartbeat.age > MAXIMUM_SILENCE_SECONDS
        )
        if silent:
            return f"{', '.join(silent)} has stopped. Restart the service and read its log."
        return None

    async def round_trip(self) -> str | None:
        """An event is published, consumed and confirmed: the outbox row itself says so."""
        event_id = await self._send()
        give_up = time.monotonic() + _ROUND_TRIP_SECONDS
        while time.monotonic() < give_up:
            if await self._is_confirmed(event_id):
                self._arrived = Heartbeat()
                return None
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        if self._arrived is not None and self._arrived.age <= MAXIMUM_SILENCE_SECONDS:
            return None
        return "No event has made the whole way round for 10 seconds. Look at the bus and the log."

    async def _send(self) -> str:
        event_id = new_id("evt")
        row = {
            "event_id": event_id,
            "tenant_id": OWN,
            "event_type": CANARY,
            "aggregate_id": event_id,
            "aggregate_sequence": 1,
            "body": envelope_pb2.Canary(number=time.monotonic_ns()).SerializeToString(),
        }
        old = delete(self._outbox).where(
            self._outbox.c.tenant_id == OWN,
            self._outbox.c.created_at
            < func.clock_timestamp() - text(f"interval '{_KEEP_CANARIES}'"),
        )
        async with self._database.transaction(OWN) as connection:
            await connection.execute(old)
            await connection.execute(insert(self._outbox), row)
            await connection.commit()
        return event_id

    async def _is_confirmed(self, event_id: str) -> bool:
        outbox = self._outbox
        statement = select(outbox.c.published_at.is_not(None), func.cardinality(outbox.c.awaits))
        async with self._database.transaction(OWN, read_only=True) as connection:
            row = (await connection.execute(statement.where(outbox.c.event_id == event_id))).first()
        return row is not None and bool(row[0]) and row[1] == 0
