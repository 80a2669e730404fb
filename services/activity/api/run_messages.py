"""Runs as messages, and messages as commands and queries."""

from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from aos.activity.v1 import run_completion_service_pb2, run_pb2, run_service_pb2
from kernel.identifiers import AgentId, ProjectId
from kernel.principal import Principal
from services.activity.domain.run import (
    EvidenceHealth,
    InspectionConstraints,
    IntegrityStatus,
    RiskLevel,
    Run,
    RunPhase,
    RunSource,
    RunStatus,
    TerminationReason,
)
from services.activity.domain.run_lifecycle import Authorization, Ending
from services.activity.usecases.create_run import CreateRun
from services.activity.usecases.note_run import Notes
from services.activity.usecases.ports import PolicyContext, RunQuery, RunView


def _values(kind: type[StrEnum], enum: Any, prefix: str) -> dict[Any, Any]:
    """The numbers of the contract for the names of the domain."""
    return {member: enum.Value(f"{prefix}_{member.name}") for member in kind}


_PHASES = _values(RunPhase, run_pb2.RunPhase, "RUN_PHASE")
_STATUSES = _values(RunStatus, run_pb2.RunStatus, "RUN_STATUS")
_SOURCES = _values(RunSource, run_pb2.RunSource, "RUN_SOURCE")
_RISKS = _values(RiskLevel, run_pb2.RiskLevel, "RISK_LEVEL")
_REASONS = _values(TerminationReason, run_pb2.TerminationReason, "TERMINATION_REASON")
_HEALTHS = _values(EvidenceHealth, run_pb2.EvidenceHealth, "EVIDENCE_HEALTH")
_INTEGRITIES = _values(IntegrityStatus, run_pb2.IntegrityStatus, "INTEGRITY_STATUS")
_STATUS_OF = {value: status for status, value in _STATUSES.items()}
_SOURCE_OF = {value: source for source, value in _SOURCES.items()}
_RISK_OF = {value: level for level, value in _RISKS.items()}
_REASON_OF = {value: reason for reason, value in _REASONS.items()}
_HEALTH_OF = {value: health for health, value in _HEALTHS.items()}
_INTEGRITY_OF = {value: integrity for integrity, value in _INTEGRITIES.items()}


def to_create_run(request: run_service_pb2.CreateRunRequest, principal: Principal) -> CreateRun:
    """Read what somebody wants to run."""
    return CreateRun(
        principal=principal,
        project_id=ProjectId(request.project_id) if request.project_id else None,
        agent_id=AgentId(request.agent_id),
        goal=request.goal,
        session_id=request.session_id,
        source=_SOURCE_OF[request.source],
        synthetic_scenario_id=request.synthetic_scenario_id,
        inspection=to_inspection(request) or InspectionConstraints(),
    )


def to_query(filter_: run_pb2.RunFilter, principal: Principal) -> RunQuery:
    """Read which runs somebody wants to see."""
    return RunQuery(
        tenant_id=principal.tenant_id,
        statuses=frozenset(_STATUS_OF[value] for value in filter_.statuses),
        agent_id=AgentId(filter_.agent_id) if filter_.agent_id else None,
        project_id=ProjectId(filter_.project_id) if filter_.project_id else None,
        created_from=_moment(filter_, "created_from"),
        created_before=_moment(filter_, "created_before"),
        silent_since=_moment(filter_, "silent_since"),
    )


def matches(message: run_pb2.Run, query: RunQuery) -> bool:
    """Whether a run, as it was announced, is one of those asked for."""
    return (
        (not query.statuses or _STATUS_OF[message.status] in query.statuses)
        and query.agent_id in (None, message.agent_id)
        and query.project_id in (None, message.project_id)
    )


def to_inspection(request: Any) -> InspectionConstraints | None:
    """Read what may be kept of steps; None when nothing was said."""
    if not request.HasField("inspection"):
        return None
    given = request.inspection
    return InspectionConstraints(
        allow_prompt_logging=given.allow_prompt_logging,
        allow_response_logging=given.allow_response_logging,
        allow_pii_capture=given.allow_pii_capture,
        allow_secret_access=given.allow_secret_access,
    )


def to_authorization(request: Any) -> Authorization:
    """Read what was decided when a run was allowed to start."""
    return Authorization(
        policy_snapshot_id=request.policy_snapshot_id,
        policy_ids=tuple(sorted(request.scope.policy_ids)),
        human_actor_id=request.scope.human_actor_id or None,
        inspection=to_inspection(request),
        governance_bypassed=request.governance_bypassed,
    )


