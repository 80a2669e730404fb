"""Pages by key: a page token names the last row seen and the query it belongs to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")

DEFAULT_PAGE_SIZE = 50
MAXIMUM_PAGE_SIZE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """How many rows to read, and after which one."""

    size: int = DEFAULT_PAGE_SIZE
    after: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """Some rows in order, and the key of the last one if there may be more."""

    items: Sequence[Item]
    next_after: tuple[str, ...] | None = None

    @classmethod
    def cut(
        cls, rows: Sequence[Item], size: int, *, key: Callable[[Item], tuple[str, ...]]
    ) -> "Page[Item]":
        """Make a page from up to ``size + 1`` rows; the extra row shows that there are more."""
        if len(rows) <= size:
            return cls(items=rows)
        kept = rows[:size]
        return cls(items=kept, next_after=key(kept[-1]))


def effective_page_size(asked: int) -> int:
    """The size to use: the default for zero, the maximum for more than that."""
    return min(asked or DEFAULT_PAGE_SIZE, MAXIMUM_PAGE_SIZE)
