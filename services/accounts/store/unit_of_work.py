"""One transaction of accounts."""

from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.ledger import entry_of
from kernel.principal import Actor
from servicekit import unit_of_work
from services.accounts.domain.events import AccountsEvent
from services.accounts.store.agents import PostgresAgents
from services.accounts.store.api_keys import PostgresApiKeys
from services.accounts.store.credentials import PostgresCredentials
from services.accounts.store.people import PostgresPeople
from services.accounts.store.projects import PostgresProjects
from services.accounts.store.tables import KIT
from services.accounts.store.tenants import PostgresTenants

Encode = Callable[[AccountsEvent], unit_of_work.OutgoingEvent]


class AccountsUnitOfWork(unit_of_work.UnitOfWork):
    """The repositories of accounts on one transaction, and its announcements."""

    def __init__(self, connection: AsyncConnection, *, encode: Encode) -> None:
        super().__init__(connection, KIT)
        self._encode = encode
        self.tenants = PostgresTenants(connection)
        self.projects = PostgresProjects(connection)
        self.agents = PostgresAgents(connection)
        self.people = PostgresPeople(connection)
        self.api_keys = PostgresApiKeys(connection)
        self.credentials = PostgresCredentials(connection)

    def announce(self, event: AccountsEvent, *, actor: Actor, before: object | None = None) -> None:
        """Let an event leave, and its entry enter the ledger, with this transaction."""
        self.send(self._encode(event))
        self.record(entry_of(event, actor=actor, before=before))
