"""What PostgreSQL alone does with the rows of recorded steps: same columns, same bytes."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import asyncpg

from bench.load import Operation
from bench.raw_sql import run_script
from kernel.identifiers import new_id

ROWS = 100
# Its own table, with the same indexes: what other measurements have written does not weigh on it.
_TABLE = """
CREATE SCHEMA IF NOT EXISTS bench;
CREATE TABLE IF NOT EXISTS bench.steps (LIKE activity.aos_trace_steps INCLUDING ALL);
"""
_COLUMNS = (
    "tenant_id, trace_id, step_index, content, content_hash, started_at, duration_ms, kind, "
    "skill_name, status, model, input_tokens, output_tokens, cost_micro_usd"
)
# Rows that the service itself has just written, renumbered.
_SAMPLE = f"SELECT {_COLUMNS} FROM activity.aos_trace_steps ORDER BY recorded_at DESC LIMIT {ROWS}"
_INSERT = f"""
INSERT INTO bench.steps ({_COLUMNS}) SELECT * FROM unnest($1::text[], $2::text[], $3::integer[],
  $4::bytea[], $5::bytea[], $6::timestamptz[], $7::bigint[], $8::text[], $9::text[], $10::text[],
  $11::text[], $12::bigint[], $13::bigint[], $14::bigint[])
"""


@asynccontextmanager
async def raw_inserts(url: str, *, connections: int) -> AsyncIterator[list[Operation]]:
    """One operation per connection: a batch of rows, prepared once, committed each time."""
    await run_script(url, _TABLE)
    async with AsyncExitStack() as stack:
        operations: list[Operation] = []
        for _ in range(connections):
            connection = await asyncpg.connect(url)
            stack.push_async_callback(connection.close)
            operations.append(_insert(await connection.prepare(_INSERT), await _sample(connection)))
        yield operations


async def _sample(connection: asyncpg.Connection) -> list[list[Any]]:
    rows = await connection.fetch(_SAMPLE)
    columns = [list(column) for column in zip(*rows, strict=True)]
    columns[2] = list(range(len(rows)))
    return columns


def _insert(prepared: Any, columns: list[list[Any]]) -> Operation:
    async def insert() -> None:
        columns[1] = [new_id("trc")] * len(columns[0])
        await prepared.fetch(*columns)

    return insert
