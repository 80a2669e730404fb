"""Who signs checkpoints, under which name, and whether what was signed is still what is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kernel.identifiers import TenantId
from services.logs.domain.checkpoint import (
    Checkpoint,
    InvalidNote,
    NoteSigner,
    TreeHead,
    VerifierKey,
    open_note,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notary:
    """Signs the heads of tenants' logs, and recognises what was signed before."""

    origin: str
    signer: NoteSigner
    # Keys that signed earlier checkpoints and sign no more.
    retired: Sequence[VerifierKey] = ()

    @property
    def keys(self) -> Sequence[VerifierKey]:
        """Every key that may have signed a checkpoint, the present one first."""
        return [self.signer.verifier_key, *self.retired]

    def sign(self, tenant_id: TenantId, *, size: int, root_hash: bytes, at: datetime) -> Checkpoint:
        """Sign a tenant's log at a size."""
        head = TreeHead(origin=f"{self.origin}/{tenant_id}", size=size, root_hash=root_hash)
        note = self.signer.sign(head)
        return Checkpoint(tree_size=size, root_hash=root_hash, note=note, signed_at=at)

    def problem(self, tenant_id: TenantId, checkpoint: Checkpoint) -> str | None:
        """What is wrong with a checkpoint that was kept, or nothing."""
        said = TreeHead(
            origin=f"{self.origin}/{tenant_id}",
            size=checkpoint.tree_size,
            root_hash=checkpoint.root_hash,
        )
        try:
            signed = open_note(checkpoint.note, self.keys)
        except InvalidNote as error:
            return f"of the checkpoint of {checkpoint.tree_size} entries, {error}"
        if signed != said:
            return f"the checkpoint of {checkpoint.tree_size} entries is not what was signed"
        return None
