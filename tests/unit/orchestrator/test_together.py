"""Several are asked at once; one that cannot answer ends it for all."""

import asyncio

import pytest

from kernel.errors import Unavailable
from services.orchestrator.usecases.together import together


async def test_all_answers_come_by_their_names_and_nobody_waits_for_anybody() -> None:
    met = asyncio.Barrier(2)

    async def meet(answer: int) -> int:
        # Asked one after the other, the first would wait here for ever.
        await met.wait()
        return answer

    assert await together(one=meet(1), two=meet(2)) == {"one": 1, "two": 2}


async def test_one_that_is_away_ends_it_and_the_others_are_not_left_behind() -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def patient() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def away() -> None:
        await began.wait()
        raise Unavailable("away")

    with pytest.raises(Unavailable):
        await together(patient=patient(), away=away())
    assert ended.is_set()
