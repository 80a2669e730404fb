"""What stands in quotation marks, and the pieces of it that must be found word by word."""

import re
from dataclasses import dataclass

from services.incidents.domain.hallucination.plain_text import Span

_QUOTE = re.compile(r"(?<![\w\"])\"(?P<said>[^\"\n]{1,2000}?)\"(?!\w)")
_LEFT_OUT = re.compile(r"\.\.\.|…|\[[^\]\n]{0,80}\]")
_WORD = re.compile(r"\w+")
# One or two words in quotes are a term or a doubt; nobody is quoted by them.
_FEWEST_WORDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Words that somebody is said to have said."""

    # Without the quotation marks.
    span: Span
    text: str
    # The words of each piece, in small letters; between pieces something was left out.
    pieces: tuple[tuple[str, ...], ...]


def quotes_in(text: str) -> tuple[Quote, ...]:
    """Every quote that is long enough to be one, in order."""
    found = []
    for match in _QUOTE.finditer(text):
        quote = Quote(
            span=Span(*match.span("said")),
            text=match.group("said"),
            pieces=tuple(
                words
                for piece in _LEFT_OUT.split(match.group("said"))
                if (words := words_of(piece))
            ),
        )
        if sum(map(len, quote.pieces)) >= _FEWEST_WORDS:
            found.append(quote)
    return tuple(found)


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text as they are compared: letters and digits, small."""
    return tuple(_WORD.findall(text.lower()))
