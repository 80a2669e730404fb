"""How fast the ledger takes entries, beside what PostgreSQL alone does with as many commits."""

from collections.abc import Sequence
from dataclasses import replace

from grpc import aio

from bench.context import Context
from bench.ledger_calls import LedgerCalls
from bench.load import Load, Operation, side_by_side
from bench.measurements.raw_commits import BODY, CONNECTIONS, ONE_ROW
from bench.plane import RunningPlane
from bench.raw_sql import run_script, statements
from bench.registry import Measurement
from bench.row import Row, times_at_least
from kernel.identifiers import new_id
from servicekit.audit.courier import BATCH

# As many callers as raw connections: each waits for its own entries to be durable.
CALLERS = CONNECTIONS
TIMES = 1.0
# All callers together hand in 8,192 entries, which takes about a second; a round must hold several.
_LONGER = 4
_TABLE = """
CREATE SCHEMA IF NOT EXISTS bench;
CREATE TABLE IF NOT EXISTS bench.events
  (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea NOT NULL);
"""
_ONE_ROW = ONE_ROW.replace("events", "bench.events")


async def measure(context: Context) -> list[Row]:
    async with context.plane.running() as plane:
        await run_script(plane.admin_url, _TABLE)
        async with aio.insecure_channel(plane.addresses["logs"]) as channel:
            batches = await _compare(context, plane, _couriers(plane, channel, BATCH))
            single = await _compare(context, plane, _couriers(plane, channel, 1))
    what = f"ledger entries by AppendEntries, {BATCH} a call, {CALLERS} callers, beside raw commits"
    alone = f"ledger entries by AppendEntries, 1 a call, {CALLERS} callers, beside raw commits"
    return [
        Row(
            id="P-7a",
            what=what,
            value=batches[0].per_second * BATCH,
            unit="entries/s",
            baseline=batches[1].per_second,
            goal=times_at_least(TIMES),
        ),
        # No goal: whoever writes has a courier, which gathers.
        Row(
            id="P-7b",
            what=alone,
            value=single[0].per_second,
            unit="entries/s",
            baseline=single[1].per_second,
        ),
    ]


def _couriers(plane: RunningPlane, channel: aio.Channel, entries: int) -> list[Operation]:
    """Couriers of all tenants of a plane that has a few."""
    tenants = [new_id("ten") for _ in range(CALLERS // 4)]
    return [
        LedgerCalls(
            channel=channel,
            keys=plane.folder / "keys",
            tenant=tenants[number % len(tenants)],
            entries=entries,
        ).append
        for number in range(CALLERS)
    ]


async def _compare(
    context: Context, plane: RunningPlane, couriers: Sequence[Operation]
) -> list[Load]:
    pace = replace(context.pace, seconds=_LONGER * context.pace.seconds)
    async with statements(plane.admin_url, _ONE_ROW, BODY, connections=CONNECTIONS) as raw:
        ours, theirs = await side_by_side(couriers, raw, pace=pace)
    context.tell(f"AppendEntries, {CALLERS} callers", ours)
    context.tell(f"raw single-row commits, {CONNECTIONS} connections", theirs)
    return [ours, theirs]


MEASUREMENT = Measurement(
    description="appending to the ledger, beside raw single-row commits",
    ids=("P-7a", "P-7b"),
    measure=measure,
)
