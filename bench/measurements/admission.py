"""May this step happen: unary calls to policies, each decision on disk before its answer."""

import asyncio

from grpc import aio

from bench.context import Context
from bench.echo import echo_channel, unary_echo
from bench.governed_calls import GovernedCalls
from bench.load import SMOKE, drive, side_by_side
from bench.plane import RunningPlane
from bench.registry import Measurement
from bench.row import Row, times_at_least
from bench.run_calls import token_for

CALLERS = 64
# So many runs that none takes as many steps as its guardrail would say something about.
_RUNS, _RUNS_OF_ONE = 4, 32


async def measure(context: Context) -> list[Row]:
    async with context.plane.running() as plane, echo_channel() as bare:
        return await _measure(context, plane, bare)


async def _measure(context: Context, plane: RunningPlane, bare: aio.Channel) -> list[Row]:
    token = await token_for(plane)
    async with aio.insecure_channel(plane.addresses["policies"]) as channel:
        calls = GovernedCalls(channel=channel, plane=plane, token=token)
        await calls.govern()
        callers = 2 if context.pace is SMOKE else CALLERS
        opened = await asyncio.gather(*(calls.open_runs(_RUNS) for _ in range(callers)))
        asking = [calls.asking(runs) for runs in opened]
        lonely = calls.asking(await calls.open_runs(_RUNS_OF_ONE))
        alone = await drive([lonely], pace=context.pace)
        admitting, echo = await side_by_side(
            asking, [unary_echo(bare)] * callers, pace=context.pace
        )
    context.tell("AdmitSteps, 1 caller", alone)
    context.tell("AdmitSteps, 64 callers", admitting)
    context.tell("echo, 64 callers", echo)
    return [
        Row(
            id="P-2",
            what="AdmitSteps unary, 3 policies, an exact budget, 64 callers",
            value=admitting.per_second,
            unit="steps/s",
            baseline=echo.per_second,
            goal=times_at_least(0.60),
        )
    ]


MEASUREMENT = Measurement(
    description="deciding steps, beside bare unary echo", ids=("P-2",), measure=measure
)
