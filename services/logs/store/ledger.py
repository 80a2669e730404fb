"""The ledger in Postgres."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import RunId, TenantId
from kernel.merkle import CompactRange, Node
from kernel.pagination import Page, PageRequest
from services.logs.domain import ledger_entry
from services.logs.domain.ledger_entry import (
    FOUND_BY,
    ActorType,
    KeptEntry,
    LedgerDraft,
    LedgerEntry,
    Position,
)
from services.logs.domain.ledger_head import LedgerHead, PlacedEntry, TreeNode
from services.logs.domain.once import Key
from services.logs.store.ledger_write import arrays_of, write
from services.logs.store.once import known_by, plan_afresh
from services.logs.store.packing import unpacked
from services.logs.store.tables import LEDGER_ENTRIES, LEDGER_HEADS
from services.logs.usecases.ports import LedgerQuery

# May find the same identifier in a tenant that was not asked for it; whoever asks knows by the key.
_FIND = text("""
SELECT tenant_id, entry_id, sequence, leaf_hash FROM ledger_entries
WHERE tenant_id = ANY (CAST(:tenants AS text[])) AND entry_id = ANY (CAST(:ids AS text[]))
""")
_OPEN = text("""
INSERT INTO ledger_heads (tenant_id, size, compact_range, chain_hash)
SELECT tenant_id, 0, '', CAST(:start AS bytea) FROM unnest(CAST(:tenants AS text[])) AS tenant_id
ON CONFLICT DO NOTHING
""")
# Leaves are read from their entries, so that a proof speaks of what is stored there.
_NODES = text("""
SELECT found.level, found.place, found.hash
FROM unnest(CAST(:levels AS smallint[]), CAST(:places AS bigint[])) AS wanted (level, place)
CROSS JOIN LATERAL (
  SELECT level, place, hash FROM ledger_nodes
  WHERE tenant_id = :tenant_id AND level = wanted.level AND place = wanted.place LIMIT 1
) found
UNION ALL
SELECT 0, found.sequence, found.leaf_hash
FROM unnest(CAST(:leaves AS bigint[])) AS wanted (sequence)
CROSS JOIN LATERAL (
  SELECT sequence, leaf_hash FROM ledger_entries
  WHERE tenant_id = :tenant_id AND sequence = wanted.sequence LIMIT 1
) found
""")
_HASHED_COLUMNS = ("sequence", "leaf", "leaf_hash", "chain_hash")
_HASHED = len(_HASHED_COLUMNS)
_STRETCH = select(*(LEDGER_ENTRIES.c[name] for name in (*_HASHED_COLUMNS, *FOUND_BY)))


class PostgresLedger:
    """Implements the ledger repository on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def hold_heads(self, tenant_ids: Sequence[TenantId]) -> dict[TenantId, LedgerHead]:
        """Return the heads that exist, locked in the order of their tenants."""
        heads = LEDGER_HEADS
        statement = select(heads).where(heads.c.tenant_id.in_(tenant_ids))
        statement = statement.order_by(heads.c.tenant_id).with_for_update(key_share=True)
        rows = (await self._connection.execute(statement)).all()
        return {TenantId(row.tenant_id): _head_of(row) for row in rows}

    async def open(self, tenant_ids: Sequence[TenantId]) -> None:
        """Make the heads of empty logs, unless they exist."""
        values = {"tenants": list(tenant_ids), "start": ledger_entry.CHAIN_START}
        await self._connection.execute(_OPEN, values)

    async def find_positions(self, keys: Sequence[Key]) -> dict[Key, Position]:
        """Return where entries stand, for those that exist."""
        await plan_afresh(self._connection)
        values = {"tenants": list({key[0] for key in keys}), "ids": [key[1] for key in keys]}
        rows = (await self._connection.execute(_FIND, values)).all()
        return {
            (TenantId(row.tenant_id), row.entry_id): Position(
                entry_id=row.entry_id, sequence=row.sequence, leaf_hash=row.leaf_hash
            )
            for row in rows
        }

    async def append(
        self,
        entries: Sequence[PlacedEntry],
        nodes: Sequence[TreeNode],
        heads: Sequence[LedgerHead],
    ) -> None:
        """Keep entries and nodes, and the heads as they are now, or raise AlreadyWritten."""
        with known_by("ledger_entries_entry_id"):
            await write(self._connection, arrays_of(entries, nodes, heads))

    async def size(self, tenant_id: TenantId) -> int:
        """Return how many entries the tenant's log has."""
        statement = select(LEDGER_HEADS.c.size).where(LEDGER_HEADS.c.tenant_id == tenant_id)
        return (await self._connection.execute(statement)).scalar_one_or_none() or 0

    async def find_head(self, tenant_id: TenantId) -> LedgerHead:
        """Return the head as it is at this moment; an empty one for a log nobody wrote to."""
        statement = select(LEDGER_HEADS).where(LEDGER_HEADS.c.tenant_id == tenant_id)
        row = (await self._connection.execute(statement)).first()
        return (
            LedgerHead(tenant_id=tenant_id, tree=CompactRange()) if row is None else _head_of(row)
        )

    async def entry(self, tenant_id: TenantId, sequence: int) -> LedgerEntry | None:
        """Return one entry, or None beyond the end."""
        entries = LEDGER_ENTRIES
        statement = select(entries).where(
            entries.c.tenant_id == tenant_id, entries.c.sequence == sequence
        )
        row = (await self._connection.execute(statement)).first()
        return None if row is None else _entry_of(row)

    async def list(self, query: LedgerQuery, page: PageRequest) -> Page[LedgerEntry]:
        """Return entries in their order; the page key is the sequence of the last one."""
        statement = select(LEDGER_ENTRIES).where(*_conditions(query))
        if page.after is not None:
            statement = statement.where(LEDGER_ENTRIES.c.sequence > int(page.after[0]))
        statement = statement.order_by(LEDGER_ENTRIES.c.sequence).limit(page.size + 1)
        rows = (await self._connection.execute(statement)).all()
        entries = [_entry_of(row) for row in rows]
        return Page.cut(entries, page.size, key=lambda entry: (str(entry.sequence),))

    async def stretch(self, tenant_id: TenantId, begin: int, end: int) -> Sequence[KeptEntry]:
        """Return the entries of these sequences that exist, in their order."""
        sequences = LEDGER_ENTRIES.c.sequence
        statement = _STRETCH.where(
            LEDGER_ENTRIES.c.tenant_id == tenant_id, sequences >= begin, sequences < end
        )
        rows = (await self._connection.execute(statement.order_by(sequences))).all()
        return [KeptEntry._make((*row[:_HASHED], tuple(row[_HASHED:]))) for row in rows]

    async def nodes(self, tenant_id: TenantId, wanted: Sequence[Node]) -> dict[Node, bytes]:
        """Return the hashes of full subtrees; leaves are those of level 0."""
        await plan_afresh(self._connection)
        inner = [node for node in wanted if node.level]
        values = {
            "tenant_id": tenant_id,
            "levels": [node.level for node in inner],
            "places": [node.place for node in inner],
            "leaves": [node.place for node in wanted if not node.level],
        }
        rows = (await self._connection.execute(_NODES, values)).all()
        return {Node(row.level, row.place): row.hash for row in rows}


