"""What tests that inject faults report, and the table that becomes of it."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pytest

MUTANT = "test_mutant_"


@dataclass(slots=True, kw_only=True)
class Figures:
    """What one test counted."""

    cases: int = 0
    lost: int = 0
    doubled: int = 0
    said: list[str] = field(default_factory=list)

    def add(self, *, cases: int = 0, lost: int = 0, doubled: int = 0) -> None:
        """Count some more."""
        self.cases += cases
        self.lost += lost
        self.doubled += doubled

    def tell(self, sentence: str) -> None:
        """Keep a sentence for the report."""
        self.said.append(sentence)


# Where a test leaves what it counted, and where its chance came from.
FIGURES = pytest.StashKey[Figures]()
SEED = pytest.StashKey[int]()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one test went."""

    name: str
    # What it shows; its own name if it shows no invariant.
    ids: tuple[str, ...]
    passed: bool
    seconds: float
    seed: int
    figures: Figures

    @property
    def is_mutant(self) -> bool:
        """Whether it shows that the same check notices a protection that is off."""
        return self.name.startswith(MUTANT)


@dataclass(slots=True, kw_only=True)
class Row:
    """Everything that the tests of one invariant showed."""

    id: str
    cases: int = 0
    lost: int = 0
    doubled: int = 0
    holds: bool = True
    # None where no test switches a protection off.
    mutant_red: bool | None = None
    seed: int = 0
    seconds: float = 0.0

    def take(self, outcome: Outcome) -> None:
        """Add what one test showed; a mutant's test passes when its check has turned red."""
        self.seconds = round(self.seconds + outcome.seconds, 2)
        if outcome.is_mutant:
            self.mutant_red = outcome.passed and self.mutant_red is not False
            return
        self.holds = self.holds and outcome.passed
        # A test that counts nothing is one case.
        self.cases += outcome.figures.cases or 1
        self.lost += outcome.figures.lost
        self.doubled += outcome.figures.doubled
        self.seed = outcome.seed or self.seed


def rows_of(outcomes: Iterable[Outcome]) -> list[Row]:
    """A row for each invariant, in the order of their names."""
    rows: dict[str, Row] = {}
    for outcome in outcomes:
        for name in outcome.ids:
            rows.setdefault(name, Row(id=name)).take(outcome)
    return [rows[name] for name in sorted(rows)]


def documents(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows as they are written to a file."""
    return [asdict(row) for row in rows]


def table(rows: Sequence[Row]) -> list[str]:
    """The rows as lines for a person."""
    names = list(documents(rows)[0]) if rows else []
    cells = [names, *([str(value) for value in one.values()] for one in documents(rows))]
    widths = [max(len(line[place]) for line in cells) for place in range(len(names))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]
