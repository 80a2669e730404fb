"""Work on sagas: take those that are due, do their tasks, keep each outcome before the next."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from kernel.clock import Clock
from kernel.errors import (
    Conflict,
    DeadlineTooShort,
    Exhausted,
    ServiceError,
    Unavailable,
)
from services.orchestrator.domain.errors import LeaseLost
from services.orchestrator.domain.kinds import SagaState
from services.orchestrator.domain.saga import Failure, Saga
from services.orchestrator.usecases.completion_tasks import CompletionTasks, Done, Progress
from services.orchestrator.usecases.ports import (
    Checkpoint,
    DoneTask,
    KeepCheckpoint,
    LeasedSaga,
    TakeSagas,
)

# What may go through later without anybody doing anything.
_PASSING = (Unavailable, Conflict, Exhausted, DeadlineTooShort)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """A saga in our hands, and until when."""

    leased: LeasedSaga
    until: float


class AdvanceSagas:
    """One replica's part of all completions.

    Any number of sagas is under way at once; their calls and checkpoints travel together, since
    whoever makes them gathers (``clients``, ``store``). Whoever holds a saga stops well before its
    lease ends, and what it writes after that is refused by the epoch.
    """

    def __init__(
        self,
        *,
        take: TakeSagas,
        keep: KeepCheckpoint,
        tasks: CompletionTasks,
        clock: Clock,
        chance: Callable[[], float],
        places: int,
        lease_seconds: float,
        task_seconds: float,
        failpoint: Callable[[str], None],
    ) -> None:
        self._take = take
        self._keep = keep
        self._tasks = tasks
        self._clock = clock
        self._chance = chance
        self._places = places
        self._lease_seconds = lease_seconds
        self._task_seconds = task_seconds
        self._failpoint = failpoint
        self._under_way: set[asyncio.Task[None]] = set()

    async def __call__(self) -> int:
        """Begin with what is due, as far as there is room; return how many sagas that are."""
        room = self._places - len(self._under_way)
        if room <= 0:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
            return 1
        # Counted from before we asked, so that we never believe in a lease that has ended.
        until = self._clock.monotonic() + self._lease_seconds
        taken = await self._take(room)
        for leased in taken:
            self._begin(_Held(leased=leased, until=until))
        return len(taken)

    async def drain(self) -> None:
        """Let each saga come to its next checkpoint's end."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    def _begin(self, held: _Held) -> None:
        work = asyncio.create_task(self._advance(held), name=f"saga-{held.leased.saga.id}")
        self._under_way.add(work)
        work.add_done_callback(self._under_way.discard)

    async def _advance(self, held: _Held) -> None:
        try:
            while held.leased.saga.task is not None:
                if self._clock.monotonic() + self._task_seconds > held.until:
                    return
                held, goes_on = await self._one(held)
                if not goes_on:
                    return
        except LeaseLost:
            # Somebody else took it over, and knows everything that we wrote.
            return
        except ServiceError:
            # The log is away; whoever finds the lease ended goes on from what is on disk.
            return

    async def _one(self, held: _Held) -> tuple[_Held, bool]:
        """Do one task and keep what it came to; say whether there is more to do now."""
        leased = held.leased
        task = leased.saga.task
        assert task is not None
        at = self._clock.now()
        progress = Progress(
            saga=leased.saga,
            contract=leased.contract,
            outcomes=leased.outcomes,
            task=task,
            at=at,
        )
        self._failpoint(f"saga.before_{task.name}")
        try:
            async with asyncio.timeout(self._task_seconds):
                done = await self._tasks[task.name](progress)
        except TimeoutError:
            failure = Failure(message=f"{task.name} took too long.", retryable=True)
            return await self._wait(held, failure)
        except ServiceError as error:
            failure = Failure(
                message=f"{task.name}: {error.message}", retryable=isinstance(error, _PASSING)
            )
            return await self._wait(held, failure)
        except Exception as error:  # noqa: BLE001 - our own mistake must not be tried for ever
            failure = Failure(message=f"{task.name}: {type(error).__name__}", retryable=False)
            return await self._wait(held, failure)
        self._failpoint(f"saga.after_{task.name}")
        return await self._forward(held, progress, done)

    async def _forward(self, held: _Held, progress: Progress, done: Done) -> tuple[_Held, bool]:
        saga, task = progress.saga, progress.task
        advanced = saga.advanced(at=self._clock.now())
        until = self._clock.monotonic() + self._lease_seconds
        kept = DoneTask(
            name=task.name,
            compensation=task.compensation,
            round=saga.round,
            attempts=saga.attempts + 1,
            outcome=done.outcome,
        )
        goes_on = advanced.state.is_under_way
        await self._keep(
            Checkpoint(
                saga=advanced,
                epoch=held.leased.epoch,
                done=[kept],
                acknowledged=done.acknowledged,
                keeps_lease=goes_on,
            )
        )
        self._failpoint(f"saga.logged_{task.name}")
        outcomes = {**progress.outcomes, task.name: done.outcome}
        leased = replace(held.leased, saga=advanced, outcomes=outcomes)
        return _Held(leased=leased, until=until), goes_on

    async def _wait(self, held: _Held, failure: Failure) -> tuple[_Held, bool]:
        saga: Saga = held.leased.saga.failed(failure, at=self._clock.now(), chance=self._chance())
        goes_on = saga.state is SagaState.COMPENSATING and saga.attempts == 0
        await self._keep(
            Checkpoint(
                saga=saga,
                epoch=held.leased.epoch,
                done=[],
                acknowledged=(),
                keeps_lease=goes_on,
            )
        )
        return _Held(leased=replace(held.leased, saga=saga), until=held.until), goes_on
