"""Traces as messages."""

from typing import Any

from aos.activity.v1 import trace_pb2
from services.activity.domain.trace import Trace, TraceStatus

_STATUSES: dict[TraceStatus, Any] = {
    status: trace_pb2.TraceStatus.Value(f"TRACE_STATUS_{status.name}") for status in TraceStatus
}


def from_trace(trace: Trace) -> trace_pb2.Trace:
    """Write a trace."""
    message = trace_pb2.Trace(
        trace_id=trace.id,
        run_id=trace.run_id,
        tenant_id=trace.tenant_id,
        agent_id=trace.agent_id,
        correlation_id=trace.correlation_id,
        status=_STATUSES[trace.status],
        step_count=trace.step_count,
        root_hash=bytes.fromhex(trace.root_hash),
        incident_id=trace.incident_id or "",
        is_synthetic=bool(trace.synthetic_scenario_id),
        synthetic_scenario_id=trace.synthetic_scenario_id,
    )
    message.start_time.FromDatetime(trace.started_at)
    if trace.completed_at is not None:
        message.complete_time.FromDatetime(trace.completed_at)
    return message
