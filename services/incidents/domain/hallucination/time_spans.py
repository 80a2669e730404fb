"""How long it is from one date or time of day to another."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from services.incidents.domain.hallucination.dates import Day
from services.incidents.domain.hallucination.reading import Moment

_DAY_SECONDS, _DAYS_OF_YEAR, _DAYS_OF_MONTH = 86_400.0, 365.25, 30.4375
_DAY_MINUTES = 24 * 60


def spans_of_time(days: Sequence[Day], moments: Sequence[Moment]) -> Iterator[float]:
    """How many seconds lie between each two dates or times of day."""
    for one, other in combinations(moments, 2):
        minutes = abs(one.minutes - other.minutes)
        yield minutes * 60.0
        yield (_DAY_MINUTES - minutes) * 60.0
    for first, last in combinations(days, 2):
        same_kind = first.month is not None and last.month is not None
        if first.year is not None or last.year is not None or same_kind:
            yield abs(days_between(first, last)) * _DAY_SECONDS


def years_between(days: Sequence[Day]) -> frozenset[int]:
    """How many years lie between each two of the dates."""
    years = {day.year for day in days if day.year is not None}
    return frozenset(abs(one - other) for one, other in combinations(sorted(years), 2))


def days_between(first: Day, last: Day) -> float:
    """About how many days lie between two dates, as exactly as both are written."""
    return _in_days(last, first) - _in_days(first, last)


def _in_days(day: Day, other: Day) -> float:
    year = day.year if day.year is not None else other.year or 0
    both_exact = day.month is not None and other.month is not None
    month = (day.month or 1) if both_exact else 1
    date = (day.day or 1) if day.day and other.day else 1
    return year * _DAYS_OF_YEAR + (month - 1) * _DAYS_OF_MONTH + date
