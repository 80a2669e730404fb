"""Incidents: what violations of one run and policy come to, and what people do about it."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from kernel.identifiers import EvidenceId, IncidentId, TenantId, TimelineEventId
from services.incidents.domain.errors import IllegalIncidentStep
from services.incidents.domain.kinds import Category, IncidentStatus, Severity, TriggerType
from services.incidents.domain.violation import Case, CaseKey, Measurement, Violation


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecedingStep:
    """A step of the run that came before."""

    index: int
    kind: str
    skill_name: str
    status: str
    outcome_code: str
    cost_micro_usd: int
    duration_ms: int
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTexts:
    """What a run's constraints let be kept of its texts; nothing, unless somebody allowed it."""

    responses: bool = False
    personal_data: bool = False
    secrets: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What activity says of a run, at the moment when it is asked."""

    project_id: str
    agent_id: str
    agent_name: str
    phase: str
    status: str
    termination_reason: str
    cost_micro_usd: int
    input_tokens: int
    output_tokens: int
    policy_snapshot_id: str
    texts: KeptTexts
    # How long it took; None while it is under way.
    seconds: float | None
    trace_id: str
    # The last ones before the moment that somebody asked about, oldest first.
    steps: tuple[PrecedingStep, ...]
    step_index: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Something that was gathered when the incident was made."""

    id: EvidenceId
    kind: str
    reference: str
    # JSON in the one form in which it is hashed (RFC 8785).
    content: bytes
    created_at: datetime

    @property
    def content_hash(self) -> bytes:
        """SHA-256 of what it says."""
        return hashlib.sha256(self.content).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEvent:
    """Something that happened to an incident."""

    id: TimelineEventId
    tenant_id: TenantId
    incident_id: IncidentId
    type: str
    actor_id: str
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Something that went wrong."""

    id: IncidentId
    tenant_id: TenantId
    run_id: str
    subject: str
    policy_id: str
    project_id: str
    agent_id: str
    trigger_type: TriggerType
    category: Category
    severity: Severity
    status: IncidentStatus
    blocking: bool
    signature: str
    title: str
    measured: Measurement
    preceding_steps: tuple[PrecedingStep, ...]
    violation_count: int
    created_at: datetime
    updated_at: datetime
    assignee: str = ""
    resolution: str = ""
    resolved_by: str = ""
    resolved_at: datetime | None = None
    synthetic_scenario_id: str = ""
    revision: int = 1

    @classmethod
    def of(
        cls, case: Case, violation: Violation, *, severity: Severity, run: RunFacts | None
    ) -> "Incident":
        """The incident that a case comes to; an outcome is closed at birth."""
        closed = case.key.is_outcome
        at = violation.created_at
        return cls(
            id=case.incident_id,
            tenant_id=case.key.tenant_id,
            run_id=case.key.run_id,
            subject=case.key.subject,
            policy_id=case.key.policy_id,
            project_id=run.project_id if run else "",
            agent_id=run.agent_id if run else "",
            trigger_type=violation.trigger_type,
            category=violation.category,
            severity=severity,
            status=IncidentStatus.RESOLVED if closed else IncidentStatus.OPEN,
            blocking=violation.blocking,
            signature=case.signature,
            title=title_of(violation),
            measured=_located(violation.measured, run),
            preceding_steps=run.steps if run else (),
            violation_count=1,
            created_at=at,
            updated_at=at,
            resolution="The run succeeded." if closed else "",
            resolved_at=at if closed else None,
            synthetic_scenario_id=case.synthetic_scenario_id,
        )

    @property
    def key(self) -> CaseKey:
        """The case that it is the conclusion of."""
        return CaseKey(
            tenant_id=self.tenant_id,
            run_id=self.run_id,
            subject=self.subject,
            policy_id=self.policy_id,
            is_outcome=self.category.is_outcome,
        )

    def extended(self, violation: Violation, *, severity: Severity, at: datetime) -> "Incident":
        """With another violation: it speaks for the worst of them, and is open while they come."""
        worse = severity.rank > self.severity.rank
        grown = replace(
            self,
            blocking=self.blocking or violation.blocking,
            violation_count=self.violation_count + 1,
            updated_at=at,
            revision=self.revision + 1,
        )
        if worse:
            grown = replace(
                grown,
                trigger_type=violation.trigger_type,
                category=violation.category,
                severity=severity,
                title=title_of(violation),
                measured=violation.measured,
            )
        return _open_again(grown) if grown.status is IncidentStatus.RESOLVED else grown

    def acknowledged(self, *, by: str, at: datetime) -> "Incident":
        """Taken on by somebody, who looks after it unless somebody does already.

        Raises:
            IllegalIncidentStep: it is not open.
        """
        self._require(IncidentStatus.OPEN, step="acknowledge")
        changed = self._changed(at)
        return replace(changed, status=IncidentStatus.ACKNOWLEDGED, assignee=self.assignee or by)

    def assigned(self, assignee: str, *, at: datetime) -> "Incident":
        """Looked after by somebody else, or by nobody.

        Raises:
            IllegalIncidentStep: it is over.
        """
        self._require(IncidentStatus.OPEN, IncidentStatus.ACKNOWLEDGED, step="assign")
        return replace(self._changed(at), assignee=assignee)

    def commented(self, *, at: datetime) -> "Incident":
        """With something written into its timeline."""
        return self._changed(at)

    def resolved(self, resolution: str, *, by: str, at: datetime) -> "Incident":
        """Over, with how.

        Raises:
            IllegalIncidentStep: it is over already.
        """
        self._require(IncidentStatus.OPEN, IncidentStatus.ACKNOWLEDGED, step="resolve")
        return replace(
            self._changed(at),
            status=IncidentStatus.RESOLVED,
            resolution=resolution,
            resolved_by=by,
            resolved_at=at,
        )

    def reopened(self, *, at: datetime) -> "Incident":
        """Open again.

        Raises:
            IllegalIncidentStep: it is not over, or is an outcome and never was open.
        """
        self._require(IncidentStatus.RESOLVED, step="reopen")
        if self.category.is_outcome:
            raise IllegalIncidentStep.of(self.id, "an outcome", "reopen")
        return _open_again(self._changed(at))

    def _changed(self, at: datetime) -> "Incident":
        return replace(self, updated_at=at, revision=self.revision + 1)

    def _require(self, *statuses: IncidentStatus, step: str) -> None:
        if self.status not in statuses:
            raise IllegalIncidentStep.of(self.id, self.status, step)


def _open_again(incident: Incident) -> Incident:
    return replace(
        incident, status=IncidentStatus.OPEN, resolution="", resolved_by="", resolved_at=None
    )


def title_of(violation: Violation) -> str:
    """What happened, in a few words."""
    words = violation.category.replace("_", " ").capitalize()
    measured = violation.measured
    if measured.threshold or measured.value:
        unit = f" {measured.unit}" if measured.unit else ""
        where = measured.limit_name or "the limit"
        return f"{words}: {where} at {measured.value:,} of {measured.threshold:,}{unit}"
    return f"{words}: {violation.detail}" if violation.detail else words


def _located(measured: Measurement, run: RunFacts | None) -> Measurement:
    if measured.step_index is not None or run is None:
        return measured
    return replace(measured, step_index=run.step_index)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentGroup:
    """Incidents that are the same thing again."""

    signature: str
    title: str
    category: Category
    severity: Severity
    count: int
    unresolved_count: int
    first_at: datetime
    last_at: datetime
    last_incident_id: IncidentId
