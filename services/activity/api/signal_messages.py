"""Signals as messages."""

from typing import Any

from aos.activity.v1 import signal_pb2
from services.activity.domain.signal import Signal, SignalKind, SignalState

_KINDS: dict[SignalKind, Any] = {
    kind: signal_pb2.SignalKind.Value(f"SIGNAL_KIND_{kind.name}") for kind in SignalKind
}
_STATES: dict[SignalState, Any] = {
    state: signal_pb2.SignalState.Value(f"SIGNAL_STATE_{state.name}") for state in SignalState
}
_KIND_OF = {value: kind for kind, value in _KINDS.items()}
_STATE_OF = {value: state for state, value in _STATES.items()}


def to_kind(value: Any) -> SignalKind:
    """Read what kind of thing deserves attention."""
    return _KIND_OF[value]


def to_state(value: Any) -> SignalState | None:
    """Read a state to filter by; None for all."""
    return _STATE_OF.get(value)


def from_signal(signal: Signal) -> signal_pb2.Signal:
    """Write a signal."""
    message = signal_pb2.Signal(
        id=signal.id,
        tenant_id=signal.tenant_id,
        project_id=signal.project_id,
        kind=_KINDS[signal.kind],
        subject_id=signal.subject_id,
        run_id=signal.run_id or "",
        detail=signal.detail,
        state=_STATES[signal.state],
        actor_id=signal.actor_id or "",
        reason=signal.reason,
        is_synthetic=bool(signal.synthetic_scenario_id),
        synthetic_scenario_id=signal.synthetic_scenario_id,
    )
    message.create_time.FromDatetime(signal.created_at)
    message.update_time.FromDatetime(signal.updated_at)
    if signal.suppressed_until is not None:
        message.suppress_until_time.FromDatetime(signal.suppressed_until)
    return message
