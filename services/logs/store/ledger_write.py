"""One statement that appends to many ledgers at once.

Everything of a batch travels in arrays: a statement for each row would cost a round trip for each,
and the append is what every mutation of the plane waits for.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.failpoints import failpoint
from services.logs.domain.ledger_head import LedgerHead, PlacedEntry, TreeNode
from services.logs.store.packing import packed

_DRAFT_COLUMNS = {
    "tenant_id": "text",
    "entry_id": "text",
    "service": "text",
    "event_type": "text",
    "entity_type": "text",
    "entity_id": "text",
    "actor_type": "text",
    "actor_id": "text",
    "run_id": "text",
    "occurred_at": "timestamptz",
}
_ENTRY_COLUMNS = {
    **_DRAFT_COLUMNS,
    "sequence": "bigint",
    "leaf": "bytea",
    "leaf_hash": "bytea",
    "chain_hash": "bytea",
}
_NODE_COLUMNS = {"tenant_id": "text", "level": "smallint", "place": "bigint", "hash": "bytea"}
_HEAD_COLUMNS = {
    "tenant_id": "text",
    "size": "bigint",
    "compact_range": "bytea",
    "chain_hash": "bytea",
}


def _unnested(prefix: str, columns: dict[str, str]) -> str:
    arrays = ", ".join(f"CAST(:{prefix}_{name} AS {kind}[])" for name, kind in columns.items())
    return f"unnest({arrays})"


def _insert(table: str, prefix: str, columns: dict[str, str]) -> str:
    names = ", ".join(columns)
    return f"INSERT INTO {table} ({names}) SELECT * FROM {_unnested(prefix, columns)}"  # noqa: S608


_WRITE = text(f"""
WITH entries AS ({_insert("ledger_entries", "entry", _ENTRY_COLUMNS)}),
nodes AS ({_insert("ledger_nodes", "node", _NODE_COLUMNS)})
UPDATE ledger_heads
SET size = grown.size, compact_range = grown.compact_range, chain_hash = grown.chain_hash
FROM {_unnested("head", _HEAD_COLUMNS)} AS grown ({", ".join(_HEAD_COLUMNS)})
WHERE ledger_heads.tenant_id = grown.tenant_id
""")  # noqa: S608 - made of the constants above


def arrays_of(
    entries: Sequence[PlacedEntry], nodes: Sequence[TreeNode], heads: Sequence[LedgerHead]
) -> dict[str, list[Any]]:
    """What is to be written, an array for each column."""
    drafts = [entry.sealed.draft for entry in entries]
    return {
        **{f"entry_{name}": [getattr(draft, name) for draft in drafts] for name in _DRAFT_COLUMNS},
        "entry_sequence": [entry.sequence for entry in entries],
        "entry_leaf": [entry.sealed.leaf for entry in entries],
        "entry_leaf_hash": [entry.sealed.leaf_hash for entry in entries],
        "entry_chain_hash": [entry.chain_hash for entry in entries],
        "node_tenant_id": [node.tenant_id for node in nodes],
        "node_level": [node.node.level for node in nodes],
        "node_place": [node.node.place for node in nodes],
        "node_hash": [node.hash for node in nodes],
        "head_tenant_id": [head.tenant_id for head in heads],
        "head_size": [head.tree.size for head in heads],
        "head_compact_range": [packed(head.tree) for head in heads],
        "head_chain_hash": [head.chain_hash for head in heads],
    }


async def write(connection: AsyncConnection, arrays: dict[str, list[Any]]) -> None:
    """Write the whole batch."""
    await connection.execute(_WRITE, arrays)
    failpoint("ledger.after_write")
