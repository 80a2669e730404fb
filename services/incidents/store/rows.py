"""Rows as entities and back."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from kernel.identifiers import EvidenceId, IncidentId, TenantId, TimelineEventId, ViolationId
from kernel.ledger import state_of
from services.incidents.domain.incident import (
    Evidence,
    Incident,
    IncidentGroup,
    PrecedingStep,
    TimelineEvent,
)
from services.incidents.domain.kinds import (
    WORST_FIRST,
    Category,
    Conclusion,
    IncidentStatus,
    Severity,
    TriggerType,
)
from services.incidents.domain.violation import (
    Case,
    CaseKey,
    ConcludedViolation,
    Measurement,
    Violation,
)

_MEASURED = tuple(item.name for item in fields(Measurement))
_KEY = tuple(item.name for item in fields(CaseKey))


def key_row(key: CaseKey) -> dict[str, Any]:
    """A case's key as columns."""
    return {name: getattr(key, name) for name in _KEY}


def key_of(row: Any) -> CaseKey:
    """The key that a row holds."""
    values = {name: row[name] for name in _KEY}
    return CaseKey(**{**values, "tenant_id": TenantId(row["tenant_id"])})


def case_of(row: Any) -> Case:
    """The case that a row holds."""
    return Case(
        key=key_of(row),
        incident_id=IncidentId(row["incident_id"]),
        signature=row["signature"],
        category=Category(row["category"]),
        conclusion=Conclusion(row["conclusion"]),
        prevention_id=row["prevention_id"],
        synthetic_scenario_id=row["synthetic_scenario_id"],
        created_at=row["created_at"],
    )


def violation_row(violation: Violation) -> dict[str, Any]:
    """A violation as a row."""
    flat = {
        item.name: getattr(violation, item.name)
        for item in fields(violation)
        if item.name != "measured"
    }
    return {**flat, **key_row(violation.key), **_measured_row(violation.measured)}


def violation_of(row: Any) -> Violation:
    """The violation that a row holds."""
    return Violation(
        id=ViolationId(row["id"]),
        tenant_id=TenantId(row["tenant_id"]),
        source_id=row["source_id"],
        run_id=row["run_id"],
        subject=row["subject"],
        policy_id=row["policy_id"],
        trigger_type=TriggerType(row["trigger_type"]),
        category=Category(row["category"]),
        blocking=row["blocking"],
        detail=row["detail"],
        measured=_measured_of(row),
        recorded_by=row["recorded_by"],
        created_at=row["created_at"],
        synthetic_scenario_id=row["synthetic_scenario_id"],
    )


def concluded_of(row: Any, case: Any) -> ConcludedViolation:
    """A violation and its case, from their rows."""
    return ConcludedViolation(violation=violation_of(row), case=case_of(case))


_SEPARATE = {
    "id",
    "tenant_id",
    "trigger_type",
    "category",
    "severity",
    "status",
    "measured",
    "preceding_steps",
}
_PLAIN = tuple(item.name for item in fields(Incident) if item.name not in _SEPARATE)


def incident_row(incident: Incident) -> dict[str, Any]:
    """An incident as a row."""
    return {
        **{name: getattr(incident, name) for name in _PLAIN},
        **key_row(incident.key),
        **_measured_row(incident.measured),
        "id": incident.id,
        "trigger_type": incident.trigger_type,
        "category": incident.category,
        "severity": incident.severity,
        "status": incident.status,
        "preceding_steps": [state_of(step) for step in incident.preceding_steps],
    }


def incident_of(row: Any) -> Incident:
    """The incident that a row holds."""
    return Incident(
        **{name: row[name] for name in _PLAIN},
        id=IncidentId(row["id"]),
        tenant_id=TenantId(row["tenant_id"]),
        trigger_type=TriggerType(row["trigger_type"]),
        category=Category(row["category"]),
        severity=Severity(row["severity"]),
        status=IncidentStatus(row["status"]),
        measured=_measured_of(row),
        preceding_steps=tuple(_step_of(step) for step in row["preceding_steps"]),
    )


def group_of(row: Any) -> IncidentGroup:
    """The group that a row of counts holds; `ranks` are those of its members' severities."""
    return IncidentGroup(
        signature=row["signature"],
        title=row["title"],
        category=Category(row["category"]),
        severity=WORST_FIRST[len(WORST_FIRST) - row["rank"]],
        count=row["count"],
        unresolved_count=row["unresolved_count"],
        first_at=row["first_at"],
        last_at=row["last_at"],
        last_incident_id=IncidentId(row["last_id"]),
    )


def evidence_of(row: Any) -> Evidence:
    """The evidence that a row holds."""
    return Evidence(
        id=EvidenceId(row["id"]),
        kind=row["kind"],
        reference=row["reference"],
        content=row["content"],
        created_at=row["created_at"],
    )


def timeline_event_of(row: Any) -> TimelineEvent:
    """The entry of a timeline that a row holds."""
    return TimelineEvent(
        id=TimelineEventId(row["id"]),
        tenant_id=TenantId(row["tenant_id"]),
        incident_id=IncidentId(row["incident_id"]),
        type=row["type"],
        actor_id=row["actor_id"],
        text=row["text"],
        created_at=row["created_at"],
    )


def _measured_row(measured: Measurement) -> dict[str, Any]:
    return {name: getattr(measured, name) for name in _MEASURED}


def _measured_of(row: Any) -> Measurement:
    return Measurement(**{name: row[name] for name in _MEASURED})


def _step_of(plain: dict[str, Any]) -> PrecedingStep:
    return PrecedingStep(**{**plain, "started_at": datetime.fromisoformat(plain["started_at"])})
