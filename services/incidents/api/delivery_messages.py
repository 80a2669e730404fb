"""Deliveries as messages."""

from collections.abc import Sequence
from typing import Any

from aos.incidents.v1 import delivery_pb2
from services.incidents.domain.delivery import Attempt, Delivery, DeliveryState
from services.incidents.usecases.alert_ports import DeliveryFilter
from services.incidents.usecases.follow_deliveries import Followed

_STATE, _OUTCOME = "DELIVERY_STATE_", "ATTEMPT_OUTCOME_"


def to_delivery_filter(request: Any) -> DeliveryFilter:
    """Read which deliveries somebody wants to see."""
    name = delivery_pb2.DeliveryState.Name(request.state).removeprefix(_STATE)
    return DeliveryFilter(
        alert_id=request.alert_id,
        destination_id=request.destination_id,
        state=DeliveryState(name) if request.state else None,
    )


def from_followed(followed: Followed) -> delivery_pb2.Delivery:
    """Write a delivery with its tries."""
    return from_delivery(followed.delivery, followed.attempts)


def from_delivery(delivery: Delivery, attempts: Sequence[Attempt] = ()) -> delivery_pb2.Delivery:
    """Write a delivery."""
    state: Any = delivery_pb2.DeliveryState.Value(f"{_STATE}{delivery.state}")
    message = delivery_pb2.Delivery(
        id=delivery.id,
        tenant_id=delivery.tenant_id,
        alert_id=delivery.alert_id,
        destination_id=delivery.destination_id,
        state=state,
        last_error=delivery.last_error,
        attempts=[_from_attempt(attempt) for attempt in attempts],
    )
    message.create_time.FromDatetime(delivery.created_at)
    if delivery.state is DeliveryState.PENDING:
        message.due_time.FromDatetime(delivery.due_at)
    if delivery.ended_at is not None:
        message.end_time.FromDatetime(delivery.ended_at)
    return message


def _from_attempt(attempt: Attempt) -> delivery_pb2.DeliveryAttempt:
    outcome: Any = delivery_pb2.AttemptOutcome.Value(f"{_OUTCOME}{attempt.outcome}")
    message = delivery_pb2.DeliveryAttempt(
        number=attempt.number,
        duration_ms=attempt.duration_ms,
        outcome=outcome,
        status_code=attempt.status_code,
        error=attempt.error,
    )
    message.start_time.FromDatetime(attempt.started_at)
    return message
