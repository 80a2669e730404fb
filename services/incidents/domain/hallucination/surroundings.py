"""What stands near a figure, in the output and in the sentences of documents about the same."""

from dataclasses import dataclass

from services.incidents.domain.hallucination.dates import Day
from services.incidents.domain.hallucination.examination import Examination
from services.incidents.domain.hallucination.figure_matching import agrees
from services.incidents.domain.hallucination.figures import Figure
from services.incidents.domain.hallucination.plain_text import Span
from services.incidents.domain.hallucination.reading import Moment, within
from services.incidents.domain.hallucination.sentence_index import Statement
from services.incidents.domain.hallucination.units import COUNT
from services.incidents.domain.hallucination.words import content_stems

# From how far a figure may have been computed, and from how many.
_SENTENCES_BACK, _STATEMENTS, _MOST_KNOWN, _HANDFUL, _NEARBY = 2, 6, 40, 12, 3
# So few sentences were all read together.
_SHORT_READING = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a figure may have been computed from, and the statements nearest in meaning."""

    figures: tuple[Figure, ...] = ()
    days: tuple[Day, ...] = ()
    moments: tuple[Moment, ...] = ()
    statements: tuple[Statement, ...] = ()
    # Whether figures of the question are used: somebody asked for something to be computed.
    reckons: bool = False


def surroundings_of(
    examination: Examination, place: Span, *, computed: frozenset[Figure] = frozenset()
) -> Surroundings:
    """Look around a place; of the output itself, what documents support and what was computed."""
    reading, sources = examination.reading, examination.sources
    span = reading.sentence_at(place.start)
    number = reading.number_at(place.start)
    before = reading.sentences[max(number - _SENTENCES_BACK, 0)]
    wide = Span(before.start, span.end)
    goal = sources.goal.reading
    statements = sources.sentences.about(content_stems(reading.words(span)), at_most=_STATEMENTS)
    # What stands before, and the question, say what the sentence does not repeat.
    context = f"{reading.words(wide)} {goal.text}"
    wider = sources.sentences.about(content_stems(context), at_most=_STATEMENTS)
    wider = [*statements, *(one for one in wider if one not in statements)]
    nearby = [other for one in wider[:_NEARBY] for other in sources.sentences.beside(one, reach=2)]
    figures = [
        one
        for one in within(reading.figures, wide)
        if one.span != place and (one in computed or one in examination.supported)
    ]
    assumed = [
        one for one in within(reading.figures, span) if _is_assumed(one) and one.span != place
    ]
    reckons = any(agrees(one, asked) for one in figures for asked in goal.figures) or any(
        one not in figures for one in assumed
    )
    figures += [one for one in assumed if one not in figures]
    figures += goal.figures
    days = [*within(reading.dates, wide), *goal.dates]
    moments = [*within(reading.moments, wide), *goal.moments]
    everything = sources.sentences.statements
    if len(everything) <= _SHORT_READING:
        nearby += everything
    for statement in (*wider, *nearby):
        figures += within(statement.reading.figures, statement.span)
        days += within(statement.reading.dates, statement.span)
        moments += within(statement.reading.moments, statement.span)
    distinct = {(one.value, one.dimension): one for one in reversed(figures)}
    return Surroundings(
        figures=tuple(reversed(distinct.values()))[:_MOST_KNOWN],
        days=tuple(days[:_MOST_KNOWN]),
        moments=tuple(moments[:_MOST_KNOWN]),
        statements=tuple(statements),
        reckons=reckons,
    )


def _is_assumed(figure: Figure) -> bool:
    """Whether it is a handful of things, as somebody takes it for an example."""
    return figure.dimension == COUNT and figure.value <= _HANDFUL
