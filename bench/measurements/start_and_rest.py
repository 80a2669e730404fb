"""How long a person waits for the plane, and what it holds when nobody asks anything of it."""

import asyncio

from bench.context import Context, say
from bench.memory import memory_of, memory_of_family
from bench.plane import RunningPlane
from bench.registry import Measurement
from bench.row import Row, at_most

START_SECONDS = 10
SERVICE_MEGABYTES = 110
PLANE_MEGABYTES = 900


async def measure(context: Context) -> list[Row]:
    if not context.plane.is_warm:
        async with context.plane.running() as cold:
            say(f"  first start, everything made: {cold.started_in_seconds:.1f} s")
    async with context.plane.running() as plane:
        say(f"  warm start: {plane.started_in_seconds:.1f} s")
        await asyncio.sleep(context.pace.rest_seconds)
        return [
            Row(
                id="P-11a",
                what="aos up, warm, to all serving and the key printed",
                value=plane.started_in_seconds,
                unit="s",
                goal=at_most(START_SECONDS),
            ),
            *_memory_rows(plane),
        ]


def _memory_rows(plane: RunningPlane) -> list[Row]:
    services = {name: memory_of(pid) for name, pid in plane.service_pids.items()}
    for name, memory in services.items():
        resident, share = memory.resident_megabytes, memory.proportional_megabytes
        say(f"  {name}: {resident:.0f} MB resident, {share:.0f} MB its share")
    return [
        Row(
            id="P-11b",
            what="resident memory at rest, largest service process",
            value=max(memory.resident_megabytes for memory in services.values()),
            unit="MB",
            goal=at_most(SERVICE_MEGABYTES),
        ),
        Row(
            id="P-11c",
            what="proportional memory at rest (PSS), largest service process",
            value=max(memory.proportional_megabytes for memory in services.values()),
            unit="MB",
        ),
        Row(
            id="P-11d",
            what="memory of the whole plane at rest (PSS), engines included",
            value=memory_of_family(plane.pid),
            unit="MB",
            goal=at_most(PLANE_MEGABYTES),
        ),
    ]


MEASUREMENT = Measurement(
    description="the start of the plane, and its memory at rest",
    ids=("P-11a", "P-11b", "P-11c", "P-11d"),
    measure=measure,
)
