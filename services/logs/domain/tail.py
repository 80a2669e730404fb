"""Follows a log entry by entry and stops at the first that is not what it should be."""

from collections.abc import Sequence

from kernel.merkle import CompactRange, Node, leaf_hash
from services.logs.domain.ledger_entry import KeptEntry, chained, is_faithful
from services.logs.domain.ledger_head import LedgerHead


class TailFinding(Exception):
    """The first thing in a log that is not what it should be."""


class Tail:
    """Grows a tree of its own from the entries, and compares."""

    def __init__(self, *, tree: CompactRange, chain_hash: bytes) -> None:
        self.tree = tree
        self.chain_hash = chain_hash

    def follow(self, entry: KeptEntry) -> Sequence[tuple[Node, bytes]]:
        """Take the next entry; returns the nodes that are full now.

        Raises:
            TailFinding: it is missing or changed.
        """
        expected = self.tree.size
        if entry.sequence != expected:
            raise TailFinding(f"entry {expected} is missing")
        if leaf_hash(entry.leaf) != entry.leaf_hash:
            raise TailFinding(f"entry {expected} has another leaf than was hashed")
        if not is_faithful(entry):
            raise TailFinding(f"entry {expected} is found by what its leaf does not say")
        self.chain_hash = chained(self.chain_hash, entry.leaf_hash)
        if entry.chain_hash != self.chain_hash:
            raise TailFinding(f"the chain breaks at entry {expected}")
        return self.tree.append(entry.leaf_hash)

    def arrive(self, head: LedgerHead) -> None:
        """Compare with where the log says that it ends.

        Raises:
            TailFinding: it ends somewhere else.
        """
        if self.tree.size != head.tree.size:
            raise TailFinding(f"entry {self.tree.size} is missing")
        if self.tree.hashes != head.tree.hashes or self.chain_hash != head.chain_hash:
            raise TailFinding("the head of the log is not that of its entries")
