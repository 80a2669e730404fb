"""The batching primitive: order, isolation, back-pressure, and nobody forgotten."""

import asyncio
from collections.abc import Sequence

import pytest

from kernel.errors import InvalidRequest, Overloaded, Unavailable
from servicekit.batching import Batcher, Outcome


class Recorder:
    """Performs batches by doubling, and remembers them."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, items: Sequence[int]) -> Sequence[Outcome[int]]:
        await self.gate.wait()
        self.batches.append(list(items))
        return [item * 2 for item in items]


async def test_every_caller_gets_its_own_answer() -> None:
    batcher = Batcher(Recorder(), name="test")
    answers = await asyncio.gather(*(batcher.submit(number) for number in range(1000)))
    assert answers == [number * 2 for number in range(1000)]


async def test_an_idle_batcher_does_not_wait_for_company() -> None:
    recorder = Recorder()
    batcher = Batcher(recorder, name="test")
    assert await batcher.submit(1) == 2
    assert recorder.batches == [[1]]


async def test_what_arrives_during_a_batch_travels_together_in_order() -> None:
    recorder = Recorder()
    recorder.gate.clear()
    batcher = Batcher(recorder, name="test", maximum_items=4)
    first = asyncio.create_task(batcher.submit(0))
    await asyncio.sleep(0)
    rest = [asyncio.create_task(batcher.submit(number)) for number in range(1, 10)]
    await asyncio.sleep(0)
    recorder.gate.set()
    await asyncio.gather(first, *rest)
    assert recorder.batches == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]] or recorder.batches == [
        [0],
        [1, 2, 3, 4],
        [5, 6, 7, 8],
        [9],
    ]
    assert [item for batch in recorder.batches for item in batch] == list(range(10))


async def _reject_thirteen(items: Sequence[int]) -> Sequence[Outcome[int]]:
    if 13 in items:
        raise ValueError("thirteen")
    return list(items)


async def _outcomes(batcher: Batcher[int, int], numbers: Sequence[int]) -> list[object]:
    return await asyncio.gather(
        *(batcher.submit(number) for number in numbers), return_exceptions=True
    )


async def test_a_poisoned_item_fails_alone() -> None:
    outcomes = await _outcomes(Batcher(_reject_thirteen, name="test"), range(40))
    failed = [number for number, outcome in enumerate(outcomes) if isinstance(outcome, Exception)]
    assert failed == [13]
    assert [outcome for outcome in outcomes if isinstance(outcome, int)] == [
        number for number in range(40) if number != 13
    ]


async def test_mutant_without_splitting_a_poisoned_item_takes_its_neighbours_along(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail_all(self: Batcher[int, int], batch: list, error: Exception) -> None:
        for _, answer in batch:
            answer.set_exception(error)

    monkeypatch.setattr(Batcher, "_answer_failed", fail_all)
    outcomes = await _outcomes(Batcher(_reject_thirteen, name="test"), range(40))
    assert sum(isinstance(outcome, Exception) for outcome in outcomes) > 1


async def test_an_outcome_can_be_the_error_of_one_item() -> None:
    async def odd_only(items: Sequence[int]) -> Sequence[Outcome[int]]:
        return [item if item % 2 else InvalidRequest(f"{item} is even") for item in items]

    outcomes = await _outcomes(Batcher(odd_only, name="test"), [1, 2, 3, 4])
    assert [str(outcome) for outcome in outcomes] == ["1", "2 is even", "3", "4 is even"]


async def test_an_outage_goes_to_everybody_without_splitting() -> None:
    calls = []

    async def away(items: Sequence[int]) -> Sequence[Outcome[int]]:
        calls.append(len(items))
        raise Unavailable("away")

    outcomes = await _outcomes(Batcher(away, name="test"), range(32))
    assert calls == [32]
    assert all(isinstance(outcome, Unavailable) for outcome in outcomes)
    assert len({id(outcome) for outcome in outcomes}) == 32


async def test_beyond_its_capacity_it_refuses_at_once_and_says_when_to_come_back() -> None:
    recorder = Recorder()
    recorder.gate.clear()
    batcher = Batcher(recorder, name="test", maximum_items=1, maximum_waiting=2)
    running = asyncio.create_task(batcher.submit(0))
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(batcher.submit(number)) for number in (1, 2)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded) as refusal:
        await batcher.submit(3)
    assert refusal.value.retry_after is not None
    recorder.gate.set()
    assert await asyncio.gather(running, *waiting) == [0, 2, 4]
    assert [item for batch in recorder.batches for item in batch] == [0, 1, 2]


async def test_an_item_whose_caller_went_away_is_left_out() -> None:
    recorder = Recorder()
    recorder.gate.clear()
    batcher = Batcher(recorder, name="test", maximum_items=1)
    running = asyncio.create_task(batcher.submit(0))
    await asyncio.sleep(0)
    gone, stays = (asyncio.create_task(batcher.submit(number)) for number in (1, 2))
    await asyncio.sleep(0)
    gone.cancel()
    recorder.gate.set()
    assert await asyncio.gather(running, stays) == [0, 4]
    assert recorder.batches == [[0], [2]]


async def test_closing_finishes_what_waits_and_takes_nothing_new() -> None:
    recorder = Recorder()
    batcher = Batcher(recorder, name="test", maximum_items=2)
    waiting = [asyncio.create_task(batcher.submit(number)) for number in range(5)]
    await asyncio.sleep(0)
    await batcher.close()
    assert await asyncio.gather(*waiting) == [0, 2, 4, 6, 8]
    with pytest.raises(Unavailable):
        await batcher.submit(9)


async def test_an_item_handed_in_at_the_very_end_of_a_loop_is_not_forgotten() -> None:
    batcher = Batcher(Recorder(), name="test")
    answers: list[int] = []

    async def again_and_again() -> None:
        # Each answer is followed at once by the next item: it arrives while the loop is ending.
        answers.extend([await batcher.submit(number) for number in range(200)])

    await asyncio.gather(*(again_and_again() for _ in range(5)))
    assert len(answers) == 1000


async def test_several_loops_share_the_work_without_losing_any() -> None:
    recorder = Recorder()
    batcher = Batcher(recorder, name="test", maximum_items=8, concurrency=3)
    answers = await asyncio.gather(*(batcher.submit(number) for number in range(500)))
    assert answers == [number * 2 for number in range(500)]
    assert sorted(item for batch in recorder.batches for item in batch) == list(range(500))
