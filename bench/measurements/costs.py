"""What a step and a run cost each part of the plane: docs/scale.md computes capacity from it."""

from contextlib import AsyncExitStack

from aosctl.services import SERVICES
from bench.completion_calls import completions
from bench.context import Context
from bench.load import SMOKE, Load, Operation, drive
from bench.plane import RunningPlane
from bench.processor_time import ProcessorTime
from bench.registry import Measurement
from bench.row import Row
from bench.run_calls import token_for
from bench.session_calls import session

PARTS = ("postgres", "nats", *(service.name for service in SERVICES))
# As many as keep a plane of this size busy with each.
_ASKING, _COMPLETING = 64, 16
_RUNS = 4
_MICROSECONDS = 1_000_000
STEP, RUN = "K-1", "K-2"


async def measure(context: Context) -> list[Row]:
    few = context.pace is SMOKE
    async with context.plane.apart("costs").running() as plane, AsyncExitStack() as stack:
        token = await token_for(plane)
        agent = await stack.enter_async_context(
            session(plane.addresses["orchestrator"], token=token, development=plane.development)
        )
        asking, completing = (2, 2) if few else (_ASKING, _COMPLETING)
        steps = [agent.taking(await agent.create_runs(1 if few else _RUNS)) for _ in range(asking)]
        rows = await _costs(context, plane, steps, STEP, "a step, asked for and reported")
        runs = await stack.enter_async_context(completions(plane, token))
        return rows + await _costs(
            context, plane, [runs.complete] * completing, RUN, "a run, created and completed"
        )


async def _costs(
    context: Context, plane: RunningPlane, operations: list[Operation], row_id: str, what: str
) -> list[Row]:
    done = 0

    def counted(operation: Operation) -> Operation:
        async def go() -> None:
            nonlocal done
            await operation()
            done += 1

        return go

    meter = ProcessorTime(plane)
    load: Load = await drive([counted(one) for one in operations], pace=context.pace)
    spent = {part: seconds / done for part, seconds in meter.spent().items()}
    context.tell(what, load)
    return [
        Row(
            id=row_id,
            what=f"processor time of {what}, all parts",
            value=sum(spent.values()) * _MICROSECONDS,
            unit="µs",
        ),
        *(
            Row(
                id=f"{row_id}{letter}",
                what=f"of it {part}",
                value=spent[part] * _MICROSECONDS,
                unit="µs",
            )
            for letter, part in zip("abcdefgh", PARTS, strict=True)
        ),
    ]


def _ids(row_id: str) -> list[str]:
    return [row_id, *(f"{row_id}{letter}" for letter in "abcdefgh")]


MEASUREMENT = Measurement(
    description="processor time of a step and of a run, by part",
    ids=(*_ids(STEP), *_ids(RUN)),
    measure=measure,
)
