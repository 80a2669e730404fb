"""One transaction of one service: its repositories, its announcements, its commit."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import new_id
from kernel.ledger import LedgerEntry
from servicekit.audit.intents import LogIntent, ledger_intent
from servicekit.database import Database
from servicekit.tables import KitTables
from servicekit.telemetry import tracing


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingEvent:
    """An event as it leaves: which aggregate, its how-manieth change, and the bytes."""

    tenant_id: str
    event_type: str
    aggregate_id: str
    sequence: int
    body: bytes


class UnitOfWork:
    """What a transaction of any service can do; each service adds its repositories.

    Leaving the block without :meth:`commit` rolls everything back, announcements included.
    """

    def __init__(self, connection: AsyncConnection, tables: KitTables) -> None:
        self.connection = connection
        self._tables = tables
        self._outgoing: list[OutgoingEvent] = []
        self._intents: list[LogIntent] = []
        # How many ledger entries leave with this transaction; a mutation without any is refused.
        self.recorded = 0

    def send(self, event: OutgoingEvent) -> None:
        """Let the event leave with this transaction; the relay publishes it after the commit."""
        self._outgoing.append(event)

    def record(self, entry: LedgerEntry) -> None:
        """Let the entry enter the ledger if, and only if, this transaction commits."""
        self._intents.append(ledger_intent(entry))
        self.recorded += 1

    def leave_unchanged(self) -> None:
        """Say that what was asked for is so already: nothing changes and nothing needs a record."""
        self.recorded += 1

    async def commit(self) -> None:
        """Make the changes, their announcements and their audit durable, together."""
        await self.flush()
        await self.connection.commit()

    async def flush(self) -> None:
        """Write what leaves with the transaction, without committing yet."""
        if self._intents:
            rows = [intent.row() for intent in self._intents]
            self._intents.clear()
            await self.connection.execute(insert(self._tables.log_intents), rows)
        if self._outgoing:
            await self._flush_events()

    async def _flush_events(self) -> None:
        traceparent = tracing.inject().get("traceparent", "")
        rows = [
            {
                "event_id": new_id("evt"),
                "tenant_id": event.tenant_id,
                "event_type": event.event_type,
                "aggregate_id": event.aggregate_id,
                "aggregate_sequence": event.sequence,
                "body": event.body,
                "traceparent": traceparent,
            }
            for event in self._outgoing
        ]
        self._outgoing.clear()
        await self.connection.execute(insert(self._tables.outbox), rows)


# What a caller knows of a unit of work is its own port; the kit knows that it is a UnitOfWork.
Work_co = TypeVar("Work_co", covariant=True)


class UnitsOfWork(Generic[Work_co]):
    """Opens transactions of one service, each bound to its tenants."""

    def __init__(
        self, *, database: Database, make: Callable[[AsyncConnection], Work_co], tables: KitTables
    ) -> None:
        self.database = database
        self.tables = tables
        self._make = make

    def __call__(self, *tenants: str, purpose: str = "") -> AbstractAsyncContextManager[Work_co]:
        """Open a transaction; it rolls back unless committed."""
        return self._open(*tenants, purpose=purpose)

    @asynccontextmanager
    async def _open(self, *tenants: str, purpose: str) -> AsyncIterator[Work_co]:
        async with self.database.transaction(*tenants, purpose=purpose) as connection:
            yield self._make(connection)
