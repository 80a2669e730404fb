"""Verifies a bundle with nothing but the bundle and public keys.

The whole log is recomputed leaf by leaf and compared with every checkpoint that is at hand; a run's
entries are followed to the signed root by their proofs. Either way the first bad entry is named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aosctl.verification.bundle import Bundle, BundleEntry
from aosctl.verification.entries import EntryChecks
from aosctl.verification.signatures import (
    earlier_heads,
    read_head,
    read_keys,
    require_origin,
    tenant_of,
)
from aosctl.verification.verdict import Finding, Verdict
from kernel import merkle
from services.logs.domain.checkpoint import TreeHead

_NEVER_WRITTEN = (
    "Events that were never written: a log proves what is in it. Every run declares which records "
    "it must leave, and a missing one is an incident."
)
_OTHER_ENTRIES = (
    "That the run has no further entries: only a bundle of the whole log shows that "
    "(`aos ledger export FILE` without --run)."
)
_REWRITTEN = (
    "That nobody rewrote the log and signed it anew: a checkpoint that you kept shows that "
    "(--checkpoint FILE)."
)
_TRUSTED = (
    "That the key is the right one: it came with the bundle. Give the one that you know (--key)."
)


def verify(bundle: Bundle, *, keys: Sequence[str] = (), kept: Sequence[str] = ()) -> Verdict:
    """Verify a bundle against the keys that somebody trusts and the checkpoints they kept.

    Without keys, those that came with the bundle are used, and the verdict says so.
    """
    shown: list[str] = []
    limits = [_NEVER_WRITTEN]
    limits += [] if bundle.whole else [_OTHER_ENTRIES]
    limits += [] if kept else [_REWRITTEN]
    limits += [] if keys else [_TRUSTED]
    try:
        _Verification.prepare(bundle, keys=keys or bundle.keys, kept=kept).run(shown)
    except Finding as finding:
        return Verdict(shown=shown, problem=str(finding), cannot_show=limits)
    return Verdict(shown=shown, problem=None, cannot_show=limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verification:
    """A bundle beside all that was signed about its log."""

    bundle: Bundle
    head: TreeHead
    # What was signed before, with proofs, and what the customer kept of it.
    earlier: Sequence[tuple[TreeHead, Sequence[bytes]]]
    kept: Sequence[TreeHead]

    @classmethod
    def prepare(
        cls, bundle: Bundle, *, keys: Sequence[str], kept: Sequence[str]
    ) -> "_Verification":
        trusted = read_keys(keys)
        head = read_head(bundle.checkpoint, trusted, what="The checkpoint of the bundle")
        mine = [read_head(note, trusted, what="A checkpoint that you kept") for note in kept]
        for one in mine:
            require_origin(one, head.origin)
        earlier = earlier_heads(bundle, trusted, head.origin)
        return cls(bundle=bundle, head=head, earlier=earlier, kept=mine)

    def run(self, shown: list[str]) -> None:
        """Check everything, and tell what holds as it turns out."""
        shown.append(f"{self.head.origin} was signed with {self.head.size} entries.")
        if self.bundle.whole:
            self._follow_all()
            shown.append(f"All {self.head.size} entries, from the first on, lead to this root.")
        else:
            self._follow_each()
            shown.append(f"{len(self.bundle.entries)} entries are in the signed log.")
        shown.append("The bytes, the order and the chain of these entries are as they were hashed.")
        self._compare_with_earlier()
        self._compare_with_kept()
        shown.extend(
            f"It begins with the {one.size} entries of the checkpoint that you kept."
            for one in self.kept
        )

    def _checks(self) -> EntryChecks:
        return EntryChecks(tenant_id=tenant_of(self.head), run_id=self.bundle.run_id)

    def _follow_all(self) -> None:
        """Recompute the root, and stop at the first size at which it is not what was signed."""
        checks, tree = self._checks(), merkle.CompactRange()
        signed = self._signed_roots()
        agreed = 0
        for entry in self.bundle.entries:
            if entry.sequence != tree.size:
                raise Finding(f"Entry {tree.size}: it is missing.")
            if entry.sequence >= self.head.size:
                raise Finding(f"Entry {entry.sequence}: it is beyond what was signed.")
            checks.check(entry)
            tree.append(entry.leaf_hash)
            if tree.size in signed:
                _require_root(tree, signed[tree.size], agreed)
                agreed = tree.size
        if tree.size < self.head.size:
            raise Finding(f"Entry {tree.size}: it is missing; {self.head.size} were signed.")
        _require_root(tree, self.head.root_hash, agreed)

    def _signed_roots(self) -> Mapping[int, bytes]:
        """Roots by size; what the customer kept counts more than what the bundle says."""
        heads = [*(head for head, _ in self.earlier), *self.kept]
        return {head.size: head.root_hash for head in heads}

    def _follow_each(self) -> None:
        checks = self._checks()
        for entry in self.bundle.entries:
            checks.check(entry)
            self._require_included(entry)

    def _require_included(self, entry: BundleEntry) -> None:
        root = merkle.root_from_inclusion(
            leaf=entry.leaf_hash,
            sequence=entry.sequence,
            size=self.head.size,
            proof=entry.inclusion or (),
        )
        if root != self.head.root_hash:
            raise Finding(f"Entry {entry.sequence}: its proof does not lead to the signed root.")

    def _compare_with_earlier(self) -> None:
        if self.bundle.whole:
            return  # All entries were followed to these roots.
        for head, proof in self.earlier:
            self._require_beginning(head, proof)

    def _compare_with_kept(self) -> None:
        proofs = {head.size: proof for head, proof in self.earlier}
        for head in self.kept:
            if self.bundle.whole and head.size <= self.head.size:
                continue  # All entries were followed to its root, too.
            if head.size < self.head.size and head.size not in proofs:
                raise Finding(
                    f"The bundle holds no proof for the checkpoint of {head.size} entries that you "
                    "kept. Export it again with --kept FILE."
                )
            self._require_beginning(head, proofs.get(head.size, ()))

    def _require_beginning(self, head: TreeHead, proof: Sequence[bytes]) -> None:
        if head.size > self.head.size:
            raise Finding(
                f"Entry {self.head.size}: it is gone; {head.size} entries were signed before, and "
                f"the log has {self.head.size}."
            )
        if not merkle.is_consistent(
            first=head.size,
            second=self.head.size,
            first_root=head.root_hash,
            second_root=self.head.root_hash,
            proof=proof,
        ):
            raise Finding(
                f"The first {head.size} entries are not those that were signed before: one of them "
                "was changed."
            )


def _require_root(tree: merkle.CompactRange, signed: bytes, agreed: int) -> None:
    if tree.root() != signed:
        raise Finding(
            f"Entry {agreed}, or one up to {tree.size - 1}: it was changed after the first "
            f"{tree.size} entries were signed; those before {agreed} are as signed."
        )
