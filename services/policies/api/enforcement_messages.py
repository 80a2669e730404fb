"""What was enforced and prevented, as messages."""

from typing import Any

from aos.policies.v1 import enforcement_pb2, prevention_service_pb2
from kernel.identifiers import RunId
from kernel.principal import Principal
from services.policies.domain.enforcement import Enforcement
from services.policies.domain.suppression import Mishap, PreventionRecord, Suppression
from services.policies.usecases.people_ports import RecordFilter


def to_filter(request: Any, principal: Principal) -> RecordFilter:
    """Read which records somebody wants, within what they may know of."""
    return RecordFilter(
        run_id=request.run_id, policy_id=request.policy_id, project_id=principal.project_id
    )


def to_mishap(
    request: prevention_service_pb2.DecideSuppressionRequest, principal: Principal
) -> Mishap:
    """Read what went wrong."""
    return Mishap(
        tenant_id=principal.tenant_id,
        run_id=RunId(request.run_id),
        policy_id=request.policy_id,
        pattern_id=request.pattern_id,
        signature=request.signature,
        incident_id=request.incident_id,
        synthetic_scenario_id=request.synthetic_scenario_id,
    )


def from_enforcement(enforcement: Enforcement) -> enforcement_pb2.Enforcement:
    """Write what was enforced."""
    action: Any = int(enforcement.action)
    message = enforcement_pb2.Enforcement(
        id=enforcement.id,
        run_id=enforcement.run_id,
        step_id=enforcement.step_id,
        policy_id=enforcement.policy_id,
        rule_id=enforcement.rule_id,
        action=action,
        value=enforcement.value,
        threshold=enforcement.threshold,
        detail=enforcement.detail,
        decision_id=enforcement.decision_id,
        is_synthetic=bool(enforcement.synthetic_scenario_id),
        synthetic_scenario_id=enforcement.synthetic_scenario_id,
        incident_id=enforcement.incident_id,
    )
    message.trigger_time.FromDatetime(enforcement.triggered_at)
    return message


def from_prevention(record: PreventionRecord) -> enforcement_pb2.PreventionRecord:
    """Write what stands in the place of an incident."""
    message = enforcement_pb2.PreventionRecord(
        id=record.id,
        policy_id=record.policy_id,
        pattern_id=record.pattern_id,
        run_id=record.run_id,
        signature=record.signature,
        original_incident_id=record.original_incident_id,
        blocked_incident_id=record.blocked_incident_id,
        outcome=record.outcome,
        match_confidence_percent=record.signature_match_confidence,
        is_synthetic=bool(record.synthetic_scenario_id),
        synthetic_scenario_id=record.synthetic_scenario_id,
    )
    message.create_time.FromDatetime(record.created_at)
    return message


def from_suppression(suppression: Suppression) -> enforcement_pb2.Suppression:
    """Write what was decided about a mishap."""
    message = enforcement_pb2.Suppression(
        run_id=suppression.run_id,
        policy_id=suppression.policy_id,
        signature=suppression.signature,
        incident_id=suppression.incident_id,
    )
    if suppression.prevention is not None:
        message.prevention.CopyFrom(from_prevention(suppression.prevention))
    message.decide_time.FromDatetime(suppression.decided_at)
    return message
