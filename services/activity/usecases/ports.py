"""What the use cases need of the outer ring; the store implements it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from kernel.identifiers import AgentId, ProjectId, RunId, SignalId, TenantId, TraceId
from kernel.money import NOTHING, MicroUsd
from kernel.pagination import Page, PageRequest
from kernel.principal import Actor
from services.activity.domain.events import ActivityEvent
from services.activity.domain.recording import NamedStep
from services.activity.domain.run import Run, RunStatus
from services.activity.domain.signal import Signal, SignalKind, SignalState
from services.activity.domain.trace import KeptStep, Trace, TraceHead
from services.activity.usecases.observed_ports import ObservedRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class RunQuery:
    """Which runs of a tenant; conditions are combined with AND."""

    tenant_id: TenantId
    statuses: frozenset[RunStatus] = field(default_factory=frozenset)
    agent_id: AgentId | None = None
    project_id: ProjectId | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    silent_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What the recorded steps of a run add up to."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost: MicroUsd = NOTHING
    steps: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyContext:
    """What policies say about a run, as they delivered it."""

    policy_id: str
    policy_name: str
    limit_type: str
    evaluation_outcome: str
    proximity_pct: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run as panels show it: with what its steps add up to and what policies say of it."""

    run: Run
    totals: Totals
    policy_context: PolicyContext | None


class RunRepository(Protocol):
    """Keeps runs."""

    async def add(self, run: Run) -> None:
        """Keep a new run."""
        ...

    async def add_all(self, runs: Sequence[Run]) -> None:
        """Keep new runs."""
        ...

    async def find(self, tenant_id: TenantId, run_id: RunId) -> Run | None:
        """Return the run, or None if the tenant has none with this id."""
        ...

    async def hold(self, tenant_id: TenantId, run_id: RunId) -> Run | None:
        """Return the run as it stays until this transaction ends; others who hold it wait."""
        ...

    async def hold_all(self, tenant_id: TenantId, run_ids: Sequence[RunId]) -> dict[RunId, Run]:
        """Return those of the runs that the tenant has, as they stay, locked in one order."""
        ...

    async def update(self, run: Run) -> None:
        """Keep the new state of a run that is held."""
        ...

    async def update_all(self, runs: Sequence[Run]) -> None:
        """Keep the new states of runs that are held."""
        ...

    async def note_all(
        self, kind: str, subjects: Sequence[tuple[Run, str]]
    ) -> set[tuple[RunId, str]]:
        """Note things of runs, which are held; return those that were not noted before."""
        ...

    async def beat(self, tenant_id: TenantId, run_ids: Sequence[RunId]) -> int:
        """Note a sign of life of those of the runs that are alive."""
        ...

    async def view(self, tenant_id: TenantId, run_id: RunId) -> RunView | None:
        """Return the run as panels show it, or None if the tenant has none with this id."""
        ...

    async def views(self, tenant_id: TenantId, run_ids: Sequence[RunId]) -> dict[RunId, RunView]:
        """Return those of the runs that the tenant has, as panels show them."""
        ...

    async def set_policy_context(self, run: Run, context: PolicyContext) -> None:
        """Keep what policies say of a run, in place of what they said before."""
        ...

    async def silent(self, since: datetime, limit: int) -> Sequence[tuple[TenantId, RunId]]:
        """Runs of any tenant that execute and have given no sign of life since then."""
        ...

    async def failing(self, in_a_row: int, limit: int) -> Sequence[tuple[TenantId, RunId]]:
        """The last run of each agent, of any tenant, whose last runs have all failed lately."""
        ...

    async def list(self, query: RunQuery, page: PageRequest) -> Page[RunView]:
        """Return runs, newest first; the page key is the id of the last one."""
        ...


