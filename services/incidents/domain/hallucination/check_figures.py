"""Figures that stand in no document, and cannot be computed from those that do."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from services.incidents.domain.hallucination.computing_cues import is_computed
from services.incidents.domain.hallucination.derivation import Derivation, derivation_of
from services.incidents.domain.hallucination.examination import Examination
from services.incidents.domain.hallucination.figure_index import KnownFigure
from services.incidents.domain.hallucination.figure_matching import comparable, rounds
from services.incidents.domain.hallucination.figures import Figure
from services.incidents.domain.hallucination.finding import (
    Finding,
    FindingType,
    confidence,
    shown,
)
from services.incidents.domain.hallucination.reading import within
from services.incidents.domain.hallucination.sources import GOAL
from services.incidents.domain.hallucination.stance import NO_CLAIM, doubt_of
from services.incidents.domain.hallucination.surroundings import Surroundings, surroundings_of
from services.incidents.domain.hallucination.time_spans import spans_of_time, years_between
from services.incidents.domain.hallucination.units import COUNT, PERCENT

_CERTAIN = 0.95
# What makes it less certain that a figure was invented.
_SMALL_COUNT, _PLAIN_COUNT, _SHARE = 0.45, 0.9, 0.4
_SUM, _PRODUCT, _ABOUT_ITSELF, _WHOLE, _ONE_IN, _OTHER_UNIT = 0.4, 0.5, 0.2, 0.5, 0.5, 0.5
_SMALL = 12
_OWN_THINGS = re.compile(
    r"^[ -]?(?:\w{1,12} )?(?:steps?|points?|reasons?|options?|ways?|examples?|questions?|sections?"
    r"|parts?|documents?|sources?|sentences?|bullets?|items?|ideas?|tips?|things|words)\b",
    re.IGNORECASE,
)
_RATIO = re.compile(
    r"\b(?:one|a|[0-9]+)(?: \w{1,20}){0,3} (?:in|out of|for)(?: every)? $", re.IGNORECASE
)
_LOOK_BACK = 60
# What everybody knows of the calendar.
_CALENDAR: dict[float, str] = {
    **dict.fromkeys((7, 28, 29, 30, 31, 365, 366), "days"),
    24: "hours",
    12: "months",
    52: "weeks",
    60: "minutes",
}
_OF = re.compile(r" (?:of|in|a|per|each)\b")
# A text with more unknown figures is a table of its own; the rest of it is not computed anew.
_MOST_COMPUTED, _ROUNDS = 300, 3


def unsupported_figures(examination: Examination) -> Iterator[Finding]:
    """Every figure of the output that no document supports."""
    open_ones = [*_unknown(examination)]
    computed: frozenset[Figure] = frozenset()
    # What was computed may have been computed with: go on until nothing is added.
    for _ in range(_ROUNDS):
        ways = {one: _way(examination, one, computed) for one in open_ones[:_MOST_COMPUTED]}
        plain_ones = [one for one, way in ways.items() if way.plain]
        open_ones = [one for one in open_ones if one not in set(plain_ones)]
        computed = computed.union(plain_ones)
        if not plain_ones:
            break
    for figure in open_ones:
        yield _finding(examination, figure, ways.get(figure) or _Way())


def _unknown(examination: Examination) -> Iterator[Figure]:
    for figure in examination.reading.figures:
        trivial = figure.amount == 1 or (figure.dimension == COUNT and figure.value == 0)
        if trivial or figure in examination.supported:
            continue
        if examination.stance_at(figure.span.start) not in NO_CLAIM:
            yield figure


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """How a figure may have been computed, and whether that is plain."""

    derivation: Derivation | None = None
    plain: bool = False
    around: Surroundings = field(default_factory=Surroundings)


def _way(examination: Examination, figure: Figure, computed: frozenset[Figure]) -> _Way:
    reading = examination.reading
    span = reading.sentence_at(figure.span.start)
    around = surroundings_of(examination, figure.span, computed=computed)
    if _is_of_the_calendar(reading.text, figure) or _is_between_dates(figure, around):
        return _Way(plain=True, around=around)
    derivation = derivation_of(figure, around.figures)
    said = around.reckons or is_computed(
        reading.text[span.start : span.end],
        figure.span.start - span.start,
        figure.span.end - span.start,
    )
    plain = derivation is not None and (said or derivation.is_specific)
    return _Way(derivation=derivation, plain=plain, around=around)


def _is_between_dates(figure: Figure, around: Surroundings) -> bool:
    if figure.dimension == COUNT:
        return figure.value in years_between(around.days)
    spans = spans_of_time(around.days, around.moments) if figure.dimension == "time" else ()
    return any(rounds(figure, seconds, converted=True) for seconds in spans)


def _is_of_the_calendar(text: str, figure: Figure) -> bool:
    unit = _CALENDAR.get(figure.amount)
    return unit is not None and unit in figure.text and bool(_OF.match(text, figure.span.end))


def _finding(examination: Examination, figure: Figure, way: _Way) -> Finding:
    around = way.around
    how = way.derivation.how if way.derivation else ""
    nearest = _same_thing(figure, around) or examination.sources.figures.nearest(figure)
    doubts = [*_doubts(examination, figure, around)]
    doubts.append(doubt_of(examination.stance_at(figure.span.start)))
    if way.derivation:
        doubts.append(_SUM if way.derivation.is_sum else _PRODUCT)
    reason = f"{shown(figure.text)} appears nowhere in {examination.sources.described}"
    if how:
        reason += f"; it could be {shown(how)}"
    elif nearest:
        where = f"in {shown(nearest.source)}" if nearest.source != GOAL else "in the question"
        reason += f"; the nearest is {shown(nearest.figure.text)} {where}"
    return examination.finding(
        FindingType.UNSUPPORTED_FIGURE,
        figure.span,
        reason=f"{reason}.",
        confidence=confidence(_CERTAIN, *doubts),
        document_id=nearest.source if nearest and _same_thing(figure, around) else "",
    )


def _same_thing(figure: Figure, around: Surroundings) -> KnownFigure | None:
    """A figure of the same kind in the statement that is most about the same."""
    for statement in around.statements[:2]:
        known = [
            one
            for one in within(statement.reading.figures, statement.span)
            if comparable(figure, one) and one.dimension == figure.dimension
        ]
        if known:
            nearest = min(known, key=lambda one: abs(one.value - figure.value))
            return KnownFigure(statement.source, nearest)
    return None


def _doubts(examination: Examination, figure: Figure, around: Surroundings) -> Iterator[float]:
    if figure.dimension == COUNT:
        yield _PLAIN_COUNT
        if abs(figure.value) <= _SMALL and not _counted_elsewhere(figure, around):
            yield _SMALL_COUNT
        if _OWN_THINGS.match(examination.reading.text, figure.span.end) is not None:
            yield _ABOUT_ITSELF
        start = figure.span.start
        if _RATIO.search(examination.reading.text[max(start - _LOOK_BACK, 0) : start]):
            yield _ONE_IN
    elif _in_another_unit(figure, around):
        yield _OTHER_UNIT
    if figure.is_share:
        yield _SHARE
    if figure.dimension == PERCENT and figure.value in {0.0, 100.0}:
        yield _WHOLE


def _in_another_unit(figure: Figure, around: Surroundings) -> bool:
    return any(
        known.dimension != figure.dimension and known.amount == figure.amount
        for known in around.figures
    )


def _counted_elsewhere(figure: Figure, around: Surroundings) -> bool:
    """Whether a statement about the same gives another number of the same things."""
    return any(
        set(figure.nouns[:2]) & set(known.nouns[:2])
        for statement in around.statements
        for known in within(statement.reading.figures, statement.span)
    )
