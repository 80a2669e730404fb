"""Dates in a text, as they are written there; whether they exist is asked elsewhere."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.incidents.domain.hallucination.plain_text import Span
from services.incidents.domain.hallucination.vocabulary import MONTHS, WEEKDAYS

_MONTH = "|".join(
    [month.capitalize() for month in MONTHS]
    + ["Sept", *(month[:3].capitalize() for month in MONTHS)]
)
_WEEKDAY = "|".join(day.capitalize() for day in WEEKDAYS)
_YEAR = r"(?P<year>1[0-9]{3}|2[01][0-9]{2})(?![\w%]|[.,][0-9])"
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?(?![\w%]|[.,:][0-9])"
_BEFORE = r"(?<![\w.,:/$€£-])"
_WEEKDAY_BEFORE = rf"(?:(?P<weekday>{_WEEKDAY}),? (?:the )?)?"
_NAMED_MONTH = rf"(?P<month>{_MONTH})(?:\b|\.(?= [0-9]))"
_WRITTEN_BY_MACHINES = (
    r"(?<![\w./-])(?P<year>1[0-9]{3}|2[01][0-9]{2})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})(?![\w-])"
)
_WRITTEN_IN_NUMBERS = (
    r"(?<![\w./-])(?P<day>[0-9]{1,2})(?P<mark>[./])(?P<month>[0-9]{1,2})(?P=mark)"
    r"(?P<year>1[89][0-9]{2}|20[0-9]{2})(?![\w/])"
)
_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        rf"{_BEFORE}{_WEEKDAY_BEFORE}{_DAY}(?: of)? {_NAMED_MONTH}(?:,? {_YEAR})?",
        rf"{_BEFORE}{_WEEKDAY_BEFORE}(?P<month>{_MONTH})\.? {_DAY}(?:,? {_YEAR})?",
        rf"\b(?P<month>{_MONTH})\.?,? (?:of )?{_YEAR}",
        _WRITTEN_BY_MACHINES,
        _WRITTEN_IN_NUMBERS,
    )
)
_BARE_YEAR = re.compile(rf"(?<![\w.,:/$€£§#])(?<![A-Za-z]-){_YEAR}")
_NOT_A_YEAR = re.compile(
    r" ?(?:percent|million|billion|thousand|euro|dollar|pound|k[mg]|m[mg]?|people|children|women"
    r"|men|[a-z]{1,30}s\b(?<! was)(?<! is)(?<! has)(?<! as)(?<! its)(?<! this))"
)
_YEARS_FROM, _YEARS_TO = 1500, 2199


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A date as it is written: what is not written is None."""

    span: Span
    text: str
    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    # Written as 3/4/2021: either may be the day.
    ambiguous: bool = False

    @property
    def key(self) -> tuple[int | None, int | None, int | None]:
        """Year, month and day."""
        return (self.year, self.month, self.day)

    @property
    def is_bare_year(self) -> bool:
        """Whether nothing but a year is written."""
        return self.month is None


def dates_in(text: str) -> tuple[Day, ...]:
    """Every date and every year, in order."""
    found: dict[int, Day] = {}
    taken = bytearray(len(text))
    for shape in _SHAPES:
        for match in shape.finditer(text):
            if not taken[match.start()] and not taken[match.end() - 1]:
                found[match.start()] = _day_of(match)
                taken[match.start() : match.end()] = b"\x01" * (match.end() - match.start())
    found |= {day.span.start: day for day in _bare_years(text) if not taken[day.span.start]}
    return tuple(found[start] for start in sorted(found))


def _day_of(match: re.Match[str]) -> Day:
    named = match.groupdict()
    month = named["month"]
    numeric = month.isdigit()
    number = int(month) if numeric else _number_of(month)
    day = int(named["day"]) if named.get("day") else None
    ambiguous = bool(named.get("mark"))
    if ambiguous and number > len(MONTHS) and day is not None and day <= len(MONTHS):
        number, day = day, number
    return Day(
        span=Span(match.start(), match.end()),
        text=match.group(),
        year=int(named["year"]) if named.get("year") else None,
        month=number,
        day=day,
        weekday=WEEKDAYS.index(named["weekday"].lower()) if named.get("weekday") else None,
        ambiguous=ambiguous,
    )


def _number_of(month: str) -> int:
    return next(
        number for number, name in enumerate(MONTHS, start=1) if name.startswith(month[:3].lower())
    )


def _bare_years(text: str) -> Iterator[Day]:
    for match in _BARE_YEAR.finditer(text):
        year = int(match.group("year"))
        if _YEARS_FROM <= year <= _YEARS_TO and not _NOT_A_YEAR.match(text, match.end()):
            yield Day(span=Span(match.start(), match.end()), text=match.group(), year=year)
