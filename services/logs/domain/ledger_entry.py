"""Entries of the ledger: who did what to what, when, for which run, before and after."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from operator import itemgetter
from typing import Any, NamedTuple

from kernel import merkle
from kernel.errors import InvalidField
from kernel.identifiers import RunId, TenantId
from services.logs.domain.canonical import canonical
from services.logs.domain.once import Key

State = Mapping[str, Any]
Document = Mapping[str, Any]

# In every leaf, so that a later form can be told from this one.
_FORM = 1
CHAIN_START = bytes(merkle.HASH_BYTES)
# What of a leaf is copied into columns, the time last.
FOUND_BY = (
    "tenant_id",
    "entry_id",
    "service",
    "event_type",
    "entity_type",
    "entity_id",
    "actor_type",
    "actor_id",
    "run_id",
    "occurred_at",
)
_MEMBERS = {"form", "before", "after", *FOUND_BY}
_found_by = itemgetter(*FOUND_BY)


class ActorType(StrEnum):
    """Who acted."""

    PERSON = "person"
    API_KEY = "api_key"
    SERVICE = "service"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerDraft:
    """What is to be written into the ledger."""

    entry_id: str
    tenant_id: TenantId
    service: str
    event_type: str
    entity_type: str
    entity_id: str
    actor_type: ActorType
    actor_id: str
    run_id: RunId | None
    before: State | None
    after: State | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedDraft:
    """A draft with the bytes that will stand for it."""

    draft: LedgerDraft
    leaf: bytes
    leaf_hash: bytes

    @property
    def key(self) -> Key:
        """Its tenant and identifier."""
        return self.draft.tenant_id, self.draft.entry_id

    @property
    def digest(self) -> bytes:
        """What it says: the leaf holds all of it."""
        return self.leaf_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """An entry as it stands in the ledger."""

    draft: LedgerDraft
    sequence: int
    leaf: bytes
    leaf_hash: bytes
    chain_hash: bytes
    appended_at: datetime


class KeptEntry(NamedTuple):
    """An entry as it is verified: what is hashed, and what the entry is found by.

    Every entry is verified at least once, so this is as light as can be.
    """

    sequence: int
    leaf: bytes
    leaf_hash: bytes
    chain_hash: bytes
    # The values of the columns in FOUND_BY.
    found_by: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a draft has found its place."""

    entry_id: str
    sequence: int
    leaf_hash: bytes


def seal(draft: LedgerDraft) -> SealedDraft:
    """Write a draft as the canonical bytes (RFC 8785) that are stored and hashed as they are.

    Raises:
        InvalidField: a state holds what canonical JSON cannot.
    """
    try:
        leaf = canonical(_document_of(draft))
    except (ValueError, RecursionError) as error:
        raise InvalidField.named("drafts", f"{draft.entry_id} cannot be kept: {error}") from None
    return SealedDraft(draft=draft, leaf=leaf, leaf_hash=merkle.leaf_hash(leaf))


def _document_of(draft: LedgerDraft) -> dict[str, Any]:
    return {
        "form": _FORM,
        "entry_id": draft.entry_id,
        "tenant_id": draft.tenant_id,
        "service": draft.service,
        "event_type": draft.event_type,
        "entity_type": draft.entity_type,
        "entity_id": draft.entity_id,
        "actor_type": draft.actor_type.value,
        "actor_id": draft.actor_id,
        "run_id": draft.run_id,
        "before": draft.before,
        "after": draft.after,
        "occurred_at": _written(draft.occurred_at),
    }


def chained(previous: bytes, leaf_hash: bytes) -> bytes:
    """The link from one entry to the next: a second check that needs no tree."""
    return hashlib.sha256(previous + leaf_hash).digest()


def read_leaf(leaf: bytes) -> Document | None:
    """What a leaf says; None when it is damaged."""
    try:
        document = json.loads(leaf.decode())
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def is_faithful(entry: KeptEntry) -> bool:
    """Whether what the entry is found by is what its leaf says."""
    said = read_leaf(entry.leaf)
    if said is None or said.keys() != _MEMBERS or said["form"] != _FORM:
        return False
    *texts, occurred_at = entry.found_by
    return bool(_found_by(said) == (*texts, _written(occurred_at)))


def read_state(field: str, text: str) -> State | None:
    """Read a state as it was sent: a JSON object, or nothing.

    Raises:
        InvalidField: it is something else, or names a member twice.
    """
    if not text:
        return None
    try:
        state = _DECODER.decode(text)
    except (ValueError, RecursionError):
        state = None
    if not isinstance(state, dict):
        raise InvalidField.named(field, "must be a JSON object that names each member once")
    return state


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("A member is named twice.")
    return members


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON.")


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


# Made once: a decoder costs more to make than to use, and every entry is read with it.
_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_no_number)
