"""What the completion of a run asks of each domain.

Every call carries a key; asked again under the same key, a domain says what it said before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from kernel.identifiers import IncidentId, RunId, TenantId, TraceId
from services.orchestrator.domain.ending import ClosedGate, Ending
from services.orchestrator.domain.proposal_draft import Inflection, ProposalDraft


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Which run of whom something is asked about, and under which key."""

    tenant_id: TenantId
    run_id: RunId
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalizingRun:
    """A run that takes no further step."""

    step_count: int
    # Whether it ever took one.
    has_begun: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedRun:
    """A run that is over."""

    completed_at: datetime
    # Of its sealed trace; empty for a run that had none.
    root_hash: str
    step_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedStep:
    """What the completion must know of a recorded step."""

    index: int
    step_id: str
    kind: str
    status: str
    model: str
    skill_name: str
    params_hash: bytes
    outcome_hash: bytes
    leaf_hash: bytes
    input_tokens: int
    output_tokens: int
    cost_micro_usd: int
    started_at: datetime
    duration_ms: int
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """What others say of a run."""

    incident_ids: tuple[str, ...] = ()
    risk_level: str = ""
    evidence_health: str = ""
    integrity_status: str = ""


class ActivityDesk(Protocol):
    """Activity, where runs and their traces are."""

    async def finalize(self, subject: Subject) -> FinalizingRun:
        """Let the run take no further step."""
        ...

    async def reopen(self, subject: Subject, why: str) -> None:
        """Take the run back to work."""
        ...

    async def commit(
        self, subject: Subject, ending: Ending, stopped_at_step: int | None
    ) -> CommittedRun:
        """End the run and seal its trace."""
        ...

    async def note(self, subject: Subject, notes: Notes) -> None:
        """Note what others say of the run."""
        ...

    async def steps(self, tenant_id: TenantId, trace_id: TraceId) -> Sequence[TracedStep]:
        """Return the steps of a trace in their order, late ones last."""
        ...


class PoliciesDesk(Protocol):
    """Policies, where gates and rules are."""

    async def close(self, subject: Subject) -> ClosedGate | None:
        """Close the gate for good; None if it was never opened."""
        ...

    async def reopen(self, subject: Subject) -> None:
        """Open a gate again that was closed for a completion that did not go through."""
        ...

    async def propose(
        self, subject: Subject, incident_id: str, draft: ProposalDraft, *, scenario: str
    ) -> str:
        """Propose a rule; return the proposal's identifier."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCall:
    """The record of a model call, or of one that is void."""

    record_id: str
    voids: str
    step: TracedStep


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerNote:
    """What the ledger is told about a completed run."""

    entry_id: str
    event_type: str
    after: Mapping[str, Any]
    occurred_at: datetime


class LogsDesk(Protocol):
    """Logs, where the raw truth is."""

    async def append_records(
        self,
        subject: Subject,
        calls: Sequence[ModelCall],
        *,
        trace_id: TraceId,
        mode: str,
        synthetic_scenario_id: str,
    ) -> None:
        """Keep records of model calls; one that is kept already is kept once."""
        ...

    async def append_entry(self, subject: Subject, note: LedgerNote) -> int:
        """Write an entry into the ledger; return its place."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcludedCase:
    """What one case of a run came to."""

    policy_id: str
    conclusion: str
    incident_id: str
    prevention_id: str
    category: str
    severity: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """How a run ended, as incidents is told."""

    ending: Ending
    stopped_at_step: int | None
    completed_at: datetime
    synthetic_scenario_id: str


class IncidentsDesk(Protocol):
    """Incidents, where it is kept what went wrong."""

    async def conclude(self, subject: Subject, end: RunEnd) -> Sequence[ConcludedCase]:
        """Conclude every case of a run that is over."""
        ...

    async def inflection(self, tenant_id: TenantId, incident_id: IncidentId) -> Inflection:
        """Return where the run of an incident turned."""
        ...

    async def report(
        self,
        subject: Subject,
        *,
        trigger: str,
        category: str,
        detail: str,
        scenario: str,
        about: str = "",
    ) -> str:
        """Report something that went wrong in the run; return the incident, if it came to one.

        `about` stands in the place of a run that nobody knows.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Desks:
    """All of them."""

    activity: ActivityDesk
    policies: PoliciesDesk
    logs: LogsDesk
    incidents: IncidentsDesk
