"""Dates that do not exist, that are out of order, or that stand in no document."""

import calendar
import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from services.incidents.domain.hallucination.dates import Day
from services.incidents.domain.hallucination.examination import Examination
from services.incidents.domain.hallucination.figures import Figure
from services.incidents.domain.hallucination.finding import (
    Finding,
    FindingType,
    confidence,
    shown,
)
from services.incidents.domain.hallucination.plain_text import Span
from services.incidents.domain.hallucination.reading import within
from services.incidents.domain.hallucination.vocabulary import MONTHS, WEEKDAYS

_CERTAIN = 0.95
# A weekday may be a slip; a year that was left out may be another; a sum of years has its edges.
_WEEKDAY, _LEFT_OUT, _OVER_WINTER, _DURATION, _BARE_YEARS = 0.9, 0.75, 0.4, 0.75, 0.85
_WINTER_MONTHS = 9
_LEAP_YEAR = 2024
_SECONDS_OF_YEAR = 365.25 * 86_400
_SPOKEN_OF = re.compile(
    r"\b(?:no such|does(?: not|n't) exist|do(?: not|n't) exist|invalid|impossible|there is no"
    r"|is not a (?:valid )?date|typo|error|mistake)\b",
    re.IGNORECASE,
)
_FROM_TO = re.compile(r"^ ?(?:to|until|till|through|up to) (?:the )?$")
_BETWEEN = re.compile(r"^ ?and (?:the )?$")
_DASH = re.compile(r"^ ?- ?$")
_FROM = re.compile(r"\b(?P<word>from|between|of) (?:the )?$", re.IGNORECASE)
# What is moved goes from a later date to an earlier one without harm.
_MOVED = re.compile(
    r"\b(?:mov\w+|chang\w+|brought|bring\w*|reschedul\w+|revis\w+|correct\w+|postpon\w+|shift\w+"
    r"|back to|updat\w+|advanc\w+|fell|fall|rose|declin\w+|compar\w+|bc|bce)\b",
    re.IGNORECASE,
)
_BORN = re.compile(r"\b(?:born|birth)\b", re.IGNORECASE)
_DIED = re.compile(r"\b(?:died|death|passed away)\b", re.IGNORECASE)
_AGED = re.compile(r"\b(?:aged?|age of|at) (?P<age>[0-9]{1,3})\b", re.IGNORECASE)
_LASTED = re.compile(
    r"\b(?:for|lasting|lasted|total of|spanning|over|period of|is|was|,) ?(?:a |the )?$"
)
_TOLERATED_YEARS = 1.01
_BEFORE = 32


def impossible_dates(examination: Examination) -> Iterator[Finding]:
    """Every date of the output that cannot be, whatever any document says."""
    reading = examination.reading
    for sentence in reading.sentences:
        days = within(reading.dates, sentence)
        if not days or _SPOKEN_OF.search(reading.text, sentence.start, sentence.end):
            continue
        yield from _without_existence(examination, days)
        yield from _out_of_order(examination, days, sentence)
        yield from _wrong_ages(examination, days, sentence)


def _without_existence(examination: Examination, days: Sequence[Day]) -> Iterator[Finding]:
    for day in days:
        wrong = _what_is_wrong(day)
        if wrong:
            doubt = _WEEKDAY if "not a" in wrong else 1.0
            yield _finding(examination, day.span, wrong, doubt)


def _what_is_wrong(day: Day) -> str:
    if day.month is None or day.day is None:
        return ""
    if not 1 <= day.month <= len(MONTHS):
        return f"{day.text} does not exist: there is no month {day.month}."
    year = day.year or _LEAP_YEAR
    last = calendar.monthrange(year, day.month)[1]
    if not 1 <= day.day <= last:
        name = MONTHS[day.month - 1].capitalize()
        return f"{day.text} does not exist: {name} {day.year or ''}".rstrip() + f" has {last} days."
    if day.weekday is not None and day.year is not None:
        real = date(year, day.month, day.day).weekday()
        if real != day.weekday:
            said, was = (WEEKDAYS[one].capitalize() for one in (day.weekday, real))
            return f"{day.text} is not a {said} but a {was}."
    return ""


