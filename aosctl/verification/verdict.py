"""What a verification found."""

from collections.abc import Sequence
from dataclasses import dataclass


class Finding(Exception):
    """The first thing that is wrong, in one sentence that names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was shown, what is wrong, and what nobody can show this way."""

    shown: Sequence[str]
    problem: str | None
    cannot_show: Sequence[str]

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return self.problem is None
