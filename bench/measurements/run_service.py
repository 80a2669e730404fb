"""The whole way of a call, from the socket to PostgreSQL and back, beside the bare echo."""

from functools import partial

from grpc import aio

from bench.context import Context
from bench.echo import echo_channel, unary_echo
from bench.load import drive, side_by_side
from bench.plane import RunningPlane
from bench.registry import Measurement
from bench.row import Row
from bench.run_calls import RunCalls, token_for

CALLERS = 64


async def measure(context: Context) -> list[Row]:
    async with context.plane.running() as plane, echo_channel() as bare:
        return await _measure(context, plane, bare)


async def _measure(context: Context, plane: RunningPlane, bare: aio.Channel) -> list[Row]:
    token = await token_for(plane)
    async with aio.insecure_channel(plane.addresses["activity"]) as channel:
        runs = RunCalls(channel=channel, token=token, development=plane.development)
        get = partial(runs.get, await runs.create())
        alone = await drive([get], pace=context.pace)
        getting, creating, echo = await side_by_side(
            *([operation] * CALLERS for operation in (get, runs.create, unary_echo(bare))),
            pace=context.pace,
        )
    context.tell("GetRun, 1 caller", alone)
    context.tell("GetRun, 64 callers", getting)
    context.tell("CreateRun, 64 callers", creating)
    context.tell("echo, 64 callers", echo)
    return [
        _row("R-1", "RunService.GetRun, 64 callers", getting.per_second, echo.per_second),
        _row("R-2", "RunService.CreateRun, 64 callers", creating.per_second, echo.per_second),
    ]


def _row(row_id: str, what: str, value: float, baseline: float) -> Row:
    return Row(id=row_id, what=what, value=value, unit="calls/s", baseline=baseline)


MEASUREMENT = Measurement(
    description="RunService as it stands, beside bare unary echo",
    ids=("R-1", "R-2"),
    measure=measure,
)