def _out_of_order(
    examination: Examination, days: Sequence[Day], sentence: Span
) -> Iterator[Finding]:
    text = examination.reading.text
    for first, last in pairwise(days):
        if not _is_range(text, first, last) or _what_is_wrong(first) or _what_is_wrong(last):
            continue
        if _MOVED.search(text, sentence.start, first.span.start) or _MOVED.search(
            text, first.span.end, last.span.start
        ):
            continue
        doubt = _reversed(first, last)
        if doubt:
            opening = _FROM.search(text, max(first.span.start - _BEFORE, 0), first.span.start)
            span = Span(opening.start() if opening else first.span.start, last.span.end)
            reason = f"{first.text} lies after {last.text}, at which it is said to end."
            yield _finding(examination, span, reason, doubt)
        elif first.year is not None and last.year is not None:
            yield from _wrong_durations(examination, first, last, sentence)


def _is_range(text: str, first: Day, last: Day) -> bool:
    between = text[first.span.end : last.span.start]
    before = _FROM.search(text, max(first.span.start - _BEFORE, 0), first.span.start)
    if _DASH.match(between) or (before and _FROM_TO.match(between)):
        return True
    return bool(before and before.group("word").lower() == "between" and _BETWEEN.match(between))


def _reversed(first: Day, last: Day) -> float:
    """How sure it is that the first date lies after the last; 0 where it does not."""
    if first.month is None and last.month is None:
        later = (first.year or 0) > (last.year or 0)
        return _BARE_YEARS if later else 0.0
    if last.year is None or (first.month is None) != (last.month is None):
        later = first.year is not None and last.year is not None and first.year > last.year
        return _BARE_YEARS if later else 0.0
    year = first.year if first.year is not None else last.year
    if (year, first.month, first.day or 0) <= (last.year, last.month, last.day or 99):
        return 0.0
    if first.year is not None:
        return 1.0
    # "From November to March 2024" began the year before.
    months = ((last.month or 0) - (first.month or 0)) % len(MONTHS)
    return _OVER_WINTER if months <= _WINTER_MONTHS else _LEFT_OUT


def _wrong_durations(
    examination: Examination, first: Day, last: Day, sentence: Span
) -> Iterator[Finding]:
    """Find "from 1999 to 2004, a total of eight years"."""
    years = _years_between(first, last)
    for figure in within(examination.reading.figures, sentence):
        if not _is_years(figure) or not _LASTED.search(
            examination.reading.text[max(figure.span.start - _BEFORE, 0) : figure.span.start]
        ):
            continue
        if abs(figure.value / _SECONDS_OF_YEAR - years) > _TOLERATED_YEARS:
            reason = (
                f"From {first.text} to {last.text} it is about {years:.0f} years, "
                f"not {shown(figure.text)}."
            )
            yield _finding(examination, figure.span, reason, _DURATION)


def _is_years(figure: Figure) -> bool:
    return figure.dimension == "time" and "year" in figure.text.lower()


def _years_between(first: Day, last: Day) -> float:
    whole = float((last.year or 0) - (first.year or 0))
    if first.month is None or last.month is None:
        return whole
    return whole + (last.month - first.month) / len(MONTHS)


def _wrong_ages(examination: Examination, days: Sequence[Day], sentence: Span) -> Iterator[Finding]:
    text = examination.reading.text
    born = _BORN.search(text, sentence.start, sentence.end)
    dated = [day for day in days if day.year is not None]
    if not born or len(dated) != 2:  # noqa: PLR2004 - a birth and one other date
        return
    birth, other = dated
    years = (other.year or 0) - (birth.year or 0)
    if (
        years < 0
        and birth.span.start > born.start()
        and _DIED.search(text, birth.span.end, sentence.end)
    ):
        yield _finding(examination, other.span, "The death lies before the birth.", 1.0)
    for match in _AGED.finditer(text, born.end(), sentence.end):
        age = int(match.group("age"))
        if years >= 0 and not years - 1 <= age <= years:
            reason = f"From {birth.text} to {other.text} one becomes {years}, not {age}."
            yield _finding(examination, Span(*match.span()), reason, _DURATION)


def _finding(examination: Examination, span: Span, reason: str, doubt: float) -> Finding:
    return examination.finding(
        FindingType.IMPOSSIBLE_DATE, span, reason=reason, confidence=confidence(_CERTAIN, doubt)
    )