TraceKey = tuple[str, str]
# A step by its name: the tenant, the trace, what the step is called.
StepName = tuple[str, str, str]


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

    async def add_all(self, begun: Sequence[tuple[Trace, TraceHead]]) -> None:
        """Keep new traces and where their recording begins."""
        ...

    async def find_of_run(self, tenant_id: TenantId, run_id: RunId) -> Trace | None:
        """Return the trace of a run, with the number of steps recorded so far."""
        ...

    async def find(self, tenant_id: TenantId, trace_id: TraceId) -> Trace | None:
        """Return a trace, with the number of steps recorded so far."""
        ...

    async def of_runs(self, tenant_id: TenantId, run_ids: Sequence[RunId]) -> dict[RunId, Trace]:
        """Return the traces of runs that have one, with the number of steps recorded so far."""
        ...

    async def refer_to_incidents(self, tenant_id: TenantId, incidents: Mapping[RunId, str]) -> None:
        """Let the traces of runs name an incident, those that name none yet."""
        ...

    async def hold_heads(self, keys: Iterable[TraceKey]) -> dict[TraceKey, TraceHead]:
        """Return the heads as they stay until this transaction ends, locked in one order."""
        ...

    async def hold_heads_of_runs(self, tenant_id: TenantId, run_ids: Sequence[RunId]) -> None:
        """Lock the heads of the runs' traces, in the same order."""
        ...

    async def seal_all(self, traces: Sequence[Trace]) -> None:
        """Keep the seals of traces whose heads are held; steps that come later are late ones."""
        ...

    async def hashes_from(self, lowest: Mapping[TraceKey, int]) -> dict[TraceKey, dict[int, bytes]]:
        """Return the hashes of recorded steps, from the lowest index asked for in each trace."""
        ...

    async def named(self, names: Sequence[StepName], *, late: bool) -> dict[StepName, NamedStep]:
        """Return those of the named steps that are there, among the late ones or the others."""
        ...

    async def late_counts(self, keys: Iterable[TraceKey]) -> dict[TraceKey, int]:
        """Return how many steps came after the seal, for traces that have such."""
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


class SignalRepository(Protocol):
    """Keeps signals."""

    async def add(self, signal: Signal) -> None:
        """Keep a new signal."""
        ...

    async def hold(self, tenant_id: TenantId, signal_id: SignalId) -> Signal | None:
        """Return the signal as it stays until this transaction ends."""
        ...

    async def hold_standing(
        self, tenant_id: TenantId, kind: SignalKind, subject_id: str
    ) -> Signal | None:
        """Return the signal of a cause that nobody has acknowledged."""
        ...

    async def update(self, signal: Signal) -> None:
        """Keep the new state of a signal that is held."""
        ...

    async def list(
        self,
        tenant_id: TenantId,
        project_id: ProjectId | None,
        state: SignalState | None,
        page: PageRequest,
    ) -> Page[Signal]:
        """Return signals, newest first."""
        ...


class Grouping(StrEnum):
    """How runs are grouped."""

    NONE = "none"
    AGENT = "agent"
    PROJECT = "project"
    HOUR = "hour"
    MODEL = "model"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsQuery:
    """Which runs to add up, and how."""

    created_from: datetime
    created_before: datetime
    grouping: Grouping
    include_synthetic: bool
    tenant_id: TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFigures:
    """Figures about one group of runs; durations are those half, 95 and 99 of 100 kept within."""

    group: str
    runs: int
    succeeded: int
    failed: int
    failed_policy: int
    cancelled: int
    input_tokens: int
    output_tokens: int
    cost_micro_usd: int
    durations_ms: tuple[int, int, int]


class MetricsRepository(Protocol):
    """Adds up runs."""

    async def figures(
        self, query: MetricsQuery, project_id: ProjectId | None
    ) -> Sequence[RunFigures]:
        """Return figures by group, groups in ascending order."""
        ...

    async def tenants_to_roll_up(self) -> Sequence[TenantId]:
        """Return tenants that have settled runs which are not rolled up."""
        ...

    async def roll_up(self, tenant_id: TenantId, limit: int) -> int:
        """Add settled runs of a tenant to the roll-ups; return how many."""
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

    @property
    def observed(self) -> ObservedRepository:
        """What connects telemetry with runs and steps, as this transaction sees it."""
        ...

    @property
    def signals(self) -> SignalRepository:
        """The signals, as this transaction sees them."""
        ...

    @property
    def metrics(self) -> MetricsRepository:
        """Figures, as this transaction sees the runs."""
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
