"""What can be wrong with a ledger and with records."""

from kernel.errors import AlreadyExists, FailedPrecondition, InvalidRequest, NotFound


class LedgerEntryNotFound(NotFound):
    """The tenant's log has no entry at that place."""

    reason = "LEDGER_ENTRY_NOT_FOUND"

    @classmethod
    def at(cls, sequence: int) -> "LedgerEntryNotFound":
        """Say where."""
        return cls(f"The ledger has no entry {sequence}.", metadata={"sequence": str(sequence)})


class LedgerSizeUnknown(InvalidRequest):
    """The log never had that size, or not yet."""

    reason = "LEDGER_SIZE_UNKNOWN"

    @classmethod
    def of(cls, size: int, *, present: int) -> "LedgerSizeUnknown":
        """Say which, and what would be known."""
        return cls(
            f"The ledger has {present} entries and nothing can be proven of {size}.",
            metadata={"size": str(size), "present": str(present)},
        )


class RecordConflict(AlreadyExists):
    """Something else was written under the same identifier."""

    reason = "RECORD_CONFLICT"

    @classmethod
    def of(cls, record_id: str) -> "RecordConflict":
        """Say which."""
        return cls(
            f"{record_id} was written before with another content. Choose a new identifier.",
            metadata={"record_id": record_id},
        )


class LedgerDamaged(FailedPrecondition):
    """What the log holds is not what it held; nothing more of it is signed."""

    reason = "LEDGER_DAMAGED"

    @classmethod
    def because(cls, tenant_id: str, finding: str) -> "LedgerDamaged":
        """Say what was found."""
        return cls(
            f"The ledger of {tenant_id} does not verify: {finding}. Nothing of it is signed until "
            "it is restored from a backup.",
            metadata={"tenant_id": tenant_id, "finding": finding},
        )
