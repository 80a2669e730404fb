"""The producer's side of receipts: note who has confirmed, send again what nobody has.

With this the bus may lose everything it was given: an event counts as delivered when its consumer
says that the effect is committed, and until then the outbox holds it.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import nats
from google.protobuf.message import DecodeError
from nats.aio.msg import Msg
from sqlalchemy import func, text, tuple_, update

from aos.events.v1 import envelope_pb2
from kernel.errors import ServiceError
from servicekit.database import Database
from servicekit.events import Event
from servicekit.heartbeat import Heartbeat
from servicekit.jetstream.connection import Bus
from servicekit.jetstream.pulling import pull
from servicekit.jetstream.topology import RECEIPTS_STREAM
from servicekit.outbox.relay import PURPOSE
from servicekit.tables import KitTables
from servicekit.telemetry.logging import get_logger

_log = get_logger("receipts")

# Twice the ack wait: an event that is merely being handled again is not sent again.
REPUBLISH_AFTER = timedelta(seconds=60)


class ReceiptListener:
    """Takes consumers' receipts for one producer and marks its outbox."""

    def __init__(self, *, service: str, database: Database, tables: KitTables, bus: Bus) -> None:
        self._service = service
        self._database = database
        self._outbox = tables.outbox
        self._bus = bus
        self.heartbeat = Heartbeat()

    async def run(self) -> None:
        """Note receipts until cancelled."""
        async for messages in pull(
            self._bus,
            stream=RECEIPTS_STREAM,
            consumer=f"{self._service}-receipts",
            heartbeat=self.heartbeat,
        ):
            try:
                await self.note(messages)
            except ServiceError as error:
                # Not acknowledged, so they come again.
                _log.warning("receipts wait", error=error.message)
                continue
            await asyncio.gather(*(message.ack() for message in messages))

    async def note(self, messages: list[Msg]) -> None:
        """Strike the confirming consumers off the events' lists."""
        confirmed: dict[str, set[tuple[str, str]]] = {}
        for message in messages:
            receipts = _decode(message)
            if receipts is not None:
                confirmed.setdefault(receipts.consumer, set()).update(
                    (receipt.tenant_id, receipt.event_id) for receipt in receipts.receipts
                )
        async with self._database.transaction(purpose=PURPOSE) as connection:
            # In one order everywhere, so that two replicas cannot wait for each other's rows.
            for consumer, keys in sorted(confirmed.items()):
                await connection.execute(self._strike(consumer, sorted(keys)))
            await connection.commit()

    def _strike(self, consumer: str, keys: list[tuple[str, str]]) -> Any:
        outbox = self._outbox
        return (
            update(outbox)
            .where(tuple_(outbox.c.tenant_id, outbox.c.event_id).in_(keys))
            .values(awaits=func.array_remove(outbox.c.awaits, consumer))
        )


def _decode(message: Msg) -> envelope_pb2.Receipts | None:
    try:
        return envelope_pb2.Receipts.FromString(message.data)
    except DecodeError:
        _log.warning("a receipt cannot be read", subject=message.subject)
        return None


async def republish_unconfirmed(
    database: Database, tables: KitTables, *, after: timedelta = REPUBLISH_AFTER
) -> int:
    """Hand events back to the relay whose consumers have been silent for too long."""
    outbox = tables.outbox
    statement = (
        update(outbox)
        .where(
            text("cardinality(awaits) > 0"),
            outbox.c.published_at < func.clock_timestamp() - after,
        )
        .values(published_at=None, attempts=outbox.c.attempts + 1)
    )
    async with database.transaction(purpose=PURPOSE) as connection:
        result = await connection.execute(statement)
        await connection.commit()
    if result.rowcount:
        _log.warning("published again what was not confirmed", events=result.rowcount)
    return int(result.rowcount)


class ReceiptSender:
    """The consumer's side: tells producers what has taken effect."""

    def __init__(self, *, consumer: str, bus: Bus) -> None:
        self._consumer = consumer
        self._bus = bus

    async def send(self, done: Sequence[Event]) -> None:
        """Send receipts by producer; a loss is made good when the event comes again."""
        by_producer: dict[str, envelope_pb2.Receipts] = {}
        for event in done:
            receipts = by_producer.setdefault(
                event.source, envelope_pb2.Receipts(consumer=self._consumer)
            )
            receipts.receipts.add(tenant_id=event.tenant_id, event_id=event.event_id)
        for producer, receipts in by_producer.items():
            try:
                await self._bus.client.publish(
                    f"aos.receipts.{producer}", receipts.SerializeToString()
                )
            except nats.errors.Error as error:
                _log.info("a receipt was not sent", error=str(error))
