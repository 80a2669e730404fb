"""Sentences that can be found by what they are about."""

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from services.incidents.domain.hallucination.plain_text import Span
from services.incidents.domain.hallucination.reading import Reading
from services.incidents.domain.hallucination.words import content_stems

# A word that stands in more sentences than this tells none of them from the others.
_COMMON = 300


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A sentence, where it stands, and the stems of what it says."""

    # The document's id, or the number of the step.
    source: str
    reading: Reading
    span: Span
    stems: frozenset[str]

    @property
    def text(self) -> str:
        """The words of the sentence."""
        return self.reading.text[self.span.start : self.span.end]


@dataclass(slots=True)
class SentenceIndex:
    """Statements by their words."""

    statements: list[Statement] = field(default_factory=list)
    _postings: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _places: dict[Statement, int] = field(default_factory=dict)

    def add(self, source: str, reading: Reading) -> None:
        """Take in the sentences of a text."""
        for span in reading.sentences:
            stems = frozenset(content_stems(reading.text[span.start : span.end]))
            if stems:
                for one in stems:
                    self._postings[one].append(len(self.statements))
                statement = Statement(source, reading, span, stems)
                self._places[statement] = len(self.statements)
                self.statements.append(statement)

    def knows(self, stem: str) -> bool:
        """Whether any sentence has the word."""
        return stem in self._postings

    def weight(self, stem: str) -> float:
        """How much a word tells: the rarer, the more."""
        return math.log(1 + len(self.statements) / (1 + len(self._postings.get(stem, ()))))

    def beside(self, statement: Statement, *, reach: int) -> list[Statement]:
        """The statements that stand around one in the same text, itself left out."""
        place = self._places[statement]
        around = self.statements[max(place - reach, 0) : place + reach + 1]
        return [one for one in around if one is not statement and one.reading is statement.reading]

    def about(self, stems: Iterable[str], *, at_most: int) -> list[Statement]:
        """The statements that share most with these words, best first."""
        scores: Counter[int] = Counter()
        for one in set(stems):
            places: Collection[int] = self._postings.get(one, ())
            if len(places) <= _COMMON:
                weight = 0.1 + self.weight(one)
                for place in places:
                    scores[place] += weight  # type: ignore[assignment]
        best = heapq.nsmallest(at_most, scores.items(), key=lambda one: (-one[1], one[0]))
        return [self.statements[place] for place, _ in best]
