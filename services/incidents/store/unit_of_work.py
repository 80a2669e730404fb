"""One transaction of incidents."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.ledger import entry_of
from kernel.principal import Actor
from servicekit import unit_of_work
from servicekit.audit.intents import system_intent
from services.incidents.domain.alert_events import AlertsEvent
from services.incidents.domain.events import IncidentsEvent
from services.incidents.domain.trace_examination import TraceExamination
from services.incidents.store.alert_fatigue import PostgresFatigue
from services.incidents.store.alerts import PostgresAlerts
from services.incidents.store.burn_histories import PostgresBurnHistories
from services.incidents.store.cases import PostgresCases
from services.incidents.store.deliveries import PostgresDeliveries
from services.incidents.store.destinations import PostgresDestinations
from services.incidents.store.examinations import PostgresExaminations
from services.incidents.store.findings import PostgresFindings
from services.incidents.store.incidents import PostgresIncidents
from services.incidents.store.reading import PostgresIncidentReader
from services.incidents.store.severities import PostgresSeverities
from services.incidents.store.tables import KIT

Encode = Callable[[IncidentsEvent | AlertsEvent], unit_of_work.OutgoingEvent]


class IncidentsUnitOfWork(unit_of_work.UnitOfWork):
    """The repositories of incidents on one transaction, and its announcements."""

    def __init__(self, connection: AsyncConnection, *, encode: Encode) -> None:
        super().__init__(connection, KIT)
        self._encode = encode
        self.cases = PostgresCases(connection)
        self.incidents = PostgresIncidents(connection)
        self.reader = PostgresIncidentReader(connection)
        self.severities = PostgresSeverities(connection)
        self.findings = PostgresFindings(connection)
        self.examinations = PostgresExaminations(connection)
        self.burn_histories = PostgresBurnHistories(connection)
        self.alerts = PostgresAlerts(connection)
        self.fatigue = PostgresFatigue(connection)
        self.destinations = PostgresDestinations(connection)
        self.deliveries = PostgresDeliveries(connection)

    async def now(self) -> datetime:
        """The moment by the database's clock."""
        moment: datetime = (
            await self.connection.execute(select(func.clock_timestamp()))
        ).scalar_one()
        return moment

    def announce(
        self,
        event: IncidentsEvent | AlertsEvent,
        *,
        actor: Actor,
        before: object | None = None,
    ) -> None:
        """Let an event leave, and its entry enter the ledger, with this transaction."""
        self.send(self._encode(event))
        self.record(entry_of(event, actor=actor, before=before))

    def warn_of(self, given_up: TraceExamination) -> None:
        """Let a system record about a trace leave with this transaction."""
        self.report(
            system_intent(
                component="WORKER",
                event_type="EXAMINATION_GIVEN_UP",
                summary=f"What {given_up.run_id} said is not examined: {given_up.last_error}",
                severity="WARN",
                details={
                    "run_id": given_up.run_id,
                    "trace_id": given_up.trace_id,
                    "tries": given_up.tries,
                },
                tenant_id=given_up.tenant_id,
            )
        )
