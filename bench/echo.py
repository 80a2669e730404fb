"""The peer of every RPC figure: bare grpc.aio echo, its server in a process of its own."""

import asyncio
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from grpc import aio

from aosctl.ports import LOOPBACK, free_port
from aosctl.processes import launch, stop
from bench.echo_server import SERVICE
from bench.load import Operation

READY_SECONDS = 20.0
STOP_SECONDS = 5.0
CALL_SECONDS = 30.0
MESSAGE_BYTES = 128


@asynccontextmanager
async def echo_channel() -> AsyncIterator[aio.Channel]:
    """A channel to an echo server that lives as long as the block."""
    port = free_port()
    process = launch(
        [sys.executable, "-m", "bench.echo_server", str(port)],
        log=Path("/dev/null"),
        when_orphaned=signal.SIGKILL,
    )
    try:
        async with aio.insecure_channel(f"{LOOPBACK}:{port}") as channel:
            await asyncio.wait_for(channel.channel_ready(), READY_SECONDS)
            yield channel
    finally:
        await stop(process, polite=signal.SIGTERM, seconds=STOP_SECONDS)


def unary_echo(channel: aio.Channel, *, message_bytes: int = MESSAGE_BYTES) -> Operation:
    """One unary call, with a deadline as every call of ours has one."""
    call: Any = channel.unary_unary(f"/{SERVICE}/Unary")
    message = bytes(message_bytes)
    return lambda: call(message, timeout=CALL_SECONDS)


@asynccontextmanager
async def stream_echo(
    channel: aio.Channel, *, message_bytes: int = MESSAGE_BYTES
) -> AsyncIterator[Operation]:
    """One message and its echo on a stream that stays open; many callers may share it."""
    message = bytes(message_bytes)
    outgoing: asyncio.Queue[bytes | None] = asyncio.Queue()
    # Answers come in the order of the questions.
    waiting: deque[asyncio.Future[bytes]] = deque()

    async def questions() -> AsyncIterator[bytes]:
        while (question := await outgoing.get()) is not None:
            yield question

    def ask() -> asyncio.Future[bytes]:
        waiting.append(asyncio.get_running_loop().create_future())
        outgoing.put_nowait(message)
        return waiting[-1]

    # Fed by an iterator: a lock around `write`, awaited by each caller, cost a third of the speed.
    call: Any = channel.stream_stream(f"/{SERVICE}/Stream")

    async def read() -> None:
        async for answer in call(questions()):
            waiting.popleft().set_result(answer)

    async with asyncio.TaskGroup() as reading:
        reading.create_task(read())
        yield ask
        outgoing.put_nowait(None)
