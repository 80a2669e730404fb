"""Numbers that are written as words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.incidents.domain.hallucination.plain_text import Span


def _words(text: str) -> list[str]:
    return text.split()


_SMALL = dict(
    zip(
        _words("""zero one two three four five six seven eight nine ten eleven twelve thirteen
        fourteen
        fifteen sixteen seventeen eighteen nineteen"""),
        range(20),
        strict=True,
    )
)
_TENS = dict(
    zip(
        _words("twenty thirty forty fifty sixty seventy eighty ninety"),
        range(20, 100, 10),
        strict=True,
    )
)
SCALES = {
    "hundred": 1e2,
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "trillion": 1e12,
    "dozen": 12.0,
}
_PARTS = {"thirds": 3, "quarters": 4, "fifths": 5}
_WORDS = {**_SMALL, **_TENS, "half": 0.5}
_SCALE = "|".join(SCALES)
_ANY = "|".join(sorted({*_SMALL, *_TENS, *SCALES}, key=len, reverse=True))
# Never more than a dozen words: what is longer is a list, not a number.
_RUN = re.compile(
    rf"\b(?:(?:an? )?half (?:a |an )(?=[a-z])|(?:a (?={_SCALE})|(?=(?:{_ANY})\b))"
    rf"(?:{_ANY})?(?:(?:[ -]|,? and )?\b(?:{_ANY})\b){{0,12}}(?: and a half(?: (?:{_SCALE}))?)?"
    r"(?:[ -](?P<part>thirds|quarters|fifths))?)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class WordNumber:
    """A number in words."""

    span: Span
    value: float
    # "two thirds": a share, not a count.
    is_share: bool = False


def word_numbers_in(text: str) -> Iterator[WordNumber]:
    """Every number that is written as words; a lone "one" is hardly ever meant as a number."""
    for match in _RUN.finditer(text):
        words = _WORD.findall(match.group().lower())
        if not words or words in (["one"], ["zero"], ["and"]):
            continue
        part = match.group("part")
        value = _value_of(words[:-1] if part else words)
        if part:
            value = value * 100 / _PARTS[part.lower()]
        if value:
            span = Span(match.start(), match.start() + len(match.group().rstrip()))
            yield WordNumber(span=span, value=value, is_share=bool(part))


def _value_of(words: list[str]) -> float:
    total, current = 0.0, 0.0
    for word in words:
        if word in _WORDS:
            current += _WORDS[word]
        elif word in SCALES:
            current = (current or 1) * SCALES[word]
            if SCALES[word] >= SCALES["thousand"]:
                total, current = total + current, 0.0
    return total + current
