"""The Merkle tree of RFC 6962: hashes, growth, proofs, and their verification.

A tree of n leaves is cut at the largest power of two below n, again and again. Every subtree that
is full never changes any more; it is named by its level and its place in that level, kept once, and
all roots and proofs of all sizes are put together from such nodes.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


class Node(NamedTuple):
    """A full subtree: the leaves from `place · 2^level`, `2^level` of them."""

    level: int
    place: int


class Span(NamedTuple):
    """The leaves of a subtree, full or not, from `begin` up to and without `end`."""

    begin: int
    end: int


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf; its prefix keeps a leaf from ever passing for a node."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of the node above two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class CompactRange:
    """All that a growing tree must remember: the roots of its full subtrees, left to right."""

    def __init__(self, *, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        self.size = size
        self.hashes = list(hashes)
        if len(self.hashes) != size.bit_count():
            raise ValueError(f"A tree of {size} leaves has {size.bit_count()} full subtrees.")

    def append(self, leaf: bytes) -> list[tuple[Node, bytes]]:
        """Add the hash of the next leaf; returns the nodes above leaves that are now full."""
        made: list[tuple[Node, bytes]] = []
        level, place, top = 0, self.size, leaf
        while place & 1:
            top = node_hash(self.hashes.pop(), top)
            level, place = level + 1, place >> 1
            made.append((Node(level, place), top))
        self.hashes.append(top)
        self.size += 1
        return made

    def root(self) -> bytes:
        """The root over all leaves so far."""
        return _folded(self.hashes)


def inclusion_spans(sequence: int, size: int) -> list[Span]:
    """The subtrees whose hashes prove that a leaf is in the tree, lowest first (2.1.1)."""
    if not 0 <= sequence < size:
        raise ValueError(f"A tree of {size} leaves has no leaf {sequence}.")
    spans: list[Span] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _cut(end - begin)
        inside, outside = Span(begin, middle), Span(middle, end)
        if sequence >= middle:
            inside, outside = outside, inside
        spans.append(outside)
        begin, end = inside
    return spans[::-1]


def consistency_spans(first: int, second: int) -> list[Span]:
    """The subtrees whose hashes prove that a tree is the beginning of a larger one (2.1.2)."""
    if not 0 <= first <= second:
        raise ValueError(f"A tree of {first} leaves cannot be the beginning of one of {second}.")
    if first in {0, second}:
        return []
    spans: list[Span] = []
    begin, end = 0, second
    while end != first:
        middle = begin + _cut(end - begin)
        if first <= middle:
            spans.append(Span(middle, end))
            end = middle
        else:
            spans.append(Span(begin, middle))
            begin = middle
    # When the old tree is full it is a node of its own, and its root is what the asker has.
    if begin:
        spans.append(Span(begin, end))
    return spans[::-1]


def nodes_of(span: Span) -> Iterator[Node]:
    """The full subtrees that a subtree is made of, left to right."""
    begin, end = span
    while begin < end:
        level = (end - begin).bit_length() - 1
        if begin:
            level = min(level, (begin & -begin).bit_length() - 1)
        yield Node(level, begin >> level)
        begin += 1 << level


def nodes_filled(begin: int, end: int) -> Iterator[Node]:
    """The nodes above leaves that become full while a tree grows from one size to another."""
    for place in range(begin, end):
        level = 0
        while place >> level & 1:
            level += 1
            yield Node(level, place >> level)


def span_hash(span: Span, nodes: Mapping[Node, bytes]) -> bytes:
    """The hash of a subtree from those of its full subtrees."""
    return _folded([nodes[node] for node in nodes_of(span)])


def root_from_inclusion(
    *, leaf: bytes, sequence: int, size: int, proof: Sequence[bytes]
) -> bytes | None:
    """The root that an inclusion proof leads to; None for a proof of the wrong shape."""
    if not 0 <= sequence < size:
        return None
    place, last, top = sequence, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if place & 1 or place == last:
            top = node_hash(sibling, top)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            top = node_hash(top, sibling)
        place, last = place >> 1, last >> 1
    return top if last == 0 else None


def is_consistent(
    *, first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether a consistency proof shows that nothing of the smaller tree was changed."""
    if first == second:
        return not proof and first_root == second_root
    if first == 0:
        return not proof and first_root == EMPTY_ROOT
    if not 0 < first < second:
        return False
    path = list(proof) if first & (first - 1) else [first_root, *proof]
    return bool(path) and _leads_to_both(first, second, first_root, second_root, path)


def _leads_to_both(
    first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes]
) -> bool:
    """Walk up both trees at once (RFC 9162, 2.1.4.2)."""
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _cut(size: int) -> int:
    """The largest power of two below the size: where a tree is cut in two."""
    return 1 << ((size - 1).bit_length() - 1)


def _folded(hashes: Sequence[bytes]) -> bytes:
    if not hashes:
        return EMPTY_ROOT
    top = hashes[-1]
    for left in reversed(hashes[:-1]):
        top = node_hash(left, top)
    return top
