"""Ed25519 keys in their short written form: unpadded base64url of 32 bytes."""

import base64
import binascii
import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from servicekit.config import ConfigError


def decode(text: str) -> bytes:
    """Undo :func:`encode`; raises ``ValueError`` for anything that is not base64url."""
    try:
        return base64.urlsafe_b64decode(text.strip() + "=" * (-len(text.strip()) % 4))
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def encode(data: bytes) -> str:
    """Write bytes as unpadded base64url."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """Read a private key; what is wrong with the file is said without showing it."""
    try:
        return Ed25519PrivateKey.from_private_bytes(decode(path.read_text()))
    except (OSError, ValueError):
        raise ConfigError(f"{path} does not hold an Ed25519 seed in base64url.") from None


def read_public_keys(path: Path) -> dict[str, Ed25519PublicKey]:
    """Read the public keys of all services, by name."""
    try:
        names = json.loads(path.read_text())
        return {name: public_key(decode(text)) for name, text in names.items()}
    except (OSError, ValueError, AttributeError):
        raise ConfigError(f"{path} is not a JSON object of names and public keys.") from None


def public_key(raw: bytes) -> Ed25519PublicKey:
    """Make a public key from its 32 bytes."""
    return Ed25519PublicKey.from_public_bytes(raw)
