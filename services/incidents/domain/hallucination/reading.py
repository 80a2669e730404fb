"""A text, read once: its sentences and everything in it that can be looked up."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from services.incidents.domain.hallucination.citations import Citation, citations_in, links_in
from services.incidents.domain.hallucination.dates import Day, dates_in
from services.incidents.domain.hallucination.figures import Figure, figures_in
from services.incidents.domain.hallucination.plain_text import PlainText, Span, blanked, plain
from services.incidents.domain.hallucination.quotes import Quote, quotes_in

_CODE = re.compile(r"```(?:[^`]|`(?!``)){0,100000}(?:```|\Z)|`[^`\n]{1,400}`")
_NUMBERING = re.compile(
    r"^[ >]{0,12}(?:#{1,6} ?)?(?:[-*+•] {1,4})?(?:\*\*)?(?:(?:step|option|point|question|tip) )?"
    r"(?:\(?[0-9]{1,3}[.):]|\(?[a-zA-Z]\)|#{1,6}|[-*+•])(?= |\*)",
    re.MULTILINE | re.IGNORECASE,
)
_CLOCK = re.compile(
    r"(?<![\w.:])(?P<hour>[0-9]{1,2})(?:[:.](?P<minute>[0-9]{2}))?(?::[0-9]{2})?"
    r"(?: ?(?P<half>[ap])\.?m\b\.?| ?(?:h|o'clock)\b)",
    re.IGNORECASE,
)
_CLOCK_24 = re.compile(r"(?<![\w.:/])(?P<hour>[01]?[0-9]|2[0-4]):(?P<minute>[0-5][0-9])(?![\w:])")
_END = re.compile(r"[.!?][\"')\]*]{0,4}(?=\s)|\n[ \t]*(?:\n\s*)?(?=[^a-z\s])|\n\s*\n")
_SHORT = re.compile(
    r"(?:\b(?:[A-Z]|dr|mr|mrs|ms|prof|no|nos|vs|v|inc|ltd|co|corp|st|jr|sr|art|sec|fig|approx|ca|al"
    r"|cf|e\.g|i\.e|etc|u\.s|u\.k|a\.m|p\.m))\.$",
    re.IGNORECASE,
)
_LONGEST_SHORT, _LONGEST_SENTENCE = 8, 1_000


class _HasSpan(Protocol):
    @property
    def span(self) -> Span: ...


Placed = TypeVar("Placed", bound=_HasSpan)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of day, in minutes since midnight."""

    span: Span
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read in a text; all places are counted in the plain text."""

    source: PlainText
    sentences: tuple[Span, ...]
    links: tuple[Span, ...]
    citations: tuple[Citation, ...]
    quotes: tuple[Quote, ...]
    dates: tuple[Day, ...]
    moments: tuple[Moment, ...]
    figures: tuple[Figure, ...]
    # The plain text without code, links, citations and quotes: names and claims are read from it.
    prose: str

    @property
    def text(self) -> str:
        """The plain text."""
        return self.source.text

    def number_at(self, place: int) -> int:
        """The number of the sentence in which a character stands."""
        return max(bisect_right(self.sentences, place, key=lambda one: one.start) - 1, 0)

    def sentence_at(self, place: int) -> Span:
        """The sentence in which a character stands."""
        return self.sentences[self.number_at(place)]

    def words(self, span: Span) -> str:
        """The prose of a span."""
        return self.prose[span.start : span.end]


def within(found: Sequence[Placed], span: Span) -> Sequence[Placed]:
    """Those of the things in a text, given in order, that begin inside a span."""
    first = bisect_left(found, span.start, key=lambda one: one.span.start)
    return found[first : bisect_left(found, span.end, lo=first, key=lambda one: one.span.start)]


def read(text: str, *, of_the_model: bool) -> Reading:
    """Read a text; of what a model wrote, code, numbering and quotes are no claims of its own."""
    source = plain(text)
    rest = source.text
    if of_the_model:
        rest = blanked(rest, (Span(*match.span()) for match in _CODE.finditer(rest)))
        rest = blanked(rest, (Span(*match.span()) for match in _NUMBERING.finditer(rest)))
    links = links_in(rest)
    rest = blanked(rest, links)
    citations = citations_in(rest)
    rest = blanked(rest, (citation.span for citation in citations))
    quotes = quotes_in(rest)
    if of_the_model:
        rest = blanked(rest, (quote.span for quote in quotes))
    dates = dates_in(rest)
    moments = tuple(_moments_in(rest))
    counted = blanked(rest, (*(day.span for day in dates), *(moment.span for moment in moments)))
    return Reading(
        source=source,
        sentences=_sentences_of(source.text),
        links=links,
        citations=citations,
        quotes=quotes,
        dates=dates,
        moments=tuple(sorted(moments, key=lambda one: one.span.start)),
        figures=figures_in(counted),
        prose=rest,
    )


def _moments_in(text: str) -> Iterator[Moment]:
    for match in _CLOCK.finditer(text):
        hour = int(match.group("hour"))
        if half := (match.group("half") or "").lower():
            hour = hour % 12 + (12 if half == "p" else 0)
        yield Moment(Span(*match.span()), hour * 60 + int(match.group("minute") or 0))
    rest = blanked(text, (Span(*match.span()) for match in _CLOCK.finditer(text)))
    for match in _CLOCK_24.finditer(rest):
        minutes = int(match.group("hour")) * 60 + int(match.group("minute"))
        yield Moment(Span(*match.span()), minutes)


def _sentences_of(text: str) -> tuple[Span, ...]:
    found: list[Span] = []
    start = 0
    for match in _END.finditer(text):
        if match.group()[0] == "." and _goes_on(text, match):
            continue
        if text[start : match.end()].strip():
            found += _pieces(text, start, match.end())
            start = match.end()
    found += _pieces(text, start, len(text))
    return tuple(found)


def _pieces(text: str, start: int, end: int) -> Iterator[Span]:
    """The sentence; in pieces where it is longer than any, so that none costs more than others."""
    while end - start > _LONGEST_SENTENCE:
        cut = text.rfind(" ", start + _LONGEST_SENTENCE // 2, start + _LONGEST_SENTENCE) + 1
        cut = cut or start + _LONGEST_SENTENCE
        yield Span(start, cut)
        start = cut
    yield Span(start, end)


def _goes_on(text: str, match: re.Match[str]) -> bool:
    """Whether the full stop ends a shortened word, not the sentence."""
    before = text[max(match.start() - _LONGEST_SHORT, 0) : match.start() + 1]
    after = text[match.end() : match.end() + 3].lstrip()
    return bool(_SHORT.search(before)) or after[:1].islower()
