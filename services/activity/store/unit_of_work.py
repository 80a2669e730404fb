"""One transaction of activity."""

from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import unit_of_work
from services.activity.domain.events import ActivityEvent
from services.activity.store.runs import PostgresRuns
from services.activity.store.tables import KIT

Encode = Callable[[ActivityEvent], unit_of_work.OutgoingEvent]


class ActivityUnitOfWork(unit_of_work.UnitOfWork):
    """The repositories of activity on one transaction, and its announcements."""

    def __init__(self, connection: AsyncConnection, *, encode: Encode) -> None:
        super().__init__(connection, KIT)
        self._encode = encode
        self.runs = PostgresRuns(connection)

    def announce(self, event: ActivityEvent) -> None:
        """Let an event leave with this transaction."""
        self.send(self._encode(event))
