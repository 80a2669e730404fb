"""The event loop behind the synchronous client.

One thread with one loop serves all synchronous clients of the process: gRPC's asyncio side polls
for the whole process anyway, so a second loop would cost a thread and wake for the same events.
It is started by the first client and lives until the process ends; being a daemon, it keeps
nobody from leaving.
"""

import asyncio
import atexit
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, ClassVar, TypeVar

from aos_sdk._errors import ClientUnusable

ResultT = TypeVar("ResultT")
_STOP_SECONDS = 5.0


class Background:
    """A thread with an event loop, and the process that it belongs to."""

    _shared: ClassVar["Background | None"] = None
    _making: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self) -> None:
        self._process = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="aos-sdk", daemon=True)
        self._thread.start()
        atexit.register(self._stop)

    @classmethod
    def shared(cls) -> "Background":
        """The one of this process; a forked child makes its own, as threads stay behind."""
        with cls._making:
            if cls._shared is None or cls._shared._process != os.getpid():  # noqa: SLF001
                cls._shared = cls()
            return cls._shared

    def refuse_if_forked(self) -> None:
        """Raise in a child of the process that made this."""
        if os.getpid() != self._process:
            raise ClientUnusable(
                "This client was made before the process was forked, and its connection stayed"
                " behind: make a client in each process, after the fork and before any call in the"
                " parent. Servers that fork have a hook for that, such as post_fork of gunicorn;"
                " multiprocessing has the start method 'spawn'."
            )

    def run(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Do something in the loop and wait for it; being interrupted cancels it."""
        try:
            self.refuse_if_forked()
            self._refuse_own_thread()
        except ClientUnusable:
            work.close()
            raise
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            self._cancel(future)
            raise

    def _refuse_own_thread(self) -> None:
        if threading.current_thread() is self._thread:
            raise ClientUnusable(
                "on_directive runs in the client's own thread and cannot wait for it: note what"
                " was said, and act on it elsewhere."
            )

    def _cancel(self, future: "Future[ResultT]") -> None:
        if not future.done():
            future.cancel()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _stop(self) -> None:
        if os.getpid() == self._process and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_STOP_SECONDS)

    @classmethod
    def _after_fork(cls) -> None:
        """The lock may have been held by a thread that does not exist in the child."""
        cls._making = threading.Lock()


if hasattr(os, "register_at_fork"):  # Windows cannot fork.
    os.register_at_fork(after_in_child=Background._after_fork)  # noqa: SLF001
