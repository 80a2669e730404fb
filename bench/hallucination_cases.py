"""The labelled outputs for the hallucination detector, and how right it is about them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.incidents.domain.hallucination.detector import detect
from services.incidents.domain.hallucination.finding import Finding, FindingType
from services.incidents.domain.hallucination.material import Document, Output
from services.incidents.domain.hallucination.sources import Sources

FOLDER = Path(__file__).parent / "labelled" / "hallucination"
# What the detector was developed with, and what was written before and never tuned on.
DEVELOPED, HELD_OUT = "developed", "held_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What ought to be found, and where."""

    type: FindingType
    passage: str

    def meets(self, finding: Finding, output: str) -> bool:
        """Whether a finding is this one: of its type, with a character in common."""
        start = output.index(self.passage)
        overlaps = finding.start < start + len(self.passage) and start < finding.end
        return finding.type is self.type and overlaps


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An output, what its run had, and what ought to be found in it."""

    id: str
    goal: str
    documents: tuple[Document, ...]
    earlier: tuple[Output, ...]
    output: Output
    labels: tuple[Label, ...]

    def findings(self) -> tuple[Finding, ...]:
        """What the detector finds at the default floor."""
        sources = Sources(self.documents, goal=self.goal)
        return detect(self.output, sources=sources, earlier=self.earlier).findings


def cases_of(split: str) -> tuple[Case, ...]:
    """The cases of one part of the set."""
    documents = {line["id"]: Document(**line) for line in _lines("documents")}
    return tuple(_case(line, documents) for line in _lines(split))


def _lines(name: str) -> Iterator[dict[str, Any]]:
    for line in (FOLDER / f"{name}.jsonl").read_text().splitlines():
        yield json.loads(line)


def _case(line: dict[str, Any], documents: dict[str, Document]) -> Case:
    earlier = [Output(step_index=at, text=text) for at, text in enumerate(line.get("earlier", ()))]
    labels = [Label(type=FindingType(kind), passage=passage) for kind, passage in line["expected"]]
    return Case(
        id=line["id"],
        goal=line["goal"],
        documents=tuple(documents[name] for name in line["retrieved"]),
        earlier=tuple(earlier),
        output=Output(step_index=len(earlier), text=line["output"]),
        labels=tuple(labels),
    )


@dataclass(slots=True, kw_only=True)
class Score:
    """How many findings were right, wrong and missing."""

    right: int = 0
    wrong: int = 0
    found: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        """Which share of the findings was right."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Which share of the labels was found."""
        return self.found / (self.found + self.missed) if self.found + self.missed else 1.0


@dataclass(slots=True)
class Scores:
    """Scores over all types and of each."""

    overall: Score = field(default_factory=Score)
    by_type: dict[FindingType, Score] = field(default_factory=dict)

    def add(self, case: Case, findings: Sequence[Finding]) -> None:
        """Count what was found in a case."""
        for finding in findings:
            right = any(label.meets(finding, case.output.text) for label in case.labels)
            for score in self._of(finding.type):
                score.right += right
                score.wrong += not right
        for label in case.labels:
            found = any(label.meets(finding, case.output.text) for finding in findings)
            for score in self._of(label.type):
                score.found += found
                score.missed += not found

    def _of(self, kind: FindingType) -> tuple[Score, Score]:
        return self.overall, self.by_type.setdefault(kind, Score())


def scores_of(cases: Iterable[Case]) -> Scores:
    """Look at all cases and count."""
    scores = Scores()
    for case in cases:
        scores.add(case, case.findings())
    return scores
