"""Reacts to activity: a trace is sealed, and what was said in it can be examined."""

from aos.activity.v1 import events_pb2
from kernel.clock import utc_now
from kernel.identifiers import TenantId, TraceId
from servicekit.events import Event
from services.incidents.domain.trace_examination import TraceExamination
from services.incidents.usecases.trace_ports import TraceUnitOfWork

CONSUMER = "incidents-on-trace-sealed"


async def on_trace_sealed(event: Event, unit_of_work: TraceUnitOfWork) -> None:
    """Let the trace wait for the detector; a detector is too slow for a consumer."""
    trace = events_pb2.TraceSealed.FromString(event.body).trace
    at = utc_now()
    await unit_of_work.examinations.add(
        TraceExamination(
            tenant_id=TenantId(event.tenant_id),
            trace_id=TraceId(trace.trace_id),
            run_id=trace.run_id,
            synthetic_scenario_id=trace.synthetic_scenario_id,
            due_at=at,
            created_at=at,
        )
    )
