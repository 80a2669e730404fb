"""Dates and years that exist, but stand in no document."""

from collections.abc import Iterator

from services.incidents.domain.hallucination.computing_cues import is_computed
from services.incidents.domain.hallucination.dates import Day
from services.incidents.domain.hallucination.examination import Examination
from services.incidents.domain.hallucination.finding import (
    Finding,
    FindingType,
    confidence,
    shown,
)
from services.incidents.domain.hallucination.reading import Moment, within
from services.incidents.domain.hallucination.sources import Sources
from services.incidents.domain.hallucination.stance import NO_CLAIM, doubt_of
from services.incidents.domain.hallucination.surroundings import Surroundings, surroundings_of
from services.incidents.domain.hallucination.time_spans import days_between

_CERTAIN = 0.9
_NEAR_A_KNOWN, _COMPUTED = 0.5, 0.3
# The first day may count as well.
_ONE_DAY = 1.01
_SECONDS_OF_DAY = 86_400
_MINUTES_OF_DAY = 24 * 60
_SECONDS_OF_YEAR = 365.25 * _SECONDS_OF_DAY
_MOST_LOOKED_AT = 300


def unsupported_dates(examination: Examination) -> Iterator[Finding]:
    """Every date of the output that no document knows; one that cannot be is told elsewhere."""
    sources, looked_at = examination.sources, 0
    for day in examination.reading.dates:
        stance = examination.stance_at(day.span.start)
        if stance in NO_CLAIM or _is_known(day, sources):
            continue
        looked_at += 1
        near = looked_at <= _MOST_LOOKED_AT
        around = surroundings_of(examination, day.span) if near else Surroundings()
        doubts = list(_doubts(examination, day, around))
        doubts.append(doubt_of(stance))
        nearest = _nearest(day, around)
        reason = f"{shown(day.text)} appears nowhere in {sources.described}"
        reason += f"; the nearest is {shown(nearest)}." if nearest else "."
        yield examination.finding(
            FindingType.UNSUPPORTED_FIGURE,
            day.span,
            reason=reason,
            confidence=confidence(_CERTAIN, *doubts),
            document_id=around.statements[0].source if nearest and around.statements else "",
        )


def unsupported_moments(examination: Examination) -> Iterator[Finding]:
    """Every time of day in the output that no document gives, and that was not computed."""
    sources = examination.sources
    known = {one.minutes for source in sources.all for one in source.reading.moments}
    # Without a single time in the documents, one in the output is about something else.
    for moment in examination.reading.moments if known else ():
        stance = examination.stance_at(moment.span.start)
        if moment.minutes in known or stance in NO_CLAIM:
            continue
        around = surroundings_of(examination, moment.span)
        if _is_reckoned(moment, around):
            continue
        nearest = min(known, key=lambda one: abs(one - moment.minutes))
        written = examination.reading.text[moment.span.start : moment.span.end]
        yield examination.finding(
            FindingType.UNSUPPORTED_FIGURE,
            moment.span,
            reason=f"{shown(written)} appears nowhere in {sources.described}; "
            f"the nearest is {nearest // 60:02}:{nearest % 60:02}.",
            confidence=confidence(_CERTAIN, doubt_of(stance)),
        )


def _is_reckoned(moment: Moment, around: Surroundings) -> bool:
    """Whether it lies a known time before or after another moment."""
    minutes = [round(one.value / 60) for one in around.figures if one.dimension == "time"]
    return any(
        (moment.minutes - known.minutes) % _MINUTES_OF_DAY in {duration, _MINUTES_OF_DAY - duration}
        for known in around.moments
        for duration in minutes
    )


def _is_known(day: Day, sources: Sources) -> bool:
    if day.is_bare_year:
        return day.year in sources.years
    readings = [(day.month, day.day)]
    if day.ambiguous:
        readings.append((day.day, day.month))
    return any(
        (day.year, month, date) in sources.days
        or ((None, month, date) in sources.undated_days and day.year in sources.years)
        for month, date in readings
    )


def _doubts(examination: Examination, day: Day, around: Surroundings) -> Iterator[float]:
    reading = examination.reading
    span = reading.sentence_at(day.span.start)
    if day.is_bare_year:
        if any(day.year == year for year in _computed_years(around)):
            yield _COMPUTED
    elif _is_counted_from(day, around):
        yield _COMPUTED
    elif is_computed(
        reading.text[span.start : span.end],
        day.span.start - span.start,
        day.span.end - span.start,
    ) and any(day.month == known.month and day.day != known.day for known in around.days):
        yield _NEAR_A_KNOWN


def _computed_years(around: Surroundings) -> Iterator[int]:
    for known in around.days:
        for figure in around.figures:
            if known.year is not None and figure.dimension == "time":
                years = round(figure.value / _SECONDS_OF_YEAR)
                if years:
                    yield known.year + years
                    yield known.year - years


def _is_counted_from(day: Day, around: Surroundings) -> bool:
    """Whether it lies as many days from a known date as a known duration is long."""
    durations = [one.value / _SECONDS_OF_DAY for one in around.figures if one.dimension == "time"]
    return any(
        day.month and known.month and abs(abs(days_between(known, day)) - duration) <= _ONE_DAY
        for known in around.days
        if known.key != day.key
        for duration in durations
    )


def _nearest(day: Day, around: Surroundings) -> str:
    """The date in the statements about the same that has most in common with this one."""
    from_documents = [
        known
        for statement in around.statements[:2]
        for known in within(statement.reading.dates, statement.span)
    ]
    alike = [known for known in from_documents if known.is_bare_year == day.is_bare_year]
    return max(alike, key=lambda known: _in_common(day, known)).text if alike else ""


def _in_common(day: Day, known: Day) -> int:
    return sum(one == other for one, other in zip(day.key, known.key, strict=True))
