"""Entries and bundles as a plane would make them, without one."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aosctl.verification.bundle import Bundle, BundleEntry, EarlierCheckpoint
from kernel import merkle
from kernel.identifiers import RunId, TenantId
from kernel.merkle import CompactRange, Node
from services.logs.domain.checkpoint import NoteSigner
from services.logs.domain.ledger_entry import ActorType, LedgerDraft, SealedDraft, seal
from services.logs.domain.ledger_head import LedgerHead, PlacedEntry
from services.logs.domain.notary import Notary

TENANT = TenantId("ten_01k9zj3v6q8m2x4t5w7y9abcde")
RUN = RunId("run_01k9zj3v6q8m2x4t5w7y9abcde")
AT = datetime(2026, 11, 20, 12, 0, 0, 123, tzinfo=UTC)


def notary(seed: bytes = b"k") -> Notary:
    key = Ed25519PrivateKey.from_private_bytes(seed * 32)
    return Notary(origin="aos.example", signer=NoteSigner(name="aos.example", key=key))


def draft(number: int = 0, **fields: Any) -> LedgerDraft:
    """A draft, told from others by its number; every third belongs to no run."""
    values: dict[str, Any] = {
        "entry_id": f"led_{number:026d}",
        "tenant_id": TENANT,
        "service": "policies",
        "event_type": "POLICY_ACTIVATED",
        "entity_type": "policy",
        "entity_id": f"pol_{number}",
        "actor_type": ActorType.PERSON,
        "actor_id": "per_1",
        "run_id": RUN if number % 3 else None,
        "before": None,
        "after": None,
        "occurred_at": AT,
        **fields,
    }
    return LedgerDraft(**values)


class Log:
    """A tenant's log in memory, as the store would keep it."""

    def __init__(self, size: int) -> None:
        self.head = LedgerHead(tenant_id=TENANT, tree=CompactRange())
        self.entries: list[PlacedEntry] = []
        self.nodes: dict[Node, bytes] = {}
        self.roots = [merkle.EMPTY_ROOT]
        for number in range(size):
            self.append(seal(draft(number)))

    def append(self, sealed: SealedDraft) -> None:
        entry, full = self.head.append(sealed)
        self.entries.append(entry)
        self.nodes[Node(0, entry.sequence)] = sealed.leaf_hash
        self.nodes |= {one.node: one.hash for one in full}
        self.roots.append(self.head.tree.root())

    def note(self, size: int) -> str:
        return notary().sign(TENANT, size=size, root_hash=self.roots[size], at=AT).note

    def bundle(self, *, run: bool = False, earlier: Sequence[int] = ()) -> Bundle:
        """The whole log, or the entries of the run with their proofs."""
        size = len(self.entries)
        wanted = [one for one in self.entries if not run or one.sealed.draft.run_id == RUN]
        return Bundle(
            checkpoint=self.note(size),
            keys=[str(notary().signer.verifier_key)],
            entries=[self._bundled(one, size, proven=run) for one in wanted],
            earlier=[self.earlier(first) for first in earlier],
            run_id=RUN if run else None,
            whole=not run,
        )

    def earlier(self, first: int) -> EarlierCheckpoint:
        spans = merkle.consistency_spans(first, len(self.entries))
        proof = [merkle.span_hash(span, self.nodes) for span in spans]
        return EarlierCheckpoint(note=self.note(first), consistency=proof)

    def _bundled(self, entry: PlacedEntry, size: int, *, proven: bool) -> BundleEntry:
        spans = merkle.inclusion_spans(entry.sequence, size)
        proof = [merkle.span_hash(span, self.nodes) for span in spans]
        return BundleEntry(
            sequence=entry.sequence,
            leaf=entry.sealed.leaf,
            leaf_hash=entry.sealed.leaf_hash,
            chain_hash=entry.chain_hash,
            inclusion=proof if proven else None,
        )
