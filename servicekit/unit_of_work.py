"""One transaction of one service: its repositories, its announcements, its commit."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Generic, TypeVar

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.database import Database
from servicekit.departures import Departures, OutgoingEvent
from servicekit.tables import KitTables


class UnitOfWork(Departures):
    """What a transaction of any service can do; each service adds its repositories.

    Leaving the block without :meth:`commit` rolls everything back, announcements included.
    """

    def __init__(self, connection: AsyncConnection, tables: KitTables) -> None:
        super().__init__()
        self.connection = connection
        self._tables = tables

    async def commit(self) -> None:
        """Make the changes, their announcements and their audit durable, together."""
        await self.flush()
        await self.connection.commit()

    async def flush(self) -> None:
        """Write what leaves with the transaction, without committing yet."""
        for table, rows in (
            (self._tables.log_intents, self.take_intents()),
            (self._tables.outbox, self.take_events()),
        ):
            if rows:
                await self.connection.execute(insert(table), rows)


__all__ = ["OutgoingEvent", "UnitOfWork", "UnitsOfWork", "Work_co"]

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
