"""Secrets at rest: sealed for the place where they are kept, openable nowhere else.

Each secret has a data key of its own, with which it is encrypted (AES-256-GCM); the data key is
encrypted with a master key that is in no database. Both are bound to where the secret belongs, so a
sealed secret that is put into another row, tenant or version does not open.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.errors import InternalError
from servicekit.auth.keys import decode
from servicekit.config import ConfigError

KEY_BYTES = 32
# What seals where nobody has made a key. Everybody knows it, so production refuses it.
DEVELOPMENT_KEY = hashlib.sha256(b"aos development sealing key").digest()

_FORMAT = b"\x01"
_NAME_BYTES, _NONCE_BYTES, _TAG_BYTES = 8, 12, 16
_WRAPPED_BYTES = KEY_BYTES + _TAG_BYTES


class SealBroken(InternalError):
    """A sealed secret does not open here: it was changed, or belongs elsewhere."""


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """The keys that encrypt data keys: the first one what is new, all of them what is old."""

    keys: tuple[bytes, ...] = field(repr=False)

    @classmethod
    def read(cls, path: str, *, is_production: bool) -> "MasterKeys":
        """Read a file with one key a line; without a file, everybody's development key is used.

        Raises:
            ConfigError: the file holds no such keys, or one that production must not use.
        """
        keys = _read(path) if path else (DEVELOPMENT_KEY,)
        if is_production and DEVELOPMENT_KEY in keys:
            raise ConfigError(
                "Production needs a sealing key of its own: name a file with 32 random bytes in "
                "base64url."
            )
        return cls(keys)

    def named(self, name: bytes) -> bytes:
        """The key of this name.

        Raises:
            SealBroken: there is none.
        """
        for key in self.keys:
            if _name(key) == name:
                return key
        raise SealBroken("A secret was sealed with a key that is not here.")


def _read(path: str) -> tuple[bytes, ...]:
    try:
        keys = tuple(decode(line) for line in Path(path).read_text().split())
    except (OSError, ValueError):
        keys = ()
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise ConfigError(f"{path} does not hold keys of 32 bytes in base64url, one a line.")
    return keys


def _name(key: bytes) -> bytes:
    return hashlib.sha256(b"aos sealing key name" + key).digest()[:_NAME_BYTES]


class Sealer:
    """Seals secrets, and opens them where they belong."""

    def __init__(self, master_keys: MasterKeys) -> None:
        self._master_keys = master_keys

    def seal(self, secret: bytes, *, bound_to: Sequence[str]) -> bytes:
        """Seal a secret for one place."""
        master = self._master_keys.keys[0]
        place, data_key = _place(bound_to), AESGCM.generate_key(bit_length=256)
        wrapping, sealing = os.urandom(_NONCE_BYTES), os.urandom(_NONCE_BYTES)
        wrapped = AESGCM(master).encrypt(wrapping, data_key, place)
        sealed = AESGCM(data_key).encrypt(sealing, secret, place)
        return b"".join((_FORMAT, _name(master), wrapping, wrapped, sealing, sealed))

    def open(self, sealed: bytes, *, bound_to: Sequence[str]) -> bytes:
        """Open what was sealed for this place.

        Raises:
            SealBroken: it was changed, or sealed for another place, or with another key.
        """
        name, wrapping, wrapped, sealing, rest = _taken_apart(sealed)
        place = _place(bound_to)
        try:
            data_key = AESGCM(self._master_keys.named(name)).decrypt(wrapping, wrapped, place)
            return AESGCM(data_key).decrypt(sealing, rest, place)
        except InvalidTag:
            raise SealBroken("A sealed secret does not open where it is kept.") from None


def _taken_apart(sealed: bytes) -> list[bytes]:
    pieces, rest = [], sealed[1:]
    for length in (_NAME_BYTES, _NONCE_BYTES, _WRAPPED_BYTES, _NONCE_BYTES):
        pieces.append(rest[:length])
        rest = rest[length:]
    if sealed[:1] != _FORMAT or len(rest) < _TAG_BYTES:
        raise SealBroken("A sealed secret is not in a form that is known here.")
    return [*pieces, rest]


def _place(bound_to: Sequence[str]) -> bytes:
    """Where a secret belongs, so that no two places read alike: each part with its length."""
    parts = [part.encode() for part in bound_to]
    return b"".join(len(part).to_bytes(4) + part for part in parts)
