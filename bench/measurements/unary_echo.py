"""What a unary call costs when nothing is done in it."""

from bench.context import Context
from bench.echo import echo_channel, unary_echo
from bench.load import drive
from bench.registry import Measurement
from bench.row import Row


async def measure(context: Context) -> list[Row]:
    async with echo_channel() as channel:
        alone = await drive([unary_echo(channel)], pace=context.pace)
        crowd = await drive([unary_echo(channel)] * 64, pace=context.pace)
    context.tell("1 caller", alone)
    context.tell("64 callers", crowd)
    return [
        Row(id="B-1", what="unary echo, 1 caller", value=alone.per_second, unit="calls/s"),
        Row(id="B-1a", what="unary echo, 1 caller, p50", value=alone.p50_ms, unit="ms"),
        Row(id="B-2", what="unary echo, 64 callers", value=crowd.per_second, unit="calls/s"),
    ]


MEASUREMENT = Measurement(
    description="bare grpc.aio unary echo", ids=("B-1", "B-1a", "B-2"), measure=measure
)
