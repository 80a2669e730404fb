"""What is said in sessions, as messages."""

from typing import Any

from aos.orchestrator.v1 import session_service_pb2 as messages
from aos.policies.v1 import gate_pb2
from services.orchestrator.domain.permit import Directive, Permit, PermitTerms


def from_permit(permit: Permit) -> messages.Permit:
    """Write a permit."""
    message = messages.Permit(run_id=permit.run_id, epoch=permit.epoch)
    message.valid_for.FromTimedelta(permit.valid_for)
    return message


def from_directive(directive: Directive) -> messages.SessionResponse:
    """Write what a run is told without having asked."""
    outcome: Any = gate_pb2.CheckOutcome.Value(f"CHECK_OUTCOME_{directive.outcome}")
    state: Any = gate_pb2.GateState.Value(f"GATE_STATE_{directive.gate_state}")
    return messages.SessionResponse(
        directive=messages.Directive(
            run_id=directive.run_id,
            outcome=outcome,
            gate_state=state,
            epoch=directive.epoch,
            reason=directive.reason,
        )
    )


def from_terms(terms: PermitTerms) -> messages.Welcome:
    """Write how permits are given."""
    message = messages.Welcome()
    message.heartbeat_every.FromTimedelta(terms.beat_every)
    message.permit_for.FromTimedelta(terms.valid_for)
    return message
