"""A compact range as a column: the hashes of its full subtrees, one after the other."""

from kernel.merkle import HASH_BYTES, CompactRange


def packed(tree: CompactRange) -> bytes:
    """Write the hashes, left to right."""
    return b"".join(tree.hashes)


def unpacked(size: int, column: bytes) -> CompactRange:
    """Read a tree of a size; raises ``ValueError`` for hashes that are not those of such a one."""
    hashes = [column[at : at + HASH_BYTES] for at in range(0, len(column), HASH_BYTES)]
    return CompactRange(size=size, hashes=hashes)
