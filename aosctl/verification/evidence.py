"""What somebody kept of a log, and what of it can be held against a new bundle."""

from collections.abc import Sequence
from dataclasses import dataclass

from aosctl.verification.bundle import Bundle
from aosctl.verification.narrowing import Known, proven_spans
from aosctl.verification.signatures import earlier_heads, read_head
from aosctl.verification.verdict import Finding
from kernel.merkle import Span
from services.logs.domain.checkpoint import TreeHead, VerifierKey


@dataclass(frozen=True, slots=True, kw_only=True)
class OlderBundle:
    """A bundle that somebody kept, once it is known to hold by itself."""

    bundle: Bundle
    head: TreeHead
    keys: Sequence[VerifierKey]

    @classmethod
    def read(cls, bundle: Bundle, keys: Sequence[VerifierKey]) -> "OlderBundle":
        """Read what was signed about it."""
        head = read_head(bundle.checkpoint, keys, what="A bundle that you kept")
        return cls(bundle=bundle, head=head, keys=keys)

    def known(self) -> list[Known]:
        """The hashes that were signed: of each entry, and over all spans that its proofs name."""
        earlier = [head for head, _ in earlier_heads(self.bundle, self.keys, self.head.origin)]
        known = [whole_of(head) for head in (self.head, *earlier)]
        for entry in self.bundle.entries:
            if self.bundle.whole:
                span = Span(entry.sequence, entry.sequence + 1)
                known.append(Known(span, entry.leaf_hash))
            else:
                known += proven_spans(
                    leaf_hash=entry.leaf_hash,
                    sequence=entry.sequence,
                    size=self.head.size,
                    proof=entry.inclusion or (),
                )
        return known

    def require_none_missing(self, newer: Bundle) -> None:
        """Refuse a newer bundle of the same entries that lacks one of them.

        Raises:
            Finding: it does.
        """
        if newer.run_id != self.bundle.run_id or newer.run_id is None:
            return
        present = {entry.sequence for entry in newer.entries}
        for entry in self.bundle.entries:
            if entry.sequence not in present:
                raise Finding.at(
                    entry.sequence, "it is missing; it is in the bundle that you kept."
                )


def whole_of(head: TreeHead) -> Known:
    """What a checkpoint says: one hash over everything before it."""
    return Known(Span(0, head.size), head.root_hash)
