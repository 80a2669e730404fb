"""Everything that a run retrieved, indexed once for all checks."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from services.incidents.domain.hallucination.dates import Day, dates_in
from services.incidents.domain.hallucination.figure_index import FigureIndex, KnownFigure
from services.incidents.domain.hallucination.material import Document
from services.incidents.domain.hallucination.plain_text import plain
from services.incidents.domain.hallucination.quote_index import QuoteIndex
from services.incidents.domain.hallucination.quotes import words_of
from services.incidents.domain.hallucination.reading import Reading, read
from services.incidents.domain.hallucination.sentence_index import SentenceIndex
from services.incidents.domain.hallucination.words import WORD

# What the question itself says is not invented; it is nobody's document.
GOAL = ""
_YEAR = re.compile(r"(?<![0-9])(?:1[5-9]|20|21)[0-9]{2}(?![0-9])")
_SHORT_RANGE = re.compile(r"(?<![0-9])((?:1[5-9]|20|21)[0-9]{2})[/-]([0-9]{2})(?![0-9-])")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One document, or the question, as it was read."""

    id: str
    title: str
    url: str
    reading: Reading
    # Title, address, date and id.
    about: str
    # The whole of it in small letters with single spaces, for what is looked up as it is written.
    flat: str


class Sources:
    """What an output may rely on: the documents of its run, and the question."""

    def __init__(self, documents: Sequence[Document], *, goal: str = "") -> None:
        self.documents = tuple(_source(document) for document in documents)
        asked = _source(Document(id=GOAL, text=goal))
        self.all = (*self.documents, asked) if goal else self.documents
        self.goal = asked

    @property
    def count(self) -> int:
        """How many documents were retrieved."""
        return len(self.documents)

    @property
    def described(self) -> str:
        """The documents as they stand in a sentence."""
        if self.count == 1:
            return "the document that this run retrieved"
        return f"the {self.count} documents that this run retrieved"

    @cached_property
    def figures(self) -> FigureIndex:
        """All figures."""
        return FigureIndex(
            KnownFigure(source.id, figure)
            for source in self.all
            for figure in source.reading.figures
        )

    @cached_property
    def years(self) -> frozenset[int]:
        """All years, wherever they stand, in an address too."""
        return frozenset(year for source in self.all for year in _years_in(source.flat))

    @cached_property
    def days(self) -> frozenset[tuple[int | None, int | None, int | None]]:
        """All dates, also without their year or their day."""
        return frozenset(
            (year, month, number)
            for day in self._dated
            for month, number in _ways_to_read(day)
            for year in (day.year, None)
        )

    @cached_property
    def undated_days(self) -> frozenset[tuple[None, int | None, int | None]]:
        """Dates that are written without a year, which then may be any of the years."""
        return frozenset(
            (None, day.month, number)
            for day in self._dated
            if day.year is None
            for number in (day.day, None)
        )

    @property
    def _dated(self) -> Iterator[Day]:
        for source in self.all:
            yield from (*source.reading.dates, *dates_in(source.about))

    @cached_property
    def quotes(self) -> QuoteIndex:
        """All words in a row."""
        index = QuoteIndex()
        for source in self.all:
            index.add(source.id, source.title)
            index.add(source.id, source.reading.text)
        return index

    @cached_property
    def sentences(self) -> SentenceIndex:
        """All sentences of the documents."""
        index = SentenceIndex()
        for source in self.documents:
            index.add(source.id, source.reading)
        return index

    @cached_property
    def words(self) -> frozenset[str]:
        """All words, in small letters."""
        return frozenset(word for source in self.all for word in words_of(source.flat)).union(
            part
            for source in self.all
            for match in WORD.finditer(source.flat)
            for part in (match.group(), *match.group().split("-"), match.group().removesuffix("'s"))
        )


def _ways_to_read(day: Day) -> Iterator[tuple[int | None, int | None]]:
    """Month and day, the month alone, and the other way round where either may be the day."""
    yield day.month, day.day
    yield day.month, None
    if day.ambiguous:
        yield day.day, day.month


def _source(document: Document) -> Source:
    reading = read(document.text, of_the_model=False)
    about = plain(f" {document.title} {document.url} {document.date} {document.id} ").text
    return Source(
        id=document.id,
        title=document.title,
        url=document.url,
        reading=reading,
        about=about,
        flat=_SPACES.sub(" ", f"{about} {reading.text}").lower(),
    )


def _years_in(flat: str) -> Iterator[int]:
    for match in _YEAR.finditer(flat):
        yield int(match.group())
    for match in _SHORT_RANGE.finditer(flat):
        yield int(match.group(1)[:2] + match.group(2))
