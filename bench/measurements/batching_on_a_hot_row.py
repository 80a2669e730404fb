"""Exact reservations on one budget: the batching primitive beside one commit per reservation.

The batching side is the kit as services use it, SQLAlchemy and tenant binding included; the other
side is the fastest we know for plain connections, one prepared statement and one round trip.
"""

import asyncio

from bench.context import Context
from bench.hot_budget import (
    BATCHED,
    LEAVE,
    RESERVE_ONE,
    ROLE,
    TABLES,
    HotBudget,
    Inexact,
)
from bench.load import Load, side_by_side
from bench.raw_sql import run_script, statements
from bench.registry import Measurement
from bench.row import Row, times_at_least
from kernel.identifiers import new_id
from servicekit.database import Database

CALLERS = 256
CONNECTIONS = 32
TIMES = 8
LEFT_FOR_THE_LAST = 100


async def measure(context: Context) -> list[Row]:
    async with context.engines.database() as place:
        await run_script(place.url, TABLES)
        database = Database(url=place.url_of(ROLE), service="bench")
        try:
            batched, one_by_one = await _compare(context, place.url, database)
        finally:
            await database.close()
    context.tell("batched, 256 callers", batched)
    context.tell("one by one, 32 connections", one_by_one)
    return [
        Row(
            id="P-4a",
            what="batching primitive on one hot row, 256 callers",
            value=batched.per_second,
            unit="reservations/s",
            baseline=one_by_one.per_second,
            goal=times_at_least(TIMES),
        )
    ]


async def _compare(context: Context, url: str, database: Database) -> list[Load]:
    budget = HotBudget(database=database, callers=CALLERS)
    naive = statements(url, RESERVE_ONE, new_id("run"), connections=CONNECTIONS)
    async with naive as one_by_one:
        loads = await side_by_side([budget.reserve] * CALLERS, one_by_one, pace=context.pace)
    await budget.require_exact()
    await _exhaust(budget, url)
    return loads


async def _exhaust(budget: HotBudget, url: str) -> None:
    """Let more callers come than there is room for: overshoot would show here."""
    await run_script(url, LEAVE.format(left=LEFT_FOR_THE_LAST, budget=BATCHED))
    granted = await asyncio.gather(*(budget.reserve() for _ in range(CALLERS)))
    if sum(granted) != LEFT_FOR_THE_LAST:
        raise Inexact(f"{sum(granted)} were granted where {LEFT_FOR_THE_LAST} were left.")
    await budget.require_exact()


MEASUREMENT = Measurement(
    description="the batching primitive beside one commit per reservation, on one row",
    ids=("P-4a",),
    measure=measure,
)
