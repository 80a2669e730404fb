"""What the use cases of people's decisions need of the outer ring, besides policies."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kernel.identifiers import (
    LessonId,
    OverrideId,
    PolicyId,
    ProjectId,
    ProposalId,
    TenantId,
)
from kernel.pagination import Page, PageRequest
from services.policies.domain.enforcement import Enforcement
from services.policies.domain.gate import Gate
from services.policies.domain.governance import (
    GovernanceChange,
    GovernanceState,
    GovernanceSwitch,
)
from services.policies.domain.guardrail import Guardrail
from services.policies.domain.lesson import Lesson, LessonState
from services.policies.domain.override import Override, OverrideState
from services.policies.domain.proposal import Proposal, ProposalState, ReviewSettings
from services.policies.domain.suppression import (
    LearnedSignature,
    Mishap,
    PreventionRecord,
    Suppression,
)
from services.policies.usecases.ports import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingSwitch:
    """A switch, and the moment by the database's clock at which it was looked at."""

    switch: GovernanceSwitch
    now: datetime

    @property
    def state(self) -> GovernanceState:
        """Where it stands."""
        return self.switch.at(self.now)


class GovernanceKeeper(Protocol):
    """Keeps the switches of the tenants and of the plane."""

    async def find(self, tenant_id: TenantId) -> StandingSwitch:
        """Return the switch, and where it stands now."""
        ...

    async def hold(self, tenant_id: TenantId) -> StandingSwitch:
        """Return the switch as it stays until this transaction ends."""
        ...

    async def move(self, change: GovernanceChange) -> bool:
        """Keep where a held switch stands from now on; False if somebody else touched it first."""
        ...

    async def changes(self, tenant_id: TenantId, page: PageRequest) -> Page[GovernanceChange]:
        """Return the moves of a switch, newest first."""
        ...

    async def in_force(self, tenant_id: TenantId) -> GovernanceState:
        """Return what counts for a tenant."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemNotice:
    """Something about the plane itself that somebody must look at."""

    tenant_id: TenantId
    event_type: str
    summary: str
    # Whether a person caused it, and not the plane itself.
    by_person: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideFilter:
    """Which overrides somebody wants to see."""

    state: OverrideState | None
    # Of every policy, if empty.
    policy_id: PolicyId


class OverrideRepository(Protocol):
    """Keeps overrides."""

    async def add(self, override: Override) -> None:
        """Keep a new override."""
        ...

    async def find(self, tenant_id: TenantId, override_id: OverrideId) -> Override | None:
        """Return the override, or None if the tenant has none with this id."""
        ...

    async def hold(self, tenant_id: TenantId, override_id: OverrideId) -> Override | None:
        """Return the override as it stays until this transaction ends."""
        ...

    async def update(self, override: Override) -> None:
        """Keep the new state of an override that is held."""
        ...

    async def list(
        self, tenant_id: TenantId, wanted: OverrideFilter, page: PageRequest
    ) -> Page[Override]:
        """Return overrides, newest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFilter:
    """Which records about runs somebody wants to see; empty means all of them."""

    run_id: str
    policy_id: str
    # Only runs of this project, for whoever is bound to one.
    project_id: ProjectId | None


class EnforcementKeeper(Protocol):
    """Reads what was enforced, and keeps what came of it."""

    async def link(
        self, tenant_id: TenantId, *, run_id: str, policy_id: str, incident_id: str
    ) -> None:
        """Keep which incident came of a run and a policy; the first one stays."""
        ...

    async def list(
        self, tenant_id: TenantId, wanted: RecordFilter, page: PageRequest
    ) -> Page[Enforcement]:
        """Return what was enforced, newest first."""
        ...


class PreventionKeeper(Protocol):
    """Keeps what learned policies cover, and what was decided by it."""

    async def learn(self, learned: LearnedSignature) -> None:
        """Keep that a learned policy covers a signature."""
        ...

    async def covering(self, tenant_id: TenantId, signature: str) -> Sequence[LearnedSignature]:
        """Return what covers a signature now, lowest policy first; it stays so until the end."""
        ...

    async def find(self, mishap: Mishap) -> Suppression | None:
        """Return what was decided about a mishap before, if anything was."""
        ...

    async def keep(self, suppression: Suppression) -> bool:
        """Keep what is decided; False if somebody else decided first."""
        ...

    async def list(
        self, tenant_id: TenantId, wanted: RecordFilter, page: PageRequest
    ) -> Page[PreventionRecord]:
        """Return prevention records, newest first."""
        ...


