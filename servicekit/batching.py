"""One batching primitive: many callers hand in items, one loop does them together.

Admission, step recording, ledger append and saga calls all stand on this. A single commit costs a
flush of the write-ahead log whether it holds one row or two hundred, so the batch is where the
speed is. Nothing waits for a batch to fill: the loop takes whatever is there, and while it works
the next batch gathers by itself.
"""

import asyncio
import contextvars
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Generic, TypeAlias, TypeVar, Union, cast

from kernel.errors import Overloaded, ServiceError, Unavailable
from servicekit.telemetry import metrics

Item = TypeVar("Item")
Answer = TypeVar("Answer")

# What `perform` gives back for one item: its answer, or the error of that item alone.
Outcome: TypeAlias = Union[Answer, Exception]  # noqa: UP007 - a generic alias needs the long form
Perform = Callable[[Sequence[Item]], Awaitable[Sequence[Outcome[Answer]]]]

_RETRY_AFTER = timedelta(milliseconds=200)
# As long as somebody joins within a pause, a batch that is not yet worthwhile waits for one more.
_PAUSE_SECONDS = 0.001
_MOST_PAUSES = 10


class Batcher(Generic[Item, Answer]):
    """Gathers items of concurrent callers, performs them in arrival order, answers each.

    `perform` gets between 1 and `maximum_items` items and returns one outcome per item, in order.
    If it raises, the batch is split until the item that poisons it stands alone, so its neighbours
    are never punished; `perform` must therefore have no effect when it raises. An `Unavailable` is
    nobody's fault and goes to everybody at once, without splitting. With `worthwhile_items`, a
    crowd is given a few milliseconds to become so many; nobody who comes alone waits.
    """

    def __init__(
        self,
        perform: Perform[Item, Answer],
        *,
        name: str,
        maximum_items: int = 256,
        maximum_waiting: int = 4096,
        concurrency: int = 1,
        worthwhile_items: int = 1,
    ) -> None:
        self._perform = perform
        self._attributes = {"batcher": name}
        self._name = name
        self._maximum_items = maximum_items
        self._maximum_waiting = maximum_waiting
        self._waiting: deque[tuple[Item, asyncio.Future[Answer]]] = deque()
        self._concurrency = concurrency
        self._worthwhile_items = worthwhile_items
        self._last_size = 0
        self._loops: set[asyncio.Task[None]] = set()
        self._closed = False

    async def submit(self, item: Item) -> Answer:
        """Hand in an item and wait for its own answer.

        Raises:
            Overloaded: more items are waiting than can be done in time; nothing happened.
        """
        if self._closed:
            raise Unavailable("The service is shutting down. Retry on another replica.")
        if len(self._waiting) >= self._maximum_waiting:
            raise Overloaded(
                f"Too many requests are waiting for {self._name}. Retry after a moment.",
                retry_after=_RETRY_AFTER,
            )
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if len(self._loops) < self._concurrency:
            self._start_loop()
        return await answer

    async def close(self) -> None:
        """Take nothing new, finish what is waiting."""
        self._closed = True
        while self._loops:
            await asyncio.wait(self._loops)

    @property
    def waiting(self) -> int:
        """How many items wait for a batch."""
        return len(self._waiting)

    def _start_loop(self) -> None:
        # In a context of its own: a batch is no part of the call that happened to begin the loop,
        # and what it asks of others must not end with that call's deadline.
        loop = asyncio.create_task(
            self._drain(), name=f"batcher-{self._name}", context=contextvars.Context()
        )
        self._loops.add(loop)

    async def _drain(self) -> None:
        try:
            while self._waiting:
                if self._last_size > 1 or len(self._waiting) > 1:
                    await self._gather()
                batch = self._take()
                self._last_size = len(batch)
                if batch:
                    metrics.batch_size.record(len(batch), self._attributes)
                    started = time.monotonic()
                    await self._answer(batch)
                    metrics.batch_duration.record(time.monotonic() - started, self._attributes)
        finally:
            # Here and not in a callback of the task: an item handed in between the end of the loop
            # and such a callback would find a loop that no longer looks, and wait for ever.
            self._loops.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    async def _gather(self) -> None:
        """Let those who are on their way join, while the crowd lasts.

        A process that is busy with taking in calls makes many small batches, each with the price of
        a whole one. Whoever comes alone never gets here.
        """
        for _ in range(_MOST_PAUSES):
            before = len(self._waiting)
            if before >= self._worthwhile_items or self._closed:
                return
            await asyncio.sleep(_PAUSE_SECONDS)
            if len(self._waiting) == before:
                return

    def _take(self) -> list[tuple[Item, "asyncio.Future[Answer]"]]:
        """Take the next items, leaving out those whose callers have gone away."""
        batch: list[tuple[Item, asyncio.Future[Answer]]] = []
        while self._waiting and len(batch) < self._maximum_items:
            item, answer = self._waiting.popleft()
            if not answer.done():
                batch.append((item, answer))
        return batch

    async def _answer(self, batch: list[tuple[Item, "asyncio.Future[Answer]"]]) -> None:
        try:
            outcomes = await self._perform([item for item, _ in batch])
            assert len(outcomes) == len(batch), f"{self._name} must answer each item"
        except asyncio.CancelledError:
            error = Unavailable("The service is shutting down. Retry on another replica.")
            _settle(batch, [error] * len(batch))
            raise
        except Exception as error:  # noqa: BLE001 - every waiting caller must get an answer
            await self._answer_failed(batch, error)
        else:
            _settle(batch, outcomes)

    async def _answer_failed(
        self, batch: list[tuple[Item, "asyncio.Future[Answer]"]], error: Exception
    ) -> None:
        if len(batch) == 1 or isinstance(error, Unavailable):
            _settle(batch, [error] * len(batch))
            return
        # Halving keeps arrival order and finds one bad item among n with about 2·log n more tries.
        middle = len(batch) // 2
        await self._answer(batch[:middle])
        await self._answer(batch[middle:])


def _settle(
    batch: Sequence[tuple[Item, "asyncio.Future[Answer]"]], outcomes: Sequence[Outcome[Answer]]
) -> None:
    for (_, answer), outcome in zip(batch, outcomes, strict=True):
        if answer.done():
            continue
        if isinstance(outcome, Exception):
            answer.set_exception(_own_copy(outcome))
        else:
            answer.set_result(outcome)


def _own_copy(error: Exception) -> Exception:
    """Give each caller an error of its own; one shared object would gather all their tracebacks."""
    if not isinstance(error, ServiceError):
        return error
    copy = type(error)(
        error.message,
        metadata=error.metadata,
        violations=error.violations,
        retry_after=error.retry_after,
    )
    copy.__cause__ = error.__cause__
    return copy
