"""OpenTelemetry: exported when an endpoint is configured, nearly free otherwise."""

import os
from collections.abc import Mapping

from opentelemetry import context, metrics, propagate, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

_exporting = False


def configure(*, service: str, version: str) -> None:
    """Start exporting if ``OTEL_EXPORTER_OTLP_ENDPOINT`` is set; else leave the no-op API."""
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return
    # Imported here: the exporters cost memory that a service without an endpoint need not pay.
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import (  # noqa: PLC0415
        OTLPMetricExporter,
    )
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )

    resource = Resource.create({"service.name": f"aos-{service}", "service.version": version})
    tracer_provider = TracerProvider(resource=resource)
    tracer_provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(tracer_provider)
    reader = PeriodicExportingMetricReader(OTLPMetricExporter())
    metrics.set_meter_provider(MeterProvider(resource=resource, metric_readers=[reader]))
    global _exporting  # noqa: PLW0603 - asking the library for its provider costs 4 µs a call
    _exporting = True


def is_exporting() -> bool:
    """Whether spans go anywhere; the hot path skips making them when they do not."""
    return _exporting


def extract(headers: Mapping[str, str]) -> context.Context:
    """The trace a message or call belongs to."""
    return propagate.extract(headers)


def inject() -> dict[str, str]:
    """Headers that carry the present trace onwards; empty when there is none."""
    headers: dict[str, str] = {}
    propagate.inject(headers)
    return headers
