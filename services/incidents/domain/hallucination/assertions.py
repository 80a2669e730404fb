"""What a sentence affirms or denies, and when another sentence says the opposite."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from services.incidents.domain.hallucination.plain_text import Span
from services.incidents.domain.hallucination.sentence_index import Statement
from services.incidents.domain.hallucination.vocabulary import CONDITIONS, NEGATORS, OPPOSITES
from services.incidents.domain.hallucination.words import WORD, is_content, stem

_CLAUSE_END = re.compile(
    r"[;:,.!?]+(?=\s|$)|\b(?:but|although|though|whereas|while|because|since|so that)\b"
)
_ANSWER = re.compile(
    r"^\W*(?:(?:yes|no|unfortunately|sadly|indeed|fortunately|however)\b[ ,.:-]*)+", re.IGNORECASE
)
# Between two bounds the opposite may be true on either side: up to three days, and more than three.
_BOUND = re.compile(
    r"\b(?:more than|less than|fewer than|up to|at least|at most|over|under|above|below|before"
    r"|after|until"
    r"|within|longer than|shorter than|beyond"
    r"|not all|not every|some|most|many|few|every|since|last|yet|anymore|still|longer)\b",
    re.IGNORECASE,
)
_FEWEST_SHARED, _HELD, _HELD_BACK = 2, 0.8, 0.4
_SIDES = {
    stem(word): (number, side)
    for number, pair in enumerate(OPPOSITES)
    for side, words in enumerate(pair)
    for word in words
}


@dataclass(frozen=True, slots=True)
class Assertion:
    """A clause: what it is about, which of its words are denied, and on which side it stands."""

    span: Span
    stems: frozenset[str]
    denied: tuple[frozenset[str], ...]
    sides: frozenset[tuple[int, int]]
    conditional: bool
    bounds: frozenset[str]

    @property
    def about(self) -> frozenset[str]:
        """The words by which it is known what it is about."""
        return frozenset(one for one in self.stems if one not in _SIDES)


def assertions_in(text: str, *, offset: int = 0) -> Iterator[Assertion]:
    """The clauses of a sentence."""
    answer = _ANSWER.match(text)
    start = answer.end() if answer else len(text) - len(text.lstrip())
    for match in _CLAUSE_END.finditer(text, start):
        if match.start() > start:
            yield _assertion(text, start, match.start(), offset)
        start = match.end()
    if start < len(text.rstrip()):
        yield _assertion(text, start, len(text.rstrip()), offset)


def _assertion(text: str, start: int, end: int, offset: int) -> Assertion:
    start += len(text[start:end]) - len(text[start:end].lstrip())
    words = [match.group() for match in WORD.finditer(text, start, end)]
    stems = [stem(word) for word in words if is_content(word)]
    return Assertion(
        span=Span(offset + start, offset + end),
        stems=frozenset(stems),
        denied=tuple(_denied_in(words)),
        sides=frozenset(_SIDES[one] for one in stems if one in _SIDES),
        conditional=any(word.lower() in CONDITIONS for word in words),
        bounds=frozenset(match.group().lower() for match in _BOUND.finditer(text, start, end)),
    )


def _denied_in(words: list[str]) -> Iterator[frozenset[str]]:
    for at, word in enumerate(words):
        low = word.lower()
        if low in NEGATORS or low.endswith("n't"):
            yield frozenset(stem(one) for one in words[at + 1 :] if is_content(one))


@lru_cache(maxsize=8_192)
def _clauses_of(text: str) -> tuple[Assertion, ...]:
    return tuple(assertions_in(text))


def denies(assertion: Assertion, statement: Statement) -> bool | None:
    """Whether a statement says the opposite; None where it is about something else."""
    clauses = _clauses_of(statement.text)
    stems = frozenset().union(*(clause.stems for clause in clauses))
    pairs = {number for number, _ in assertion.sides}
    other_sides = frozenset().union(*(clause.sides for clause in clauses))
    shared_pairs = {number for number in pairs if any(number == other for other, _ in other_sides)}
    said = len(assertion.about) + len(pairs)
    shared = len(assertion.about & stems) + len(shared_pairs)
    if shared < _FEWEST_SHARED or shared < _HELD * said or shared < _HELD_BACK * len(stems):
        return None
    if assertion.conditional or any(clause.conditional for clause in clauses):
        return None
    if assertion.bounds != frozenset().union(*(clause.bounds for clause in clauses)):
        return None
    turned = sum(
        (number, side) not in other_sides
        for number, side in assertion.sides
        if number in shared_pairs
    )
    ours = sum(bool(scope & stems) for scope in assertion.denied)
    theirs = sum(
        bool(scope & assertion.stems) or _touches(scope, shared_pairs)
        for clause in clauses
        for scope in clause.denied
    )
    return (turned + ours + theirs) % 2 == 1


def _touches(scope: frozenset[str], pairs: set[int]) -> bool:
    return any(one in _SIDES and _SIDES[one][0] in pairs for one in scope)
