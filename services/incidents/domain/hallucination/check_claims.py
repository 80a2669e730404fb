"""Sentences that the documents hardly speak of, or say the opposite of."""

from collections.abc import Iterator

from services.incidents.domain.hallucination.assertions import Assertion, assertions_in, denies
from services.incidents.domain.hallucination.examination import Examination
from services.incidents.domain.hallucination.figure_matching import agrees
from services.incidents.domain.hallucination.finding import (
    Finding,
    FindingType,
    confidence,
    shown,
)
from services.incidents.domain.hallucination.plain_text import Span
from services.incidents.domain.hallucination.quotes import words_of
from services.incidents.domain.hallucination.reading import within
from services.incidents.domain.hallucination.sentence_index import Statement
from services.incidents.domain.hallucination.stance import NO_CLAIM, Stance, doubt_of, is_advice
from services.incidents.domain.hallucination.words import content_stems

_OPPOSITE = 0.8
# What hardly any document speaks of may still be a paraphrase.
_UNHEARD_OF, _COVERED = 0.65, 0.3
_FEWEST_WORDS, _STATEMENTS = 7, 8
_MOST_LOOKED_AT = 2_000


def unsupported_claims(examination: Examination) -> Iterator[Finding]:
    """Every sentence that denies a document, or that no document has the words of."""
    for span in examination.reading.sentences[:_MOST_LOOKED_AT]:
        words = examination.reading.words(span)
        if "|" in words:
            # A row of a table is no sentence: what its cells say of each other is in its heading.
            continue
        denied = None
        for assertion in assertions_in(words, offset=span.start):
            stance = examination.stance_at(assertion.span.start)
            if stance not in NO_CLAIM and (denied := _denied(examination, assertion)):
                yield _opposite(examination, assertion, denied, stance)
        # A figure in it is looked up by itself and says more than the words around it.
        counts = within(examination.reading.figures, span)
        if denied is None and not counts and not is_advice(words):
            yield from _unheard_of(examination, span.start, span.end, words)


def _denied(examination: Examination, assertion: Assertion) -> Statement | None:
    """A statement of a document that says the opposite, where none says the same."""
    sources = examination.sources
    words = words_of(examination.reading.words(assertion.span))
    if not words or sources.quotes.holds((words,)):
        return None
    index = sources.sentences
    found = None
    for statement in index.about(assertion.stems, at_most=_STATEMENTS):
        if _counts_otherwise(examination, assertion, statement):
            continue
        verdict = denies(assertion, statement)
        if verdict is False:
            return None
        if verdict and found is None:
            found = statement
    return found


def _counts_otherwise(examination: Examination, assertion: Assertion, statement: Statement) -> bool:
    """Whether it speaks of another number of things, of which something else may be true."""
    known = within(statement.reading.figures, statement.span)
    return any(
        not any(agrees(figure, one) for one in known)
        for figure in within(examination.reading.figures, assertion.span)
    )


def _opposite(
    examination: Examination, assertion: Assertion, statement: Statement, stance: Stance
) -> Finding:
    return examination.finding(
        FindingType.UNSUPPORTED_CLAIM,
        assertion.span,
        reason=f"{shown(statement.source)} says the opposite: “{shown(statement.text)}”.",
        confidence=confidence(_OPPOSITE, doubt_of(stance)),
        document_id=statement.source,
    )


def _unheard_of(examination: Examination, start: int, end: int, words: str) -> Iterator[Finding]:
    stems = set(content_stems(words))
    stance = examination.stance_at(start)
    if len(stems) < _FEWEST_WORDS or stance is not Stance.FACT:
        return
    sources = examination.sources
    asked = set(content_stems(sources.goal.reading.text))
    covered = sum(sources.sentences.knows(stem) or stem in asked for stem in stems) / len(stems)
    if covered > _COVERED:
        return
    text = examination.reading.text
    while start < end and not text[start].isalnum():
        start += 1
    share = f"{len(stems) - round(covered * len(stems))} of its {len(stems)}"
    yield examination.finding(
        FindingType.UNSUPPORTED_CLAIM,
        Span(start, end),
        reason=f"{share} telling words appear nowhere in {sources.described}.",
        confidence=confidence(_UNHEARD_OF, 1 - covered),
    )
