"""A server is asked for its methods at one place, behind the chain, whatever their number."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from grpc import StatusCode, aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from aos.activity.v1 import run_service_pb2, run_service_pb2_grpc
from kernel.errors import Forbidden
from servicekit.auth.access import rules_of
from servicekit.calls import Call
from servicekit.interceptors.chain import Chain
from servicekit.interceptors.handlers import Handlers
from servicekit.server import GrpcServer, registration
from tests.support.waiting import until

SERVICE = run_service_pb2.DESCRIPTOR.services_by_name["RunService"]
REQUEST = run_service_pb2.GetRunRequest(run_id="run_01m7w9afgam8qkg8v3xctxpdaw")


class Answering(run_service_pb2_grpc.RunServiceServicer):
    """Answers with a message, or with what it has put together already."""

    async def GetRun(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        answer = run_service_pb2.GetRunResponse()
        answer.run.goal = "as bytes"
        return answer.SerializeToString()

    async def ListRuns(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return run_service_pb2.ListRunsResponse(next_page_token="as a message")


def refuse(call: Call) -> None:
    raise Forbidden(f"{call.method} is not for you.")


@asynccontextmanager
async def served(*checks: Any) -> AsyncIterator[aio.Channel]:
    server = GrpcServer(
        listen="127.0.0.1:0",
        registrations=[registration(run_service_pb2, Answering())],
        chain=Chain(rules=rules_of([SERVICE]), checks=checks, maximum_message_bytes=10_000),
        reflect=True,
    )
    await server.start()
    try:
        async with aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            yield channel
    finally:
        await server.stop(notice_seconds=0, drain_seconds=0)


def pending_requests() -> int:
    """How many calls gRPC has asked its core for; it looks through them all at each call."""
    names = [getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()]
    return sum("_request" in name and name.endswith("call") for name in names)


async def test_answers_may_be_messages_or_bytes() -> None:
    async with served() as channel:
        stub: Any = run_service_pb2_grpc.RunServiceStub(channel)
        assert (await stub.GetRun(REQUEST)).run.goal == "as bytes"
        listed = await stub.ListRuns(run_service_pb2.ListRunsRequest())
        assert listed.next_page_token == "as a message"


async def test_no_method_is_served_past_the_checks() -> None:
    async with served(refuse) as channel:
        for method in SERVICE.methods:
            call = channel.unary_unary(f"/{SERVICE.full_name}/{method.name}")
            with pytest.raises(aio.AioRpcError) as refused:
                await call(b"")
            assert refused.value.code() is StatusCode.PERMISSION_DENIED, method.name


async def test_what_nobody_serves_is_unimplemented() -> None:
    async with served(refuse) as channel:
        with pytest.raises(aio.AioRpcError) as refused:
            await channel.unary_unary("/aos.activity.v1.RunService/Nothing")(b"")
        assert refused.value.code() is StatusCode.UNIMPLEMENTED


async def test_health_and_reflection_answer_in_every_state() -> None:
    async with served(refuse) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        answer = await health.Check(health_pb2.HealthCheckRequest())
        assert answer.status == health_pb2.HealthCheckResponse.NOT_SERVING
        asked = reflection_pb2.ServerReflectionRequest(list_services="")
        stub: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
        async for told in stub.ServerReflectionInfo(iter([asked])):
            names = {service.name for service in told.list_services_response.service}
            assert SERVICE.full_name in names


async def test_the_core_is_asked_for_one_call_at_a_time_not_for_one_of_each_method() -> None:
    async with served():
        assert await until(lambda: pending_requests() == 1)


async def test_mutant_methods_registered_with_the_core_are_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    servers: list[aio.Server] = []
    made = aio.server
    monkeypatch.setattr(aio, "server", lambda **more: servers.append(made(**more)) or servers[-1])
    start = GrpcServer.start

    async def register_first(server: GrpcServer) -> None:
        run_service_pb2_grpc.add_RunServiceServicer_to_server(Answering(), servers[-1])
        await start(server)

    monkeypatch.setattr(GrpcServer, "start", register_first)
    async with served():
        assert await until(lambda: pending_requests() == len(SERVICE.methods) + 1)


def test_a_handler_is_wrapped_once_and_found_by_its_full_name() -> None:
    class Counting:
        wrapped_ones = 0

        def wrapped(self, _method: str, handler: Any) -> Any:
            self.wrapped_ones += 1
            return handler

    class Details:
        method = f"/{SERVICE.full_name}/GetRun"

    chain: Any = Counting()
    handlers = Handlers(chain)
    run_service_pb2_grpc.add_RunServiceServicer_to_server(Answering(), handlers)
    assert handlers.service(Details()) is handlers.service(Details()) is not None
    assert chain.wrapped_ones == len(SERVICE.methods)
