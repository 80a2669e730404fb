"""What breaks the contract is refused by itself; the session and its other runs go on."""

import uuid
from typing import Any

import pytest
from grpc import aio

from aos.orchestrator.v1 import session_service_pb2 as session
from aos.policies.v1 import decision_pb2
from servicekit.interceptors.validation import validated
from services.orchestrator.api.session_service import _Connection
from tests.support.governed import CONTINUE
from tests.support.orchestrated import Agent, Household

_METHOD = "/aos.orchestrator.v1.RunSessionService/Session"
_TOO_MUCH = b"\x0a" + b"x" * (1024 * 1024 + 1)


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        ({"step": session.StepIntent()}, "step.question"),
        ({"attach": session.AttachRun(run_id="that one")}, "attach.run_id"),
        ({"heartbeat": session.Heartbeat(run_ids=["mine"])}, "heartbeat.run_ids[0]"),
        ({}, "message"),
    ],
)
async def test_a_malformed_message_is_refused_and_every_run_goes_on(
    agent: Agent, broken: dict[str, Any], field: str
) -> None:
    mine, other = [(await agent.create()).run.run.id for _ in range(2)]
    await agent.ask(mine, "under way")
    told = (await agent.say(**broken)).refused
    assert (told.reason, told.field, told.retryable) == ("INVALID_FIELD", field, False)
    assert (await agent.report(mine, "under way")).recorded.index == 0
    for run_id in (mine, other):
        assert (await agent.ask(run_id, "next")).decided.decision.action == CONTINUE


async def test_texts_that_nobody_can_keep_are_refused_by_their_field(agent: Agent) -> None:
    run_id = (await agent.create()).run.run.id
    question = decision_pb2.StepQuestion(
        run_id=run_id,
        step_id="a\0b",
        kind=decision_pb2.STEP_KIND_TOOL_CALL,
        skill_name="search",
    )
    told = (await agent.say(step=session.StepIntent(question=question))).refused
    assert (told.reason, told.field) == ("INVALID_FIELD", "step.question.step_id")
    assert (await agent.ask(run_id, "one")).decided.decision.action == CONTINUE


async def test_bytes_that_are_no_message_or_too_many_end_nothing(household: Household) -> None:
    agent = RawAgent(household)
    hello = session.Hello(session_id=str(uuid.uuid4()))
    welcome = await agent.send(session.SessionRequest(sequence=1, hello=hello).SerializeToString())
    assert welcome.WhichOneof("message") == "welcome"
    for body, reason in ((b"\xff\xff", "INVALID_REQUEST"), (_TOO_MUCH, "MESSAGE_TOO_LARGE")):
        said = await agent.send(body)
        assert (said.answers, said.refused.reason) == (0, reason)
    beat = session.SessionRequest(sequence=2, heartbeat=session.Heartbeat())
    said = await agent.send(beat.SerializeToString())
    assert (said.answers, said.WhichOneof("message")) == (2, "renewed")


class RawAgent:
    """Somebody who speaks in bytes."""

    def __init__(self, household: Household) -> None:
        channel = household.plane.services["orchestrator"].channel
        open_session: Any = channel.stream_stream(
            _METHOD, response_deserializer=session.SessionResponse.FromString
        )
        self._call = open_session(metadata=household.metadata)

    async def send(self, body: bytes) -> Any:
        """Send bytes, and hear what comes back next."""
        await self._call.write(body)
        return await self._call.read()


async def test_mutant_that_reads_by_way_of_the_chain_ends_the_session(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = _Connection.read
    monkeypatch.setattr(_Connection, "read", lambda self, context: read(self, Strict(context)))
    with pytest.raises(aio.AioRpcError):
        await test_a_malformed_message_is_refused_and_every_run_goes_on(
            await Agent(household).hello(), {"step": session.StepIntent()}, "step.question"
        )


class Strict:
    """Hands out what is well formed and raises otherwise, as the chain does."""

    def __init__(self, context: Any) -> None:
        self._context = context

    async def read(self) -> Any:
        received = await self._context.read()
        if received is not aio.EOF:
            validated(received)
        return received
