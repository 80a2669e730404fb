"""A period is cut without gaps or overlaps; a histogram tells percentiles within its promise."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from services.activity.domain.metrics import (
    BUCKET_GROWTH,
    ROLL_UPS,
    Stretch,
    cover,
    longest,
    percentile,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)


def stretch(begin: timedelta, end: timedelta) -> Stretch:
    return Stretch(begin=MIDNIGHT + begin, end=MIDNIGHT + end)


@pytest.mark.parametrize(
    ("begin", "end", "days", "hours", "edges"),
    [
        ((0, 0), (48, 0), 1, 0, 0),
        ((0, 0), (47, 0), 1, 1, 0),
        ((-1, 0), (25, 0), 1, 2, 0),
        ((-1, 5), (25, 5), 1, 1, 2),
        ((1, 0), (2, 0), 0, 1, 0),
        ((1, 5), (1, 50), 0, 0, 1),
        ((1, 5), (2, 50), 0, 0, 1),
        ((1, 5), (3, 0), 0, 1, 1),
    ],
)
def test_a_period_is_whole_days_whole_hours_and_what_is_left(
    begin: tuple[int, int], end: tuple[int, int], days: int, hours: int, edges: int
) -> None:
    period = stretch(*(timedelta(hours=hour, minutes=minute) for hour, minute in (begin, end)))
    pieces = cover(period, by_hour=False)
    kinds = [kind for kind, _ in pieces.rolled_up]
    assert (kinds.count("day"), kinds.count("hour"), len(pieces.edges)) == (days, hours, edges)


def test_pieces_meet_and_overlap_nowhere() -> None:
    seed = random.randrange(2**32)
    dice = random.Random(seed)
    for _ in range(500):
        begin = timedelta(seconds=dice.randrange(99 * 86400), microseconds=dice.choice([0, 1]))
        length = timedelta(seconds=dice.randrange(1, dice.choice([7200, 2 * 86400, 200 * 86400])))
        period = stretch(begin, begin + length)
        pieces = cover(period, by_hour=dice.random() < 0.2)
        every = [*pieces.edges, *(piece for _, piece in pieces.rolled_up)]
        every.sort(key=lambda piece: piece.begin)
        assert [piece.end for piece in every[:-1]] == [piece.begin for piece in every[1:]], seed
        assert (every[0].begin, every[-1].end) == (period.begin, period.end), seed
        for kind, piece in pieces.rolled_up:
            assert not (piece.begin - EPOCH) % ROLL_UPS[kind], seed
            assert not (piece.end - EPOCH) % ROLL_UPS[kind], seed


def test_by_the_hour_no_days_are_read() -> None:
    whole = stretch(timedelta(0), timedelta(days=92))
    assert cover(whole, by_hour=True).rolled_up == (("hour", whole),)


def test_of_two_years_few_days_are_read_by_themselves() -> None:
    pieces = cover(stretch(timedelta(0), timedelta(days=800)), by_hour=False)
    days = sum(
        ((piece.end - piece.begin) for kind, piece in pieces.rolled_up if kind == "day"),
        timedelta(0),
    )
    assert timedelta(0) < days < timedelta(days=60)


def test_a_percentile_is_the_end_of_its_bucket() -> None:
    assert percentile({}, 0.5) == 0
    assert percentile({0: 3}, 0.99) == 0
    assert percentile({1: 1, 40: 1}, 0.5) == 1
    assert percentile({1: 1, 40: 1}, 0.51) == longest(40)


def test_buckets_end_not_more_than_their_growth_above_the_one_before() -> None:
    assert longest(0) == 0
    assert longest(1) == 1
    for bucket in range(1, 600):
        assert longest(bucket + 1) <= (longest(bucket) + 1) * BUCKET_GROWTH
