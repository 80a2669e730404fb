"""Agents that are observed by telemetry: real exporters, and messages made by hand."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.trace.v1 import trace_pb2 as otel_pb2
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Tracer

from aos.activity.v1 import (
    run_pb2,
    run_service_pb2,
    run_service_pb2_grpc,
    trace_pb2,
)
from aos.activity.v1 import (
    trace_service_pb2 as recording_pb2,
)
from aos.activity.v1 import (
    trace_service_pb2_grpc as recording_pb2_grpc,
)
from kernel.identifiers import new_id
from kernel.principal import Principal
from tests.support.plane import Plane

# What an agent does under a tracer of a provider.
Work = Callable[[Tracer, TracerProvider], None]
TIMEOUT = 10.0
SECOND = 1_000_000_000


def attribute(name: str, value: Any) -> common_pb2.KeyValue:
    """One attribute, of the type that the value has."""
    kinds = {str: "string_value", bool: "bool_value", int: "int_value", float: "double_value"}
    return common_pb2.KeyValue(key=name, value=common_pb2.AnyValue(**{kinds[type(value)]: value}))


def span(
    trace_id: bytes,
    *,
    parent: bytes = b"",
    span_id: bytes | None = None,
    name: str = "chat gpt-5",
    seconds: float = 1.0,
    failed: bool = False,
    **attributes: Any,
) -> otel_pb2.Span:
    """A span that has just ended; dots in names of attributes are written as two underscores."""
    end = time.time_ns()
    return otel_pb2.Span(
        trace_id=trace_id,
        span_id=os.urandom(8) if span_id is None else span_id,
        parent_span_id=parent,
        name=name,
        start_time_unix_nano=end - int(seconds * SECOND),
        end_time_unix_nano=end,
        status=otel_pb2.Status(code=otel_pb2.Status.STATUS_CODE_ERROR if failed else 0),
        attributes=[attribute(key.replace("__", "."), value) for key, value in attributes.items()],
    )


def export_of(*spans: otel_pb2.Span, **resource: Any) -> Any:
    """A request with these spans of one resource."""
    request = trace_service_pb2.ExportTraceServiceRequest()
    part = request.resource_spans.add()
    part.resource.attributes.extend(
        attribute(key.replace("__", "."), value) for key, value in resource.items()
    )
    part.scope_spans.add().spans.extend(spans)
    return request


@dataclass(slots=True)
class Observer:
    """What one principal sends by telemetry, and what they then see."""

    plane: Plane
    principal: Principal
    resource: dict[str, Any] = field(default_factory=dict)

    @property
    def metadata(self) -> Any:
        return self.plane.identities.metadata(self.principal)

    def export(self, *spans: otel_pb2.Span, **options: Any) -> Any:
        """Send spans by hand."""
        return self.send(export_of(*spans, **self.resource), **options)

    def send(self, request: Any, *, metadata: Any = None) -> Any:
        stub = trace_service_pb2_grpc.TraceServiceStub(self.plane.services["activity"].channel)
        return stub.Export(request, timeout=TIMEOUT, metadata=metadata or self.metadata)

    async def runs(self) -> list[run_pb2.Run]:
        stub = run_service_pb2_grpc.RunServiceStub(self.plane.services["activity"].channel)
        request = run_service_pb2.ListRunsRequest(page_size=500)
        answer = await stub.ListRuns(request, timeout=TIMEOUT, metadata=self.metadata)
        return list(answer.runs)

    async def run(self) -> run_pb2.Run:
        """The one run that there is."""
        (run,) = await self.runs()
        return run

    async def trace(self, run_id: str) -> trace_pb2.Trace:
        request = recording_pb2.GetTraceRequest(run_id=run_id)
        answer = await self._recording.GetTrace(request, timeout=TIMEOUT, metadata=self.metadata)
        return answer.trace

    async def steps(self, run_id: str) -> list[trace_pb2.RecordedStep]:
        trace = await self.trace(run_id)
        request = recording_pb2.ListStepsRequest(trace_id=trace.trace_id, page_size=500)
        answer = await self._recording.ListSteps(request, timeout=TIMEOUT, metadata=self.metadata)
        return list(answer.steps)

    @property
    def _recording(self) -> Any:
        channel = self.plane.services["activity"].channel
        return recording_pb2_grpc.TraceRecordingServiceStub(channel)


@asynccontextmanager
async def exporter(
    address: str, headers: dict[str, str], **resource: Any
) -> AsyncIterator[Callable[[Work], Any]]:
    """A real SDK with a real exporter; the block gets what runs code under its tracer and flushes."""
    provider = TracerProvider(
        resource=Resource({key.replace("__", "."): value for key, value in resource.items()})
    )
    sender = OTLPSpanExporter(
        endpoint=f"http://{address}", insecure=True, headers=headers, timeout=TIMEOUT
    )
    provider.add_span_processor(BatchSpanProcessor(sender))

    async def run(work: Work) -> bool:
        work(provider.get_tracer("tests.agent"), provider)
        return await asyncio.to_thread(provider.force_flush)

    try:
        yield run
    finally:
        await asyncio.to_thread(provider.shutdown)


def project() -> str:
    """A project of nobody else's."""
    return new_id("prj")
