"""Figures that were turned round: from 5 to 6 where a document says from 6 to 5."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from services.incidents.domain.hallucination.examination import Examination
from services.incidents.domain.hallucination.figures import Figure
from services.incidents.domain.hallucination.finding import (
    Finding,
    FindingType,
    confidence,
    shown,
)
from services.incidents.domain.hallucination.plain_text import Span
from services.incidents.domain.hallucination.reading import Reading
from services.incidents.domain.hallucination.stance import NO_CLAIM, doubt_of

_CERTAIN = 0.85
_TO = re.compile(r"^ ?to $")
_FROM = re.compile(r"\bfrom $", re.IGNORECASE)
_LOOK_BACK = 6
_Way = tuple[float, float, str]


def turned_figures(examination: Examination) -> Iterator[Finding]:
    """Every way from one figure to another that a document only knows in the other direction."""
    known = {
        _key(first, last): source.id
        for source in examination.sources.documents
        for first, last in _ways_in(source.reading)
    }
    for first, last in _ways_in(examination.reading):
        back = known.get(_key(last, first))
        stance = examination.stance_at(first.span.start)
        if back is None or _key(first, last) in known or stance in NO_CLAIM:
            continue
        sentence = examination.reading.sentence_at(first.span.start)
        yield examination.finding(
            FindingType.UNSUPPORTED_CLAIM,
            Span(sentence.start, last.span.end),
            reason=f"{shown(back)} says from {shown(last.text)} to {shown(first.text)}, "
            "the other way round.",
            confidence=confidence(_CERTAIN, doubt_of(stance)),
            document_id=back,
        )


def _ways_in(reading: Reading) -> Iterator[tuple[Figure, Figure]]:
    figures: Sequence[Figure] = reading.figures
    for first, last in pairwise(figures):
        before = reading.text[max(first.span.start - _LOOK_BACK, 0) : first.span.start]
        between = reading.text[first.span.end : last.span.start]
        if first.value != last.value and _FROM.search(before) and _TO.match(between):
            yield first, last


def _key(first: Figure, last: Figure) -> _Way:
    return (first.value, last.value, last.dimension)
