"""One transaction of the orchestrator."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.ledger import entry_of
from kernel.principal import Actor
from servicekit import unit_of_work
from services.orchestrator.domain.events import OrchestratorEvent
from services.orchestrator.store.audits import PostgresAudits
from services.orchestrator.store.contracts import PostgresContracts
from services.orchestrator.store.holders import PostgresHolders
from services.orchestrator.store.run_queue import PostgresRunQueue
from services.orchestrator.store.sagas import PostgresSagas
from services.orchestrator.store.tables import KIT

Encode = Callable[[OrchestratorEvent], unit_of_work.OutgoingEvent]


class OrchestratorUnitOfWork(unit_of_work.UnitOfWork):
    """The repositories of the orchestrator on one transaction, and its announcements."""

    def __init__(self, connection: AsyncConnection, *, encode: Encode) -> None:
        super().__init__(connection, KIT)
        self._encode = encode
        self.contracts = PostgresContracts(connection)
        self.sagas = PostgresSagas(connection)
        self.holders = PostgresHolders(connection)
        self.queue = PostgresRunQueue(connection)
        self.audits = PostgresAudits(connection)

    async def now(self) -> datetime:
        """The moment by the database's clock."""
        moment: datetime = (
            await self.connection.execute(select(func.clock_timestamp()))
        ).scalar_one()
        return moment

    def announce(
        self, event: OrchestratorEvent, *, actor: Actor, before: object | None = None
    ) -> None:
        """Let an event leave, and its entry enter the ledger, with this transaction."""
        self.send(self._encode(event))
        self.record(entry_of(event, actor=actor, before=before))
