"""What the use cases need of the outer ring."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kernel.identifiers import AgentId, IncidentId, ProjectId, TenantId, ViolationId
from kernel.pagination import Page, PageRequest
from kernel.principal import Actor
from services.incidents.domain.burn_rate import BurnHistory
from services.incidents.domain.events import IncidentsEvent
from services.incidents.domain.hallucination.finding import FindingType
from services.incidents.domain.incident import (
    Evidence,
    Incident,
    IncidentGroup,
    KeptTexts,
    RunFacts,
    TimelineEvent,
)
from services.incidents.domain.kept_finding import DetectorSettings, KeptFinding
from services.incidents.domain.kinds import Category, Conclusion, IncidentStatus, Severity
from services.incidents.domain.severity import SeverityTable
from services.incidents.domain.violation import (
    Case,
    CaseKey,
    ConcludedViolation,
    Measurement,
    Violation,
)


class CaseRepository(Protocol):
    """Keeps violations and what became of them."""

    async def reported(self, violations: Sequence[Violation]) -> Mapping[str, Violation]:
        """Return, by their sources, what the same requests or events brought before."""
        ...

    async def open(self, violations: Sequence[Violation]) -> Mapping[CaseKey, Case]:
        """Return the violations' cases as they stay until the end; made where there is none."""
        ...

    async def keep(self, violations: Sequence[Violation]) -> None:
        """Keep violations; their cases are there."""
        ...

    async def read(self, keys: Sequence[CaseKey]) -> dict[CaseKey, Case]:
        """Return cases as they are."""
        ...

    async def hold_all(self, keys: Sequence[CaseKey]) -> dict[CaseKey, Case]:
        """Return cases as they stay until this transaction ends."""
        ...

    async def violations(self, keys: Sequence[CaseKey]) -> Mapping[CaseKey, Sequence[Violation]]:
        """Return all violations of cases, oldest first."""
        ...

    async def conclude(self, cases: Sequence[Case]) -> None:
        """Keep what held cases came to."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ViolationFilter:
    """Which violations somebody wants to see; empty means all of them."""

    incident_id: str
    run_id: str
    conclusion: Conclusion | None
    project_id: ProjectId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFilter:
    """Which incidents somebody wants to see; empty means all but outcomes."""

    status: IncidentStatus | None
    category: Category | None
    minimum_severity: Severity | None
    run_id: str
    policy_id: str
    agent_id: str
    assignee: str
    signature: str
    exclude_synthetic: bool
    project_id: ProjectId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """How often the same thing happened, and since when."""

    count: int
    first_at: datetime


class IncidentRepository(Protocol):
    """Keeps incidents, their evidence and their timelines."""

    async def add(self, made: Sequence[tuple[Incident, Sequence[Evidence]]]) -> None:
        """Keep new incidents, each with what was gathered."""
        ...

    async def find(
        self, tenant_id: TenantId, incident_id: IncidentId, project_id: ProjectId | None
    ) -> Incident | None:
        """Return the incident, or None if the tenant (or the project) has none with this id."""
        ...

    async def hold(
        self, tenant_id: TenantId, incident_id: IncidentId, project_id: ProjectId | None
    ) -> Incident | None:
        """Return the incident as it stays until this transaction ends."""
        ...

    async def update(self, incident: Incident) -> None:
        """Keep the new state of an incident that is held."""
        ...

    async def note(self, *events: TimelineEvent) -> None:
        """Write into the timelines of incidents."""
        ...


class IncidentReader(Protocol):
    """Reads incidents for people."""

    async def evidence(self, tenant_id: TenantId, incident_id: IncidentId) -> Sequence[Evidence]:
        """Return what was gathered when the incident was made, oldest first."""
        ...

    async def recurrence(self, incident: Incident) -> Recurrence:
        """Return how often the same thing happened."""
        ...

    async def list(
        self, tenant_id: TenantId, wanted: IncidentFilter, page: PageRequest
    ) -> Page[Incident]:
        """Return incidents, newest first."""
        ...

    async def groups(
        self,
        tenant_id: TenantId,
        page: PageRequest,
        *,
        project_id: ProjectId | None,
        include_resolved: bool,
    ) -> Page[IncidentGroup]:
        """Return what happens again and again, the latest first."""
        ...

    async def timeline(
        self, tenant_id: TenantId, incident_id: IncidentId, page: PageRequest
    ) -> Page[TimelineEvent]:
        """Return what happened to an incident, oldest first."""
        ...

    async def violations(
        self, tenant_id: TenantId, wanted: ViolationFilter, page: PageRequest
    ) -> Page[ConcludedViolation]:
        """Return violations, newest first."""
        ...


class SeverityKeeper(Protocol):
    """Keeps what tenants have set."""

    async def find(self, tenant_id: TenantId) -> SeverityTable:
        """Return a tenant's table."""
        ...

    async def keep(self, table: SeverityTable, *, by: str, at: datetime) -> bool:
        """Keep a changed table; False if somebody else changed it meanwhile."""
        ...


