"""One measured figure beside its peer and its goal."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

TIMES = "\N{MULTIPLICATION SIGN}"


class Sense(StrEnum):
    """On which side of its limit a figure is good."""

    AT_LEAST = "≥"
    AT_MOST = "≤"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a figure has to reach: as a multiple of its peer, or in its own unit."""

    sense: Sense
    limit: float
    of_ratio: bool = False

    def holds(self, figure: float) -> bool:
        """Whether the figure is good."""
        return figure >= self.limit if self.sense is Sense.AT_LEAST else figure <= self.limit

    def describe(self, unit: str) -> str:
        """The goal as people write it."""
        return f"{self.sense} {self.limit:g} {TIMES if self.of_ratio else unit}"


def times_at_least(limit: float) -> Goal:
    """The figure has to be this multiple of its peer."""
    return Goal(sense=Sense.AT_LEAST, limit=limit, of_ratio=True)


def times_at_most(limit: float) -> Goal:
    """The figure must not be more than this multiple of its peer."""
    return Goal(sense=Sense.AT_MOST, limit=limit, of_ratio=True)


def at_most(limit: float) -> Goal:
    """The figure, in its own unit, must not be larger."""
    return Goal(sense=Sense.AT_MOST, limit=limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table."""

    id: str
    what: str
    value: float
    unit: str
    baseline: float | None = None
    goal: Goal | None = None

    @property
    def ratio(self) -> float | None:
        """The figure as a multiple of its peer."""
        return None if self.baseline is None else self.value / self.baseline

    @property
    def holds(self) -> bool | None:
        """Whether the goal is reached; None when there is none."""
        if self.goal is None:
            return None
        figure = self.ratio if self.goal.of_ratio else self.value
        assert figure is not None, f"{self.id} has a goal for a ratio and nothing to compare with"
        return self.goal.holds(figure)

    def as_json(self) -> dict[str, Any]:
        """The row as it stands in the results file."""
        return {
            "id": self.id,
            "what": self.what,
            "value": _significant(self.value),
            "unit": self.unit,
            "baseline": _significant(self.baseline),
            "ratio": _significant(self.ratio),
            "goal": None if self.goal is None else self.goal.describe(self.unit),
            "holds": self.holds,
        }


def _significant(figure: float | None) -> float | None:
    """Four digits: the machine's mood moves the third."""
    return None if figure is None else float(f"{figure:.4g}")
