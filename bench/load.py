"""Closed-loop callers: each asks, waits for the answer, and asks again until the time is over."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

# What one caller does again and again; there are as many callers as operations.
Operation = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long to look; `rounds` share `seconds`, and each warms up by itself."""

    seconds: float
    warm_up_seconds: float
    rounds: int
    rest_seconds: float


FULL = Pace(seconds=4.0, warm_up_seconds=0.5, rounds=4, rest_seconds=10.0)
# Long enough for every line of code to run, too short for any figure to mean something.
SMOKE = Pace(seconds=0.1, warm_up_seconds=0.0, rounds=1, rest_seconds=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What callers experienced: the duration of each operation, shortest first."""

    seconds: float
    latencies: tuple[float, ...]

    @property
    def per_second(self) -> float:
        """Operations that were completed in a second."""
        return len(self.latencies) / self.seconds

    @property
    def p50_ms(self) -> float:
        """Half of the operations took no longer than these milliseconds."""
        return self._quantile(0.50)

    @property
    def p99_ms(self) -> float:
        """One operation in a hundred took longer than these milliseconds."""
        return self._quantile(0.99)

    def __str__(self) -> str:
        return f"{self.per_second:,.0f}/s, p50 {self.p50_ms:.3g} ms, p99 {self.p99_ms:.3g} ms"

    def _quantile(self, share: float) -> float:
        return self.latencies[int(share * (len(self.latencies) - 1))] * 1000


async def drive(operations: Sequence[Operation], *, pace: Pace) -> Load:
    """Let the callers work for all rounds of the pace."""
    return (await side_by_side(operations, pace=pace))[0]


async def side_by_side(*parties: Sequence[Operation], pace: Pace) -> list[Load]:
    """Let the parties work in turns: what else this machine does then falls on all of them."""
    rounds: list[list[Load]] = [
        [await _round(operations, pace=pace) for operations in parties] for _ in range(pace.rounds)
    ]
    return [_merged(loads) for loads in zip(*rounds, strict=True)]


async def _round(operations: Sequence[Operation], *, pace: Pace) -> Load:
    begin = time.perf_counter() + pace.warm_up_seconds
    end = begin + pace.seconds / pace.rounds
    latencies: list[float] = []

    async def call_again_and_again(operation: Operation) -> None:
        nonlocal end
        while (started := time.perf_counter()) < end:
            await operation()
            finished = time.perf_counter()
            if not latencies:
                # Something slower than the whole round: the round is then as long as the first.
                end = max(end, finished)
            # By its end alone: an operation begun before and one cut off after cancel out.
            if begin <= finished <= end:
                latencies.append(finished - started)

    async with asyncio.TaskGroup() as callers:
        for operation in operations:
            callers.create_task(call_again_and_again(operation))
    return Load(seconds=end - begin, latencies=tuple(latencies))


def _merged(rounds: Sequence[Load]) -> Load:
    latencies = sorted(latency for load in rounds for latency in load.latencies)
    return Load(seconds=sum(load.seconds for load in rounds), latencies=tuple(latencies))
