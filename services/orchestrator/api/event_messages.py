"""Events of the orchestrator as they leave."""

from typing import Any

from aos.orchestrator.v1 import events_pb2
from servicekit.departures import OutgoingEvent
from services.orchestrator.api.saga_messages import from_contract, from_saga
from services.orchestrator.domain.events import (
    CompletionBegun,
    CompletionFinished,
    CompletionParked,
    CompletionReplayed,
    ContractWritten,
    OrchestratorEvent,
)

_OF_SAGAS: dict[type, tuple[str, Any]] = {
    CompletionBegun: ("completion_begun", events_pb2.CompletionBegun),
    CompletionParked: ("completion_parked", events_pb2.CompletionParked),
    CompletionReplayed: ("completion_replayed", events_pb2.CompletionReplayed),
    CompletionFinished: ("completion_finished", events_pb2.CompletionFinished),
}


def encode(event: OrchestratorEvent) -> OutgoingEvent:
    """Write an event; its sequence is the revision of what it happened to."""
    if isinstance(event, ContractWritten):
        contract = event.contract
        return OutgoingEvent(
            tenant_id=contract.tenant_id,
            event_type="contract_written",
            aggregate_id=f"contract:{contract.run_id}",
            sequence=contract.revision,
            body=events_pb2.ContractWritten(contract=from_contract(contract)).SerializeToString(),
        )
    name, message = _OF_SAGAS[type(event)]
    saga = event.saga
    return OutgoingEvent(
        tenant_id=saga.tenant_id,
        event_type=name,
        aggregate_id=saga.id,
        sequence=saga.revision,
        body=message(saga=from_saga(saga)).SerializeToString(),
    )
