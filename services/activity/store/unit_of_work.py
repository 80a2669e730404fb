"""One transaction of activity."""

from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.ledger import entry_of
from kernel.principal import Actor
from servicekit import unit_of_work
from services.activity.domain.events import ActivityEvent
from services.activity.store.metrics import PostgresMetrics
from services.activity.store.otel import PostgresOtel
from services.activity.store.runs import PostgresRuns
from services.activity.store.signals import PostgresSignals
from services.activity.store.tables import KIT
from services.activity.store.traces import PostgresTraces

Encode = Callable[[ActivityEvent], unit_of_work.OutgoingEvent]


class ActivityUnitOfWork(unit_of_work.UnitOfWork):
    """The repositories of activity on one transaction, and its announcements."""

    def __init__(self, connection: AsyncConnection, *, encode: Encode) -> None:
        super().__init__(connection, KIT)
        self._encode = encode
        self.runs = PostgresRuns(connection)
        self.traces = PostgresTraces(connection)
        self.observed = PostgresOtel(connection)
        self.signals = PostgresSignals(connection)
        self.metrics = PostgresMetrics(connection)

    def announce(self, event: ActivityEvent, *, actor: Actor, before: object | None = None) -> None:
        """Let an event leave, and its entry enter the ledger, with this transaction."""
        self.send(self._encode(event))
        self.record(entry_of(event, actor=actor, before=before))
