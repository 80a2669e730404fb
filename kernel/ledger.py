"""What goes into the audit ledger: who did what to what, for which run, before and after."""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from kernel.identifiers import RunId, TenantId
from kernel.principal import Actor

State = Mapping[str, Any]
# What most fields hold; asked first, since every change of everything passes here.
_PLAIN = frozenset({str, int, bool, float, type(None)})


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One fact for the ledger, written in the transaction of the change it tells of."""

    tenant_id: TenantId
    event_type: str
    entity_type: str
    entity_id: str
    actor: Actor
    run_id: RunId | None = None
    before: State | None = None
    after: State | None = None


def entry_of(event: Any, *, actor: Actor, before: Any = None) -> LedgerEntry:
    """The entry that a domain event stands for.

    The event's first field is the thing it happened to, as it is now; its class, in capitals, is
    the type of the entry unless it names another one (``LEDGER_TYPE``).
    """
    entity_type = dataclasses.fields(event)[0].name
    entity = getattr(event, entity_type)
    named = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(event).__name__).upper()
    return LedgerEntry(
        tenant_id=getattr(entity, "tenant_id", entity.id),
        event_type=getattr(event, "LEDGER_TYPE", named),
        entity_type=entity_type,
        entity_id=entity.id,
        actor=actor,
        run_id=entity.id if entity_type == "run" else getattr(entity, "run_id", None),
        before=None if before is None else state_of(before),
        after=state_of(entity),
    )


def state_of(entity: Any) -> State:
    """An entity as plain JSON values, every field of it."""
    return {item.name: _plain(getattr(entity, item.name)) for item in dataclasses.fields(entity)}


def _plain(value: Any) -> Any:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Enum | datetime):
        return value.value if isinstance(value, Enum) else value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(_plain(item) for item in value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return state_of(value)
    return value
