"""Publishes what committed, and nothing else.

It looks for rows that are not published, never for rows after the last one seen: identities are
taken before commit, so a row may appear behind one that is long gone. Rows are locked while they
travel, and skipped by the relays of other replicas.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import nats
from sqlalchemy import Row, func, select, text, update

from kernel.errors import ServiceError
from servicekit.database import Database
from servicekit.events import Event
from servicekit.failpoints import failpoint
from servicekit.heartbeat import Heartbeat
from servicekit.jetstream.connection import Bus
from servicekit.jetstream.topology import EVENTS_STREAM
from servicekit.outbox.wakeup import Hint
from servicekit.tables import KitTables
from servicekit.telemetry import metrics
from servicekit.telemetry.logging import get_logger

_log = get_logger("relay")

PURPOSE = "relay"
BATCH = 200
# The notification is a hint; this is what bounds the delay when one is lost.
POLL_SECONDS = 0.25
_PUBLISH_TIMEOUT_SECONDS = 5.0
_RETRY_BASE = timedelta(milliseconds=500)
_RETRY_MAXIMUM = timedelta(seconds=60)
# No name of a consumer holds it. Arrays of arrays would all have to have one length.
_SEPARATOR = ","
# One statement for a batch: two hundred of one row each kept the database busy for longer than the
# changes that the events are about.
_MARK_PUBLISHED = text(
    "UPDATE outbox SET published_at = clock_timestamp(), last_error = '', "
    "awaits = string_to_array(done.awaited, :separator) "
    "FROM unnest(CAST(:tenants AS text[]), CAST(:events AS text[]), CAST(:awaited AS text[])) "
    "AS done (tenant, event, awaited) "
    "WHERE outbox.tenant_id = done.tenant AND outbox.event_id = done.event"
)


class Relay:
    """Moves one service's outbox to the bus, for as long as the process lives."""

    def __init__(
        self, *, service: str, database: Database, tables: KitTables, bus: Bus, hint: Hint
    ) -> None:
        self._service = service
        self._database = database
        self._outbox = tables.outbox
        self._bus = bus
        self._hint = hint
        self.heartbeat = Heartbeat()

    async def run(self) -> None:
        """Publish whenever there is something, until cancelled."""
        while True:
            published = 0
            try:
                published = await self.publish_batch()
                self.heartbeat.beat()
            except (ServiceError, nats.errors.Error, TimeoutError) as error:
                _log.warning("events wait in the outbox", error=str(error) or type(error).__name__)
            if published < BATCH:
                await self._hint.wait(POLL_SECONDS)

    async def publish_batch(self) -> int:
        """Publish up to one batch; return how many events the bus has confirmed."""
        if not self._bus.client.is_connected:
            return 0
        async with self._database.transaction(purpose=PURPOSE) as connection:
            rows = (await connection.execute(self._next_rows())).all()
            if not rows:
                return 0
            outcomes = await asyncio.gather(*(self._publish(row) for row in rows))
            failpoint("relay.after_publish")
            confirmed = [row for row, error in zip(rows, outcomes, strict=True) if error is None]
            failed = [
                (row, error) for row, error in zip(rows, outcomes, strict=True) if error is not None
            ]
            if confirmed:
                await connection.execute(_MARK_PUBLISHED, self._awaits(confirmed))
            for row, error in failed:
                await connection.execute(self._postpone(row, error))
            await connection.commit()
        metrics.outbox_published.add(len(confirmed), {"service": self._service})
        return len(confirmed)

    def _next_rows(self) -> Any:
        outbox = self._outbox
        return (
            select(outbox)
            .where(outbox.c.published_at.is_(None), outbox.c.not_before <= func.clock_timestamp())
            .order_by(outbox.c.position)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )

    async def _publish(self, row: Row[Any]) -> Exception | None:
        event = Event(
            event_id=row.event_id,
            tenant_id=row.tenant_id,
            source=self._service,
            event_type=row.event_type,
            aggregate_id=row.aggregate_id,
            sequence=row.aggregate_sequence,
            time=row.created_at,
            body=row.body,
            traceparent=row.traceparent,
        )
        # A later attempt may follow a publish that arrived without our knowing, or one that the bus
        # has lost since. The number in the message id lets the second through; the inbox stops the
        # first.
        message_id = f"{row.event_id}.{row.attempts}"
        try:
            await self._bus.jetstream.publish(
                event.subject,
                event.body,
                timeout=_PUBLISH_TIMEOUT_SECONDS,
                stream=EVENTS_STREAM,
                headers={**event.headers(), "Nats-Msg-Id": message_id},
            )
        except (nats.errors.Error, TimeoutError) as error:
            return error
        return None

    def _awaits(self, rows: Sequence[Row[Any]]) -> dict[str, Any]:
        topology, prefix = self._bus.topology, "aos.v1"
        awaited = (
            topology.awaiting(f"{prefix}.{row.tenant_id}.{self._service}.{row.event_type}")
            for row in rows
        )
        return {
            "tenants": [row.tenant_id for row in rows],
            "events": [row.event_id for row in rows],
            "awaited": [_SEPARATOR.join(consumers) for consumers in awaited],
            "separator": _SEPARATOR,
        }

    def _postpone(self, row: Row[Any], error: Exception) -> Any:
        # Only this event waits: one that the bus will never take must not hold up the others.
        delay = min(_RETRY_BASE * 2 ** min(row.attempts, 10), _RETRY_MAXIMUM)
        return (
            update(self._outbox)
            .where(
                self._outbox.c.tenant_id == row.tenant_id,
                self._outbox.c.event_id == row.event_id,
            )
            .values(
                attempts=row.attempts + 1,
                not_before=func.clock_timestamp() + delay,
                last_error=(str(error) or type(error).__name__)[:500],
            )
        )


async def lag_seconds(database: Database, tables: KitTables) -> float | None:
    """Age of the oldest event that is not published yet; None when there is none."""
    outbox = tables.outbox
    age = func.extract("epoch", func.clock_timestamp() - func.min(outbox.c.created_at))
    statement = select(age).where(outbox.c.published_at.is_(None))
    async with database.transaction(purpose=PURPOSE, read_only=True) as connection:
        seconds = (await connection.execute(statement)).scalar_one()
    return None if seconds is None else float(seconds)


async def prune(database: Database, tables: KitTables, *, days: int = 7) -> int:
    """Remove events that everybody has confirmed and that are older than the retention."""
    outbox = tables.outbox
    statement = outbox.delete().where(
        outbox.c.published_at < func.clock_timestamp() - timedelta(days=days),
        text("cardinality(awaits) = 0"),
    )
    async with database.transaction(purpose=PURPOSE) as connection:
        result = await connection.execute(statement)
        await connection.commit()
    return int(result.rowcount)
