"""The entries of a run in the ledger, recomputed from their bytes, a few of them at a time.

What an entry says is read from the bytes that are hashed and from nowhere else.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kernel.merkle import leaf_hash, root_from_inclusion

COMPLETED = "RUN_COMPLETED"
GATE_OPENED = "GATE_OPENED"
TRACE_SEALED = "TRACE_SEALED"
# Which service has to have written what a proof relies on; anybody else's word is none.
_WRITERS = {COMPLETED: "orchestrator", GATE_OPENED: "policies", TRACE_SEALED: "activity"}

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEntry:
    """An entry as logs keeps it."""

    sequence: int
    # The canonical bytes that were hashed when it was appended.
    leaf: bytes
    leaf_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedLedger:
    """What logs has signed about the ledger at one size."""

    size: int
    root_hash: bytes
    note: str

    @property
    def problem(self) -> str:
        """Why the note that was signed does not say this; empty when it does."""
        lines = self.note.split("\n")
        if len(lines) > 1 and lines[1] == str(self.size):
            return ""
        return f"The signed note does not speak of a ledger of {self.size} entries."


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one entry says that the proof relies on."""

    sequence: int
    after: Document


@dataclass(slots=True, kw_only=True)
class RecomputedLedger:
    """What the entries lead to; of most of them only place and hash are remembered."""

    tenant_id: str
    run_id: str
    # The first entry that is not what was hashed; empty when there is none.
    first_fault: str = ""
    hashes: dict[int, bytes] = field(default_factory=dict)
    _told: dict[str, list[Told]] = field(default_factory=dict)

    def take(self, entries: Sequence[KeptEntry]) -> None:
        """Take the next entries, in their order."""
        for entry in entries:
            self._notice(entry)
            self.hashes[entry.sequence] = leaf_hash(entry.leaf)

    def told(self, event_type: str) -> Told | None:
        """What the one entry of this type says; None if there is none, or more than one."""
        found = self._told.get(event_type, [])
        return found[0] if len(found) == 1 else None

    def _notice(self, entry: KeptEntry) -> None:
        said = _document(entry.leaf)
        fault = ""
        if leaf_hash(entry.leaf) != entry.leaf_hash:
            fault = "is not what was hashed when it was appended"
        elif (said.get("tenant_id"), said.get("run_id")) != (self.tenant_id, self.run_id):
            fault = "belongs to another run"
        if fault:
            self.first_fault = self.first_fault or f"Entry {entry.sequence} {fault}."
            return
        kind = str(said.get("event_type"))
        if _WRITERS.get(kind) == said.get("service"):
            told = Told(sequence=entry.sequence, after=said.get("after") or {})
            self._told.setdefault(kind, []).append(told)


def leads_to(signed: SignedLedger, *, sequence: int, leaf: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a proof leads from an entry to the root that was signed."""
    root = root_from_inclusion(leaf=leaf, sequence=sequence, size=signed.size, proof=proof)
    return root == signed.root_hash


def _document(leaf: bytes) -> Document:
    try:
        said = json.loads(leaf.decode())
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
