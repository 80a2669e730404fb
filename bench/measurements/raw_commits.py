"""What PostgreSQL gives to plain connections: every operation is one durable commit."""

from bench.context import Context
from bench.engines import BenchDatabase
from bench.load import Load, drive
from bench.raw_sql import run_script, statements
from bench.registry import Measurement
from bench.row import Row

CONNECTIONS = 32
# More connections than this add waiting, not rows: the batches keep both cores busy.
BATCH_CONNECTIONS = 8
BATCH_ROWS = 100
BODY = bytes(128)

TABLES = """
CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea NOT NULL);
CREATE TABLE counters (id int PRIMARY KEY, used bigint NOT NULL);
INSERT INTO counters VALUES (1, 0);
"""
ONE_ROW = "INSERT INTO events (body) VALUES ($1)"
MANY_ROWS = "INSERT INTO events (body) SELECT unnest($1::bytea[])"
HOT_ROW = "UPDATE counters SET used = used + 1 WHERE id = 1 RETURNING used"


async def measure(context: Context) -> list[Row]:
    async with context.engines.database() as database:
        await run_script(database.url, TABLES)
        single = await _drive(context, database, ONE_ROW, BODY)
        batch = await _drive(
            context, database, MANY_ROWS, [BODY] * BATCH_ROWS, connections=BATCH_CONNECTIONS
        )
        hot = await _drive(context, database, HOT_ROW)
    return [
        Row(
            id="B-5",
            what="single-row commits, 32 connections",
            value=single.per_second,
            unit="commits/s",
        ),
        Row(
            id="B-6",
            what="100-row batch commits, 8 connections",
            value=batch.per_second * BATCH_ROWS,
            unit="rows/s",
        ),
        Row(
            id="B-7",
            what="UPDATE … RETURNING on one hot row, 32 connections",
            value=hot.per_second,
            unit="commits/s",
        ),
    ]


async def _drive(
    context: Context,
    database: BenchDatabase,
    statement: str,
    *arguments: object,
    connections: int = CONNECTIONS,
) -> Load:
    prepared = statements(database.url, statement, *arguments, connections=connections)
    async with prepared as operations:
        load = await drive(operations, pace=context.pace)
    context.tell(statement, load)
    return load


MEASUREMENT = Measurement(
    description="raw commits on PostgreSQL, without any code of ours",
    ids=("B-5", "B-6", "B-7"),
    measure=measure,
)
