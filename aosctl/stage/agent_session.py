"""An agent on a session of its own, message by message, as any client of the contract could be."""

import asyncio
import uuid
from contextlib import suppress
from typing import Any, Self

import grpc

from aos.orchestrator.v1 import session_service_pb2, session_service_pb2_grpc
from aosctl.stage.calling import Stage


class AgentSession:
    """One stream: what is said is answered, directives are obeyed, heartbeats go on by themselves.

    The SDK asks again, waits and breaks off for its user; here each message is somebody's decision.
    """

    def __init__(self, stage: Stage) -> None:
        stub: Any = session_service_pb2_grpc.RunSessionServiceStub(stage.channels["orchestrator"])
        self._call = stub.Session(metadata=stage.agent_metadata)
        self._sequence = 0
        # gRPC takes one message at a time; heartbeats would meet what is said.
        self._writing = asyncio.Lock()
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._chores: list[asyncio.Task[None]] = []
        self.directives: list[session_service_pb2.Directive] = []

    async def open(self) -> Self:
        """Begin the session."""
        self._chores.append(asyncio.create_task(self._listen()))
        hello = session_service_pb2.Hello(session_id=str(uuid.uuid4()), client="aosctl")
        welcome = (await self.say(hello=hello)).welcome
        every = welcome.heartbeat_every.ToTimedelta().total_seconds()
        self._chores.append(asyncio.create_task(self._beat(every)))
        return self

    async def say(self, **message: Any) -> Any:
        """Say something; return the answer.

        Raises:
            AioRpcError: The session has ended.
        """
        self._sequence += 1
        answer = self._answers[self._sequence] = asyncio.get_running_loop().create_future()
        request = session_service_pb2.SessionRequest(sequence=self._sequence, **message)
        async with self._writing:
            await self._call.write(request)
        return await answer

    async def vanish(self) -> None:
        """Be gone without a word: no goodbye, no heartbeat."""
        self._call.cancel()
        for chore in self._chores:
            chore.cancel()
        await asyncio.gather(*self._chores, return_exceptions=True)

    async def _listen(self) -> None:
        try:
            async for said in self._call:
                if said.WhichOneof("message") == "directive":
                    self.directives.append(said.directive)
                    self._chores.append(asyncio.create_task(self._obey(said.directive)))
                elif (waiting := self._answers.pop(said.answers, None)) is not None:
                    waiting.set_result(said)
        except grpc.aio.AioRpcError as error:
            for waiting in self._answers.values():
                waiting.set_exception(error)

    async def _beat(self, every: float) -> None:
        with suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):
            while True:
                await asyncio.sleep(every)
                await self.say(heartbeat=session_service_pb2.Heartbeat())

    async def _obey(self, directive: session_service_pb2.Directive) -> None:
        """Nothing of a run is ever under way here beyond what was answered."""
        obeyed = session_service_pb2.DirectiveObeyed(run_id=directive.run_id, epoch=directive.epoch)
        with suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):
            await self.say(obeyed=obeyed)
