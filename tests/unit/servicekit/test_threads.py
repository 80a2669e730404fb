"""Work beside the event loop ends in time, or whoever waits is told."""

import asyncio
import threading

import pytest

from servicekit.threads import Threads


async def test_work_returns_what_it_returns_and_raises_what_it_raises() -> None:
    threads = Threads(name="test", places=1)
    assert await threads.run(lambda: threading.current_thread().name, seconds=5) == "test"
    with pytest.raises(ZeroDivisionError):
        await threads.run(lambda: 1 / 0, seconds=5)
    assert await threads.run(lambda: 2, seconds=5) == 2


async def test_whoever_waits_is_told_at_the_deadline() -> None:
    threads, done = Threads(name="test", places=1), threading.Event()
    with pytest.raises(TimeoutError):
        await threads.run(done.wait, seconds=0.01)
    done.set()
    assert await threads.run(lambda: 1, seconds=5) == 1


async def test_work_that_never_returns_keeps_its_place_and_no_more() -> None:
    threads, done = Threads(name="test", places=2, patience_seconds=0.01), threading.Event()
    with pytest.raises(TimeoutError):
        await threads.run(done.wait, seconds=0.01)
    assert await threads.run(lambda: 1, seconds=5) == 1
    with pytest.raises(TimeoutError):
        await threads.run(done.wait, seconds=0.01)
    with pytest.raises(TimeoutError):
        await threads.run(lambda: 1, seconds=0.01)
    done.set()
    assert await threads.run(lambda: 1, seconds=5) == 1


async def test_the_event_loop_goes_on_meanwhile() -> None:
    threads, heard = Threads(name="test", places=1), threading.Event()
    waiting = asyncio.create_task(threads.run(lambda: heard.wait(5), seconds=5))
    await asyncio.sleep(0)
    heard.set()
    assert await waiting is True
