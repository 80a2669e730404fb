"""What agents report: steps by our own contract, spans by OpenTelemetry's."""

import os
import time
import uuid
from typing import Any, Self

from grpc import aio
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.proto.common.v1 import common_pb2

from aos.activity.v1 import trace_pb2
from aos.activity.v1 import trace_service_pb2 as recording_pb2
from aos.activity.v1 import trace_service_pb2_grpc as recording_pb2_grpc
from bench.run_calls import DEADLINE_SECONDS, RunCalls

A_CALL = 100
# Agents of twenty-five spans each: what a batch of a real exporter looks like.
TRACES_A_CALL = 1
_QUESTION = '[{"role":"user","parts":[{"type":"text","content":"What was decided on Monday?"}]}]'
_ANSWER = '[{"role":"assistant","parts":[{"type":"text","content":"To ask again on Tuesday."}]}]'


class StepCalls:
    """Records the steps of one run, a hundred a call."""

    def __init__(self, *, stub: Any, metadata: Any, trace_id: str) -> None:
        self._stub = stub
        self._metadata = metadata
        self._next_index = 0
        self._request = recording_pb2.RecordStepsRequest(
            trace_id=trace_id, steps=[_step() for _ in range(A_CALL)]
        )

    @classmethod
    async def begin(cls, *, channel: aio.Channel, token: str, runs: RunCalls) -> Self:
        """A caller with a run and a trace of its own."""
        stub: Any = recording_pb2_grpc.TraceRecordingServiceStub(channel)
        metadata = (("authorization", f"Bearer {token}"),)
        request = recording_pb2.BeginTraceRequest(
            request_id=str(uuid.uuid4()), run_id=await runs.create()
        )
        answer = await stub.BeginTrace(request, timeout=DEADLINE_SECONDS, metadata=metadata)
        return cls(stub=stub, metadata=metadata, trace_id=answer.trace.trace_id)

    async def record(self) -> None:
        """Record the next hundred, durably."""
        for place, step in enumerate(self._request.steps):
            step.index = self._next_index + place
        self._next_index += A_CALL
        await self._stub.RecordSteps(
            self._request, timeout=DEADLINE_SECONDS, metadata=self._metadata
        )


class SpanCalls:
    """Exports the spans of agents that begin and end, a hundred a call, by an API key."""

    def __init__(self, *, channel: aio.Channel, api_key: str, project_id: str) -> None:
        self._stub: Any = trace_service_pb2_grpc.TraceServiceStub(channel)  # type: ignore[no-untyped-call]
        self._metadata = (("x-api-key", api_key),)
        self._request = trace_service_pb2.ExportTraceServiceRequest()
        part = self._request.resource_spans.add()
        part.resource.attributes.append(_attribute("aos.project_id", project_id))
        self._spans = part.scope_spans.add().spans
        for place in range(A_CALL):
            _fill(self._spans.add(), is_root=place % (A_CALL // TRACES_A_CALL) == 0)

    async def export(self) -> None:
        """Export a hundred spans that nobody has seen, durably."""
        size = A_CALL // TRACES_A_CALL
        for first in range(0, A_CALL, size):
            trace_id, root_id = os.urandom(16), os.urandom(8)
            for place in range(first, first + size):
                span = self._spans[place]
                span.trace_id = trace_id
                span.span_id = os.urandom(8)
                span.parent_span_id = root_id
            self._spans[first].span_id = root_id
            self._spans[first].ClearField("parent_span_id")
        await self._stub.Export(self._request, timeout=DEADLINE_SECONDS, metadata=self._metadata)


def _step() -> trace_pb2.Step:
    step = trace_pb2.Step(
        duration_ms=850,
        kind=trace_pb2.STEP_KIND_LLM_CALL,
        skill_name="chat",
        status=trace_pb2.STEP_STATUS_SUCCEEDED,
        model="gpt-5",
        input_tokens=1200,
        output_tokens=340,
        cost_micro_usd=4100,
        params_json=_QUESTION,
        outcome_json=_ANSWER,
    )
    step.start_time.GetCurrentTime()
    return step


def _fill(span: Any, *, is_root: bool) -> None:
    span.name = "invoke_agent clerk" if is_root else "chat gpt-5"
    span.end_time_unix_nano = time.time_ns()
    span.start_time_unix_nano = span.end_time_unix_nano - 850_000_000
    agent: dict[str, str | int] = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "clerk",
    }
    call: dict[str, str | int] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5",
        "gen_ai.response.model": "gpt-5-2026",
        "gen_ai.response.id": "resp_8f14e45fceea167a5a36dedd4bea2543",
        "gen_ai.usage.input_tokens": 1200,
        "gen_ai.usage.output_tokens": 340,
        "gen_ai.input.messages": _QUESTION,
        "gen_ai.output.messages": _ANSWER,
        "server.address": "api.openai.com",
    }
    told = agent if is_root else call
    span.attributes.extend(_attribute(name, value) for name, value in told.items())


def _attribute(name: str, value: str | int) -> common_pb2.KeyValue:
    kind = "string_value" if isinstance(value, str) else "int_value"
    return common_pb2.KeyValue(key=name, value=common_pb2.AnyValue(**{kind: value}))  # type: ignore[arg-type]
