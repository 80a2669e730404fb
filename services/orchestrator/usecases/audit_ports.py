"""What audits need of the outside."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from kernel.identifiers import RunId, TenantId
from services.orchestrator.domain.run_audit import AuditState, Cursor, DueRun, Mark
from services.orchestrator.domain.run_contract import RunContract
from services.orchestrator.domain.run_links import RunReferences, Surroundings
from services.orchestrator.domain.saga import Saga


class AuditRepository(Protocol):
    """Keeps how far the audit of each run is."""

    async def due(
        self, tenant_id: TenantId, states: Sequence[AuditState], *, after: timedelta, most: int
    ) -> Sequence[DueRun]:
        """Return runs in these states that are due, the ones that wait for longest first.

        A run that is not completed is left alone until `after` from its creation.
        """
        ...

    async def mark(self, tenant_id: TenantId, marks: Sequence[Mark]) -> None:
        """Keep how far they are."""
        ...

    async def known(self, tenant_id: TenantId, run_ids: Collection[RunId]) -> set[RunId]:
        """Return which of these runs have a contract."""
        ...

    async def cursor(self, tenant_id: TenantId, name: str) -> Cursor | None:
        """Return how far a list was looked through; None if it never was."""
        ...

    async def keep_cursor(self, tenant_id: TenantId, name: str, cursor: Cursor) -> None:
        """Keep how far a list was looked through."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenIncident:
    """An incident as its list shows it."""

    incident_id: str
    # Empty for one that belongs to no run.
    run_id: RunId
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentPage:
    """Some incidents, the newest first, and where to go on; empty when there are no more."""

    incidents: Sequence[SeenIncident]
    next_token: str


class AuditDesk(Protocol):
    """The domains, as audits ask them; one that does not answer raises, and proves nothing."""

    async def ended_at(self, tenant_id: TenantId, run_id: RunId) -> datetime | None:
        """Return when a run ended; None while it has not, and for one that nobody knows."""
        ...

    async def references(self, tenant_id: TenantId, run_id: RunId) -> RunReferences | None:
        """Return what a run refers to; None if activity knows no such run."""
        ...

    async def surroundings(
        self, contract: RunContract, run: RunReferences, saga: Saga
    ) -> Surroundings:
        """Return what the other domains have of a run."""
        ...

    async def incidents(self, tenant_id: TenantId, page_token: str) -> IncidentPage:
        """Return a page of the tenant's incidents."""
        ...


AuditTenants = Callable[[Sequence[AuditState]], Awaitable[Sequence[TenantId]]]
