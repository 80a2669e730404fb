"""What the use cases need of the outer ring; the store and the kit implement it."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

import kernel.ledger
from kernel.identifiers import RunId, TenantId
from kernel.merkle import Node
from kernel.pagination import Page, PageRequest
from services.logs.domain.checkpoint import Checkpoint
from services.logs.domain.export import Export
from services.logs.domain.ledger_entry import KeptEntry, LedgerEntry, Position
from services.logs.domain.ledger_head import LedgerHead, PlacedEntry, TreeNode
from services.logs.domain.once import Key
from services.logs.domain.run_records import LlmRunRecord, RetrievalEvidence, RunLogEvent
from services.logs.domain.system_record import SystemRecord, SystemSeverity
from services.logs.domain.verification import Verification

# The purpose of transactions that find out which logs of all tenants have grown, or are to be read.
CHECKPOINT = "checkpoint"


class AlreadyWritten(Exception):
    """Something of what was to be written exists; the transaction is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerQuery:
    """Which entries of a tenant; conditions are combined with AND."""

    tenant_id: TenantId
    run_id: RunId | None = None
    entity_type: str = ""
    entity_id: str = ""
    actor_id: str = ""
    # A whole family when it ends in `*`.
    event_type: str = ""
    occurred_from: datetime | None = None
    occurred_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemQuery:
    """Which system records of a tenant, or of the plane; conditions are combined with AND."""

    tenant_id: TenantId
    service: str = ""
    event_type: str = ""
    minimum_severity: SystemSeverity = SystemSeverity.INFO
    occurred_from: datetime | None = None
    occurred_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsigned:
    """A log that differs from what was last signed of it."""

    tenant_id: TenantId
    size: int
    signed_size: int
    signed_at: datetime | None


class LedgerRepository(Protocol):
    """Keeps the logs of tenants."""

    async def hold_heads(self, tenant_ids: Sequence[TenantId]) -> dict[TenantId, LedgerHead]:
        """Return the heads that exist, locked in the order of their tenants."""
        ...

    async def open(self, tenant_ids: Sequence[TenantId]) -> None:
        """Make the heads of empty logs, unless they exist."""
        ...

    async def find_positions(self, keys: Sequence[Key]) -> dict[Key, Position]:
        """Return where entries stand, for those that exist."""
        ...

    async def append(
        self,
        entries: Sequence[PlacedEntry],
        nodes: Sequence[TreeNode],
        heads: Sequence[LedgerHead],
    ) -> None:
        """Keep entries and nodes, and the heads as they are now, or raise AlreadyWritten."""
        ...

    async def size(self, tenant_id: TenantId) -> int:
        """Return how many entries the tenant's log has."""
        ...

    async def find_head(self, tenant_id: TenantId) -> LedgerHead:
        """Return the head as it is at this moment; an empty one for a log nobody wrote to."""
        ...

    async def entry(self, tenant_id: TenantId, sequence: int) -> LedgerEntry | None:
        """Return one entry, or None beyond the end."""
        ...

    async def list(self, query: LedgerQuery, page: PageRequest) -> Page[LedgerEntry]:
        """Return entries in their order; the page key is the sequence of the last one."""
        ...

    async def stretch(self, tenant_id: TenantId, begin: int, end: int) -> Sequence[KeptEntry]:
        """Return the entries of these sequences that exist, in their order."""
        ...

    async def nodes(self, tenant_id: TenantId, wanted: Sequence[Node]) -> dict[Node, bytes]:
        """Return the hashes of full subtrees; leaves are those of level 0."""
        ...


class CheckpointRepository(Protocol):
    """Keeps what was signed."""

    async def add(self, tenant_id: TenantId, checkpoint: Checkpoint) -> None:
        """Keep a new checkpoint."""
        ...

    async def latest(self, tenant_id: TenantId, count: int) -> Sequence[Checkpoint]:
        """Return the last checkpoints, largest first."""
        ...

    async def list(self, tenant_id: TenantId, page: PageRequest) -> Page[Checkpoint]:
        """Return checkpoints, largest first; the page key is the size of the last one."""
        ...

    async def between(self, tenant_id: TenantId, after: int, up_to: int) -> Sequence[Checkpoint]:
        """Return the checkpoints of larger sizes than the one, and none larger than the other."""
        ...

    async def unsigned(self, limit: int) -> Sequence[Unsigned]:
        """Return logs of any tenants that differ from what was last signed; needs the purpose."""
        ...


