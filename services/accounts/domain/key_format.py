"""How a key is written: ``aos_<env>_<id>_<secret>_<check>``.

The environment keeps a development key from being tried in production. The identifier is the body
of ``key_…``, so that a key can be looked up without its secret. The check is what lets a mistyped,
cut or invented key be refused without asking the database, and lets scanners of source code know a
real key from a similar text.
"""

import secrets
import zlib
from dataclasses import dataclass, field
from enum import StrEnum

from kernel.identifiers import ApiKeyId, is_id

_PRODUCT = "aos"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_SECRET_BYTES = 32
_SECRET_LENGTH = 43
_CHECK_LENGTH = 6
_HINT_LENGTH = 6
_PARTS = 5


class KeyEnvironment(StrEnum):
    """Which kind of plane a key is for."""

    DEVELOPMENT = "dev"
    LIVE = "live"


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentedKey:
    """A key as its holder presents it."""

    environment: KeyEnvironment
    api_key_id: ApiKeyId
    # Whoever prints or logs the value must not print this.
    secret: str = field(repr=False)

    @property
    def text(self) -> str:
        """The key in its written form."""
        body = self.api_key_id.removeprefix("key_")
        unchecked = f"{_PRODUCT}_{self.environment}_{body}_{self.secret}"
        return f"{unchecked}_{_check_of(unchecked)}"

    @property
    def hint(self) -> str:
        """Enough of the key to recognise it by, and nothing of its secret."""
        body = self.api_key_id.removeprefix("key_")
        return f"{_PRODUCT}_{self.environment}_{body[:_HINT_LENGTH]}…"


def new_secret() -> str:
    """Make a secret of 256 random bits."""
    return _base62(int.from_bytes(secrets.token_bytes(_SECRET_BYTES)), _SECRET_LENGTH)


def parse(text: str) -> PresentedKey | None:
    """Read a key, or return None for what cannot be one."""
    parts = text.split("_")
    if len(parts) != _PARTS:
        return None
    product, environment, body, secret, check = parts
    api_key_id = f"key_{body}"
    fits = (
        product == _PRODUCT
        and environment in tuple(KeyEnvironment)
        and is_id(api_key_id, "key")
        and _is_secret(secret)
        and check == _check_of(text.rpartition("_")[0])
    )
    if not fits:
        return None
    return PresentedKey(
        environment=KeyEnvironment(environment), api_key_id=ApiKeyId(api_key_id), secret=secret
    )


def _is_secret(text: str) -> bool:
    if len(text) != _SECRET_LENGTH or not all(character in _VALUES for character in text):
        return False
    value = 0
    for character in text:
        value = value * len(_ALPHABET) + _VALUES[character]
    return value < 1 << 8 * _SECRET_BYTES


def _check_of(text: str) -> str:
    return _base62(zlib.crc32(text.encode()), _CHECK_LENGTH)


def _base62(value: int, length: int) -> str:
    digits = []
    for _ in range(length):
        value, digit = divmod(value, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
