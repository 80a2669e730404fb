import asyncio

import pytest

from bench.load import Load, Pace, drive, side_by_side

SHORT = Pace(seconds=0.04, warm_up_seconds=0.01, rounds=2, rest_seconds=0)


async def test_as_many_callers_as_operations_work_at_once() -> None:
    busy, most = 0, 0

    async def call() -> None:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0)
        busy -= 1

    await drive([call] * 8, pace=SHORT)
    assert most == 8


async def test_what_is_done_while_warming_up_is_not_counted() -> None:
    calls = 0

    async def call() -> None:
        nonlocal calls
        calls += 1
        await asyncio.sleep(0)

    pace = Pace(seconds=0.01, warm_up_seconds=0.05, rounds=1, rest_seconds=0)
    assert 0 < len((await drive([call], pace=pace)).latencies) < calls


async def test_parties_take_turns_and_never_work_at_the_same_time() -> None:
    working: set[str] = set()
    turns: list[str] = []

    async def work(name: str) -> None:
        working.add(name)
        assert working == {name}
        if turns[-1:] != [name]:
            turns.append(name)
        await asyncio.sleep(0)
        working.discard(name)

    await side_by_side([lambda: work("ours")], [lambda: work("theirs")], pace=SHORT)
    assert turns == ["ours", "theirs", "ours", "theirs"]


async def test_an_operation_longer_than_the_round_makes_the_round_longer() -> None:
    async def call() -> None:
        await asyncio.sleep(0.05)

    pace = Pace(seconds=0.001, warm_up_seconds=0, rounds=1, rest_seconds=0)
    load = await drive([call], pace=pace)
    assert len(load.latencies) == 1
    assert load.seconds >= load.latencies[0]


async def test_an_operation_that_fails_ends_the_measurement() -> None:
    async def fail() -> None:
        raise ValueError("broken")

    with pytest.RaisesGroup(ValueError):
        await drive([fail], pace=SHORT)


def test_quantiles_and_rate_follow_from_what_was_seen() -> None:
    load = Load(seconds=2, latencies=tuple(number / 1000 for number in range(1, 102)))
    assert load.per_second == 50.5
    assert load.p50_ms == pytest.approx(51)
    assert load.p99_ms == pytest.approx(100)
