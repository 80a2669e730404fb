"""The head of a ledger: all that is needed to append to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from kernel.identifiers import TenantId
from kernel.merkle import CompactRange, Node
from services.logs.domain.ledger_entry import CHAIN_START, Position, SealedDraft, chained


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedEntry:
    """A draft at its place, ready to be kept."""

    sealed: SealedDraft
    sequence: int
    chain_hash: bytes

    @property
    def position(self) -> Position:
        """Where it stands."""
        return Position(
            entry_id=self.sealed.draft.entry_id,
            sequence=self.sequence,
            leaf_hash=self.sealed.leaf_hash,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeNode:
    """A subtree of a tenant's tree that has become full."""

    tenant_id: TenantId
    node: Node
    hash: bytes


class LedgerHead:
    """Where a tenant's log ends: its tree, and the last link of its chain."""

    def __init__(
        self, *, tenant_id: TenantId, tree: CompactRange, chain_hash: bytes = CHAIN_START
    ) -> None:
        self.tenant_id = tenant_id
        self.tree = tree
        self.chain_hash = chain_hash

    def append(self, sealed: SealedDraft) -> tuple[PlacedEntry, Sequence[TreeNode]]:
        """Give a draft the next place; returns it with the nodes that are full now."""
        sequence = self.tree.size
        self.chain_hash = chained(self.chain_hash, sealed.leaf_hash)
        made = self.tree.append(sealed.leaf_hash)
        entry = PlacedEntry(sealed=sealed, sequence=sequence, chain_hash=self.chain_hash)
        nodes = [TreeNode(tenant_id=self.tenant_id, node=node, hash=top) for node, top in made]
        return entry, nodes
