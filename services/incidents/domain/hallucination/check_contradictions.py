"""Two steps of a run that say different things of the same."""

import re
from collections.abc import Iterator, Sequence

from services.incidents.domain.hallucination.assertions import assertions_in, denies
from services.incidents.domain.hallucination.dates import Day
from services.incidents.domain.hallucination.examination import Examination
from services.incidents.domain.hallucination.figure_matching import agrees
from services.incidents.domain.hallucination.figures import Figure
from services.incidents.domain.hallucination.finding import (
    Finding,
    FindingType,
    confidence,
    shown,
)
from services.incidents.domain.hallucination.plain_text import Span
from services.incidents.domain.hallucination.reading import within
from services.incidents.domain.hallucination.sentence_index import Statement
from services.incidents.domain.hallucination.stance import NO_CLAIM, Stance, doubt_of
from services.incidents.domain.hallucination.units import COUNT
from services.incidents.domain.hallucination.words import content_stems, stem

_CERTAIN, _DENIED = 0.9, 0.8
_CORRECTED, _MORE_IS_SAID = 0.4, 0.85
_STATEMENTS, _FEWEST_WORDS, _SHARED = 6, 2, 0.75
_CORRECTION = re.compile(
    r"\b(?:correct(?:ion|ed|ing)|revised?|updated?|instead|previous(?:ly)?|earlier|formerly"
    r"|originally|i was"
    r" wrong|mistake|apolog\w+|sorry|in fact|actually|no longer|now|new)\b",
    re.IGNORECASE,
)
_CAPITAL = re.compile(r"(?<=[\w,;] )[A-Z][\w'-]+")


def contradictions(examination: Examination) -> Iterator[Finding]:
    """Every value of the output where an earlier step gave another one, or said the opposite."""
    reading = examination.reading
    for span in reading.sentences if examination.earlier.statements else ():
        stance = examination.stance_at(span.start)
        if stance in NO_CLAIM:
            continue
        words = reading.words(span)
        stems = frozenset(content_stems(words))
        told: set[Span] = set()
        for statement in examination.earlier.about(stems, at_most=_STATEMENTS):
            pairs = [*_other_values(examination, span, stems, statement)]
            pairs += _opposites(examination, span, statement)
            for place, said, start in pairs:
                if place not in told:
                    told.add(place)
                    doubts = _doubts(words, stems, statement, stance)
                    yield _finding(examination, place, said, statement, confidence(start, *doubts))


def _finding(
    examination: Examination, place: Span, said: str, statement: Statement, sure: float
) -> Finding:
    written = examination.reading.text[place.start : place.end]
    return examination.finding(
        FindingType.CONTRADICTION,
        place,
        reason=f"Step {statement.source} said {said}, this one says {shown(written)}.",
        confidence=sure,
        step_index=int(statement.source),
    )


def _other_values(
    examination: Examination, span: Span, stems: frozenset[str], statement: Statement
) -> Iterator[tuple[Span, str, float]]:
    if not _about_the_same(examination, span, stems, statement):
        return
    figures = within(examination.reading.figures, span)
    known_figures = within(statement.reading.figures, statement.span)
    for figure in figures:
        other = _other_figure(figure, figures, known_figures)
        if other:
            yield figure.span, shown(other.text), _CERTAIN
    days = within(examination.reading.dates, span)
    known_days = within(statement.reading.dates, statement.span)
    for day in days:
        other_day = None if figures and day.is_bare_year else _other_day(day, days, known_days)
        if other_day:
            yield day.span, shown(other_day.text), _CERTAIN


def _about_the_same(
    examination: Examination, span: Span, stems: frozenset[str], statement: Statement
) -> bool:
    shared = stems & statement.stems
    if len(shared) < max(_FEWEST_WORDS, _SHARED * len(stems)):
        return False
    text = examination.reading.text[span.start : span.end]
    ours, theirs = _capitals(text), _capitals(statement.text)
    return not (ours - theirs and theirs - ours) and not ours - theirs - statement.stems


def _capitals(text: str) -> frozenset[str]:
    return frozenset(stem(match.group()) for match in _CAPITAL.finditer(text))


def _other_figure(
    figure: Figure, ours: Sequence[Figure], theirs: Sequence[Figure]
) -> Figure | None:
    if any(agrees(figure, known) or agrees(known, figure) for known in theirs):
        return None
    for known in theirs:
        alike = known.dimension == figure.dimension and (
            figure.dimension != COUNT
            or bool(set(figure.nouns) & set(known.nouns))
            or not figure.nouns
        )
        if alike and not any(agrees(one, known) for one in ours):
            return known
    return None


def _other_day(day: Day, ours: Sequence[Day], theirs: Sequence[Day]) -> Day | None:
    if any(_compatible(day, known) for known in theirs):
        return None
    for known in theirs:
        same_form = known.is_bare_year == day.is_bare_year
        if same_form and not any(_compatible(one, known) for one in ours):
            return known
    return None


def _compatible(day: Day, other: Day) -> bool:
    return all(
        one is None or two is None or one == two
        for one, two in zip(day.key, other.key, strict=True)
    )


def _opposites(
    examination: Examination, span: Span, statement: Statement
) -> Iterator[tuple[Span, str, float]]:
    words = examination.reading.words(span)
    for assertion in assertions_in(words, offset=span.start):
        if denies(assertion, statement):
            yield assertion.span, f"“{shown(statement.text)}”", _DENIED


def _doubts(
    words: str, stems: frozenset[str], statement: Statement, stance: Stance
) -> Iterator[float]:
    if _CORRECTION.search(words):
        yield _CORRECTED
    yield doubt_of(stance)
    if not stems <= statement.stems:
        yield _MORE_IS_SAID