def _conditions(query: LedgerQuery) -> list[Any]:
    columns = LEDGER_ENTRIES.c
    conditions: list[Any] = [columns.tenant_id == query.tenant_id]
    if query.run_id is not None:
        conditions.append(columns.run_id == query.run_id)
    wanted = {name: getattr(query, name) for name in ("entity_type", "entity_id", "actor_id")}
    conditions += [columns[name] == value for name, value in wanted.items() if value]
    if query.event_type.endswith("*"):
        conditions.append(columns.event_type.startswith(query.event_type[:-1], autoescape=True))
    elif query.event_type:
        conditions.append(columns.event_type == query.event_type)
    if query.occurred_from is not None:
        conditions.append(columns.occurred_at >= query.occurred_from)
    if query.occurred_before is not None:
        conditions.append(columns.occurred_at < query.occurred_before)
    return conditions


def _head_of(row: Row[Any]) -> LedgerHead:
    return LedgerHead(
        tenant_id=TenantId(row.tenant_id),
        tree=unpacked(row.size, row.compact_range),
        chain_hash=row.chain_hash,
    )


def _entry_of(row: Row[Any]) -> LedgerEntry:
    states = ledger_entry.read_leaf(row.leaf) or {}
    return LedgerEntry(
        draft=LedgerDraft(
            entry_id=row.entry_id,
            tenant_id=TenantId(row.tenant_id),
            service=row.service,
            event_type=row.event_type,
            entity_type=row.entity_type,
            entity_id=row.entity_id,
            actor_type=ActorType(row.actor_type),
            actor_id=row.actor_id,
            run_id=None if row.run_id is None else RunId(row.run_id),
            before=states.get("before"),
            after=states.get("after"),
            occurred_at=row.occurred_at,
        ),
        sequence=row.sequence,
        leaf=row.leaf,
        leaf_hash=row.leaf_hash,
        chain_hash=row.chain_hash,
        appended_at=row.appended_at,
    )
