"""Checkpoints: what a log says about itself, signed in the form of C2SP notes.

The text is the origin, the size and the root, a line each; an empty line; and one signature line.
Whoever has the verifier key can check it with any tool that knows signed notes.
"""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kernel.merkle import HASH_BYTES

_ED25519 = b"\x01"
_KEY_ID_BYTES = 4
_TEXT_LINES = 3
_DASH = "\N{EM DASH}"


class InvalidNote(ValueError):
    """A note that says nothing that can be believed; the message is why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeHead:
    """A log at one size."""

    origin: str
    size: int
    root_hash: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{_base64(self.root_hash)}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A signed statement about a tenant's log at one size."""

    tree_size: int
    root_hash: bytes
    note: str
    signed_at: datetime


class VerifierKey:
    """A public key under the name that stands in the signature line."""

    def __init__(self, *, name: str, public_key: Ed25519PublicKey) -> None:
        if not name or "+" in name or any(character.isspace() for character in name):
            raise ValueError(f"{name!r} cannot name a key: no spaces, no plus sign.")
        self.name = name
        self.public_key = public_key
        named = name.encode() + b"\n" + _ED25519 + public_key.public_bytes_raw()
        self.id = hashlib.sha256(named).digest()[:_KEY_ID_BYTES]

    def __str__(self) -> str:
        key = _ED25519 + self.public_key.public_bytes_raw()
        return f"{self.name}+{self.id.hex()}+{_base64(key)}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Read the written form; raises ``ValueError`` for anything else."""
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        raw = _decoded(encoded)
        if raw[:1] != _ED25519:
            raise ValueError("The key is not of the Ed25519 kind.")
        key = cls(name=name, public_key=Ed25519PublicKey.from_public_bytes(raw[1:]))
        if key.id.hex() != key_id:
            raise ValueError("The name of the key does not belong to its bytes.")
        return key

    def verifies(self, text: str, signature: bytes) -> bool:
        """Whether this key signed the text."""
        try:
            self.public_key.verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


class NoteSigner:
    """Signs the heads of logs under the name of this installation."""

    def __init__(self, *, name: str, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.verifier_key = VerifierKey(name=name, public_key=key.public_key())

    def sign(self, head: TreeHead) -> str:
        """The note."""
        signature = self.verifier_key.id + self._key.sign(head.text.encode())
        return f"{head.text}\n{_DASH} {self.verifier_key.name} {_base64(signature)}\n"


def open_note(note: str, keys: Iterable[VerifierKey]) -> TreeHead:
    """What a note says, if one of the keys signed it.

    Raises:
        InvalidNote: it is no checkpoint, or none of the keys signed it.
    """
    text, _, signatures = note.partition("\n\n")
    text += "\n"
    if not signatures.endswith("\n") or not _is_signed(text, signatures, list(keys)):
        raise InvalidNote("no known key has signed the checkpoint")
    return _parse(text)


def _is_signed(text: str, signatures: str, keys: list[VerifierKey]) -> bool:
    for line in signatures.split("\n"):
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        try:
            raw = _decoded(encoded)
        except ValueError:
            continue
        key_id, signature = raw[:_KEY_ID_BYTES], raw[_KEY_ID_BYTES:]
        known = (key for key in keys if (key.name, key.id) == (name, key_id))
        if dash == _DASH and any(key.verifies(text, signature) for key in known):
            return True
    return False


def _parse(text: str) -> TreeHead:
    lines = text.split("\n")
    if len(lines) < _TEXT_LINES or not (lines[1].isascii() and lines[1].isdigit()):
        raise InvalidNote("the signed text is not a checkpoint")
    try:
        root = _decoded(lines[2])
    except ValueError:
        root = b""
    if len(root) != HASH_BYTES:
        raise InvalidNote("the checkpoint holds no root")
    return TreeHead(origin=lines[0], size=int(lines[1]), root_hash=root)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: str) -> bytes:
    """Undo :func:`_base64`, and only that: other texts can stand for the same bytes."""
    data = base64.b64decode(text, validate=True)
    if _base64(data) != text:
        raise ValueError("This is not how these bytes are written.")
    return data
