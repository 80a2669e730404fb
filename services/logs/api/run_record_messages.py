"""Records of runs as messages, and messages as records."""

from typing import Any

from aos.logs.v1 import retrieval_evidence_pb2, run_log_pb2, run_record_pb2
from kernel.identifiers import RunId, TenantId
from services.logs.api.moments import required_moment
from services.logs.domain.ledger_entry import read_state
from services.logs.domain.run_records import (
    ControlEvent,
    ExecutionStatus,
    LlmRunRecord,
    RecordSource,
    RetrievalDecision,
    RetrievalEvidence,
    RunLogEvent,
    RunRecord,
)

_STATUSES: dict[ExecutionStatus, Any] = {
    one: run_record_pb2.ExecutionStatus.Value(f"EXECUTION_STATUS_{one.name}")
    for one in ExecutionStatus
}
_SOURCES: dict[RecordSource, Any] = {
    one: run_record_pb2.RecordSource.Value(f"RECORD_SOURCE_{one.name}") for one in RecordSource
}
_EVENTS: dict[ControlEvent, Any] = {
    one: run_log_pb2.RunLogEventType.Value(f"RUN_LOG_EVENT_TYPE_{one.name}") for one in ControlEvent
}
_DECISIONS: dict[RetrievalDecision, Any] = {
    one: retrieval_evidence_pb2.RetrievalDecision.Value(f"RETRIEVAL_DECISION_{one.name}")
    for one in RetrievalDecision
}
_STATUS_OF = {value: one for one, value in _STATUSES.items()}
_SOURCE_OF = {value: one for one, value in _SOURCES.items()}
_EVENT_OF = {value: one for one, value in _EVENTS.items()}
_DECISION_OF = {value: one for one, value in _DECISIONS.items()}


def to_llm_run_record(message: run_record_pb2.LlmRunRecord, *, service: str) -> LlmRunRecord:
    """Read a model call as what the service says."""
    return LlmRunRecord(
        **_to_record(message, message.record_id, service),
        trace_id=message.trace_id,
        provider=message.provider,
        model=message.model,
        prompt_hash=message.prompt_hash,
        response_hash=message.response_hash,
        input_tokens=message.input_tokens,
        output_tokens=message.output_tokens,
        cost_micro_usd=message.cost_micro_usd,
        status=_STATUS_OF[message.status],
        source=_SOURCE_OF[message.source],
        started_at=required_moment(message, "start_time"),
        completed_at=required_moment(message, "complete_time"),
        voids_record_id=message.voids_record_id,
    )


def from_llm_run_record(record: LlmRunRecord) -> run_record_pb2.LlmRunRecord:
    """Write a model call."""
    message = run_record_pb2.LlmRunRecord(
        record_id=record.id,
        **_from_record(record),
        trace_id=record.trace_id,
        provider=record.provider,
        model=record.model,
        prompt_hash=record.prompt_hash,
        response_hash=record.response_hash,
        input_tokens=record.input_tokens,
        output_tokens=record.output_tokens,
        cost_micro_usd=record.cost_micro_usd,
        status=_STATUSES[record.status],
        source=_SOURCES[record.source],
        voids_record_id=record.voids_record_id,
    )
    message.start_time.FromDatetime(record.started_at)
    message.complete_time.FromDatetime(record.completed_at)
    return message


def to_run_log_event(message: run_log_pb2.RunLogEvent, *, service: str) -> RunLogEvent:
    """Read what a run met at a control, as what the service says."""
    read_state("details_json", message.details_json)
    return RunLogEvent(
        **_to_record(message, message.record_id, service),
        event=_EVENT_OF[message.type],
        step_index=message.step_index if message.HasField("step_index") else None,
        policy_id=message.policy_id,
        summary=message.summary,
        details=message.details_json,
        occurred_at=required_moment(message, "occur_time"),
    )


def from_run_log_event(record: RunLogEvent) -> run_log_pb2.RunLogEvent:
    """Write what a run met at a control."""
    message = run_log_pb2.RunLogEvent(
        record_id=record.id,
        **_from_record(record),
        type=_EVENTS[record.event],
        step_index=record.step_index,
        policy_id=record.policy_id,
        summary=record.summary,
        details_json=record.details,
    )
    message.occur_time.FromDatetime(record.occurred_at)
    return message


def to_retrieval_evidence(
    message: retrieval_evidence_pb2.RetrievalEvidence, *, service: str
) -> RetrievalEvidence:
    """Read what a run was given to read, as what the service says."""
    return RetrievalEvidence(
        **_to_record(message, message.evidence_id, service),
        plane_id=message.plane_id,
        connector_id=message.connector_id,
        query_hash=message.query_hash,
        document_ids=tuple(message.document_ids),
        token_count=message.token_count,
        policy_snapshot_id=message.policy_snapshot_id,
        decision=_DECISION_OF[message.decision],
        occurred_at=required_moment(message, "occur_time"),
    )


def from_retrieval_evidence(
    record: RetrievalEvidence,
) -> retrieval_evidence_pb2.RetrievalEvidence:
    """Write what a run was given to read."""
    message = retrieval_evidence_pb2.RetrievalEvidence(
        evidence_id=record.id,
        **_from_record(record),
        plane_id=record.plane_id,
        connector_id=record.connector_id,
        query_hash=record.query_hash,
        document_ids=record.document_ids,
        token_count=record.token_count,
        policy_snapshot_id=record.policy_snapshot_id,
        decision=_DECISIONS[record.decision],
    )
    message.occur_time.FromDatetime(record.occurred_at)
    return message


def _to_record(message: Any, record_id: str, service: str) -> dict[str, Any]:
    return {
        "id": record_id,
        "tenant_id": TenantId(message.tenant_id),
        "run_id": RunId(message.run_id),
        "service": service,
        "synthetic_scenario_id": message.synthetic_scenario_id,
    }


def _from_record(record: RunRecord) -> dict[str, Any]:
    return {
        "tenant_id": record.tenant_id,
        "run_id": record.run_id,
        "service": record.service,
        "is_synthetic": record.is_synthetic,
        "synthetic_scenario_id": record.synthetic_scenario_id,
    }
