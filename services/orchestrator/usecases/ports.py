"""What the orchestrator's use cases need of the outside."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from kernel.identifiers import ProjectId, RunId, TenantId, TraceId
from kernel.ledger import LedgerEntry
from kernel.pagination import Page, PageRequest
from kernel.principal import Actor
from services.orchestrator.domain.events import OrchestratorEvent
from services.orchestrator.domain.kinds import SagaState
from services.orchestrator.domain.run_contract import Acknowledgement, Expectation, RunContract
from services.orchestrator.domain.saga import Outcomes, Saga
from services.orchestrator.usecases.audit_ports import AuditRepository
from services.orchestrator.usecases.run_ports import QueueRepository
from services.orchestrator.usecases.session_ports import HolderRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredStep:
    """What a step of a saga came to, as it is kept."""

    name: str
    compensation: bool
    attempts: int
    outcome: Mapping[str, Any]
    completed_at: datetime


class ContractRepository(Protocol):
    """Keeps what runs must collect, and what they have."""

    async def add(self, contract: RunContract) -> bool:
        """Keep a new contract; False if the run has one."""
        ...

    async def find(
        self, tenant_id: TenantId, run_id: RunId, project_id: ProjectId | None
    ) -> RunContract | None:
        """Return the contract, or None if the tenant (or the project) has no such run."""
        ...

    async def name_trace(self, contract: RunContract, trace_id: TraceId) -> None:
        """Keep which trace is the run's."""
        ...

    async def acknowledgements(
        self, tenant_id: TenantId, run_id: RunId
    ) -> Mapping[Expectation, Acknowledgement]:
        """Return what was acknowledged of a run."""
        ...

    async def acknowledge(
        self, contract: RunContract, acknowledged: Sequence[Acknowledgement]
    ) -> None:
        """Keep acknowledgements that came after the run was completed."""
        ...


class SagaRepository(Protocol):
    """Keeps sagas."""

    async def add(self, saga: Saga) -> bool:
        """Keep a new saga; False if its run has one."""
        ...

    async def of_run(
        self, tenant_id: TenantId, run_id: RunId, *, hold: bool = False
    ) -> Saga | None:
        """Return the saga of a run, as it stays until this transaction ends if it is held."""
        ...

    async def update(self, saga: Saga) -> None:
        """Keep a held saga; whoever works on it finds that out by its epoch."""
        ...

    async def list(
        self, tenant_id: TenantId, state: SagaState | None, page: PageRequest
    ) -> Page[Saga]:
        """Return sagas, the newest first."""
        ...

    async def steps(self, saga: Saga) -> Sequence[StoredStep]:
        """Return what the steps of a saga came to, in their order."""
        ...


class UnitOfWork(Protocol):
    """One transaction."""

    @property
    def contracts(self) -> ContractRepository:
        """What runs must collect."""
        ...

    @property
    def sagas(self) -> SagaRepository:
        """How they are completed."""
        ...

    @property
    def holders(self) -> HolderRepository:
        """Who executes them."""
        ...

    @property
    def queue(self) -> QueueRepository:
        """Those that our own worker executes."""
        ...

    @property
    def audits(self) -> AuditRepository:
        """How far the audit of each is."""
        ...

    async def now(self) -> datetime:
        """The moment by the database's clock."""
        ...

    def announce(
        self, event: OrchestratorEvent, *, actor: Actor, before: object | None = None
    ) -> None:
        """Let an event leave, and its entry enter the ledger, with this transaction."""
        ...

    def record(self, entry: LedgerEntry) -> None:
        """Let an entry enter the ledger that tells of no change."""
        ...

    def leave_unchanged(self) -> None:
        """Say that what was asked for is so already."""
        ...

    async def commit(self) -> None:
        """Make everything durable."""
        ...


class OpenUnitOfWork(Protocol):
    """Opens a transaction for a tenant."""

    def __call__(self, *tenants: str) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open it; it rolls back unless committed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedSaga:
    """A saga that is ours for a while, and what its steps came to so far."""

    saga: Saga
    contract: RunContract
    epoch: int
    outcomes: Outcomes


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneTask:
    """A task that went through."""

    name: str
    compensation: bool
    round: int
    attempts: int
    outcome: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Where a saga stands now, and what has become durable with that."""

    saga: Saga
    epoch: int
    done: Sequence[DoneTask]
    acknowledged: Sequence[Acknowledgement]
    # Whether the same process goes on with it.
    keeps_lease: bool


TakeSagas = Callable[[int], Awaitable[Sequence[LeasedSaga]]]
KeepCheckpoint = Callable[[Checkpoint], Awaitable[None]]
