"""Kinds of text by their shape, confirmed by a checksum or by their looks where there is one.

Every pattern takes time linear in the length of the text: what repeats is bounded, and begins only
where nothing before it could belong to it.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Confirm = Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How one kind of text looks."""

    kind: str
    pattern: re.Pattern[str]
    confirm: Confirm
    # A text without any of these cannot hold it: looking for them costs next to nothing.
    markers: tuple[str, ...] = ()

    def possible_in(self, text: str) -> bool:
        """Whether a look is worth while."""
        return not self.markers or any(marker in text for marker in self.markers)

    def is_in(self, text: str) -> bool:
        """Whether the text holds it."""
        return self.possible_in(text) and any(
            self.confirm(match.group()) for match in self.pattern.finditer(text)
        )

    def removed_from(self, text: str) -> str:
        """The text with the kind in brackets instead of it."""
        if not self.possible_in(text):
            return text
        return self.pattern.sub(self._replacement, text)

    def _replacement(self, match: re.Match[str]) -> str:
        return f"[{self.kind}]" if self.confirm(match.group()) else match.group()


def kinds_in(text: str, shapes: Sequence[Shape]) -> list[str]:
    """The kinds that a text holds, in alphabetical order."""
    return sorted({shape.kind for shape in shapes if shape.is_in(text)})


def without(text: str, shapes: Sequence[Shape]) -> str:
    """The text with each of the kinds named in brackets instead of what is of it."""
    for shape in shapes:
        text = shape.removed_from(text)
    return text


def kinds_of(shapes: Sequence[Shape]) -> tuple[str, ...]:
    """Every kind that these shapes know, in alphabetical order."""
    return tuple(sorted({shape.kind for shape in shapes}))
