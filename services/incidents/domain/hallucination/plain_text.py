"""Text with one way to write a quote, a dash and a space, and the way back to where it stood."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_SAME = str.maketrans(
    {
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u00b4", "'"),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u00a0\u2007\u202f\u2009\u200a\u2002\u2003\x00\x0b\x0c\r\t", " "),
    }
)
# Nothing is seen of these, and between the letters of a word they would hide it.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Span:
    """From where to where, in characters."""

    start: int
    end: int

    def meets(self, other: "Span") -> bool:
        """Whether they have a character in common."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainText:
    """A text made plain, and where each of its characters stood."""

    text: str
    original: str
    # None where nothing was left out.
    places: Sequence[int] | None

    def back(self, span: Span) -> Span:
        """Where a span of the plain text stood in the original."""
        if self.places is None or span.start >= span.end:
            return span
        return Span(self.places[span.start], self.places[span.end - 1] + 1)


def plain(original: str) -> PlainText:
    """The text with ordinary quotes, dashes and spaces, and without what cannot be seen."""
    same = original.translate(_SAME)
    if not _UNSEEN.search(same):
        return PlainText(text=same, original=original, places=None)
    places = [place for place, letter in enumerate(same) if not _UNSEEN.match(letter)]
    text = "".join(same[place] for place in places)
    return PlainText(text=text, original=original, places=places)


def blanked(text: str, spans: Iterable[Span]) -> str:
    """The text with spaces instead of these spans, as long as before."""
    pieces, at = [], 0
    for span in sorted(spans, key=lambda one: one.start):
        if span.end > at:
            start = max(span.start, at)
            pieces += [text[at:start], " " * (span.end - start)]
            at = span.end
    pieces.append(text[at:])
    return "".join(pieces)
