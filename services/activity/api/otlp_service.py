"""Serves opentelemetry.proto.collector.trace.v1.TraceService: agents report without our SDK."""

from typing import Any

from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc

from kernel.principal import Principal
from servicekit.audit.gate import Gate
from servicekit.batching import Batcher
from services.activity.api import otlp_messages
from services.activity.api.otlp_credentials import OtlpCredentials
from services.activity.api.otlp_messages import Tally
from services.activity.usecases.ingest_spans import IngestSpans

_ELSEWHERE = "of a trace that another project has begun"


class OtlpTraceService(trace_service_pb2_grpc.TraceServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self, *, credentials: OtlpCredentials, ingestion: Batcher[IngestSpans, int], gate: Gate
    ) -> None:
        self._credentials = credentials
        self._ingestion = ingestion
        self._gate = gate

    async def Export(self, request: Any, _context: Any) -> Any:
        """Take in spans; they are on disk before the answer."""
        principal: Principal = await self._credentials.principal()
        # An export begins and ends runs, which the ledger has to hear of.
        self._gate.require_open()
        tally = Tally()
        for command in otlp_messages.to_commands(request, principal, tally):
            elsewhere = await self._ingestion.submit(command)
            tally.refused.update({_ELSEWHERE: elsewhere} if elsewhere else {})
        return otlp_messages.answer(tally)
