"""What content rules find: kinds, never the text."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from kernel.inspection import KIND_GROUPS, pii_kinds, secret_kinds
from services.policies.domain.expression_machine import Expression, OutOfTime, StillTime
from services.policies.domain.expression_syntax import BadExpression, is_word
from services.policies.domain.passage import WINDOW, Passage
from services.policies.domain.policy_body import ContentRule, Detector

DETECTOR_TIMEOUT = "DETECTOR_TIMEOUT"
DETECTOR_MISSING = "DETECTOR_MISSING"
DETECTOR_FAILED = "DETECTOR_FAILED"
# How much is looked at in one go; in between others get their turn, and the clock is looked at.
_SLICE = 32_768
_WORD = re.compile(r"\w+")


class DetectorFailed(Exception):
    """A detector could not look; the policy's failure mode says what that means."""


def detect(rule: ContentRule, passage: Passage, still_time: StillTime) -> Sequence[str]:
    """What a rule finds in a passage.

    Raises:
        DetectorFailed: nobody can look for that here, or not in time.
    """
    find = _FINDERS.get(rule.detector)
    if find is None:
        raise DetectorFailed(DETECTOR_MISSING)
    try:
        return find(rule.terms, passage, still_time)
    except OutOfTime:
        raise DetectorFailed(DETECTOR_TIMEOUT) from None
    except BadExpression:
        raise DetectorFailed(DETECTOR_FAILED) from None


def _pii(terms: tuple[str, ...], passage: Passage, still_time: StillTime) -> Sequence[str]:
    return _chosen(_by_slices(pii_kinds, passage.text, still_time), terms)


def _secrets(terms: tuple[str, ...], passage: Passage, still_time: StillTime) -> Sequence[str]:
    return _chosen(_by_slices(secret_kinds, passage.text, still_time), terms)


def _by_slices(kinds: Callable[[str], Iterable[str]], text: str, still_time: StillTime) -> set[str]:
    found: set[str] = set()
    for start in range(0, max(len(text), 1), _SLICE):
        if not still_time():
            raise OutOfTime
        found.update(kinds(text[max(start - WINDOW, 0) : start + _SLICE]))
    return found


def _chosen(found: Iterable[str], terms: Sequence[str]) -> list[str]:
    wanted = {kind for term in terms for kind in KIND_GROUPS.get(term, (term,))}
    return sorted(kind for kind in found if not wanted or kind in wanted)


def _words(terms: tuple[str, ...], passage: Passage, still_time: StillTime) -> Sequence[str]:
    if not still_time():
        raise OutOfTime
    text = _whole_words(passage).casefold()
    present = set(_WORD.findall(text))
    return [
        f"word {place}"
        for place, term in enumerate(_folded(terms), start=1)
        if (term in present if _WORD.fullmatch(term) else _stands_alone(term, text))
    ]


def _whole_words(passage: Passage) -> str:
    """The passage without the parts of words at its edges, of which the rest is not seen."""
    text, first, last = passage.text, 0, len(passage.text)
    if passage.before and is_word(passage.before):
        while first < last and is_word(text[first]):
            first += 1
    if not passage.ends:
        while last > first and is_word(text[last - 1]):
            last -= 1
    return text[first:last]


def _stands_alone(term: str, text: str) -> bool:
    return any(
        not is_word(text[place - 1 : place])
        and not is_word(text[place + len(term) : place + len(term) + 1])
        for place in _places(term, text)
    )


def _places(term: str, text: str) -> Iterator[int]:
    place = text.find(term)
    while place >= 0:
        yield place
        place = text.find(term, place + 1)


def _expressions(terms: tuple[str, ...], passage: Passage, still_time: StillTime) -> Sequence[str]:
    return [
        f"expression {place}"
        for place, term in enumerate(terms, start=1)
        if _compiled(term).is_in(
            passage.text, still_time=still_time, before=passage.before, ends=passage.ends
        )
    ]


@lru_cache(maxsize=1024)
def _folded(terms: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(term.casefold() for term in terms)


@lru_cache(maxsize=512)
def _compiled(term: str) -> Expression:
    return Expression(term)


_FINDERS = {
    Detector.PII: _pii,
    Detector.SECRETS: _secrets,
    Detector.WORDS: _words,
    Detector.EXPRESSIONS: _expressions,
}
