"""Outgoing calls: identity, deadline budgets, safe retries, typed errors across the wire."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from grpc import StatusCode, aio
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from aos.activity.v1 import run_service_pb2, run_service_pb2_grpc
from aos.options.v1 import access_pb2
from kernel.clock import SystemClock
from kernel.errors import DeadlineTooShort, InvalidField, NotFound, ServiceError, Unavailable
from servicekit import calls, channel
from servicekit.auth.access import rules_of
from servicekit.auth.service_tokens import METADATA_KEY, ServiceTokenSigner
from servicekit.calls import Call
from servicekit.channel import RETURN_RESERVE_SECONDS, error_from, open_channel, seconds_to_give
from servicekit.interceptors import observation
from servicekit.interceptors.chain import Chain
from servicekit.interceptors.handlers import Handlers
from servicekit.telemetry import tracing
from services.activity.domain.errors import RunNotFound

SERVICE = run_service_pb2.DESCRIPTOR.services_by_name["RunService"]


class Scripted(run_service_pb2_grpc.RunServiceServicer):
    """Answers as the test says, and remembers what came with the call."""

    def __init__(self) -> None:
        self.outcomes: list[Exception | None] = []
        self.calls = 0
        self.metadata: dict[str, str] = {}
        self.remaining = 0.0

    async def _answer(self, context: Any) -> None:
        self.calls += 1
        self.metadata = dict(context.invocation_metadata())
        self.remaining = context.time_remaining() or 0.0
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            raise outcome

    async def GetRun(self, _request: Any, context: Any) -> Any:  # noqa: N802
        await self._answer(context)
        return run_service_pb2.GetRunResponse()


@pytest.fixture
def scripted() -> Scripted:
    return Scripted()


@pytest_asyncio.fixture(loop_scope="session")
async def stub(scripted: Scripted) -> AsyncIterator[run_service_pb2_grpc.RunServiceStub]:
    chain = Chain(rules=rules_of([SERVICE]), checks=[], maximum_message_bytes=10_000)
    handlers = Handlers(chain)
    run_service_pb2_grpc.add_RunServiceServicer_to_server(scripted, handlers)
    server = aio.server(handlers=[handlers])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    signer = ServiceTokenSigner(
        service="gateway", key=Ed25519PrivateKey.generate(), clock=SystemClock()
    )
    connection = open_channel(
        f"127.0.0.1:{port}", audience="activity", signer=signer, services=[SERVICE]
    )
    yield run_service_pb2_grpc.RunServiceStub(connection)
    await connection.close()
    await server.stop(0)


REQUEST = run_service_pb2.GetRunRequest(run_id="run_01m7w9afgam8qkg8v3xctxpdaw")


async def raised_by(stub: Any) -> ServiceError:
    with pytest.raises(aio.AioRpcError) as error:
        await stub.GetRun(REQUEST)
    return error_from(error.value)


async def test_an_error_arrives_as_the_class_it_was_raised_as(
    stub: Any, scripted: Scripted
) -> None:
    scripted.outcomes = [RunNotFound("There is no run x.", metadata={"run_id": "x"})]
    error = await raised_by(stub)
    assert isinstance(error, RunNotFound)
    assert (error.message, error.metadata) == ("There is no run x.", {"run_id": "x"})


async def test_field_violations_arrive_too(stub: Any, scripted: Scripted) -> None:
    scripted.outcomes = [InvalidField.named("goal", "is empty")]
    error = await raised_by(stub)
    assert isinstance(error, InvalidField)
    assert [(item.field, item.description) for item in error.violations] == [("goal", "is empty")]


async def test_a_reason_we_do_not_know_keeps_its_branch_and_name(
    stub: Any, scripted: Scripted
) -> None:
    class Novel(NotFound):
        reason = "NOVEL_REASON"

    scripted.outcomes = [Novel("new")]
    kind = Novel
    del Novel
    error = await raised_by(stub)
    assert isinstance(error, NotFound)
    assert error.reason == kind.reason


async def test_an_unexpected_error_tells_nothing_of_itself(stub: Any, scripted: Scripted) -> None:
    scripted.outcomes = [ValueError("password=hunter2")]
    with pytest.raises(aio.AioRpcError) as error:
        await stub.GetRun(REQUEST)
    assert error.value.code() is StatusCode.INTERNAL
    assert "hunter2" not in str(error.value.details())


async def test_a_call_carries_our_identity_and_a_deadline(stub: Any, scripted: Scripted) -> None:
    await stub.GetRun(REQUEST)
    assert METADATA_KEY in scripted.metadata
    # The transport rounds a deadline up by a few milliseconds.
    assert 0 < scripted.remaining < channel.DEFAULT_SECONDS + 1


async def test_an_outage_is_retried_for_an_idempotent_call(stub: Any, scripted: Scripted) -> None:
    scripted.outcomes = [Unavailable("away"), Unavailable("away"), None]
    await stub.GetRun(REQUEST)
    assert scripted.calls == 3


def _serving(seconds: float) -> Call:
    return Call(
        method="/x/y",
        access=access_pb2.Access(),
        metadata={},
        deadline=time.monotonic() + seconds,
    )


async def test_a_call_made_while_serving_gets_what_is_left_less_a_reserve() -> None:
    calls.enter(_serving(1.0))
    given = seconds_to_give(5.0)
    assert given <= 1.0 - RETURN_RESERVE_SECONDS
    assert seconds_to_give(0.1) == pytest.approx(0.1)
    calls.enter(_serving(0.01))
    with pytest.raises(DeadlineTooShort):
        seconds_to_give(None)


async def test_a_call_is_one_span_of_the_callers_trace(
    stub: Any, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "is_exporting", lambda: True)
    monkeypatch.setattr(observation, "_tracer", provider.get_tracer("test"))
    scripted.outcomes = [RunNotFound("none")]
    caller = provider.get_tracer("caller")
    with caller.start_as_current_span("outer") as outer, pytest.raises(aio.AioRpcError):
        await stub.GetRun(REQUEST)
    inner = next(span for span in exporter.get_finished_spans() if span.name.endswith("GetRun"))
    assert inner.context.trace_id == outer.get_span_context().trace_id
    assert inner.attributes["rpc.grpc.status_code"] == "NOT_FOUND"
