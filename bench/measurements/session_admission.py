"""May this step happen: through a session, each decision on disk before its answer."""

from contextlib import AsyncExitStack

from grpc import aio

from bench.context import Context
from bench.echo import echo_channel, stream_echo
from bench.governed_calls import GovernedCalls
from bench.load import SMOKE, side_by_side
from bench.plane import RunningPlane
from bench.registry import Measurement
from bench.row import Row, times_at_least, times_at_most
from bench.run_calls import token_for
from bench.session_calls import session

CALLERS = 64
# About as long as a question with its run, its step and its estimates.
MESSAGE_BYTES = 96
# So many runs that none takes as many steps as its guardrail would say something about.
_RUNS, _RUNS_OF_ONE = 4, 32


async def measure(context: Context) -> list[Row]:
    async with context.plane.apart("sessions").running() as plane, echo_channel() as bare:
        return await _measure(context, plane, bare)


async def _measure(context: Context, plane: RunningPlane, bare: aio.Channel) -> list[Row]:
    token = await token_for(plane)
    async with AsyncExitStack() as stack:
        policies = await stack.enter_async_context(
            aio.insecure_channel(plane.addresses["policies"])
        )
        await GovernedCalls(channel=policies, plane=plane, token=token).govern()
        agent = await stack.enter_async_context(
            session(plane.addresses["orchestrator"], token=token, development=plane.development)
        )
        echo = await stack.enter_async_context(stream_echo(bare, message_bytes=MESSAGE_BYTES))
        few = context.pace is SMOKE
        callers = 2 if few else CALLERS
        lonely = agent.asking(await agent.create_runs(1 if few else _RUNS_OF_ONE))
        asking = [agent.asking(await agent.create_runs(_RUNS)) for _ in range(callers)]
        alone, echo_alone = await side_by_side([lonely], [echo], pace=context.pace)
        admitting, echoed = await side_by_side(asking, [echo] * callers, pace=context.pace)
    context.tell("session, 1 run asking", alone)
    context.tell("session, 64 runs asking", admitting)
    context.tell("stream echo, 64 in flight", echoed)
    return [
        Row(
            id="P-1",
            what="AdmitSteps through a session, 64 runs, 3 policies, an exact budget",
            value=admitting.per_second,
            unit="steps/s",
            baseline=echoed.per_second,
            goal=times_at_least(0.30),
        ),
        Row(
            id="P-1a",
            what="the same, one run asking, p50",
            value=alone.p50_ms,
            unit="ms",
            baseline=echo_alone.p50_ms,
            goal=times_at_most(6.0),
        ),
    ]


MEASUREMENT = Measurement(
    description="deciding steps in a session, beside bare stream echo",
    ids=("P-1", "P-1a"),
    measure=measure,
)
