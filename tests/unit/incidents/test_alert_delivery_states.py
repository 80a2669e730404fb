"""From the first try to delivered or dead, and once more."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kernel.identifiers import AlertId, DeliveryId, DestinationId, TenantId
from services.incidents.config import Settings
from services.incidents.domain.delivery import Answer, Delivery, DeliveryState, RetrySchedule
from services.incidents.domain.errors import IllegalDeliveryStep

AT = datetime(2031, 5, 6, tzinfo=UTC)
SCHEDULE = RetrySchedule(seconds=(10.0, 100.0))
FAILED = Answer(delivered=False, status_code=500, error="It answered 500.")
TAKEN = Answer(delivered=True, status_code=200)


def delivery(**fields: Any) -> Delivery:
    plain: dict[str, Any] = {
        "id": DeliveryId("dlv_1"),
        "tenant_id": TenantId("ten"),
        "alert_id": AlertId("alt_1"),
        "destination_id": DestinationId("dst_1"),
        "state": DeliveryState.PENDING,
        "created_at": AT,
        "due_at": AT,
        "attempts": 1,
        "tries": 1,
    }
    return Delivery(**{**plain, **fields})


def concluded(one: Delivery, answer: Answer, chance: float = 0.5) -> Delivery:
    return one.concluded(answer, SCHEDULE, at=AT, chance=chance)


def test_what_is_taken_is_delivered() -> None:
    after = concluded(delivery(), TAKEN)
    assert (after.state, after.ended_at) == (DeliveryState.DELIVERED, AT)


def test_what_fails_waits_by_the_schedule_and_is_dead_when_it_is_used_up() -> None:
    first, second = concluded(delivery(), FAILED), concluded(delivery(tries=2), FAILED)
    assert first.due_at == AT + timedelta(seconds=10)
    assert second.due_at == AT + timedelta(seconds=100)
    last = concluded(delivery(tries=3), FAILED)
    assert (last.state, last.last_error) == (DeliveryState.DEAD, "It answered 500.")
    assert last.revision == first.revision + 1


def test_the_wait_is_anything_from_none_to_double() -> None:
    waits = [concluded(delivery(), FAILED, chance).due_at - AT for chance in (0.0, 0.25, 0.999)]
    assert waits == [timedelta(), timedelta(seconds=5), timedelta(seconds=19.98)]


def test_a_receiver_may_ask_for_more_time_but_not_for_more_than_a_day() -> None:
    def due(seconds: float) -> timedelta:
        answer = Answer(delivered=False, retry_after=timedelta(seconds=seconds))
        return concluded(delivery(), answer).due_at - AT

    assert due(60) == timedelta(minutes=1)
    assert due(1) == timedelta(seconds=10)
    assert due(10**6) == timedelta(days=1)


def test_what_is_never_taken_is_not_tried_again() -> None:
    gone = Answer(delivered=False, status_code=410, is_final=True)
    assert concluded(delivery(), gone).state is DeliveryState.DEAD


def test_what_has_ended_may_be_delivered_once_more_from_the_beginning() -> None:
    dead = concluded(delivery(tries=3, attempts=3), FAILED)
    again = dead.redelivered(at=AT + timedelta(hours=1))
    assert (again.state, again.tries, again.attempts) == (DeliveryState.PENDING, 0, 3)
    assert again.due_at == AT + timedelta(hours=1)
    assert again.id == dead.id
    assert concluded(delivery(), TAKEN).redelivered(at=AT).state is DeliveryState.PENDING
    with pytest.raises(IllegalDeliveryStep):
        again.redelivered(at=AT)


def test_by_default_it_is_tried_ten_times_in_three_days() -> None:
    (field,) = [
        one for one in Settings.__dataclass_fields__.values() if one.name == "delivery_retries"
    ]
    waits = [float(text) for text in field.default.split(",")]
    assert len(waits) + 1 == 10
    assert 72 <= sum(waits) / 3600 <= 78
