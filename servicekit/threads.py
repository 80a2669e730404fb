"""Work that computes for long, beside the event loop, with a deadline.

A thread cannot be ended from outside. Work should look at its own deadline; work that does not (a
plug-in of somebody else's) keeps its place until it returns, and when all places are taken, whoever
comes next is told when their patience ends. The threads keep no process from ending.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


class Threads:
    """A few places where work can run beside the event loop."""

    def __init__(self, *, name: str, places: int, patience_seconds: float = 5.0) -> None:
        self._name = name
        self._patience_seconds = patience_seconds
        self._places = asyncio.Semaphore(places)

    async def run(self, work: Callable[[], Result], *, seconds: float) -> Result:
        """Return what the work returns, or raise what it raises.

        The time counts from when the work begins; for a place it waits as long as it has patience.

        Raises:
            TimeoutError: it did not return in time, or no place became free.
        """
        async with asyncio.timeout(self._patience_seconds):
            await self._places.acquire()
        async with asyncio.timeout(seconds):
            loop = asyncio.get_running_loop()
            answer: asyncio.Future[Result] = loop.create_future()

            def work_and_tell() -> None:
                try:
                    result = work()
                except BaseException as error:  # noqa: BLE001 - raised where it is waited for
                    _tell(loop, self._ended, answer, answer.set_exception, error)
                else:
                    _tell(loop, self._ended, answer, answer.set_result, result)

            threading.Thread(target=work_and_tell, name=self._name, daemon=True).start()
            return await answer

    def _ended(
        self, answer: "asyncio.Future[Result]", tell: Callable[..., None], what: object
    ) -> None:
        self._places.release()
        if not answer.done():
            tell(what)


def _tell(loop: asyncio.AbstractEventLoop, *call: object) -> None:
    try:
        loop.call_soon_threadsafe(*call)  # type: ignore[arg-type]
    except RuntimeError:
        # The loop has ended meanwhile, and with it everybody who waited.
        return
