"""What `session_service.proto` demands of a plane, asked with the generated stubs.

Subclass `SessionContract` where there is a plane, and give that class or its folder the fixture
`plane`; it must be one of `sdk_behaviour.PlaneUnderTest`.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
import pytest_asyncio

from aos.activity.v1 import trace_pb2
from aos.errors.v1 import refusal_pb2
from aos.orchestrator.v1 import (
    entry_service_pb2,
    entry_service_pb2_grpc,
    run_pb2,
    run_service_pb2,
    run_service_pb2_grpc,
    session_service_pb2,
    session_service_pb2_grpc,
)
from aos.policies.v1 import decision_pb2, gate_pb2, policy_pb2
from tests.unit.sdk.sdk_behaviour import NO_RUN, PATIENCE_SECONDS, PlaneUnderTest

Request, Response = session_service_pb2.SessionRequest, session_service_pb2.SessionResponse


class Speaker:
    """One stream, spoken by hand: numbers messages, sorts answers from directives."""

    def __init__(self, channel: grpc.aio.Channel, token: str, session_id: str = "") -> None:
        self.session_id = session_id or str(uuid.uuid4())
        metadata = (("authorization", f"Bearer {token}"),)
        self.call = session_service_pb2_grpc.RunSessionServiceStub(channel).Session(
            metadata=metadata
        )
        self.sequence = 0
        self.answers: dict[int, Response] = {}
        self.directives: list[session_service_pb2.Directive] = []

    async def say(self, **message: Any) -> Response:
        self.sequence += 1
        await self.call.write(Request(sequence=self.sequence, **message))
        sequence = self.sequence
        async with asyncio.timeout(PATIENCE_SECONDS):
            while sequence not in self.answers:
                await self.hear()
        return self.answers.pop(sequence)

    async def hear(self) -> None:
        said = await self.call.read()
        assert said is not grpc.aio.EOF
        if said.WhichOneof("message") == "directive":
            assert said.answers == 0
            self.directives.append(said.directive)
        else:
            self.answers[said.answers] = said

    async def directive(self, epoch: int) -> session_service_pb2.Directive:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not any(told.epoch >= epoch for told in self.directives):
                await self.hear()
        return next(told for told in self.directives if told.epoch >= epoch)

    async def hello(self) -> session_service_pb2.Welcome:
        hello = session_service_pb2.Hello(session_id=self.session_id, client="contract")
        return (await self.say(hello=hello)).welcome

    async def create(
        self, plane: PlaneUnderTest, request_id: str = ""
    ) -> session_service_pb2.RunHeld:
        create = run_service_pb2.CreateRunRequest(
            request_id=request_id or str(uuid.uuid4()), agent_id=plane.agent_id, goal="g"
        )
        response = await self.say(create=create)
        assert response.WhichOneof("message") == "held", response
        return response.held

    async def ask(self, run_id: str, step_id: str, **particulars: Any) -> Response:
        question = decision_pb2.StepQuestion(run_id=run_id, step_id=step_id, **particulars)
        return await self.say(step=session_service_pb2.StepIntent(question=question))

    async def report(self, run_id: str, step_id: str) -> Response:
        step = trace_pb2.Step(
            kind=trace_pb2.STEP_KIND_OTHER,
            skill_name="s",
            status=trace_pb2.STEP_STATUS_SUCCEEDED,
            step_id=step_id,
        )
        step.start_time.FromSeconds(1_790_000_000)
        return await self.say(result=session_service_pb2.StepResult(run_id=run_id, step=step))

    async def beat(self) -> list[str]:
        response = await self.say(heartbeat=session_service_pb2.Heartbeat())
        return [permit.run_id for permit in response.renewed.permits]

    async def complete(self, run_id: str, outcome: run_pb2.Outcome, request_id: str) -> Response:
        return await self.say(
            complete=run_service_pb2.CompleteRunRequest(
                request_id=request_id, run_id=run_id, outcome=outcome
            )
        )


def reason(response: Response) -> str:
    refused: refusal_pb2.Refusal = response.refused
    return refused.reason


class SessionContract:
    """What holds of every plane's sessions."""

    @pytest_asyncio.fixture(loop_scope="session")
    async def channel(self, plane: PlaneUnderTest) -> AsyncIterator[grpc.aio.Channel]:
        async with grpc.aio.insecure_channel(plane.base_url) as channel:
            yield channel

    @pytest_asyncio.fixture(loop_scope="session")
    async def token(self, plane: PlaneUnderTest, channel: grpc.aio.Channel) -> str:
        entry = entry_service_pb2_grpc.EntryServiceStub(channel)
        request = entry_service_pb2.EnterRequest(api_key=plane.api_key)
        response = await entry.Enter(request, timeout=5)
        assert response.expire_time.seconds > 0
        return str(response.token)

    @pytest_asyncio.fixture(loop_scope="session")
    async def speaker(self, channel: grpc.aio.Channel, token: str) -> AsyncIterator[Speaker]:
        speaker = Speaker(channel, token)
        await speaker.hello()
        yield speaker
        speaker.call.cancel()

    @pytest.fixture
    def runs(self, channel: grpc.aio.Channel) -> Any:
        return run_service_pb2_grpc.RunServiceStub(channel)

    async def test_hello_comes_first(self, channel: grpc.aio.Channel, token: str) -> None:
        speaker = Speaker(channel, token)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await speaker.beat()
        assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION

    async def test_nobody_speaks_without_a_token(self, channel: grpc.aio.Channel) -> None:
        stranger = Speaker(channel, "forged")
        with pytest.raises(grpc.aio.AioRpcError):
            await stranger.hello()
        # Asked of the call: a message that was still on its way may fail in another way.
        assert await stranger.call.code() is grpc.StatusCode.UNAUTHENTICATED

    async def test_a_session_says_how_to_stay_alive(
        self, channel: grpc.aio.Channel, token: str
    ) -> None:
        speaker = Speaker(channel, token)
        welcome = await speaker.hello()
        every, lasting = welcome.heartbeat_every, welcome.permit_for
        assert 0 < every.ToNanoseconds() < lasting.ToNanoseconds()
        assert (
            reason(
                await speaker.say(hello=session_service_pb2.Hello(session_id=speaker.session_id))
            )
            == "SESSION_OUT_OF_ORDER"
        )
        speaker.call.cancel()

    async def test_a_run_is_created_once_and_held(
        self, plane: PlaneUnderTest, speaker: Speaker
    ) -> None:
        request_id = str(uuid.uuid4())
        held = await speaker.create(plane, request_id)
        again = await speaker.create(plane, request_id)
        assert held.run.run.id == again.run.run.id
        assert held.permit.run_id == held.run.run.id
        assert held.run.gate.state == gate_pb2.GATE_STATE_OPEN
        assert held.start_decision.action == policy_pb2.ACTION_CONTINUE

    async def test_a_run_that_is_taken_up_is_shown_as_it_is(
        self, plane: PlaneUnderTest, speaker: Speaker, runs: Any, token: str
    ) -> None:
        run_id = (await speaker.create(plane)).run.run.id
        paused = await runs.PauseRun(
            run_service_pb2.PauseRunRequest(
                request_id=str(uuid.uuid4()), run_id=run_id, reason="a look"
            ),
            timeout=5,
            metadata=(("authorization", f"Bearer {token}"),),
        )
        attach = session_service_pb2.AttachRun(run_id=run_id)
        held = (await speaker.say(attach=attach)).held
        assert held.run.run.id == run_id
        assert held.run.gate.state == gate_pb2.GATE_STATE_PAUSED
        assert held.run.gate.epoch == paused.gate.epoch
        assert not held.HasField("permit")
        assert not held.HasField("start_decision")
        assert held.on_unreachable != policy_pb2.FAILURE_MODE_UNSPECIFIED

    async def test_a_step_is_decided_once_however_often_it_is_asked(
        self, plane: PlaneUnderTest, speaker: Speaker
    ) -> None:
        run_id = (await speaker.create(plane)).run.run.id
        first = (await speaker.ask(run_id, "s1")).decided
        again = (await speaker.ask(run_id, "s1")).decided
        assert first.decision == again.decision
        assert first.decision.action == policy_pb2.ACTION_CONTINUE
        assert first.permit.run_id == run_id
        other = await speaker.ask(run_id, "s1", estimated_cost_micro_usd=5)
        assert reason(other) == "STEP_ID_REUSED"

    async def test_a_result_is_recorded_once(self, plane: PlaneUnderTest, speaker: Speaker) -> None:
        run_id = (await speaker.create(plane)).run.run.id
        await speaker.ask(run_id, "s1")
        first = (await speaker.report(run_id, "s1")).recorded
        again = (await speaker.report(run_id, "s1")).recorded
        assert (first.index, first.step_id, first.late) == (0, "s1", False)
        assert again == first
        assert reason(await speaker.report(run_id, "s2")) == "STEP_NOT_ADMITTED"

    async def test_only_who_holds_a_run_may_speak_for_it(
        self, plane: PlaneUnderTest, speaker: Speaker, channel: grpc.aio.Channel, token: str
    ) -> None:
        run_id = (await speaker.create(plane)).run.run.id
        other = Speaker(channel, token)
        await other.hello()
        assert reason(await other.ask(run_id, "s1")) == "RUN_NOT_HELD"
        attach = session_service_pb2.AttachRun(run_id=run_id)
        assert reason(await other.say(attach=attach)) == "RUN_HELD_ELSEWHERE"
        unknown = session_service_pb2.AttachRun(run_id=NO_RUN)
        assert reason(await other.say(attach=unknown)).endswith("NOT_FOUND")
        other.call.cancel()

    async def test_a_session_that_comes_again_goes_on_where_it_was(
        self, plane: PlaneUnderTest, speaker: Speaker, channel: grpc.aio.Channel, token: str
    ) -> None:
        run_id = (await speaker.create(plane)).run.run.id
        before = (await speaker.ask(run_id, "s1")).decided
        speaker.call.cancel()
        again = Speaker(channel, token, speaker.session_id)
        await again.hello()
        held = (await again.say(attach=session_service_pb2.AttachRun(run_id=run_id))).held
        assert held.run.run.id == run_id
        assert (await again.ask(run_id, "s1")).decided.decision == before.decision
        assert (await again.report(run_id, "s1")).recorded.index == 0
        again.call.cancel()

    async def test_a_kill_is_told_without_being_asked_for(
        self, plane: PlaneUnderTest, speaker: Speaker, runs: Any, token: str
    ) -> None:
        run_id = (await speaker.create(plane)).run.run.id
        await speaker.ask(run_id, "s1")
        assert await speaker.beat() == [run_id]
        metadata = (("authorization", f"Bearer {token}"),)
        killed = await runs.KillRun(
            run_service_pb2.KillRunRequest(
                request_id=str(uuid.uuid4()), run_id=run_id, reason="at once"
            ),
            timeout=5,
            metadata=metadata,
        )
        epoch = killed.halt.gate.epoch
        told = await speaker.directive(epoch)
        assert told.gate_state == gate_pb2.GATE_STATE_KILLED
        assert told.outcome == gate_pb2.CHECK_OUTCOME_TERMINATE
        assert await speaker.beat() == []
        refused = (await speaker.ask(run_id, "s2")).decided
        assert refused.decision.action == policy_pb2.ACTION_KILL
        assert not refused.HasField("permit")
        assert (await speaker.report(run_id, "s1")).recorded.late
        obeyed = session_service_pb2.DirectiveObeyed(run_id=run_id, epoch=epoch)
        assert (await speaker.say(obeyed=obeyed)).WhichOneof("message") == "noted"
        halt = await runs.GetHalt(
            run_service_pb2.GetHaltRequest(run_id=run_id), timeout=5, metadata=metadata
        )
        assert halt.halt.confirmed

    async def test_a_run_is_completed_once(self, plane: PlaneUnderTest, speaker: Speaker) -> None:
        run_id = (await speaker.create(plane)).run.run.id
        request_id = str(uuid.uuid4())
        first = await speaker.complete(run_id, run_pb2.OUTCOME_SUCCEEDED, request_id)
        assert first.completing.saga.run_id == run_id
        again = await speaker.complete(run_id, run_pb2.OUTCOME_SUCCEEDED, request_id)
        assert again.completing.saga.id == first.completing.saga.id
        other = await speaker.complete(run_id, run_pb2.OUTCOME_FAILED, str(uuid.uuid4()))
        assert reason(other) == "RUN_IS_OVER"
