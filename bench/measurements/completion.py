"""A run is completed: nine steps through five services, every outcome on disk before the next."""

from bench.completion_calls import completions
from bench.context import Context
from bench.load import SMOKE, drive
from bench.registry import Measurement
from bench.row import Row
from bench.run_calls import token_for

AT_ONCE = 16
_RUNS = 600


async def measure(context: Context) -> list[Row]:
    async with context.plane.apart("completions").running() as plane:
        token = await token_for(plane)
        async with completions(plane, token) as runs:
            at_once = 2 if context.pace is SMOKE else AT_ONCE
            await runs.prepare(at_once if context.pace is SMOKE else _RUNS)
            load = await drive([runs.complete] * at_once, pace=context.pace)
    context.tell("completions, 16 at once", load)
    return [
        Row(
            id="P-5",
            what="run completion saga, all steps, all services, 16 at once",
            value=load.per_second,
            unit="runs/s",
        ),
        Row(id="P-5a", what="the same, p50", value=load.p50_ms, unit="ms"),
    ]


MEASUREMENT = Measurement(
    description="completing runs through every service", ids=("P-5", "P-5a"), measure=measure
)
