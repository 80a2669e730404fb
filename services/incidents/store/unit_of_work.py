"""One transaction of incidents."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.ledger import entry_of
from kernel.principal import Actor
from servicekit import unit_of_work
from services.incidents.domain.events import IncidentsEvent
from services.incidents.store.burn_histories import PostgresBurnHistories
from services.incidents.store.cases import PostgresCases
from services.incidents.store.incidents import PostgresIncidents
from services.incidents.store.reading import PostgresIncidentReader
from services.incidents.store.severities import PostgresSeverities
from services.incidents.store.tables import KIT

Encode = Callable[[IncidentsEvent], unit_of_work.OutgoingEvent]


class IncidentsUnitOfWork(unit_of_work.UnitOfWork):
    """The repositories of incidents on one transaction, and its announcements."""

    def __init__(self, connection: AsyncConnection, *, encode: Encode) -> None:
        super().__init__(connection, KIT)
        self._encode = encode
        self.cases = PostgresCases(connection)
        self.incidents = PostgresIncidents(connection)
        self.reader = PostgresIncidentReader(connection)
        self.severities = PostgresSeverities(connection)
        self.burn_histories = PostgresBurnHistories(connection)

    async def now(self) -> datetime:
        """The moment by the database's clock."""
        moment: datetime = (
            await self.connection.execute(select(func.clock_timestamp()))
        ).scalar_one()
        return moment

    def announce(
        self, event: IncidentsEvent, *, actor: Actor, before: object | None = None
    ) -> None:
        """Let an event leave, and its entry enter the ledger, with this transaction."""
        self.send(self._encode(event))
        self.record(entry_of(event, actor=actor, before=before))
