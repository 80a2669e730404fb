"""System records as messages, and messages as records and queries."""

from typing import Any

from aos.logs.v1 import system_record_pb2, system_record_service_pb2
from kernel.identifiers import TenantId
from services.logs.api.moments import moment, required_moment
from services.logs.domain.ledger_entry import read_state
from services.logs.domain.system_record import SystemCause, SystemRecord, SystemSeverity
from services.logs.usecases.ports import SystemQuery

_CAUSES: dict[SystemCause, Any] = {
    cause: system_record_pb2.SystemCause.Value(f"SYSTEM_CAUSE_{cause.name}")
    for cause in SystemCause
}
_CAUSE_OF = {value: cause for cause, value in _CAUSES.items()}


def to_record(message: system_record_pb2.SystemRecord, *, service: str) -> SystemRecord:
    """Read a record as what the service says."""
    read_state("details_json", message.details_json)
    return SystemRecord(
        id=message.record_id,
        tenant_id=TenantId(message.tenant_id),
        service=service,
        component=message.component,
        event_type=message.event_type,
        # The contract numbers severities as the domain does; a test keeps the two equal.
        severity=SystemSeverity(message.severity),
        summary=message.summary,
        details=message.details_json,
        caused_by=_CAUSE_OF[message.caused_by],
        correlation_id=message.correlation_id,
        occurred_at=required_moment(message, "occur_time"),
    )


def to_query(
    request: system_record_service_pb2.ListSystemRecordsRequest, tenant_id: TenantId
) -> SystemQuery:
    """Read which records somebody wants to see."""
    return SystemQuery(
        tenant_id=tenant_id,
        service=request.service,
        event_type=request.event_type,
        minimum_severity=SystemSeverity(request.minimum_severity or SystemSeverity.INFO),
        occurred_from=moment(request, "occurred_from"),
        occurred_before=moment(request, "occurred_before"),
    )


def from_record(record: SystemRecord) -> system_record_pb2.SystemRecord:
    """Write a record."""
    severity: Any = record.severity.value
    message = system_record_pb2.SystemRecord(
        record_id=record.id,
        tenant_id=record.tenant_id,
        component=record.component,
        event_type=record.event_type,
        severity=severity,
        summary=record.summary,
        details_json=record.details,
        caused_by=_CAUSES[record.caused_by],
        correlation_id=record.correlation_id,
        service=record.service,
    )
    message.occur_time.FromDatetime(record.occurred_at)
    return message
