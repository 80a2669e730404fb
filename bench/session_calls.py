"""An agent on one session, as the SDK speaks it, without what the SDK does besides."""

import asyncio
import itertools
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from grpc import aio

from aos.activity.v1 import trace_pb2
from aos.orchestrator.v1 import run_pb2, run_service_pb2, session_service_pb2_grpc
from aos.orchestrator.v1 import session_service_pb2 as messages
from aos.policies.v1 import decision_pb2, policy_pb2
from aosctl.seed import Development
from bench.load import Operation

_COST = 120


class SessionCalls:
    """Says many things at once on one stream, and knows which answer belongs to which."""

    def __init__(self, *, channel: aio.Channel, token: str, development: Development) -> None:
        stub: Any = session_service_pb2_grpc.RunSessionServiceStub(channel)
        self._call = stub.Session(metadata=(("authorization", f"Bearer {token}"),))
        self._development = development
        self._numbers = itertools.count(1)
        # gRPC takes one message at a time.
        self._writing = asyncio.Lock()
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self.directives: asyncio.Queue[Any] = asyncio.Queue()
        self._loops = [asyncio.create_task(self._read())]

    async def hello(self) -> None:
        """Begin the session."""
        said = await self.say(hello=messages.Hello(session_id=str(uuid.uuid4()), client="bench"))
        every = said.welcome.heartbeat_every.ToTimedelta().total_seconds()
        self._loops.append(asyncio.create_task(self._beat(every)))

    async def create_runs(self, number: int) -> list[str]:
        """Create and hold runs; their ids."""
        return await asyncio.gather(*(self._create() for _ in range(number)))

    def asking(self, run_ids: Sequence[str]) -> Operation:
        """Ask about one step after the other, of these runs in turn."""
        steps = itertools.count()

        async def ask() -> None:
            number = next(steps)
            await self._ask(run_ids[number % len(run_ids)], f"step-{number}")

        return ask

    def taking(self, run_ids: Sequence[str]) -> Operation:
        """Ask about one step after the other, and report each."""
        steps = itertools.count()

        async def take() -> None:
            number = next(steps)
            run_id, step_id = run_ids[number % len(run_ids)], f"step-{number}"
            await self._ask(run_id, step_id)
            step = trace_pb2.Step(
                step_id=step_id,
                kind=trace_pb2.STEP_KIND_LLM_CALL,
                skill_name="bench",
                status=trace_pb2.STEP_STATUS_SUCCEEDED,
                input_tokens=900,
                output_tokens=300,
                cost_micro_usd=_COST,
            )
            step.start_time.GetCurrentTime()
            said = await self.say(result=messages.StepResult(run_id=run_id, step=step))
            assert said.HasField("recorded"), said

        return take

    async def _ask(self, run_id: str, step_id: str) -> None:
        question = decision_pb2.StepQuestion(
            run_id=run_id,
            step_id=step_id,
            kind=decision_pb2.STEP_KIND_MODEL_CALL,
            estimated_input_tokens=900,
            estimated_output_tokens=300,
            estimated_cost_micro_usd=_COST,
        )
        said = await self.say(step=messages.StepIntent(question=question))
        assert said.decided.decision.action == policy_pb2.ACTION_CONTINUE, said

    async def say(self, **message: Any) -> Any:
        """Say something and wait for its answer."""
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        async with self._writing:
            await self._call.write(messages.SessionRequest(sequence=number, **message))
        return await answer

    async def close(self) -> None:
        """Hang up."""
        for loop in self._loops:
            loop.cancel()
        self._call.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)

    async def _create(self) -> str:
        wanted = run_service_pb2.CreateRunRequest(
            request_id=str(uuid.uuid4()),
            agent_id=self._development.agent_id,
            goal="Measure how long this takes.",
            mode=run_pb2.RUN_MODE_EXTERNAL,
        )
        said = await self.say(create=wanted)
        assert said.HasField("held"), said
        return str(said.held.run.run.id)

    async def _beat(self, every: float) -> None:
        while True:
            await asyncio.sleep(every)
            await self.say(heartbeat=messages.Heartbeat())

    async def _read(self) -> None:
        while (said := await self._call.read()) is not aio.EOF:
            if said.answers:
                self._waiting.pop(said.answers).set_result(said)
            else:
                self.directives.put_nowait(said.directive)


@asynccontextmanager
async def session(
    address: str, *, token: str, development: Development
) -> AsyncIterator[SessionCalls]:
    """A session that lives as long as the block."""
    async with aio.insecure_channel(address) as channel:
        calls = SessionCalls(channel=channel, token=token, development=development)
        await calls.hello()
        try:
            yield calls
        finally:
            await calls.close()
