"""Which entry was changed first, as exactly as the hashes that are known allow.

A hash over a span of entries that is still the same vouches for each of them; one that is not says
that one of them was changed. Together they leave the first bad entry few places to be.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from aosctl.verification.verdict import Place
from kernel import merkle
from kernel.merkle import CompactRange, Node, Span


class Known(NamedTuple):
    """What was once signed about a span of entries."""

    span: Span
    hash: bytes


class Hashes(Protocol):
    """What a bundle says about spans of its log."""

    def of(self, span: Span) -> bytes | None:
        """The hash over the span, if the bundle holds enough to know it."""
        ...


class GrownTree:
    """The tree over the entries that were followed so far."""

    def __init__(self) -> None:
        self._range = CompactRange()
        self._nodes: dict[Node, bytes] = {}

    @property
    def size(self) -> int:
        """How many entries it has."""
        return self._range.size

    def append(self, leaf_hash: bytes) -> None:
        """Follow one more entry."""
        self._nodes[Node(0, self.size)] = leaf_hash
        self._nodes.update(self._range.append(leaf_hash))

    def of(self, span: Span) -> bytes | None:
        """The hash over the span, unless it reaches beyond the tree."""
        return None if span.end > self.size else merkle.span_hash(span, self._nodes)


class ProvenSpans:
    """The spans that entries and their proofs speak of."""

    def __init__(self, known: Iterable[Known]) -> None:
        self._hashes = dict(known)

    def of(self, span: Span) -> bytes | None:
        """The hash over the span, if a proof held it."""
        return self._hashes.get(span)


def proven_spans(
    *, leaf_hash: bytes, sequence: int, size: int, proof: Sequence[bytes]
) -> list[Known]:
    """What an entry and its proof say, once the proof is known to lead to the root."""
    siblings = merkle.inclusion_spans(sequence, size)
    own = Known(Span(sequence, sequence + 1), leaf_hash)
    return [own, *map(Known, siblings, proof)]


def first_bad(hashes: Hashes, known: Iterable[Known]) -> Place | None:
    """Where the first changed entry is; None when all that can be compared is as it was."""
    same: list[Span] = []
    changed: list[Span] = []
    for span, expected in known:
        found = hashes.of(span)
        if found is not None and span.begin < span.end:
            (same if found == expected else changed).append(span)
    if not changed:
        return None
    sound = _Sound(same)
    # Each changed span holds a bad entry that no unchanged one vouches for.
    last = min(sound.last_outside(span) for span in changed)
    return Place(first=min(sound.first_outside(), last), last=last)


class _Sound:
    """The entries that something unchanged vouches for, as runs that do not touch."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._runs: list[Span] = []
        for span in sorted(spans):
            if self._runs and span.begin <= self._runs[-1].end:
                last = self._runs.pop()
                span = Span(last.begin, max(last.end, span.end))  # noqa: PLW2901 - they are one
            self._runs.append(span)

    def first_outside(self) -> int:
        """The first entry that nothing vouches for."""
        return self._runs[0].end if self._runs and self._runs[0].begin == 0 else 0

    def last_outside(self, span: Span) -> int:
        """The last entry of a span that nothing vouches for."""
        last = span.end - 1
        place = bisect_left(self._runs, Span(last + 1, 0)) - 1
        if place >= 0 and self._runs[place].end > last:
            last = self._runs[place].begin - 1
        # Evidence that contradicts itself vouches for all of it; then nothing narrows it.
        return last if last >= span.begin else span.end - 1
