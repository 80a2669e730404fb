"""What activity holds while agents report without end: it must not remember what is on disk."""

import asyncio
from collections.abc import AsyncIterator

from grpc import aio

from bench.context import Context, say
from bench.load import SMOKE
from bench.memory import memory_of
from bench.plane import RunningPlane
from bench.recording_calls import A_CALL, StepCalls
from bench.registry import Measurement
from bench.row import Row, times_at_most
from bench.run_calls import RunCalls, token_for

STRETCHES = 10
STEPS_A_STRETCH, SMOKE_STEPS_A_STRETCH = 100_000, 2_000
CALLERS = 20
# A run of some thousand steps is a long one, and there are many.
STEPS_A_RUN = 2_500
GROWTH = times_at_most(1.1)


async def measure(context: Context) -> list[Row]:
    steps = SMOKE_STEPS_A_STRETCH if context.pace is SMOKE else STEPS_A_STRETCH
    async with context.plane.running() as plane:
        sizes = [megabytes async for megabytes in _sizes(plane, steps)]
    return [
        Row(
            id="P-6m",
            what=f"most resident memory of activity while {STRETCHES * steps:,} steps stream in, "
            f"against after {steps:,}",
            value=max(sizes[1:]),
            unit="MB",
            baseline=sizes[0],
            goal=GROWTH,
        )
    ]


async def _sizes(plane: RunningPlane, steps: int) -> AsyncIterator[float]:
    """Megabytes after each stretch."""
    pid = plane.service_pids["activity"]
    async with aio.insecure_channel(plane.addresses["activity"]) as channel:
        for stretch in range(1, STRETCHES + 1):
            # A token lasts for five minutes, which a slow machine may need for all stretches.
            token = await token_for(plane)
            runs = RunCalls(channel=channel, token=token, development=plane.development)
            async with asyncio.TaskGroup() as callers:
                for _ in range(CALLERS):
                    callers.create_task(_record(channel, token, runs, steps // CALLERS))
            megabytes = memory_of(pid).resident_megabytes
            say(f"  after {stretch * steps:,} steps: {megabytes:.1f} MB resident")
            yield megabytes


async def _record(channel: aio.Channel, token: str, runs: RunCalls, steps: int) -> None:
    """Record so many steps, run after run."""
    for first in range(0, steps, STEPS_A_RUN):
        calls = await StepCalls.begin(channel=channel, token=token, runs=runs)
        for _ in range(min(STEPS_A_RUN, steps - first) // A_CALL):
            await calls.record()


MEASUREMENT = Measurement(
    description="memory of activity while a million steps stream in",
    ids=("P-6m",),
    measure=measure,
)
