"""A ledger bundle: entries of one log, what was signed of it, and the proofs between them."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

FORMAT = "aos-ledger-bundle/1"


class UnreadableBundle(ValueError):
    """A file that is not a bundle; the message is what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleEntry:
    """An entry as it stood in the log, and the way from it to the signed root."""

    sequence: int
    leaf: bytes
    leaf_hash: bytes
    chain_hash: bytes
    # None in a bundle of the whole log, whose root is computed from all entries.
    inclusion: Sequence[bytes] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierCheckpoint:
    """What was signed before, and the proof that the signed log begins with it."""

    note: str
    consistency: Sequence[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Everything of a log, or of a run in it, that somebody can check by themselves."""

    checkpoint: str
    keys: Sequence[str]
    entries: Sequence[BundleEntry]
    earlier: Sequence[EarlierCheckpoint]
    # Set when the bundle holds the entries of a run and not the whole log.
    run_id: str | None
    # Whether every entry up to the checkpoint is meant to be there.
    whole: bool

    @property
    def tree_size(self) -> int:
        """How many entries the signed log has, as the checkpoint says."""
        return int(self.checkpoint.splitlines()[1])

    def to_json(self) -> str:
        """The bundle as a file."""
        document = {
            "format": FORMAT,
            "checkpoint": self.checkpoint,
            "keys": list(self.keys),
            "run_id": self.run_id,
            "whole": self.whole,
            "entries": [_entry_document(entry) for entry in self.entries],
            "earlier": [
                {"checkpoint": one.note, "consistency": _texts(one.consistency)}
                for one in self.earlier
            ],
        }
        return json.dumps(document, indent=1) + "\n"


def read_bundle(text: str) -> Bundle:
    """Read a file.

    Raises:
        UnreadableBundle: it is damaged, or something else.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableBundle(f"it is not JSON ({error})") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise UnreadableBundle(f"its format is not {FORMAT}")
    try:
        return Bundle(
            checkpoint=_text(document["checkpoint"]),
            keys=[_text(key) for key in document["keys"]],
            entries=[_entry(entry) for entry in document["entries"]],
            earlier=[
                EarlierCheckpoint(
                    note=_text(one["checkpoint"]), consistency=_hashes(one["consistency"])
                )
                for one in document["earlier"]
            ],
            run_id=document["run_id"] and _text(document["run_id"]),
            whole=document["whole"] is True,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableBundle(f"a part of it is missing or damaged ({error!r})") from None


def _entry_document(entry: BundleEntry) -> dict[str, Any]:
    document: dict[str, Any] = {
        "sequence": entry.sequence,
        "leaf": _base64(entry.leaf),
        "leaf_hash": _base64(entry.leaf_hash),
        "chain_hash": _base64(entry.chain_hash),
    }
    if entry.inclusion is not None:
        document["inclusion"] = _texts(entry.inclusion)
    return document


def _entry(document: Any) -> BundleEntry:
    sequence = document["sequence"]
    if type(sequence) is not int or sequence < 0:
        raise TypeError("a sequence is not a number")
    inclusion = document.get("inclusion")
    return BundleEntry(
        sequence=sequence,
        leaf=_bytes(document["leaf"]),
        leaf_hash=_bytes(document["leaf_hash"]),
        chain_hash=_bytes(document["chain_hash"]),
        inclusion=None if inclusion is None else _hashes(inclusion),
    )


def _hashes(texts: Any) -> list[bytes]:
    return [_bytes(text) for text in texts]


def _texts(hashes: Sequence[bytes]) -> list[str]:
    return [_base64(one) for one in hashes]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: Any) -> bytes:
    try:
        return base64.b64decode(_text(text), validate=True)
    except binascii.Error as error:
        raise ValueError(f"not base64: {error}") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("something is not a text")
    return value