class VerificationRepository(Protocol):
    """Keeps how far whole logs were verified, and what was found."""

    async def find(self, tenant_id: TenantId) -> Verification | None:
        """Return where the verification of a log stands; None before the first one."""
        ...

    async def keep(self, verification: Verification, *, at: datetime) -> None:
        """Keep where it stands now."""
        ...

    async def due(
        self, limit: int, *, clean_before: datetime, damaged_before: datetime
    ) -> list[TenantId]:
        """Return signed logs of any tenants that are to be read; needs the purpose.

        Those in the middle of a round, those whose last round ended before these times, and those
        that were first signed before the one for clean logs.
        """
        ...

    async def damaged(self) -> Sequence[Verification]:
        """Return some logs of any tenants in which something was found; needs the purpose."""
        ...


class ExportRepository(Protocol):
    """Keeps what was exported."""

    async def add(self, export: Export) -> None:
        """Keep a new export."""
        ...

    async def list(self, tenant_id: TenantId, page: PageRequest) -> Page[Export]:
        """Return exports, newest first; the page key is the id of the last one."""
        ...


Record = TypeVar("Record")
Written_contra = TypeVar("Written_contra", contravariant=True)


class RecordRepository(Protocol[Written_contra]):
    """Keeps records of one kind."""

    async def find_digests(self, keys: Sequence[Key]) -> Mapping[Key, bytes]:
        """Return what was written under these identifiers."""
        ...

    async def add(self, records: Sequence[Written_contra]) -> None:
        """Keep new records, or raise AlreadyWritten."""
        ...


class SystemRecordRepository(RecordRepository[SystemRecord], Protocol):
    """Keeps system records."""

    async def list(self, query: SystemQuery, page: PageRequest) -> Page[SystemRecord]:
        """Return records, newest first; the page key is the id of the last one."""
        ...


class RunRecordRepository(RecordRepository[Record], Protocol[Record]):
    """Keeps records of runs."""

    async def list(
        self, tenant_id: TenantId, run_id: RunId | None, page: PageRequest
    ) -> Page[Record]:
        """Return the records of a run or of the tenant, oldest first, with ids as page keys."""
        ...


class UnitOfWork(Protocol):
    """One transaction; it rolls back unless committed."""

    @property
    def ledger(self) -> LedgerRepository:
        """The logs, as this transaction sees them."""
        ...

    @property
    def checkpoints(self) -> CheckpointRepository:
        """The checkpoints, as this transaction sees them."""
        ...

    @property
    def verifications(self) -> VerificationRepository:
        """How far whole logs were verified, as this transaction sees it."""
        ...

    @property
    def system_records(self) -> SystemRecordRepository:
        """The system records, as this transaction sees them."""
        ...

    @property
    def llm_run_records(self) -> RunRecordRepository[LlmRunRecord]:
        """The model calls of runs, as this transaction sees them."""
        ...

    @property
    def run_log_events(self) -> RunRecordRepository[RunLogEvent]:
        """What runs met at controls, as this transaction sees it."""
        ...

    @property
    def retrieval_evidence(self) -> RunRecordRepository[RetrievalEvidence]:
        """What runs were given to read, as this transaction sees it."""
        ...

    @property
    def exports(self) -> ExportRepository:
        """What was exported, as this transaction sees it."""
        ...

    def record(self, entry: kernel.ledger.LedgerEntry) -> None:
        """Let an entry about a change of our own enter the ledger if this transaction commits."""
        ...

    async def commit(self) -> None:
        """Make what was written durable."""
        ...


class UnitsOfWork(Protocol):
    """Opens transactions; a batch is one of them, whoever its items come from."""

    def __call__(self, *tenants: str, purpose: str = "") -> AbstractAsyncContextManager[UnitOfWork]:
        """Open a transaction that sees these tenants and no others."""
        ...
