"""Incidents and violations as messages."""

from datetime import UTC, datetime
from typing import Any

from aos.incidents.v1 import incident_pb2, incident_service_pb2
from kernel.identifiers import IncidentId, ViolationId, new_id
from kernel.principal import Principal
from services.incidents.domain.incident import (
    Evidence,
    Incident,
    IncidentGroup,
    PrecedingStep,
    TimelineEvent,
)
from services.incidents.domain.kinds import (
    Category,
    Conclusion,
    IncidentStatus,
    Severity,
    TriggerType,
)
from services.incidents.domain.suggestion import Suggestion
from services.incidents.domain.violation import Case, Measurement, Violation
from services.incidents.usecases.look_after_incidents import Step
from services.incidents.usecases.ports import IncidentFilter, ViolationFilter

Words = Category | TriggerType | Severity | IncidentStatus | Conclusion
_MEASURED = ("step_id", "limit_name", "value", "threshold", "unit", "decision_id", "action")


def number_of(word: Words) -> Any:
    """The number of a word in the contract."""
    enum: Any = getattr(incident_pb2, type(word).__name__)
    return enum.Value(f"{_prefix(type(word))}{word}")


def word_of(kind: type[Any], number: Any) -> Any:
    """The word of a number in the contract; None when none is named."""
    enum: Any = getattr(incident_pb2, kind.__name__)
    return kind(enum.Name(number).removeprefix(_prefix(kind))) if number else None


def _prefix(kind: type[Any]) -> str:
    name = "".join(f"_{letter}" if letter.isupper() else letter for letter in kind.__name__)
    return f"{name.removeprefix('_').upper()}_"


def to_violation(
    request: incident_service_pb2.CreateIncidentRequest, principal: Principal, *, at: datetime
) -> Violation:
    """Read what went wrong."""
    return Violation(
        id=ViolationId(new_id("vio")),
        tenant_id=principal.tenant_id,
        source_id=request.request_id,
        run_id=request.run_id,
        subject=request.subject,
        policy_id=request.policy_id,
        trigger_type=word_of(TriggerType, request.trigger_type),
        category=word_of(Category, request.category),
        blocking=request.blocking,
        detail=request.detail,
        measured=Measurement(
            occurred_at=_moment(request, at),
            step_index=request.step_index if request.HasField("step_index") else None,
            **{name: getattr(request, name) for name in _MEASURED},
        ),
        recorded_by=principal.actor_id,
        created_at=at,
        synthetic_scenario_id=request.synthetic_scenario_id,
    )


def _moment(request: Any, at: datetime) -> datetime:
    if not request.HasField("occur_time"):
        return at
    moment: datetime = request.occur_time.ToDatetime(tzinfo=UTC)
    return moment


def to_step(request: Any, principal: Principal, text: str) -> Step:
    """Read what somebody wants to do with an incident."""
    has_etag = "etag" in request.DESCRIPTOR.fields_by_name
    return Step(
        principal=principal,
        incident_id=IncidentId(request.incident_id),
        text=text,
        etag=request.etag if has_etag else None,
    )


def to_incident_filter(request: Any, principal: Principal) -> IncidentFilter:
    """Read which incidents somebody wants to see."""
    return IncidentFilter(
        status=word_of(IncidentStatus, request.status),
        category=word_of(Category, request.category),
        minimum_severity=word_of(Severity, request.minimum_severity),
        run_id=request.run_id,
        policy_id=request.policy_id,
        agent_id=request.agent_id,
        assignee=request.assignee,
        signature=request.signature,
        exclude_synthetic=request.exclude_synthetic,
        project_id=principal.project_id,
    )


def to_violation_filter(request: Any, principal: Principal) -> ViolationFilter:
    """Read which violations somebody wants to see."""
    return ViolationFilter(
        incident_id=request.incident_id,
        run_id=request.run_id,
        conclusion=word_of(Conclusion, request.conclusion),
        project_id=principal.project_id,
    )


