"""What was signed, by whom, about which log."""

from collections.abc import Sequence

from aosctl.verification.bundle import Bundle
from aosctl.verification.verdict import Finding
from services.logs.domain.checkpoint import InvalidNote, TreeHead, VerifierKey, open_note


def read_keys(texts: Sequence[str]) -> list[VerifierKey]:
    """Read verifier keys.

    Raises:
        Finding: one is not a key.
    """
    try:
        return [VerifierKey.parse(text) for text in texts]
    except ValueError as error:
        raise Finding(f"A verifier key cannot be read: {error}.") from None


def read_head(note: str, keys: Sequence[VerifierKey], *, what: str) -> TreeHead:
    """What a note says.

    Raises:
        Finding: nobody known signed it.
    """
    try:
        return open_note(note, keys)
    except InvalidNote as error:
        raise Finding(f"{what}: {error}.") from None


def tenant_of(head: TreeHead) -> str:
    """The tenant whose log it is: the last part of the origin."""
    return head.origin.rpartition("/")[2]


def earlier_heads(
    bundle: Bundle, keys: Sequence[VerifierKey], origin: str
) -> list[tuple[TreeHead, Sequence[bytes]]]:
    """The earlier checkpoints of a bundle with their proofs, smallest first.

    Raises:
        Finding: one is not signed, or belongs to another log.
    """
    heads = []
    for one in bundle.earlier:
        head = read_head(one.note, keys, what="An earlier checkpoint")
        require_origin(head, origin)
        heads.append((head, one.consistency))
    return sorted(heads, key=lambda pair: pair[0].size)


def require_origin(head: TreeHead, origin: str) -> None:
    """Refuse a checkpoint of another log."""
    if head.origin != origin:
        raise Finding(f"A checkpoint of {head.origin} says nothing about {origin}.")
