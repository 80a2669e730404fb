"""Which stretches of time figures are read from, and what histograms of durations say."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import zip_longest

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# From the smallest to the largest, counted from the epoch; each holds whole ones of the one before.
ROLL_UPS = {"hour": HOUR, "day": DAY, "thirty_days": 30 * DAY}

# Each bucket of durations ends 5 % above the one before. It is small enough that a percentile is
# useful, and large enough that a day of a busy agent is some dozens of rows.
BUCKET_GROWTH = 1.05
# The bucket of what never took any time: runs that did not begin, or are not over.
NO_DURATION = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of time, its end not in it."""

    begin: datetime
    end: datetime

    @property
    def is_empty(self) -> bool:
        """Whether there is no moment in it."""
        return self.begin >= self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """A period cut into stretches of whole roll-ups, by their kind, and what is left of it."""

    period: Stretch
    rolled_up: tuple[tuple[str, Stretch], ...]
    edges: tuple[Stretch, ...]


def cover(period: Stretch, *, by_hour: bool) -> Cover:
    """Cut a period into the largest pieces that there are; into hours if those are asked for."""
    inner = _whole(period, HOUR)
    edges = _around(period, inner)
    rolled_up: list[tuple[str, Stretch]] = []
    names = ["hour"] if by_hour else list(ROLL_UPS)
    for name, larger in zip_longest(names, names[1:]):
        rest = _whole(inner, ROLL_UPS[larger]) if larger else _nothing(inner)
        rolled_up += [(name, piece) for piece in _around(inner, rest)]
        inner = rest
    return Cover(period=period, rolled_up=tuple(rolled_up), edges=edges)


def _whole(period: Stretch, unit: timedelta) -> Stretch:
    """The whole units of a period; if there are none, nothing at its begin."""
    begin = _floor(period.begin + unit - timedelta.resolution, unit)
    end = _floor(period.end, unit)
    return Stretch(begin=begin, end=end) if begin < end else _nothing(period)


def _nothing(period: Stretch) -> Stretch:
    return Stretch(begin=period.begin, end=period.begin)


def _floor(moment: datetime, unit: timedelta) -> datetime:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return moment - (moment - epoch) % unit


def _around(outer: Stretch, inner: Stretch) -> tuple[Stretch, ...]:
    return _pieces(
        Stretch(begin=outer.begin, end=inner.begin), Stretch(begin=inner.end, end=outer.end)
    )


def _pieces(*stretches: Stretch) -> tuple[Stretch, ...]:
    return tuple(stretch for stretch in stretches if not stretch.is_empty)


def percentile(histogram: Mapping[int, int], share: float) -> int:
    """The end of the bucket within which this share of the durations lies; 0 when there are none.

    It is never below the duration that a sorted list would give, and at most one bucket above.
    """
    wanted = share * sum(histogram.values())
    counted = 0
    for bucket in sorted(histogram):
        counted += histogram[bucket]
        if counted >= wanted:
            return longest(bucket)
    return 0


def longest(bucket: int) -> int:
    """The longest duration in a bucket, in milliseconds; the first bucket holds 0 alone."""
    return 0 if bucket == 0 else math.floor(BUCKET_GROWTH ** (bucket - 1))
