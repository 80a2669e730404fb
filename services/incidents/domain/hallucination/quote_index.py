"""Every three words in a row of many texts, so that a quote is found without reading them again."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.incidents.domain.hallucination.quotes import words_of

_ROW = 3
# Three words that stand in more places than this lead nowhere.
_MOST_PLACES = 200


@dataclass(frozen=True, slots=True)
class NearQuote:
    """The words of a source that come closest to a quote."""

    source: str
    text: str
    # Which share of the quote's words stands there, from 0 to 1.
    share: float


@dataclass(slots=True)
class QuoteIndex:
    """The words of texts, by every three in a row."""

    _texts: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    _places: dict[tuple[str, ...], list[tuple[int, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def add(self, source: str, text: str) -> None:
        """Take in a text."""
        words = words_of(text)
        for at in range(len(words)):
            for row in (words[at : at + _ROW], words[at : at + 1]):
                places = self._places[row]
                if len(places) < _MOST_PLACES:
                    places.append((len(self._texts), at))
        self._texts.append((source, words))

    def holds(self, pieces: Sequence[tuple[str, ...]]) -> bool:
        """Whether one text has all pieces, word by word and in this order."""
        longest = max(pieces, key=len)
        texts = {text for text, _ in self._starts(longest)}
        return any(self._in_order(text, pieces) for text in sorted(texts))

    def nearest(self, words: tuple[str, ...]) -> NearQuote | None:
        """Where most of these words stand in a row; None where hardly any do."""
        votes: Counter[tuple[int, int]] = Counter()
        for at in range(len(words)):
            for row in {words[at : at + _ROW], words[at : at + 1]}:
                for text, place in self._places.get(row, ()):
                    votes[text, max(place - at, 0)] += len(row)
        if not votes:
            return None
        (text, start), _ = max(votes.items(), key=lambda vote: (vote[1], -vote[0][0], -vote[0][1]))
        source, known = self._texts[text]
        there = known[start : start + len(words)]
        shared = sum((Counter(words) & Counter(there)).values())
        return NearQuote(source, " ".join(there), shared / len(words))

    def _in_order(self, text: int, pieces: Sequence[tuple[str, ...]]) -> bool:
        after = 0
        for piece in pieces:
            places = [at for found, at in self._starts(piece) if found == text and at >= after]
            if not places:
                return False
            after = places[0] + len(piece)
        return True

    def _starts(self, piece: tuple[str, ...]) -> list[tuple[int, int]]:
        """Where a piece begins; looked for by its rarest three words."""
        row = min(_ROW, len(piece)) if len(piece) >= _ROW else 1
        offsets = range(len(piece) - row + 1)
        offset = min(offsets, key=lambda at: len(self._places.get(piece[at : at + row], ())))
        found = []
        for text, place in self._places.get(piece[offset : offset + row], ()):
            start = place - offset
            if start >= 0 and self._texts[text][1][start : start + len(piece)] == piece:
                found.append((text, start))
        return found
