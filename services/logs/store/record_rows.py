"""Rows of records as records."""

from typing import Any

from sqlalchemy import Row

from kernel.identifiers import RunId, TenantId
from services.logs.domain.run_records import (
    ControlEvent,
    ExecutionStatus,
    LlmRunRecord,
    RecordSource,
    RetrievalDecision,
    RetrievalEvidence,
    RunLogEvent,
)
from services.logs.domain.system_record import SystemCause, SystemRecord, SystemSeverity


def system_record_of(row: Row[Any]) -> SystemRecord:
    """What happened to the plane."""
    return SystemRecord(
        id=row.id,
        tenant_id=TenantId(row.tenant_id),
        service=row.service,
        component=row.component,
        event_type=row.event_type,
        severity=SystemSeverity(row.severity),
        summary=row.summary,
        details=row.details,
        caused_by=SystemCause(row.caused_by),
        correlation_id=row.correlation_id,
        occurred_at=row.occurred_at,
    )


def llm_run_record_of(row: Row[Any]) -> LlmRunRecord:
    """A model call."""
    return LlmRunRecord(
        **_of_a_run(row),
        trace_id=row.trace_id,
        provider=row.provider,
        model=row.model,
        prompt_hash=row.prompt_hash,
        response_hash=row.response_hash,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        cost_micro_usd=row.cost_micro_usd,
        status=ExecutionStatus(row.status),
        source=RecordSource(row.source),
        started_at=row.started_at,
        completed_at=row.completed_at,
        voids_record_id=row.voids_record_id,
    )


def run_log_event_of(row: Row[Any]) -> RunLogEvent:
    """What a run met at a control."""
    return RunLogEvent(
        **_of_a_run(row),
        event=ControlEvent(row.event),
        step_index=row.step_index,
        policy_id=row.policy_id,
        summary=row.summary,
        details=row.details,
        occurred_at=row.occurred_at,
    )


def retrieval_evidence_of(row: Row[Any]) -> RetrievalEvidence:
    """What a run was given to read."""
    return RetrievalEvidence(
        **_of_a_run(row),
        plane_id=row.plane_id,
        connector_id=row.connector_id,
        query_hash=row.query_hash,
        document_ids=tuple(row.document_ids),
        token_count=row.token_count,
        policy_snapshot_id=row.policy_snapshot_id,
        decision=RetrievalDecision(row.decision),
        occurred_at=row.occurred_at,
    )


def _of_a_run(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "tenant_id": TenantId(row.tenant_id),
        "run_id": RunId(row.run_id),
        "service": row.service,
        "synthetic_scenario_id": row.synthetic_scenario_id,
    }
