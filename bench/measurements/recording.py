"""How fast what agents report is on disk, beside raw batch inserts of the same rows."""

from collections.abc import Sequence

from grpc import aio

from bench.context import Context
from bench.load import Load, Operation, side_by_side
from bench.plane import RunningPlane
from bench.raw_steps import ROWS, raw_inserts
from bench.recording_calls import A_CALL, SpanCalls, StepCalls
from bench.registry import Measurement
from bench.row import Row, times_at_least
from bench.run_calls import RunCalls, token_for

# As many callers as raw connections: each waits for its own hundred to be durable.
CALLERS = 32
STEPS_TIMES, SPANS_TIMES = 0.15, 0.08


async def measure(context: Context) -> list[Row]:
    async with context.plane.running() as plane:
        return await _measure(context, plane)


async def _measure(context: Context, plane: RunningPlane) -> list[Row]:
    async with aio.insecure_channel(plane.addresses["activity"]) as channel:
        steps = await _step_callers(plane, channel)
        recording = await _compare(context, plane, steps)
        exporting = await _compare(
            context, plane, [_span_caller(plane, channel) for _ in range(CALLERS)]
        )
    return [
        _row(context, "P-6a", "steps by RecordSteps, 100 a call", recording, STEPS_TIMES),
        _row(context, "P-6b", "spans by OTLP Export, 100 a call", exporting, SPANS_TIMES),
    ]


async def _step_callers(plane: RunningPlane, channel: aio.Channel) -> list[Operation]:
    token = await token_for(plane)
    runs = RunCalls(channel=channel, token=token, development=plane.development)
    return [
        (await StepCalls.begin(channel=channel, token=token, runs=runs)).record
        for _ in range(CALLERS)
    ]


def _span_caller(plane: RunningPlane, channel: aio.Channel) -> Operation:
    development = plane.development
    return SpanCalls(
        channel=channel, api_key=development.api_key, project_id=development.project_id
    ).export


async def _compare(
    context: Context, plane: RunningPlane, operations: Sequence[Operation]
) -> list[Load]:
    # The first call is what the raw side takes its rows from.
    await operations[0]()
    async with raw_inserts(plane.admin_url, connections=CALLERS) as raw:
        return await side_by_side(operations, raw, pace=context.pace)


def _row(context: Context, row_id: str, what: str, loads: Sequence[Load], goal: float) -> Row:
    ours, raw = loads
    context.tell(f"{what}, {CALLERS} callers", ours)
    context.tell(f"raw inserts of {ROWS} such rows, {CALLERS} connections", raw)
    return Row(
        id=row_id,
        what=f"{what}, {CALLERS} callers, beside raw inserts",
        value=ours.per_second * A_CALL,
        unit="rows/s",
        baseline=raw.per_second * ROWS,
        goal=times_at_least(goal),
    )


MEASUREMENT = Measurement(
    description="recording of steps and ingestion of spans, beside raw batch inserts",
    ids=("P-6a", "P-6b"),
    measure=measure,
)
