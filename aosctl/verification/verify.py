"""Verifies a bundle with nothing but the bundle, public keys, and what somebody kept.

The whole log is recomputed leaf by leaf and compared with everything that was signed about it; a
run's entries are followed to the signed root by their proofs. The first bad entry is named, or,
where nothing but hashes over several entries was kept, those of which one is bad.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from aosctl.verification.bundle import Bundle, BundleEntry
from aosctl.verification.entries import EntryChecks
from aosctl.verification.evidence import OlderBundle, whole_of
from aosctl.verification.narrowing import (
    GrownTree,
    Hashes,
    Known,
    ProvenSpans,
    first_bad,
    proven_spans,
)
from aosctl.verification.signatures import (
    earlier_heads,
    read_head,
    read_keys,
    require_origin,
    tenant_of,
)
from aosctl.verification.verdict import Finding, Place, Verdict
from kernel import merkle
from kernel.merkle import Span
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
    "That nobody rewrote the log and signed it anew: a checkpoint or bundle that you kept shows "
    "that (--checkpoint FILE, --against FILE)."
)
_TRUSTED = (
    "That the key is the right one: it came with the bundle. Give the one that you know (--key)."
)


def verify(
    bundle: Bundle,
    *,
    keys: Sequence[str] = (),
    kept: Sequence[str] = (),
    older: Sequence[Bundle] = (),
) -> Verdict:
    """Verify a bundle against trusted keys, and kept checkpoints and bundles.

    Without keys, those that came with the bundle are used, and the verdict says so.
    """
    shown: list[str] = []
    limits = [_NEVER_WRITTEN]
    limits += [] if bundle.whole else [_OTHER_ENTRIES]
    limits += [] if kept or older else [_REWRITTEN]
    limits += [] if keys else [_TRUSTED]
    try:
        for one in older:
            _require_sound(one, keys)
        trusted = keys or bundle.keys
        _Verification.prepare(bundle, keys=trusted, kept=kept, older=older).run(shown)
    except Finding as found:
        return Verdict(shown=shown, problem=str(found), place=found.place, cannot_show=limits)
    return Verdict(shown=shown, problem=None, place=None, cannot_show=limits)


def _require_sound(older: Bundle, keys: Sequence[str]) -> None:
    """Refuse evidence that does not hold by itself."""
    problem = verify(older, keys=keys).problem
    if problem is not None:
        raise Finding(f"A bundle that you kept does not verify by itself. {problem}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verification:
    """A bundle beside all that was signed about its log."""

    bundle: Bundle
    head: TreeHead
    # What was signed before, with proofs, and what the customer kept of it.
    earlier: Sequence[tuple[TreeHead, Sequence[bytes]]]
    kept: Sequence[TreeHead]
    older: Sequence[OlderBundle]

    @classmethod
    def prepare(
        cls, bundle: Bundle, *, keys: Sequence[str], kept: Sequence[str], older: Sequence[Bundle]
    ) -> "_Verification":
        trusted = read_keys(keys)
        head = read_head(bundle.checkpoint, trusted, what="The checkpoint of the bundle")
        mine = [read_head(note, trusted, what="A checkpoint that you kept") for note in kept]
        before = [OlderBundle.read(one, trusted) for one in older]
        if bundle.whole:
            mine += [one.head for one in before]
        for one in (*mine, *(one.head for one in before)):
            require_origin(one, head.origin)
        earlier = earlier_heads(bundle, trusted, head.origin)
        return cls(bundle=bundle, head=head, earlier=earlier, kept=mine, older=before)

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
        shown.extend(
            f"It agrees with the bundle that you kept, of {one.head.size} entries."
            for one in self.older
        )

    def _checks(self) -> EntryChecks:
        return EntryChecks(tenant_id=tenant_of(self.head), run_id=self.bundle.run_id)

    def _follow_all(self) -> None:
        """Recompute the tree; what was signed about its beginning comes before a later fault."""
        tree = GrownTree()
        try:
            self._grow(tree)
        except Finding:
            self._require_unchanged(tree)
            raise
        self._require_unchanged(tree)
        if tree.size < self.head.size:
            raise Finding.at(tree.size, f"it is missing; {self.head.size} were signed.")

    def _grow(self, tree: GrownTree) -> None:
        checks = self._checks()
        for entry in self.bundle.entries:
            if entry.sequence != tree.size:
                raise Finding.at(tree.size, "it is missing.")
            if entry.sequence >= self.head.size:
                raise Finding.at(entry.sequence, "it is beyond what was signed.")
            checks.check(entry)
            tree.append(entry.leaf_hash)

    def _follow_each(self) -> None:
        checks = self._checks()
        proven: list[Known] = []
        for entry in self.bundle.entries:
            checks.check(entry)
            proven += self._require_included(entry)
        self._require_unchanged(ProvenSpans(proven))
        for one in self.older:
            one.require_none_missing(self.bundle)

    def _require_included(self, entry: BundleEntry) -> list[Known]:
        """What the entry and its proof say, which lead to the signed root."""
        leaf, place, size = entry.leaf_hash, entry.sequence, self.head.size
        proof = entry.inclusion or ()
        root = merkle.root_from_inclusion(leaf=leaf, sequence=place, size=size, proof=proof)
        if root != self.head.root_hash:
            raise Finding.at(place, "its proof does not lead to the signed root.")
        return proven_spans(leaf_hash=leaf, sequence=place, size=size, proof=proof)

    def _require_unchanged(self, hashes: Hashes) -> None:
        """Compare with all that was signed; what somebody kept counts before what they are given.

        Whoever changed the log may have signed it anew, so where it contradicts what was kept, the
        bundle's own checkpoints vouch for nothing.
        """
        kept = [whole_of(head) for head in self.kept]
        kept += [known for one in self.older for known in one.known()]
        own = [whole_of(head) for head in (*(head for head, _ in self.earlier), self.head)]
        place = first_bad(hashes, kept)
        if place is not None:
            raise Finding.within(place, _changed(place) + self._own_word(hashes, place))
        place = first_bad(hashes, [*kept, *own])
        if place is not None:
            raise Finding.within(place, _changed(place))

    def _own_word(self, hashes: Hashes, place: Place) -> str:
        sizes = [
            head.size
            for head, _ in self.earlier
            if place.first < head.size <= place.last
            and hashes.of(Span(0, head.size)) == head.root_hash
        ]
        if not sizes:
            return ""
        return (
            f" The bundle's own checkpoints say that those before {max(sizes)} are as signed, but "
            "whoever changed the log may have signed them anew."
        )

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
            raise Finding.at(
                self.head.size,
                f"it is gone; {head.size} entries were signed before, and the log has "
                f"{self.head.size}.",
            )
        if not merkle.is_consistent(
            first=head.size,
            second=self.head.size,
            first_root=head.root_hash,
            second_root=self.head.root_hash,
            proof=proof,
        ):
            place = Place(first=0, last=head.size - 1)
            raise Finding.within(place, _changed(place))


def _changed(place: Place) -> str:
    before = f"; those before {place.first} are as signed" if place.first else ""
    return f"it was changed after it was signed{before}."