class BurnHistoryKeeper(Protocol):
    """Keeps how agents' last runs spent."""

    async def hold(self, tenant_id: TenantId, agent_id: AgentId) -> BurnHistory:
        """Return an agent's history as it stays until this transaction ends."""
        ...

    async def keep(self, history: BurnHistory) -> None:
        """Keep a history that is held."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingFilter:
    """Which findings somebody wants to see; empty means all of them."""

    run_id: str
    type: FindingType | None
    project_id: ProjectId | None


class FindingRepository(Protocol):
    """Keeps findings, and from where on."""

    async def add(self, findings: Sequence[KeptFinding]) -> None:
        """Keep new findings; their violation is there."""
        ...

    async def of(self, tenant_id: TenantId, violation_id: ViolationId) -> Sequence[KeptFinding]:
        """Return the findings of a violation, in the order of the output."""
        ...

    async def list(
        self, tenant_id: TenantId, wanted: FindingFilter, page: PageRequest
    ) -> Page[KeptFinding]:
        """Return findings, newest first."""
        ...

    async def settings(self, tenant_id: TenantId) -> DetectorSettings:
        """Return a tenant's settings."""
        ...

    async def set(self, settings: DetectorSettings, *, by: str, at: datetime) -> bool:
        """Keep changed settings; False if somebody else changed them meanwhile."""
        ...


class UnitOfWork(Protocol):
    """One transaction of incidents."""

    @property
    def cases(self) -> CaseRepository:
        """Violations and their cases, as this transaction sees them."""
        ...

    @property
    def incidents(self) -> IncidentRepository:
        """The incidents, as this transaction sees them."""
        ...

    @property
    def reader(self) -> IncidentReader:
        """The incidents for people, as this transaction sees them."""
        ...

    @property
    def severities(self) -> SeverityKeeper:
        """What tenants have set, as this transaction sees it."""
        ...

    @property
    def findings(self) -> FindingRepository:
        """The findings, as this transaction sees them."""
        ...

    @property
    def burn_histories(self) -> BurnHistoryKeeper:
        """How agents spend, as this transaction sees it."""
        ...

    async def now(self) -> datetime:
        """The moment by the database's clock."""
        ...

    def announce(
        self, event: IncidentsEvent, *, actor: Actor, before: object | None = None
    ) -> None:
        """Let an event leave, and its entry enter the ledger, with this transaction."""
        ...

    def leave_unchanged(self) -> None:
        """Say that what was asked for is so already."""
        ...

    async def commit(self) -> None:
        """Make the changes durable, together with their announcements."""
        ...


class OpenUnitOfWork(Protocol):
    """Opens a transaction for tenants."""

    def __call__(self, *tenants: str) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open it; it rolls back unless committed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What policies says: an incident, or the record that stands in its place."""

    # Empty when the incident is to be made.
    prevention_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What those who had to be asked said about a case."""

    key: CaseKey
    verdict: Verdict
    # None when nobody knows the run, or nobody had to be asked.
    run: RunFacts | None


class SuppressionDesk(Protocol):
    """Policies, which decides once whether a learned rule covers a case."""

    async def decide(self, case: Case) -> Verdict:
        """Return what is decided about the case.

        Raises:
            Unavailable: policies does not answer.
        """
        ...


class RunDirectory(Protocol):
    """Activity, which knows what runs were doing."""

    async def constraints(self, tenant_id: TenantId, run_id: str) -> KeptTexts | None:
        """Return what may be kept of a run's texts; None if there is no such run.

        Raises:
            Unavailable: activity does not answer.
        """
        ...

    async def look_up(
        self, tenant_id: TenantId, run_id: str, *, before: Measurement, with_steps: bool
    ) -> RunFacts | None:
        """Return what a run was doing before a measurement; None if there is no such run.

        Raises:
            Unavailable: activity does not answer.
        """
        ...


PendingCases = Callable[[int], Awaitable[Sequence[CaseKey]]]
# A case and its first violation.
ReadCase = Callable[[CaseKey], Awaitable[tuple[Case, Violation]]]
WriteConclusion = Callable[[Ruling], Awaitable[Case]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenService:
    """A service as it was seen; without problems it does its work."""

    name: str
    # What does not hold, by the name of the check.
    problems: Mapping[str, str]


LookAtServices = Callable[[], Awaitable[Sequence[SeenService]]]
