"""Events as they leave: the same messages that RPCs answer with."""

from typing import Any

from aos.activity.v1 import events_pb2, run_pb2
from servicekit.events import Event
from servicekit.unit_of_work import OutgoingEvent
from services.activity.api.run_messages import from_run
from services.activity.api.signal_messages import from_signal
from services.activity.api.trace_messages import from_trace
from services.activity.domain.events import (
    ActivityEvent,
    RunChanged,
    RunCreated,
    RunEnded,
    RunNoted,
    SignalAcknowledged,
    SignalEvent,
    SignalRaised,
    SignalSuppressed,
    TraceBegun,
    TraceSealed,
)

_RUN_EVENTS = {
    RunCreated: ("run_created", events_pb2.RunCreated),
    RunChanged: ("run_changed", events_pb2.RunChanged),
    RunEnded: ("run_ended", events_pb2.RunEnded),
    RunNoted: ("run_noted", events_pb2.RunNoted),
}
_TRACE_EVENTS = {
    TraceBegun: ("trace_begun", events_pb2.TraceBegun),
    TraceSealed: ("trace_sealed", events_pb2.TraceSealed),
}


_SIGNAL_EVENTS: dict[type, tuple[str, Any]] = {
    SignalRaised: ("signal_raised", events_pb2.SignalRaised),
    SignalAcknowledged: ("signal_acknowledged", events_pb2.SignalAcknowledged),
    SignalSuppressed: ("signal_suppressed", events_pb2.SignalSuppressed),
}


def encode(event: ActivityEvent) -> OutgoingEvent:
    """Write an event of activity."""
    if isinstance(event, SignalEvent):
        name, signal_message = _SIGNAL_EVENTS[type(event)]
        signal = event.signal
        body = signal_message(signal=from_signal(signal)).SerializeToString()
        return _outgoing(signal.tenant_id, name, signal.id, signal.revision, body)
    if isinstance(event, TraceBegun | TraceSealed):
        name, trace_message = _TRACE_EVENTS[type(event)]
        body = trace_message(trace=from_trace(event.trace)).SerializeToString()
        return _outgoing(event.trace.tenant_id, name, event.trace.id, event.trace.revision, body)
    name, run_message = _RUN_EVENTS[type(event)]
    body = run_message(run=from_run(event.run)).SerializeToString()
    return _outgoing(event.run.tenant_id, name, event.run.id, event.run.revision, body)


def run_of(event: Event) -> run_pb2.Run | None:
    """The run that an announced event is about, as it is afterwards; None for other events."""
    kinds: dict[str, Any] = dict(_RUN_EVENTS.values())
    if event.event_type not in kinds:
        return None
    run: run_pb2.Run = kinds[event.event_type].FromString(event.body).run
    return run


def _outgoing(tenant: str, name: str, aggregate: str, sequence: int, body: bytes) -> OutgoingEvent:
    return OutgoingEvent(
        tenant_id=tenant, event_type=name, aggregate_id=aggregate, sequence=sequence, body=body
    )
