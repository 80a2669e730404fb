"""Names of people, organisations and products that stand in no document."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.incidents.domain.hallucination.examination import Examination
from services.incidents.domain.hallucination.finding import (
    Finding,
    FindingType,
    confidence,
    shown,
)
from services.incidents.domain.hallucination.plain_text import Span, blanked
from services.incidents.domain.hallucination.sources import Sources
from services.incidents.domain.hallucination.stance import NO_CLAIM, doubt_of
from services.incidents.domain.hallucination.units import UNITS
from services.incidents.domain.hallucination.vocabulary import (
    COMMON_ACRONYMS,
    COMPANY_WORDS,
    GENERIC_NAMES,
    KNOWN_NAMES,
    STOP_WORDS,
    TITLES,
)

_CERTAIN = 0.9
_ONE_WORD, _ACRONYM, _HALF_KNOWN, _AT_THE_BEGINNING = 0.75, 0.5, 0.85, 0.85
_WORD = r"[^\W\d_a-z][\w'&-]{0,40}"
_JOINT = r"(?: (?:of|and|the|for|de|la|le|van|von|der|den|di|da|del|&) (?:the )?| )"
_CAPITALS = re.compile(rf"(?<![\w'@/.#$-]){_WORD}(?:{_JOINT}{_WORD}){{0,7}}")
_PART = re.compile(r"[^\W_][\w'-]*")
# Bold words, what ends in a colon, and lines in which every longer word has a capital.
_HEADING = re.compile(
    r"^ {0,12}#{1,6} [^\n]*$|\*\*[^*\n]{1,120}\*\*|^[^\n.!?]{1,80}: *$"
    r"|^ {0,12}[A-Z][\w'&-]{0,30}(?: (?:[A-Z][\w'&-]{0,30}|[a-z]{1,3}"
    r"|[0-9]{1,4})(?![\w'&-])){1,11} *$",
    re.MULTILINE,
)
_MARKS = " \n\"'([*_>#-"
_ENDINGS = ("'s", "'", "ians", "ian", "ese", "ish", "an", "es", "s")
_FEWEST_LETTERS = 2


@dataclass(frozen=True, slots=True)
class _Name:
    span: Span
    words: tuple[str, ...]
    begins_sentence: bool


def unsupported_names(examination: Examination) -> Iterator[Finding]:
    """Every name of the output that no document has."""
    sources = examination.sources
    initials = _initials_of(sources)
    for name in _names_in(examination):
        unknown = tuple(word for word in name.words if not _is_known(word, sources, initials))
        stance = examination.stance_at(name.span.start)
        if not unknown or stance in NO_CLAIM or _only_first_unknown(name, unknown):
            continue
        doubts = [*_doubts(name, unknown)]
        doubts.append(doubt_of(stance))
        written = examination.reading.text[name.span.start : name.span.end]
        yield examination.finding(
            FindingType.UNSUPPORTED_NAME,
            name.span,
            reason=_reason(written, name, unknown, sources),
            confidence=confidence(_CERTAIN, *doubts),
        )


def _names_in(examination: Examination) -> Iterator[_Name]:
    reading = examination.reading
    # Headings and bold words have capitals of their own.
    headings = [Span(*match.span()) for match in _HEADING.finditer(reading.prose)]
    prose = blanked(reading.prose, headings)
    for match in _CAPITALS.finditer(prose):
        span = Span(*match.span())
        sentence = reading.sentence_at(span.start)
        begins = not reading.prose[sentence.start : span.start].strip(_MARKS)
        yield from _told_apart(match.group(), span, begins_sentence=begins)


def _told_apart(written: str, span: Span, *, begins_sentence: bool) -> Iterator[_Name]:
    """The name in a row of words with capitals: without titles and without words of everybody."""
    parts = list(_PART.finditer(written))
    while parts and _says_nothing(parts[0].group()):
        parts.pop(0)
        begins_sentence = False
    while parts and _says_nothing(parts[-1].group()):
        parts.pop()
    words = tuple(
        part.group().removesuffix("'s").removesuffix("'")
        for part in parts
        if part.group().lower() not in COMPANY_WORDS
    )
    if words and len("".join(words)) >= _FEWEST_LETTERS:
        place = Span(span.start + parts[0].start(), span.start + parts[-1].end())
        yield _Name(place, words, begins_sentence)


def _says_nothing(word: str) -> bool:
    low = word.lower().removesuffix("'s")
    return low in STOP_WORDS or low in TITLES or low in COMPANY_WORDS or len(low) < _FEWEST_LETTERS


def _is_known(word: str, sources: Sources, initials: frozenset[str]) -> bool:
    low = word.lower()
    if _is_word(low, sources) or low in GENERIC_NAMES or low in STOP_WORDS:
        return True
    if low in COMMON_ACRONYMS or low in UNITS or (word.isupper() and low in initials):
        return True
    if any(low.endswith(end) and _is_word(low.removesuffix(end), sources) for end in _ENDINGS):
        return True
    return any(f"{low}{end}" in sources.words for end in _ENDINGS) or all(
        _is_word(part, sources) for part in low.split("-")
    )


def _is_word(low: str, sources: Sources) -> bool:
    return low in sources.words or low in KNOWN_NAMES


def _only_first_unknown(name: _Name, unknown: tuple[str, ...]) -> bool:
    """The first word of a sentence has its capital for free."""
    odd = any(letter.isupper() for letter in name.words[0][1:])
    return name.begins_sentence and unknown == name.words[:1] and not odd


def _doubts(name: _Name, unknown: tuple[str, ...]) -> Iterator[float]:
    if len(name.words) == 1:
        yield _ACRONYM if name.words[0].isupper() else _ONE_WORD
    elif len(unknown) < len(name.words):
        yield _HALF_KNOWN
    if name.begins_sentence:
        yield _AT_THE_BEGINNING


def _reason(written: str, name: _Name, unknown: tuple[str, ...], sources: Sources) -> str:
    if len(unknown) < len(name.words):
        named = " ".join(unknown)
        return f"{shown(written)}: nobody is called {shown(named)} in {sources.described}."
    return f"{shown(written)} appears nowhere in {sources.described}."


def _initials_of(sources: Sources) -> frozenset[str]:
    """What names of the documents are shortened to: WHO for World Health Organization."""
    found = set()
    for source in sources.all:
        for match in _CAPITALS.finditer(f"{source.title}\n{source.reading.text}"):
            words = [word for word in _PART.findall(match.group()) if word[0].isupper()]
            letters = "".join(word[0] for word in words).lower()
            found |= {letters[at:] for at in range(max(len(letters) - 1, 0))}
    return frozenset(found)
