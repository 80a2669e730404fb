"""Entities as plain JSON values and back, and the one form in which they are hashed."""

import dataclasses
import hashlib
import json
import types
import typing
from enum import Enum
from typing import Any, TypeVar

import rfc8785

from kernel.errors import InvalidField
from kernel.ledger import state_of

Restored = TypeVar("Restored")


def canonical(entity: Any) -> bytes:
    """The bytes of an entity, of a list or of a mapping of plain values (RFC 8785)."""
    value = dict(state_of(entity)) if dataclasses.is_dataclass(entity) else entity
    return rfc8785.dumps(value)


# What logs takes of an entity is 65,536 bytes; the rest is for what is said about it later.
AUDITABLE_BYTES = 48 * 1024


def audited_bytes(entity: Any) -> int:
    """How long an entity is as it stands in the ledger."""
    return len(json.dumps(state_of(entity), separators=(",", ":")))


def require_auditable(entity: Any, *, field: str) -> None:
    """Refuse what the ledger could not hold: it would be refused there, and stop everybody.

    Raises:
        InvalidField: it is too long.
    """
    size = audited_bytes(entity)
    if size > AUDITABLE_BYTES:
        raise InvalidField.named(
            field, f"is too long for the ledger: {size:,} bytes of at most {AUDITABLE_BYTES:,}"
        )


def sha256(content: bytes) -> str:
    """The hash of bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def restored(kind: type[Restored], plain: dict[str, Any]) -> Restored:
    """The entity that plain values were made from. Fields that are missing keep their defaults."""
    hints = _hints(kind)
    return kind(**{name: _value(hints[name], value) for name, value in plain.items()})


_HINTS: dict[Any, dict[str, Any]] = {}


def _hints(kind: Any) -> dict[str, Any]:
    known = _HINTS.get(kind)
    if known is None:
        known = _HINTS[kind] = typing.get_type_hints(kind)
    return known


def _value(hint: Any, plain: Any) -> Any:
    if plain is None:
        return None
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        (hint,) = [kind for kind in typing.get_args(hint) if kind is not type(None)]
        return _value(hint, plain)
    if origin is tuple:
        return tuple(_value(typing.get_args(hint)[0], item) for item in plain)
    if dataclasses.is_dataclass(hint):
        return restored(typing.cast("type[Any]", hint), plain)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(plain)
    return plain
