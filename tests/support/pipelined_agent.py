"""An agent that asks for many steps at once on one session, and heeds no directive."""

import asyncio
import uuid
from typing import Any

from grpc import aio

from aos.orchestrator.v1 import session_service_pb2 as session
from tests.support.orchestrated import Agent, Household


class PipelinedAgent(Agent):
    """Whatever is answered goes to whoever asked, in any order."""

    def __init__(self, household: Household) -> None:
        super().__init__(household, session_id=str(uuid.uuid4()))
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._saying = asyncio.Lock()
        self._listening: asyncio.Task[None] | None = None

    async def hello(self) -> "PipelinedAgent":
        """Begin the session, and listen from now on."""
        self._listening = asyncio.create_task(self._listen())
        await super().hello()
        return self

    async def say(self, **message: Any) -> Any:
        """Say something and wait for its answer, while others do the same."""
        async with self._saying:
            self._sequence += 1
            sequence = self._sequence
            answer = self._asked[sequence] = asyncio.get_running_loop().create_future()
            await self.call.write(session.SessionRequest(sequence=sequence, **message))
        return await answer

    async def leave(self) -> None:
        """Say goodbye."""
        await self.call.done_writing()
        if self._listening is not None:
            await self._listening

    async def _listen(self) -> None:
        while (said := await self.call.read()) is not aio.EOF:
            answer = self._asked.pop(said.answers, None)
            if answer is not None:
                answer.set_result(said)
