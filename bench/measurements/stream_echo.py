"""What a message on an open bidirectional stream costs when nothing is done with it."""

from contextlib import AsyncExitStack

from bench.context import Context
from bench.echo import echo_channel, stream_echo
from bench.load import Load, Operation, drive
from bench.registry import Measurement
from bench.row import Row

MANY = 64


async def measure(context: Context) -> list[Row]:
    alone = await _drive(context, streams=1, callers_each=1)
    shared = await _drive(context, streams=1, callers_each=MANY)
    separate = await _drive(context, streams=MANY, callers_each=1)
    return [
        _row("B-3", "stream echo, 1 in flight", alone.per_second),
        Row(id="B-3a", what="stream echo, 1 in flight, p50", value=alone.p50_ms, unit="ms"),
        _row("B-4", "stream echo, 1 stream, 64 in flight", shared.per_second),
        _row("B-4a", "stream echo, 64 streams, 1 in flight each", separate.per_second),
    ]


async def _drive(context: Context, *, streams: int, callers_each: int) -> Load:
    async with echo_channel() as channel, AsyncExitStack() as stack:
        operations: list[Operation] = []
        for _ in range(streams):
            ask = await stack.enter_async_context(stream_echo(channel))
            operations += [ask] * callers_each
        load = await drive(operations, pace=context.pace)
    context.tell(f"{streams} streams, {callers_each} in flight each", load)
    return load


def _row(row_id: str, what: str, value: float) -> Row:
    return Row(id=row_id, what=what, value=value, unit="messages/s")


MEASUREMENT = Measurement(
    description="bare grpc.aio bidirectional stream echo",
    ids=("B-3", "B-3a", "B-4", "B-4a"),
    measure=measure,
)
