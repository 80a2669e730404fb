"""A whole log, verified from its first entry on: how far it came, and what it found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kernel.identifiers import TenantId
from kernel.merkle import CompactRange, Node
from services.logs.domain.ledger_entry import CHAIN_START, KeptEntry
from services.logs.domain.tail import Tail, TailFinding


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Where the verification of a log stands; what was found stays until a whole round is clean."""

    tenant_id: TenantId
    tree: CompactRange
    chain_hash: bytes = CHAIN_START
    # The largest size at which the entries led to the root that was signed.
    agreed_size: int = 0
    # Whether the last portion was the end of a round; the next one begins at the first entry.
    is_finished: bool = False
    finding: str = ""

    @classmethod
    def beginning(cls, tenant_id: TenantId, *, finding: str = "") -> "Verification":
        """Before the first entry."""
        return cls(tenant_id=tenant_id, tree=CompactRange(), finding=finding)

    def ended(self, *, finding: str = "") -> "Verification":
        """The end of a round, with what it found."""
        return Verification(
            tenant_id=self.tenant_id,
            tree=self.tree,
            chain_hash=self.chain_hash,
            agreed_size=self.agreed_size,
            is_finished=True,
            finding=finding,
        )


def read_portion(
    before: Verification,
    entries: Sequence[KeptEntry],
    *,
    nodes: Mapping[Node, bytes],
    signed: Mapping[int, bytes],
    end: int,
) -> Verification:
    """Follow the next entries up to a size, beside the stored nodes and the roots that were signed.

    Raises:
        TailFinding: something is missing or was changed; it names the first such entry, or those
            of which one must be it.
    """
    copy = CompactRange(size=before.tree.size, hashes=before.tree.hashes)
    tail, agreed = Tail(tree=copy, chain_hash=before.chain_hash), before.agreed_size
    for entry in entries:
        for node, expected in tail.follow(entry):
            _require_node(node, nodes.get(node), expected)
        if copy.size in signed:
            _require_root(copy, signed[copy.size], agreed)
            agreed = copy.size
    if copy.size < end:
        raise TailFinding(f"entry {copy.size} is missing")
    return Verification(
        tenant_id=before.tenant_id,
        tree=copy,
        chain_hash=tail.chain_hash,
        agreed_size=agreed,
        finding=before.finding,
    )


def _require_node(node: Node, stored: bytes | None, expected: bytes) -> None:
    if stored == expected:
        return
    name = f"node {node.place} of level {node.level}"
    if stored is None:
        raise TailFinding(f"{name} is missing")
    if node.level > 1:
        # The nodes below it are those of their entries.
        raise TailFinding(f"{name} is not that of its entries")
    first = node.place << 1
    raise TailFinding(f"entry {first} or {first + 1} is not what the tree was built of")


def _require_root(tree: CompactRange, signed: bytes, agreed: int) -> None:
    if tree.root() == signed:
        return
    last = tree.size - 1
    which = f"entry {agreed}" if agreed == last else f"entry {agreed}, or one up to {last},"
    raise TailFinding(f"{which} was changed after the first {tree.size} entries were signed")
