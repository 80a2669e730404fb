"""Written once, however often it is sent; something else under the same identifier is refused."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from kernel.identifiers import TenantId
from services.logs.domain.canonical import canonical
from services.logs.domain.errors import RecordConflict

Key = tuple[TenantId, str]

_NOTHING = (None, "", b"", ())


class WrittenOnce(Protocol):
    """Something with an identifier of its own, and a digest of what it says."""

    @property
    def key(self) -> Key:
        """Its tenant and identifier."""
        ...

    @property
    def digest(self) -> bytes:
        """Equal for equal contents, and for no others."""
        ...


Item = TypeVar("Item", bound=WrittenOnce)


def sift(
    calls: Sequence[Sequence[Item]], known: Mapping[Key, bytes]
) -> tuple[list[Item], list[RecordConflict | None]]:
    """What is new in these calls, in order, and which calls must be refused.

    `known` holds the digests of what was written before. A call is taken whole or not at all, and
    one that is refused is no reason to refuse another.
    """
    fresh: list[Item] = []
    refusals: list[RecordConflict | None] = []
    written = dict(known)
    for items in calls:
        mine, conflict = _sift_one(items, written)
        refusals.append(conflict)
        if conflict is None:
            written |= {item.key: item.digest for item in mine}
            fresh += mine
    return fresh, refusals


def _sift_one(
    items: Sequence[Item], written: Mapping[Key, bytes]
) -> tuple[list[Item], RecordConflict | None]:
    mine: dict[Key, Item] = {}
    for item in items:
        twin = mine.get(item.key)
        before = twin.digest if twin is not None else written.get(item.key)
        if before is None:
            mine[item.key] = item
        elif before != item.digest:
            return [], RecordConflict.of(item.key[1])
    return list(mine.values()), None


def digest_of(record: Any) -> bytes:
    """The digest of a dataclass. What is empty does not count, so a field may be added later."""
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    said = {name: _plain(value) for name, value in values.items() if value not in _NOTHING}
    return hashlib.sha256(canonical(said)).digest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, bytes):
        return value.hex()
    # Numbers as text: canonical JSON has none beyond 2^53.
    return list(value) if isinstance(value, tuple) else str(value)
