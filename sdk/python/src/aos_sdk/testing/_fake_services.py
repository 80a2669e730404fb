"""The services of a fake plane on a real gRPC server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
from google.protobuf.message import Message
from grpc import aio

from aos_sdk._contract import (
    ENTRY_SERVICE,
    RUN_SERVICE,
    SESSION_SERVICE,
    decision_pb2,
    entry_service_pb2,
    run_pb2,
    run_service_pb2,
    session_service_pb2,
)
from aos_sdk._enums import GateState
from aos_sdk.testing._fake_session import FakeSession
from aos_sdk.testing._problems import Problem, new_id
from aos_sdk.testing._views import gate_of, halt_of, view_of
from aos_sdk.testing._world import Talk, World

Handler = Callable[[Any], Message]
_DROPPED = "The fake plane has dropped the connection."


class FakeServices:
    """What a fake plane answers; refuses whoever shows no good token."""

    def __init__(self, world: World) -> None:
        self._world = world

    def register(self, server: aio.Server) -> None:
        """Answer on this server."""
        enter = self._unary(self._enter, entry_service_pb2.EnterRequest, is_open=True)
        session = grpc.stream_stream_rpc_method_handler(
            self._session,
            request_deserializer=session_service_pb2.SessionRequest.FromString,
            response_serializer=_serialize,
        )
        runs = {
            name: self._unary(handler, getattr(run_service_pb2, f"{name}Request"))
            for name, handler in self._run_methods().items()
        }
        for service, methods in (
            (ENTRY_SERVICE, {"Enter": enter}),
            (RUN_SERVICE, runs),
            (SESSION_SERVICE, {"Session": session}),
        ):
            handlers = grpc.method_handlers_generic_handler(service, methods)
            server.add_generic_rpc_handlers((handlers,))

    def _run_methods(self) -> dict[str, Handler]:
        return {
            "CreateRun": self._create_run,
            "GetRun": lambda asked: run_service_pb2.GetRunResponse(
                run=view_of(self._world.find(asked.run_id))
            ),
            "CompleteRun": lambda asked: run_service_pb2.CompleteRunResponse(
                saga=self._world.find(asked.run_id).complete(asked)
            ),
            "CancelRun": self._cancel_run,
            "PauseRun": lambda asked: run_service_pb2.PauseRunResponse(
                gate=gate_of(self._world.move(asked.run_id, GateState.PAUSED, asked.reason))
            ),
            "ResumeRun": lambda asked: run_service_pb2.ResumeRunResponse(
                gate=gate_of(self._world.move(asked.run_id, GateState.OPEN, asked.reason))
            ),
            "StopRun": lambda asked: run_service_pb2.StopRunResponse(
                halt=halt_of(self._world.move(asked.run_id, GateState.STOPPED, asked.reason))
            ),
            "KillRun": lambda asked: run_service_pb2.KillRunResponse(
                halt=halt_of(self._world.move(asked.run_id, GateState.KILLED, asked.reason))
            ),
            "GetHalt": lambda asked: run_service_pb2.GetHaltResponse(
                halt=halt_of(self._world.find(asked.run_id))
            ),
            "Simulate": self._simulate,
            "GetCapabilities": self._get_capabilities,
        }

    def _enter(self, asked: entry_service_pb2.EnterRequest) -> Message:
        token, expires = self._world.exchange(asked.api_key)
        response = entry_service_pb2.EnterResponse(token=token)
        response.expire_time.FromNanoseconds(round(expires * 1e9))
        return response

    def _create_run(self, asked: run_service_pb2.CreateRunRequest) -> Message:
        run = self._world.create(asked)
        return run_service_pb2.CreateRunResponse(
            run=view_of(run), start_decision=run.start_decision
        )

    def _cancel_run(self, asked: run_service_pb2.CancelRunRequest) -> Message:
        run = self._world.cancel(asked.run_id, asked.reason)
        saga = run_pb2.Saga(id=new_id("sag"), run_id=run.run_id, cause="person")
        return run_service_pb2.CancelRunResponse(saga=saga)

    def _simulate(self, _asked: run_service_pb2.SimulateRequest) -> Message:
        answer, refused = self._world.at_start, self._world.refuses_runs
        response = run_service_pb2.SimulateResponse(
            policy_ids=[answer.policy_id], refusal=refused.message if refused else ""
        )
        response.start_decision.CopyFrom(
            decision_pb2.Decision(action=f"ACTION_{answer.action.upper()}")
        )
        return response

    def _get_capabilities(self, _asked: run_service_pb2.GetCapabilitiesRequest) -> Message:
        skill = run_pb2.Skill(
            name="echo",
            description="Says what it is told.",
            arguments_schema_json='{"type": "object"}',
            kind="STEP_KIND_TOOL_CALL",
        )
        return run_service_pb2.GetCapabilitiesResponse(
            skills=[skill],
            policy_ids=[self._world.at_start.policy_id],
            profile="STRICT",
            accepts_runs=self._world.refuses_runs is None,
        )

    def _unary(
        self, handler: Handler, request: type[Message], *, is_open: bool = False
    ) -> "grpc.RpcMethodHandler[Any, Any]":
        async def answer(asked: Message, context: Any) -> Message:
            await self._world.speaking.wait()
            try:
                if not is_open:
                    self._world.authenticate(_header(context))
                return handler(asked)
            except Problem as problem:
                await problem.abort(context)
                raise AssertionError("abort raises") from problem

        unary: Callable[[Message, Any], Awaitable[Message]] = answer
        return grpc.unary_unary_rpc_method_handler(
            unary,
            request_deserializer=request.FromString,
            response_serializer=_serialize,
        )

    async def _session(
        self, requests: AsyncIterator[session_service_pb2.SessionRequest], context: Any
    ) -> AsyncIterator[session_service_pb2.SessionResponse]:
        talk = await self._open(requests, context)
        listening = asyncio.create_task(self._listen(requests, talk))
        try:
            while (response := await talk.outgoing.get()) is not None:
                yield response
            if talk.problem is not None:
                await talk.problem.abort(context)
            await context.abort(grpc.StatusCode.UNAVAILABLE, _DROPPED)
        finally:
            listening.cancel()
            talk.ended.set()
            if self._world.talks.get(talk.session_id) is talk:
                del self._world.talks[talk.session_id]

    async def _open(self, requests: Any, context: Any) -> Talk:
        """Let a session in; one that comes again under its identifier takes its own place."""
        hello = await anext(requests)
        await self._world.speaking.wait()
        try:
            self._world.authenticate(_header(context))
        except Problem as problem:
            await problem.abort(context)
        if not hello.HasField("hello"):
            await Problem("SESSION_OUT_OF_ORDER", "A session begins with hello.").abort(context)
        talk = Talk(session_id=hello.hello.session_id)
        earlier = self._world.talks.get(talk.session_id)
        if earlier is not None:
            earlier.outgoing.put_nowait(None)
        self._world.talks[talk.session_id] = talk
        talk.outgoing.put_nowait(FakeSession(self._world, talk).welcome(hello))
        return talk

    async def _listen(self, requests: Any, talk: Talk) -> None:
        session = FakeSession(self._world, talk)
        try:
            async for message in requests:
                await self._world.speaking.wait()
                session.hear(message)
        except Problem as problem:
            talk.problem = problem
        talk.outgoing.put_nowait(None)


def _header(context: Any) -> str:
    metadata = dict(context.invocation_metadata() or ())
    return str(metadata.get("authorization", ""))


def _serialize(message: Message) -> bytes:
    return message.SerializeToString()
