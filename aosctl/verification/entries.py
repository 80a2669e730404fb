"""Checks entries one after the other; the first that is wrong ends it."""

import hashlib
import json
from typing import Any

import rfc8785

from aosctl.verification.bundle import BundleEntry
from aosctl.verification.verdict import Finding
from kernel import merkle

_CHAIN_START = bytes(merkle.HASH_BYTES)


class EntryChecks:
    """What must hold for each entry, whatever is signed about all of them."""

    def __init__(self, *, tenant_id: str, run_id: str | None) -> None:
        self._tenant_id = tenant_id
        self._run_id = run_id
        self._seen: set[str] = set()
        self._previous: BundleEntry | None = None

    def check(self, entry: BundleEntry) -> None:
        """Take the next entry.

        Raises:
            Finding: something is wrong with it.
        """
        if merkle.leaf_hash(entry.leaf) != entry.leaf_hash:
            raise Finding.at(entry.sequence, "its bytes are not those that were hashed.")
        self._check_content(entry.sequence, _document(entry))
        self._check_chain(entry)
        self._previous = entry

    def _check_content(self, sequence: int, document: dict[str, Any]) -> None:
        if document.get("tenant_id") != self._tenant_id:
            raise Finding.at(
                sequence, f"it belongs to {document.get('tenant_id')}, not to {self._tenant_id}."
            )
        if self._run_id is not None and document.get("run_id") != self._run_id:
            raise Finding.at(sequence, f"it does not belong to {self._run_id}.")
        entry_id = str(document.get("entry_id"))
        if entry_id in self._seen:
            raise Finding.at(sequence, f"{entry_id} stands in the log twice.")
        self._seen.add(entry_id)

    def _check_chain(self, entry: BundleEntry) -> None:
        """Compare with the entry before, where that is at hand."""
        before = self._previous
        if before is not None and entry.sequence <= before.sequence:
            raise Finding.at(entry.sequence, f"it does not come after {before.sequence}.")
        if entry.sequence == 0:
            link = _CHAIN_START
        elif before is not None and before.sequence == entry.sequence - 1:
            link = before.chain_hash
        else:
            return
        if hashlib.sha256(link + entry.leaf_hash).digest() != entry.chain_hash:
            raise Finding.at(entry.sequence, "the chain from the entry before is broken.")


def _document(entry: BundleEntry) -> dict[str, Any]:
    try:
        document = json.loads(entry.leaf)
        canonical = rfc8785.dumps(document)
    except (ValueError, RecursionError):
        document, canonical = None, b""
    if not isinstance(document, dict) or canonical != entry.leaf:
        raise Finding.at(entry.sequence, "it is not canonical JSON (RFC 8785).")
    return document
