"""What a verification found."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

_ONLY_ROOTS = (
    "Which one cannot be known from what is at hand: of these entries nothing was kept but hashes "
    "over several of them. A bundle from before the change names it (--against FILE)."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the first bad entry is: one of these, both included."""

    first: int
    last: int

    @property
    def is_exact(self) -> bool:
        """Whether it is known which one."""
        return self.first == self.last


class Finding(Exception):
    """The first thing that is wrong, in one sentence that names it."""

    def __init__(self, sentence: str, *, place: Place | None = None) -> None:
        super().__init__(sentence)
        self.place = place

    @classmethod
    def at(cls, sequence: int, what: str) -> Self:
        """One entry, and what is wrong with it."""
        return cls(f"Entry {sequence}: {what}", place=Place(first=sequence, last=sequence))

    @classmethod
    def within(cls, place: Place, what: str) -> Self:
        """The entry that is bad, or those of which one is, and why nobody can say which."""
        if place.is_exact:
            return cls.at(place.first, what)
        return cls(
            f"Entry {place.first}, or one up to {place.last}: {what} {_ONLY_ROOTS}", place=place
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was shown, what is wrong, and what nobody can show this way."""

    shown: Sequence[str]
    problem: str | None
    # None when nothing is wrong, or when what is wrong is not an entry.
    place: Place | None
    cannot_show: Sequence[str]

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return self.problem is None
