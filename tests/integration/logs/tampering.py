"""Somebody with all the rights of the database, and what they do to a ledger."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg

from kernel import merkle
from tests.support.databases import TestDatabase

Tamper = Callable[[asyncpg.Connection, str], Awaitable[None]]
_TABLES = ("ledger_entries", "ledger_nodes", "ledger_checkpoints")


@asynccontextmanager
async def superuser(database: TestDatabase) -> AsyncIterator[asyncpg.Connection]:
    """A connection to which no trigger applies, as long as it lasts."""
    connection = await asyncpg.connect(database.admin_url)
    await connection.execute("SET search_path = logs")
    for table in _TABLES:
        await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    try:
        yield connection
    finally:
        for table in _TABLES:
            for trigger in ("write_once_rows", "write_once_table"):
                await connection.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")
        await connection.close()


async def change_a_byte(connection: asyncpg.Connection, tenant: str) -> None:
    await connection.execute(
        "UPDATE ledger_entries SET leaf = set_byte(leaf, 20, 120) "
        "WHERE tenant_id = $1 AND sequence = 5",
        tenant,
    )


async def change_a_hash(connection: asyncpg.Connection, tenant: str) -> None:
    await connection.execute(
        "UPDATE ledger_entries SET leaf_hash = set_byte(leaf_hash, 0, get_byte(leaf_hash, 0) # 1) "
        "WHERE tenant_id = $1 AND sequence = 5",
        tenant,
    )


async def break_the_chain(connection: asyncpg.Connection, tenant: str) -> None:
    await connection.execute(
        "UPDATE ledger_entries SET chain_hash = set_byte(chain_hash, 0, "
        "get_byte(chain_hash, 0) # 1) WHERE tenant_id = $1 AND sequence = 5",
        tenant,
    )


async def hide_from_its_run(connection: asyncpg.Connection, tenant: str) -> None:
    await connection.execute(
        "UPDATE ledger_entries SET run_id = NULL WHERE tenant_id = $1 AND sequence = 5", tenant
    )


async def remove_a_row(connection: asyncpg.Connection, tenant: str) -> None:
    await connection.execute(
        "DELETE FROM ledger_entries WHERE tenant_id = $1 AND sequence = 5", tenant
    )


async def remove_the_tail(connection: asyncpg.Connection, tenant: str) -> None:
    """Cut the log to five entries, and make the head say so."""
    await connection.execute(
        "DELETE FROM ledger_entries WHERE tenant_id = $1 AND sequence >= 5", tenant
    )
    await recompute(connection, tenant)


async def swap_two_rows(connection: asyncpg.Connection, tenant: str) -> None:
    await connection.execute(
        "UPDATE ledger_entries SET sequence = 1000000 WHERE tenant_id = $1 AND sequence = 5", tenant
    )
    await connection.execute(
        "UPDATE ledger_entries SET sequence = 5 WHERE tenant_id = $1 AND sequence = 7", tenant
    )
    await connection.execute(
        "UPDATE ledger_entries SET sequence = 7 WHERE tenant_id = $1 AND sequence = 1000000", tenant
    )


async def rewrite_everything(connection: asyncpg.Connection, tenant: str) -> None:
    """Change an entry and recompute all that follows from it."""
    await connection.execute(
        "UPDATE ledger_entries SET actor_id = 'per_nobody', leaf = convert_to(replace("
        "convert_from(leaf, 'UTF8'), 'per_somebody', 'per_nobody'), 'UTF8') "
        "WHERE tenant_id = $1 AND sequence = 5",
        tenant,
    )
    await recompute(connection, tenant)


async def copy_a_strangers_entry(connection: asyncpg.Connection, tenant: str) -> None:
    await connection.execute(
        "UPDATE ledger_entries SET leaf = other.leaf FROM ledger_entries other "
        "WHERE ledger_entries.tenant_id = $1 AND ledger_entries.sequence = 5 "
        "AND other.tenant_id <> $1 AND other.sequence = 5",
        tenant,
    )
    await recompute(connection, tenant)


async def recompute(connection: asyncpg.Connection, tenant: str) -> None:
    """Make hashes, chain, nodes and head agree with the leaves as they are now."""
    rows = await connection.fetch(
        "SELECT sequence, leaf FROM ledger_entries WHERE tenant_id = $1 ORDER BY sequence", tenant
    )
    tree, link = merkle.CompactRange(), bytes(32)
    await connection.execute("DELETE FROM ledger_nodes WHERE tenant_id = $1", tenant)
    for row in rows:
        hashed = merkle.leaf_hash(row["leaf"])
        link = hashlib.sha256(link + hashed).digest()
        await connection.execute(
            "UPDATE ledger_entries SET leaf_hash = $3, chain_hash = $4 "
            "WHERE tenant_id = $1 AND sequence = $2",
            tenant,
            row["sequence"],
            hashed,
            link,
        )
        for node, top in tree.append(hashed):
            await connection.execute(
                "INSERT INTO ledger_nodes VALUES ($1, $2, $3, $4)", tenant, *node, top
            )
    await connection.execute(
        "UPDATE ledger_heads SET size = $2, compact_range = $3, chain_hash = $4 "
        "WHERE tenant_id = $1",
        tenant,
        tree.size,
        b"".join(tree.hashes),
        link,
    )
