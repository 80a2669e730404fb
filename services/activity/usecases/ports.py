"""What the use cases need of the outer ring; the store implements it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from kernel.identifiers import AgentId, ProjectId, RunId, TenantId, TraceId
from kernel.money import NOTHING, MicroUsd
from kernel.pagination import Page, PageRequest
from kernel.principal import Actor
from services.activity.domain.events import ActivityEvent
from services.activity.domain.run import Run, RunStatus
from services.activity.domain.trace import KeptStep, Trace, TraceHead


@dataclass(frozen=True, slots=True, kw_only=True)
class RunQuery:
    """Which runs of a tenant; conditions are combined with AND."""

    tenant_id: TenantId
    statuses: frozenset[RunStatus] = field(default_factory=frozenset)
    agent_id: AgentId | None = None
    project_id: ProjectId | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What the recorded steps of a run add up to."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost: MicroUsd = NOTHING


class RunRepository(Protocol):
    """Keeps runs."""

    async def add(self, run: Run) -> None:
        """Keep a new run."""
        ...

    async def find(self, tenant_id: TenantId, run_id: RunId) -> Run | None:
        """Return the run, or None if the tenant has none with this id."""
        ...

    async def hold(self, tenant_id: TenantId, run_id: RunId) -> Run | None:
        """Return the run as it stays until this transaction ends; others who hold it wait."""
        ...

    async def update(self, run: Run) -> None:
        """Keep the new state of a run that is held."""
        ...

    async def note(self, run: Run, kind: str, subject_id: str) -> bool:
        """Note something of the run; False if it was noted before."""
        ...

    async def beat(self, tenant_id: TenantId, run_ids: Sequence[RunId]) -> int:
        """Note a sign of life of those of the runs that are alive."""
        ...

    async def totals(self, tenant_id: TenantId, run_ids: Sequence[RunId]) -> dict[RunId, Totals]:
        """What the recorded steps of these runs add up to."""
        ...

    async def list(self, query: RunQuery, page: PageRequest) -> Page[Run]:
        """Return runs, newest first; the page key is the id of the last one."""
        ...


TraceKey = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedStep:
    """A step and the trace that it belongs to."""

    tenant_id: str
    trace_id: str
    kept: KeptStep


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadChange:
    """How far the recording of a trace has come, and what its new steps add."""

    tenant_id: str
    trace_id: str
    next_index: int
    input_tokens: int
    output_tokens: int
    cost_micro_usd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredStep:
    """A step as it is read back: the bytes that were hashed."""

    content: bytes
    content_hash: bytes
    index: int
    recorded_at: datetime
    late: bool


class TraceRepository(Protocol):
    """Keeps traces and their steps."""

    async def add(self, trace: Trace, head: TraceHead) -> None:
        """Keep a new trace and where its recording begins."""
        ...

    async def find_of_run(self, tenant_id: TenantId, run_id: RunId) -> Trace | None:
        """Return the trace of a run, with the number of steps recorded so far."""
        ...

    async def find(self, tenant_id: TenantId, trace_id: TraceId) -> Trace | None:
        """Return a trace, with the number of steps recorded so far."""
        ...

    async def update(self, trace: Trace) -> None:
        """Keep what may be set later of a trace."""
        ...

    async def refer_to_incident(self, trace: Trace, incident_id: str) -> None:
        """Let the trace name an incident, if it names none yet."""
        ...

    async def hold_heads(self, keys: Iterable[TraceKey]) -> dict[TraceKey, TraceHead]:
        """Return the heads as they stay until this transaction ends, locked in one order."""
        ...

    async def seal_head(self, key: TraceKey) -> None:
        """Let later steps be late ones."""
        ...

    async def hashes_from(self, lowest: Mapping[TraceKey, int]) -> dict[TraceKey, dict[int, bytes]]:
        """Return the hashes of recorded steps, from the lowest index asked for in each trace."""
        ...

    async def write(self, steps: Sequence[PlacedStep], *, late: bool) -> None:
        """Write steps of any number of traces."""
        ...

    async def advance(self, changes: Sequence[HeadChange]) -> None:
        """Keep where recording stands now, and what the steps add up to."""
        ...

    async def steps(
        self, tenant_id: TenantId, trace_id: TraceId, page: PageRequest
    ) -> Page[StoredStep]:
        """Return steps in their order, late ones last."""
        ...


class UnitOfWork(Protocol):
    """One transaction; whoever opened it commits it."""

    @property
    def runs(self) -> RunRepository:
        """The runs, as this transaction sees them."""
        ...

    @property
    def traces(self) -> TraceRepository:
        """The traces, as this transaction sees them."""
        ...

    def announce(self, event: ActivityEvent, *, actor: Actor, before: object | None = None) -> None:
        """Let an event leave, and its entry enter the ledger, with this transaction."""
        ...

    def leave_unchanged(self) -> None:
        """Say that what was asked for is so already."""
        ...

    async def commit(self) -> None:
        """Make everything durable; only batches, which nobody else commits, do it themselves."""
        ...