def to_ending(request: Any) -> Ending:
    """Read how and why a run is over."""
    stopped = request.HasField("stopped_at_step")
    return Ending(
        status=_STATUS_OF[request.status],
        reason=_REASON_OF[request.termination_reason],
        stopped_at_step=request.stopped_at_step if stopped else None,
    )


def to_completion(item: run_completion_service_pb2.RunCompletion) -> Ending:
    """Read how and why a run is over, and the policy that ended it."""
    return replace(to_ending(item), violated_policy_id=item.violation_policy_id)


def to_notes(item: run_completion_service_pb2.RunNote) -> Notes:
    """Read what is to be noted of a run; what is not said stays as it is."""
    return Notes(
        incident_ids=tuple(item.incident_ids),
        violated_policy_id=item.violation_policy_id,
        risk_level=_RISK_OF.get(item.risk_level),
        evidence_health=_HEALTH_OF.get(item.evidence_health),
        integrity_status=_INTEGRITY_OF.get(item.integrity_status),
    )


def to_risk_level(value: Any) -> RiskLevel:
    """Read how a run stands with its limits."""
    level: RiskLevel = _RISK_OF[value]
    return level


def to_evidence(request: Any) -> tuple[EvidenceHealth, IntegrityStatus]:
    """Read what a reconciliation found."""
    return _HEALTH_OF[request.evidence_health], _INTEGRITY_OF[request.integrity_status]


def to_policy_context(request: Any) -> PolicyContext:
    """Read what policies say of a run."""
    given = request.context
    return PolicyContext(
        policy_id=given.policy_id,
        policy_name=given.policy_name,
        limit_type=given.limit_type,
        evaluation_outcome=given.evaluation_outcome,
        proximity_pct=given.proximity_pct,
    )


def from_view(view: RunView) -> run_pb2.Run:
    """Write a run as panels show it."""
    message = from_run(view.run)
    message.input_tokens = view.totals.input_tokens
    message.output_tokens = view.totals.output_tokens
    message.cost_micro_usd = view.totals.cost
    message.step_count = view.totals.steps
    context = view.policy_context
    if context is not None:
        message.policy_context.CopyFrom(run_pb2.PolicyContext(**asdict(context)))
    return message


def from_run(run: Run) -> run_pb2.Run:
    """Write a run by itself."""
    message = run_pb2.Run(
        id=run.id,
        tenant_id=run.tenant_id,
        project_id=run.project_id,
        agent_id=run.agent_id,
        agent_name=run.agent_name,
        api_key_id=run.api_key_id or "",
        actor_id=run.actor_id,
        session_id=run.session_id,
        phase=_PHASES[run.phase],
        status=_STATUSES[run.status],
        source=_SOURCES[run.source],
        goal=run.goal,
        is_synthetic=run.is_synthetic,
        synthetic_scenario_id=run.synthetic_scenario_id,
        etag=str(run.revision),
        provider_type=run.provider_type,
        observability_error=run.observability_error,
        governance_bypassed=run.governance_bypassed,
    )
    _write_times(message, run)
    _write_governance(message, run)
    return message


def _write_times(message: run_pb2.Run, run: Run) -> None:
    message.create_time.FromDatetime(run.created_at)
    message.update_time.FromDatetime(run.updated_at)
    for field, moment in (
        (message.start_time, run.started_at),
        (message.complete_time, run.completed_at),
        (message.heartbeat_time, run.heartbeat_at),
    ):
        if moment is not None:
            field.FromDatetime(moment)


def _write_governance(message: run_pb2.Run, run: Run) -> None:
    message.risk_level = _RISKS[run.risk_level]
    message.incident_count = run.incident_count
    message.policy_draft_count = run.policy_draft_count
    message.policy_violation = run.policy_violation
    message.violation_policy_id = run.violation_policy_id or ""
    message.policy_snapshot_id = run.policy_snapshot_id or ""
    message.scope.policy_ids.extend(run.scope_policy_ids)
    message.scope.human_actor_id = run.human_actor_id or ""
    for item in fields(run.inspection):
        setattr(message.inspection, item.name, getattr(run.inspection, item.name))
    if run.termination_reason is not None:
        message.termination_reason = _REASONS[run.termination_reason]
    if run.stopped_at_step is not None:
        message.stopped_at_step = run.stopped_at_step
    if run.evidence_health is not None:
        message.evidence_health = _HEALTHS[run.evidence_health]
    if run.integrity_status is not None:
        message.integrity_status = _INTEGRITIES[run.integrity_status]


def _moment(message: Any, field: str) -> datetime | None:
    if not message.HasField(field):
        return None
    moment: datetime = getattr(message, field).ToDatetime(tzinfo=UTC)
    return moment
