"""What all checks work on, and how they put what they see into words."""

from dataclasses import dataclass
from functools import cached_property

from services.incidents.domain.hallucination.figures import Figure
from services.incidents.domain.hallucination.finding import Finding, FindingType
from services.incidents.domain.hallucination.material import Output
from services.incidents.domain.hallucination.plain_text import Span
from services.incidents.domain.hallucination.reading import Reading, read
from services.incidents.domain.hallucination.sentence_index import SentenceIndex
from services.incidents.domain.hallucination.sources import Sources
from services.incidents.domain.hallucination.stance import Stance, stance_of


@dataclass(frozen=True, kw_only=True)
class Examination:
    """An output beside what it may rely on."""

    output: Output
    reading: Reading
    sources: Sources
    # What earlier steps said, each sentence under the number of its step.
    earlier: SentenceIndex

    @cached_property
    def supported(self) -> frozenset[Figure]:
        """The figures of the output that a document has, or the question."""
        index = self.sources.figures
        return frozenset(one for one in self.reading.figures if index.supporting(one))

    def stance_at(self, place: int) -> Stance:
        """How that is meant which stands at a place."""
        span = self.reading.sentence_at(place)
        return stance_of(self.reading.text[span.start : span.end], place - span.start)

    def finding(
        self,
        kind: FindingType,
        span: Span,
        *,
        reason: str,
        confidence: float,
        document_id: str = "",
        step_index: int | None = None,
    ) -> Finding:
        """A finding, with its passage as it stands in the output."""
        place = self.reading.source.back(span)
        return Finding(
            type=kind,
            passage=self.output.text[place.start : place.end],
            start=place.start,
            end=place.end,
            reason=reason,
            confidence=confidence,
            document_id=document_id,
            step_index=step_index,
        )


def examination_of(output: Output, *, sources: Sources, earlier: tuple[Output, ...]) -> Examination:
    """Read an output and what was said before it."""
    said = SentenceIndex()
    for one in earlier:
        said.add(str(one.step_index), read(one.text, of_the_model=True))
    return Examination(
        output=output,
        reading=read(output.text, of_the_model=True),
        sources=sources,
        earlier=said,
    )
