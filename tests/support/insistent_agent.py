"""An agent that says again, under the same names, whatever it heard no answer to."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from grpc import StatusCode, aio

from aos.orchestrator.v1 import session_service_pb2 as session
from aos.orchestrator.v1 import session_service_pb2_grpc
from tests.support.orchestrated import Agent, Household

# What a caller does not know the outcome of, or is told to repeat.
PASSING = (StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED, StatusCode.CANCELLED)
# Longer than anything takes to be answered that is well.
_ANSWER_SECONDS = 8.0
_PAUSE_SECONDS = 0.05


class Ended(Exception):
    """The other side ended the stream."""


class Refused(Exception):
    """A message had no effect, and would have none if it were said again."""


class InsistentAgent(Agent):
    """One session, on one stream after another, with one run at a time."""

    def __init__(self, household: Household, *, interrupted: Callable[[str], None]) -> None:
        super().__init__(household)
        self._interrupted = interrupted
        self._is_open = False
        self._run_id = ""

    async def create(self, **more: Any) -> Any:
        """Create a run, and take it up again whenever the stream is lost."""
        self._run_id = ""
        held = await super().create(**more)
        self._run_id = held.run.run.id
        return held

    async def say(self, **message: Any) -> Any:
        """Say something until it is answered by more than a request for patience."""
        while True:
            said = await self._try(message)
            if said is not None:
                return said
            await asyncio.sleep(_PAUSE_SECONDS)

    async def answer(self, sequence: int) -> Any:
        """The answer to a message; directives are nothing that such an agent heeds."""
        while sequence not in self._answers:
            said = await self.call.read()
            if said is aio.EOF:
                raise Ended
            self._answers[said.answers] = said
        return self._answers.pop(sequence)

    async def leave(self) -> None:
        """Say goodbye, if anybody listens."""
        with suppress(aio.AioRpcError, asyncio.InvalidStateError):
            await super().leave()

    async def _try(self, message: dict[str, Any]) -> Any:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                if not self._is_open:
                    await self._open()
                said = await super().say(**message)
        except (aio.AioRpcError, Ended, TimeoutError, asyncio.InvalidStateError) as error:
            self._lose(error)
            return None
        if said.WhichOneof("message") != "refused":
            return said
        if not said.refused.retryable:
            raise Refused(f"{said.refused.reason}: {said.refused.message}")
        self._interrupted(f"{said.refused.reason}: {said.refused.message}")
        return None

    async def _open(self) -> None:
        channel = self.household.plane.services["orchestrator"].channel
        stub: Any = session_service_pb2_grpc.RunSessionServiceStub(channel)
        self.call.cancel()
        self.call = stub.Session(metadata=self.household.metadata)
        self._answers.clear()
        await super().say(hello=session.Hello(session_id=self.session_id, client="test"))
        if self._run_id:
            await super().say(attach=session.AttachRun(run_id=self._run_id))
        self._is_open = True

    def _lose(self, error: Exception) -> None:
        self._is_open = False
        if isinstance(error, aio.AioRpcError):
            assert error.code() in PASSING, error
            self._interrupted(f"{error.code().name}: {error.details()}")
            return
        self._interrupted(type(error).__name__)
