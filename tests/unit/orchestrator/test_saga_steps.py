"""A saga walks forward, back, waits, is parked, and is set going again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kernel.identifiers import RunId, SagaId, TenantId
from services.orchestrator.domain import saga as saga_module
from services.orchestrator.domain.errors import SagaNotParked
from services.orchestrator.domain.kinds import Cause, SagaState, Wish
from services.orchestrator.domain.run_completion import PIVOT, STEPS
from services.orchestrator.domain.saga import PATIENCE, Failure, Saga

NOW = datetime(2026, 1, 1, tzinfo=UTC)
AWAY = Failure(message="away", retryable=True)
WRONG = Failure(message="wrong", retryable=False)


def new_saga(**changes: Any) -> Saga:
    return Saga(
        **{
            "id": SagaId("sga_1"),
            "tenant_id": TenantId("ten_1"),
            "run_id": RunId("run_1"),
            "cause": Cause.AGENT,
            "wish": Wish.SUCCEEDED,
            "said_by": "key_1",
            "created_at": NOW,
            "updated_at": NOW,
            "retry_at": NOW,
            **changes,
        }
    )


def walked(saga: Saga) -> tuple[list[str], Saga]:
    names = []
    while saga.task is not None:
        names.append(saga.task.name)
        saga = saga.advanced(at=NOW)
    return names, saga


def test_the_steps_are_those_of_the_table_in_their_order() -> None:
    names, saga = walked(new_saga())
    assert names == [step.name for step in STEPS]
    assert saga.state is SagaState.FINISHED
    assert saga.finished_at == NOW


def test_everything_before_the_pivot_can_be_taken_back_and_nothing_after_it() -> None:
    assert all(bool(step.undo) == (place < PIVOT) for place, step in enumerate(STEPS))


@pytest.mark.parametrize("position", range(PIVOT))
def test_what_cannot_go_through_before_the_pivot_is_taken_back_step_by_step(position: int) -> None:
    saga = new_saga(position=position).failed(WRONG, at=NOW, chance=1)
    names, parked = walked(saga)
    assert names == [step.undo for step in reversed(STEPS[:position])]
    assert parked.state is SagaState.PARKED
    assert parked.round == 1
    assert parked.last_error == "wrong"


@pytest.mark.parametrize("position", range(PIVOT, len(STEPS)))
def test_from_the_pivot_on_nothing_is_taken_back(position: int) -> None:
    parked = new_saga(position=position).failed(WRONG, at=NOW, chance=1)
    assert parked.state is SagaState.PARKED
    assert (parked.position, parked.round) == (position, 0)


def test_an_outage_is_waited_out_with_growing_full_jitter() -> None:
    saga, longest = new_saga(), timedelta()
    for _ in range(PATIENCE - 1):
        saga = saga.failed(AWAY, at=NOW, chance=1)
        assert saga.state is SagaState.RUNNING
        assert saga.retry_at - NOW >= longest
        longest = saga.retry_at - NOW
    assert longest == timedelta(seconds=30)
    assert new_saga().failed(AWAY, at=NOW, chance=0).retry_at == NOW
    assert saga.failed(AWAY, at=NOW, chance=1).state is SagaState.PARKED


def test_a_person_sets_it_going_where_it_stopped() -> None:
    after_the_pivot = new_saga(position=PIVOT + 1).failed(WRONG, at=NOW, chance=1)
    assert walked(after_the_pivot.replayed(at=NOW))[0] == [step.name for step in STEPS[PIVOT + 1 :]]
    taken_back = walked(new_saga(position=2).failed(WRONG, at=NOW, chance=1))[1]
    names, finished = walked(taken_back.replayed(at=NOW))
    assert names == [step.name for step in STEPS]
    assert finished.replays == 1


def test_only_a_parked_one_is_set_going() -> None:
    with pytest.raises(SagaNotParked):
        new_saga().replayed(at=NOW)


def test_a_task_has_one_key_until_everything_was_taken_back() -> None:
    saga = new_saga(position=1)
    first = saga.task
    assert first is not None
    again = saga.failed(AWAY, at=NOW, chance=1).task
    assert again is not None
    assert again.key == first.key
    back = walked(saga.failed(WRONG, at=NOW, chance=1))[1].replayed(at=NOW).advanced(at=NOW)
    assert back.task is not None
    assert back.task.name == first.name
    assert back.task.key != first.key


def test_mutant_without_rounds_what_was_taken_back_is_not_done_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original = saga_module.Saga._changed

    def without_rounds(self: Saga, at: datetime, **changes: Any) -> Saga:
        changes.pop("round", None)
        return original(self, at, **changes)

    monkeypatch.setattr(saga_module.Saga, "_changed", without_rounds)
    with pytest.raises(AssertionError):
        test_a_task_has_one_key_until_everything_was_taken_back()