def from_violation(violation: Violation, case: Case) -> incident_pb2.Violation:
    """Write a violation and what became of it."""
    message = incident_pb2.Violation(
        id=violation.id,
        run_id=violation.run_id,
        subject=violation.subject,
        policy_id=violation.policy_id,
        trigger_type=number_of(violation.trigger_type),
        category=number_of(violation.category),
        blocking=violation.blocking,
        detail=violation.detail,
        inflection=_from_measured(violation.measured),
        signature=violation.signature,
        conclusion=number_of(case.conclusion),
        incident_id=case.incident_id,
        prevention_id=case.prevention_id,
        is_synthetic=bool(violation.synthetic_scenario_id),
        synthetic_scenario_id=violation.synthetic_scenario_id,
    )
    message.create_time.FromDatetime(violation.created_at)
    return message


def from_incident(incident: Incident) -> incident_pb2.Incident:
    """Write an incident."""
    message = incident_pb2.Incident(
        id=incident.id,
        run_id=incident.run_id,
        subject=incident.subject,
        policy_id=incident.policy_id,
        project_id=incident.project_id,
        agent_id=incident.agent_id,
        trigger_type=number_of(incident.trigger_type),
        category=number_of(incident.category),
        severity=number_of(incident.severity),
        status=number_of(incident.status),
        blocking=incident.blocking,
        signature=incident.signature,
        title=incident.title,
        inflection=_from_measured(incident.measured),
        violation_count=incident.violation_count,
        assignee=incident.assignee,
        resolution=incident.resolution,
        resolved_by=incident.resolved_by,
        is_synthetic=bool(incident.synthetic_scenario_id),
        synthetic_scenario_id=incident.synthetic_scenario_id,
        etag=str(incident.revision),
    )
    message.inflection.preceding_steps.extend(_from_step(it) for it in incident.preceding_steps)
    message.create_time.FromDatetime(incident.created_at)
    message.update_time.FromDatetime(incident.updated_at)
    if incident.resolved_at is not None:
        message.resolve_time.FromDatetime(incident.resolved_at)
    return message


def from_evidence(evidence: Evidence) -> incident_pb2.Evidence:
    """Write a piece of evidence."""
    message = incident_pb2.Evidence(
        id=evidence.id,
        kind=evidence.kind,
        reference=evidence.reference,
        content_json=evidence.content.decode(),
        content_hash=evidence.content_hash,
    )
    message.create_time.FromDatetime(evidence.created_at)
    return message


def from_suggestion(suggestion: Suggestion) -> incident_pb2.Suggestion:
    """Write what a responder could do next."""
    return incident_pb2.Suggestion(code=suggestion.code, text=suggestion.text)


def from_group(group: IncidentGroup) -> incident_pb2.IncidentGroup:
    """Write incidents that are the same thing again."""
    message = incident_pb2.IncidentGroup(
        signature=group.signature,
        title=group.title,
        category=number_of(group.category),
        severity=number_of(group.severity),
        count=group.count,
        unresolved_count=group.unresolved_count,
        last_incident_id=group.last_incident_id,
    )
    message.first_time.FromDatetime(group.first_at)
    message.last_time.FromDatetime(group.last_at)
    return message


def from_timeline_event(event: TimelineEvent) -> incident_pb2.TimelineEvent:
    """Write an entry of a timeline."""
    message = incident_pb2.TimelineEvent(
        id=event.id, type=event.type, actor_id=event.actor_id, text=event.text
    )
    message.create_time.FromDatetime(event.created_at)
    return message


def _from_measured(measured: Measurement) -> incident_pb2.InflectionPoint:
    message = incident_pb2.InflectionPoint(
        step_index=measured.step_index, **{name: getattr(measured, name) for name in _MEASURED}
    )
    message.time.FromDatetime(measured.occurred_at)
    return message


def _from_step(step: PrecedingStep) -> incident_pb2.PrecedingStep:
    message = incident_pb2.PrecedingStep(
        index=step.index,
        kind=step.kind,
        skill_name=step.skill_name,
        status=step.status,
        outcome_code=step.outcome_code,
        cost_micro_usd=step.cost_micro_usd,
        duration_ms=step.duration_ms,
    )
    message.start_time.FromDatetime(step.started_at)
    return message