class ProposalRepository(Protocol):
    """Keeps proposals, one for each incident."""

    async def add(self, proposal: Proposal) -> bool:
        """Keep a new proposal; False if its incident has led to one."""
        ...

    async def of_incident(self, tenant_id: TenantId, incident_id: str) -> Proposal | None:
        """Return the proposal that an incident has led to."""
        ...

    async def find(self, tenant_id: TenantId, proposal_id: ProposalId) -> Proposal | None:
        """Return the proposal, or None if the tenant has none with this id."""
        ...

    async def hold(self, tenant_id: TenantId, proposal_id: ProposalId) -> Proposal | None:
        """Return the proposal as it stays until this transaction ends."""
        ...

    async def update(self, proposal: Proposal) -> None:
        """Keep the new state of a proposal that is held."""
        ...

    async def list(
        self, tenant_id: TenantId, state: ProposalState | None, page: PageRequest
    ) -> Page[Proposal]:
        """Return proposals, newest first."""
        ...


class ReviewSettingsKeeper(Protocol):
    """Keeps how tenants decide proposals."""

    async def find(self, tenant_id: TenantId) -> ReviewSettings:
        """Return how a tenant decides proposals."""
        ...

    async def keep(self, settings: ReviewSettings, *, by: str, at: datetime) -> bool:
        """Keep changed settings; False if somebody else changed them meanwhile."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenStep:
    """A step that was admitted: what was known then, and what it was settled with, if it was."""

    step_id: str
    decided_at: datetime
    inputs: bytes
    settled: str


class HistoryReader(Protocol):
    """Reads the past of a tenant."""

    async def last_runs(self, tenant_id: TenantId, limit: int) -> Sequence[Gate]:
        """Return the gates of a tenant's last runs, newest first."""
        ...

    async def steps_taken(self, gate: Gate, limit: int) -> Sequence[TakenStep]:
        """Return the steps that a run was admitted to, oldest first."""
        ...


class LessonRepository(Protocol):
    """Keeps lessons."""

    async def add(self, lesson: Lesson) -> None:
        """Keep a new lesson."""
        ...

    async def hold(self, tenant_id: TenantId, lesson_id: LessonId) -> Lesson | None:
        """Return the lesson as it stays until this transaction ends."""
        ...

    async def update(self, lesson: Lesson) -> None:
        """Keep the new state of a lesson that is held."""
        ...

    async def list(
        self, tenant_id: TenantId, state: LessonState | None, page: PageRequest
    ) -> Page[Lesson]:
        """Return lessons, newest first."""
        ...


class GuardrailKeeper(Protocol):
    """Keeps the pack that new tenants begin with."""

    async def pack(self) -> Sequence[Guardrail]:
        """Return the newest version of each guardrail."""
        ...

    async def given_to(self, tenant_id: TenantId) -> set[str]:
        """Return the names of the guardrails that a tenant has got, in whatever state they are."""
        ...


class PeopleUnitOfWork(UnitOfWork, Protocol):
    """One transaction in which people's decisions are kept."""

    @property
    def governance(self) -> GovernanceKeeper:
        """The switches, as this transaction sees them."""
        ...

    @property
    def overrides(self) -> OverrideRepository:
        """The overrides, as this transaction sees them."""
        ...

    @property
    def enforcements(self) -> EnforcementKeeper:
        """What was enforced, as this transaction sees it."""
        ...

    @property
    def preventions(self) -> PreventionKeeper:
        """What is covered and was prevented, as this transaction sees it."""
        ...

    @property
    def proposals(self) -> ProposalRepository:
        """The proposals, as this transaction sees them."""
        ...

    @property
    def review_settings(self) -> ReviewSettingsKeeper:
        """How tenants decide proposals, as this transaction sees it."""
        ...

    @property
    def history(self) -> HistoryReader:
        """The past, as this transaction sees it."""
        ...

    @property
    def lessons(self) -> LessonRepository:
        """The lessons, as this transaction sees them."""
        ...

    @property
    def guardrails(self) -> GuardrailKeeper:
        """The default pack, as this transaction sees it."""
        ...

    async def now(self) -> datetime:
        """The moment by the database's clock, which decisions go by as well."""
        ...

    def notify(self, notice: SystemNotice) -> None:
        """Let a critical system record leave with this transaction."""
        ...


DueOverrides = Callable[[int], Awaitable[Sequence[tuple[TenantId, OverrideId]]]]
OverdueSwitches = Callable[[], Awaitable[Sequence[TenantId]]]
