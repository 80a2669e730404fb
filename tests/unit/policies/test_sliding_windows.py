"""A sliding window never counts less than what the last seconds really hold."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from services.policies.domain.counting import CounterKey, slice_seconds

pytestmark = pytest.mark.gap("GAP-007")
START = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)


def key(seconds: int) -> CounterKey:
    return CounterKey(
        id="c", tenant_id="t", policy_id="p", limit_name="l", window_seconds=seconds, shared=True
    )


@pytest.mark.parametrize("seconds", [1, 5, 12, 60, 61, 3600])
def test_the_window_holds_at_least_what_was_used_and_at_most_a_slice_more(seconds: int) -> None:
    chance = random.Random(seconds)
    counter = key(seconds).fresh(START)
    used: list[tuple[datetime, int]] = []
    now = START
    for _ in range(400):
        now += timedelta(seconds=chance.random() * seconds / 10)
        counter.brought_to(now)
        amount = chance.randint(0, 9)
        counter.reserve(amount)
        used.append((now, amount))
        true = sum(part for at, part in used if at > now - timedelta(seconds=seconds))
        span = timedelta(seconds=seconds + 2 * slice_seconds(seconds))
        bound = sum(part for at, part in used if at > now - span)
        assert true <= counter.total <= bound


def test_what_is_settled_changes_the_slice_that_it_was_reserved_in() -> None:
    counter = key(60).fresh(START)
    at = counter.reserve(10)
    counter.brought_to(START + timedelta(seconds=20))
    counter.settle(10, 4, at)
    assert counter.total == 4
    counter.brought_to(START + timedelta(seconds=200))
    assert counter.total == 0


def test_what_is_settled_after_its_window_has_passed_harms_nobody() -> None:
    counter = key(60).fresh(START)
    at = counter.reserve(10)
    counter.brought_to(START + timedelta(seconds=200))
    counter.settle(10, 40, at)
    assert counter.total == 0
