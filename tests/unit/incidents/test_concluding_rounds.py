"""Cases are concluded several at a time; one keeps no other waiting, and an outage ends the round."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from kernel.errors import Conflict, Unavailable
from kernel.identifiers import TenantId, new_id
from services.incidents.domain.violation import Case, CaseKey
from services.incidents.usecases.conclude_cases import AT_ONCE, ConcludeCases

TENANT = TenantId(new_id("ten"))


def keys(count: int, *, of_runs: bool = True) -> list[CaseKey]:
    return [
        CaseKey(
            tenant_id=TENANT,
            run_id=f"run_{at}" if of_runs else "",
            subject="" if of_runs else f"part_{at}",
            policy_id="",
            is_outcome=False,
        )
        for at in range(count)
    ]


class Round(ConcludeCases):
    """Concludes nothing, and remembers what it was to conclude."""

    def __init__(self, waiting: list[CaseKey], conclude: Callable[[CaseKey], Any]) -> None:
        async def pending(_limit: int) -> list[CaseKey]:
            return waiting

        nobody: Any = None
        super().__init__(
            read=nobody, write=nobody, suppression=nobody, runs=nobody, pending=pending
        )
        self._conclude = conclude
        self.begun: list[CaseKey] = []
        self.under_way = self.most_under_way = 0

    async def conclude(self, key: CaseKey) -> Case:
        """Conclude a case as the test wants it."""
        self.begun.append(key)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await asyncio.sleep(0)
            found: Case = self._conclude(key)
        finally:
            self.under_way -= 1
        return found


async def test_several_are_concluded_at_a_time_and_not_too_many() -> None:
    waiting = keys(30)
    part = Round(waiting, lambda key: key)
    assert await part() == 30
    assert sorted(part.begun, key=waiting.index) == waiting
    assert part.most_under_way == AT_ONCE


@pytest.mark.parametrize("error", [Conflict("Somebody else was faster."), ValueError("a defect")])
async def test_one_that_cannot_be_concluded_keeps_no_other_waiting(error: Exception) -> None:
    waiting = keys(30)

    def conclude(key: CaseKey) -> Any:
        if key is waiting[3]:
            raise error
        return key

    part = Round(waiting, conclude)
    if isinstance(error, Conflict):
        assert await part() == 29
    else:
        # What nobody has foreseen is told of, once the others are concluded.
        with pytest.raises(ValueError, match="a defect"):
            await part()
    assert len(part.begun) == 30


async def test_an_outage_ends_the_round_except_for_those_that_ask_nobody() -> None:
    plane = keys(20, of_runs=False)

    def away(key: CaseKey) -> Any:
        if key.run_id:
            raise Unavailable("It is away.")
        return key

    part = Round([*keys(100), *plane], away)
    assert await part() == len(plane)
    assert len([key for key in part.begun if key.run_id]) == AT_ONCE
    alone = Round(keys(100), away)
    with pytest.raises(Unavailable):
        await alone()
    assert len(alone.begun) == AT_ONCE
