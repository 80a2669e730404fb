"""Reading runs when there are many: the time must not grow with their number."""

import asyncio
from functools import partial

import asyncpg
from grpc import aio

from aos.activity.v1 import run_pb2
from bench.context import Context, say
from bench.load import SMOKE, Load, Operation, drive
from bench.plane import RunningPlane
from bench.registry import Measurement
from bench.row import Row, times_at_most
from bench.run_calls import RunCalls, token_for

FEW, MANY = 10_000, 2_000_000
SMOKE_FEW, SMOKE_MANY = 100, 300
GROWTH = times_at_most(1.5)
# Numbered identifiers in the past, so that the runs of other measurements stay the newest.
_FILL = """
INSERT INTO activity.runs (tenant_id, id, project_id, agent_id, actor_id, session_id, goal, source,
  phase, status, created_at, updated_at, synthetic_scenario_id, revision)
SELECT $1, 'run_00' || lpad(n::text, 24, '0'), $2,
  'agt_00' || lpad((n % 50)::text, 24, '0'), 'filler', '', 'Fill the table.', 'external',
  CASE WHEN n % 4 = 0 THEN 'FAILED' ELSE 'COMPLETED' END,
  CASE WHEN n % 4 = 0 THEN 'failed' ELSE 'succeeded' END,
  now() - n * interval '1 second', now(), '', 1
FROM generate_series($3::bigint, $4::bigint) n
"""
_FILL_SECONDS = 600.0


async def measure(context: Context) -> list[Row]:
    few, many = (SMOKE_FEW, SMOKE_MANY) if context.pace is SMOKE else (FEW, MANY)
    async with context.plane.running() as plane:
        token = await token_for(plane)
        async with aio.insecure_channel(plane.addresses["activity"]) as channel:
            runs = RunCalls(channel=channel, token=token, development=plane.development)
            await _fill(plane, 1, few)
            before = await _reads(context, runs, few)
            await _fill(plane, few + 1, many)
            after = await _reads(context, runs, many)
    return [
        Row(
            id=f"P-10{letter}",
            what=f"{what}, p50 at {many:,} runs, against {few:,}",
            value=after[what].p50_ms,
            unit="ms",
            baseline=before[what].p50_ms,
            goal=GROWTH,
        )
        for letter, what in zip("abc", before, strict=True)
    ]


async def _fill(plane: RunningPlane, first: int, last: int) -> None:
    say(f"  filling up to {last:,} runs")
    connection = await asyncpg.connect(plane.admin_url)
    try:
        await connection.execute("SET statement_timeout = 0")
        development = plane.development
        await connection.execute(
            _FILL,
            development.tenant_id,
            development.project_id,
            first,
            last,
            timeout=_FILL_SECONDS,
        )
        await connection.execute("VACUUM ANALYZE activity.runs", timeout=_FILL_SECONDS)
    finally:
        await connection.close()


async def _reads(context: Context, runs: RunCalls, size: int) -> dict[str, Load]:
    created = await runs.create()
    # Writing so much leaves the disk busy for a moment; neither size should pay for it.
    await asyncio.sleep(context.pace.rest_seconds)
    operations: dict[str, Operation] = {
        "ListRuns": runs.list,
        "ListRuns by status": partial(runs.list, run_pb2.RUN_STATUS_FAILED),
        "GetRun": partial(runs.get, created),
    }
    loads = {
        what: await drive([operation], pace=context.pace) for what, operation in operations.items()
    }
    for what, load in loads.items():
        context.tell(f"{what} at {size:,} runs", load)
    return loads


MEASUREMENT = Measurement(
    description="reading runs at two million and at ten thousand",
    ids=("P-10a", "P-10b", "P-10c"),
    measure=measure,
)
