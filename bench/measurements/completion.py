"""A run is completed: nine steps through five services, every outcome on disk before the next."""

from dataclasses import replace

from bench.completion_calls import completions
from bench.context import Context
from bench.load import SMOKE, drive
from bench.peers.durable_workflows import workflows_per_second
from bench.registry import Measurement
from bench.row import Row, times_at_least
from bench.run_calls import token_for

AT_ONCE = 16
_RUNS = 600


async def measure(context: Context) -> list[Row]:
    peer = await _peer(context)
    async with context.plane.apart("completions").running() as plane:
        token = await token_for(plane)
        async with completions(plane, token) as runs:
            at_once = 2 if context.pace is SMOKE else AT_ONCE
            await runs.prepare(at_once if context.pace is SMOKE else _RUNS)
            # One long round: a completion may outlast a short one.
            load = await drive([runs.complete] * at_once, pace=replace(context.pace, rounds=1))
    context.tell("completions, 16 at once", load)
    return [
        Row(
            id="P-5",
            what="run completion saga, all steps, all services, 16 at once",
            value=load.per_second,
            unit="runs/s",
            baseline=peer,
            # Without the peer there is nothing to hold it against.
            goal=None if peer is None else times_at_least(5),
        ),
        Row(id="P-5a", what="the same, p50", value=load.p50_ms, unit="ms"),
    ]


async def _peer(context: Context) -> float | None:
    """DBOS with as many empty steps, on the same kind of server."""
    if context.pace is SMOKE:
        return None
    async with context.engines.database() as database:
        return await workflows_per_second(
            database.url, at_once=AT_ONCE, seconds=context.pace.seconds
        )


MEASUREMENT = Measurement(
    description="completing runs through every service", ids=("P-5", "P-5a"), measure=measure
)
