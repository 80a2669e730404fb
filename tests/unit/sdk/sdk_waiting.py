"""Waiting: for time on a clock of the test, and for what a client has said."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aos_sdk import AsyncAOSClient
from aos_sdk.testing import FakeClock
from tests.support.waiting import until

ResultT = TypeVar("ResultT")


async def while_time_passes(clock: FakeClock, work: Awaitable[ResultT]) -> ResultT:
    """Wait for something that needs the clock to go on."""
    task = asyncio.ensure_future(work)

    await until_in_time(clock, task.done)
    return await task


async def until_in_time(clock: FakeClock, fact: Callable[[], bool]) -> None:
    """Wait for a fact that needs the clock to go on."""

    def tick() -> bool:
        clock.advance(0.25)
        return fact()

    await until(tick)


def has_asked(client: AsyncAOSClient, kind: str) -> bool:
    """Whether a client waits for the answer to such a message."""
    session = client._session
    waiting = session._post._waiting.values() if session else ()
    return any(letter.message.WhichOneof("message") == kind for letter in waiting)


async def settled() -> None:
    """Let everything happen that is due already; shows only that something did *not* happen."""
    for _ in range(50):
        await asyncio.sleep(0)
