"""How a sentence is meant: as a fact, as an opinion, as a question, or as not knowing."""

import re
from bisect import bisect_right
from enum import StrEnum
from functools import lru_cache

_REFUSAL = re.compile(
    r"\b(?:(?:could|can|can't|cannot|couldn't|did|didn't|was|were|am|is|are)(?: not|n't)? ?"
    r"(?:able|unable)?(?: to)? (?:find|locate|see|tell|say|determine|verify|confirm)"
    r"|(?:could not|couldn't|cannot|can't|did not|didn't|unable to|not able to|do not|don't)"
    r" (?:find|locate|see|know|have|determine|verify|confirm|tell)"
    r"|(?:do|does|did)(?: not|n't) (?:mention|say|state|report|contain|give|name|include|list"
    r"|provide|specify"
    r"|discuss|address)|says? nothing|no (?:mention|information|details?|evidence|data|record"
    r"|figures?)"
    r"|not (?:mentioned|stated|reported|given|clear|specified|provided|listed|known|covered)"
    r"|(?:is|are|remains?) unclear|still open|nothing (?:about|on))\b",
    re.IGNORECASE,
)
_OPINION = re.compile(
    r"\b(?:i(?:'d| would)? (?:think|believe|guess|feel|suggest|recommend|assume|suspect|imagine"
    r"|estimate"
    r"|expect|hope|prefer)|in my (?:opinion|view|experience)|my (?:guess|view|advice|estimate"
    r"|opinion)"
    r"|personally|if you (?:ask me|like)|i am (?:not|no)|i'm (?:not|no))\b",
    re.IGNORECASE,
)
_SUPPOSITION = re.compile(
    r"^\W*if\b|\b(?:suppos(?:e|ing)|imagine|hypothetically|let's say|assum(?:e|ing)"
    r"|if (?:you|we|they|he|she|it|that|this|the|an?|each|all)\b)",
    re.IGNORECASE,
)
_HEDGE = re.compile(r"\b(?:may|could|seems?|appears? to|expected to|aims? to)\b", re.IGNORECASE)
_GUESS = re.compile(
    r"\b(?:might|perhaps|maybe|probably|possibly|presumably|likely|would|or so|typical(?:ly)?"
    r"|usually"
    r"|generally|tends? to|as a rule)\b",
    re.IGNORECASE,
)
_ADVICE = re.compile(
    r"^\W*(?:please|you (?:should|could|can|might|may|will|need)|let me|let us|let's|note that"
    r"|see|call|ask"
    r"|write|contact|check|consider|here (?:is|are)|below|feel free|would you|shall i|i (?:can"
    r"|will|have|am"
    r"|was|hope)|do you|have you|in summary|to summarise|overall|report|take|file|apply|use|read"
    r"|more (?:about|on|at)|dear|thank|source|that is|this is|it is|yes\b|no\b)",
    re.IGNORECASE,
)
_TURN = re.compile(r"(?:[,;:]| -) ?(?:but|however|although|though|yet|so)\b|;", re.IGNORECASE)


class Stance(StrEnum):
    """What a sentence wants to be taken for."""

    FACT = "FACT"
    # "May" and "could" are permissions as often as doubts.
    HEDGED = "HEDGED"
    GUESSED = "GUESSED"
    SUPPOSED = "SUPPOSED"
    OPINION = "OPINION"
    QUESTION = "QUESTION"
    REFUSAL = "REFUSAL"


# Nobody is told anything by these that could be false of the documents.
NO_CLAIM = frozenset({Stance.REFUSAL, Stance.OPINION, Stance.QUESTION, Stance.SUPPOSED})

_SIGNS = (
    (_REFUSAL, Stance.REFUSAL),
    (_OPINION, Stance.OPINION),
    (_SUPPOSITION, Stance.SUPPOSED),
    (_GUESS, Stance.GUESSED),
    (_HEDGE, Stance.HEDGED),
)
# What is left of the confidence in a finding where its sentence is not sure of itself.
_DOUBT_OF_STANCE = {Stance.HEDGED: 0.65, Stance.GUESSED: 0.45}


def doubt_of(stance: Stance) -> float:
    """The factor by which a stance makes a finding less certain."""
    return _DOUBT_OF_STANCE.get(stance, 1.0)


def stance_of(sentence: str, at: int = 0) -> Stance:
    """How the part of a sentence is meant in which a character stands."""
    starts, stances = _parts_of(sentence)
    return stances[max(bisect_right(starts, at) - 1, 0)]


@lru_cache(maxsize=4_096)
def _parts_of(sentence: str) -> tuple[tuple[int, ...], tuple[Stance, ...]]:
    """Where the parts of a sentence begin, and how each is meant."""
    starts = (0, *(match.start() for match in _TURN.finditer(sentence) if match.start()))
    if sentence.rstrip().endswith("?"):
        return (0,), (Stance.QUESTION,)
    ends = (*starts[1:], len(sentence))
    parts = (sentence[start:end] for start, end in zip(starts, ends, strict=True))
    return starts, tuple(_stance_of_part(part) for part in parts)


def _stance_of_part(part: str) -> Stance:
    return next((stance for pattern, stance in _SIGNS if pattern.search(part)), Stance.FACT)


def is_advice(sentence: str) -> bool:
    """Whether a sentence speaks to the reader instead of about the documents."""
    return _ADVICE.search(sentence) is not None
