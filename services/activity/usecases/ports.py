"""What the use cases need of the outer ring; the store implements it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from kernel.identifiers import AgentId, ProjectId, RunId, TenantId
from kernel.pagination import Page, PageRequest
from kernel.principal import Actor
from services.activity.domain.events import ActivityEvent
from services.activity.domain.run import Run, RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class RunQuery:
    """Which runs of a tenant; conditions are combined with AND."""

    tenant_id: TenantId
    statuses: frozenset[RunStatus] = field(default_factory=frozenset)
    agent_id: AgentId | None = None
    project_id: ProjectId | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None


class RunRepository(Protocol):
    """Keeps runs."""

    async def add(self, run: Run) -> None:
        """Keep a new run."""
        ...

    async def find(self, tenant_id: TenantId, run_id: RunId) -> Run | None:
        """Return the run, or None if the tenant has none with this id."""
        ...

    async def list(self, query: RunQuery, page: PageRequest) -> Page[Run]:
        """Return runs, newest first; the page key is the id of the last one."""
        ...


class UnitOfWork(Protocol):
    """One transaction; whoever opened it commits it."""

    @property
    def runs(self) -> RunRepository:
        """The runs, as this transaction sees them."""
        ...

    def announce(self, event: ActivityEvent, *, actor: Actor, before: object | None = None) -> None:
        """Let an event leave, and its entry enter the ledger, with this transaction."""
        ...
