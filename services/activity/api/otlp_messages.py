"""OTLP messages as spans to take in, and what is answered.

The messages are not ours, so no rule of a contract has looked at them: whatever may stand in them
is dealt with here. Only what cannot be stored is refused, and its neighbours are kept.
"""

import base64
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

from kernel.errors import InvalidField
from kernel.identifiers import ProjectId
from kernel.principal import Principal
from services.activity.domain import otel_names
from services.activity.domain.otel_dialects import SpanEvent, clean, identifier, understand
from services.activity.domain.otel_run import Origin
from services.activity.domain.otel_span import ObservedSpan, fault_of
from services.activity.usecases.ingest_spans import IngestSpans, Reported

# Conventions stay far below this; beyond it somebody writes data into names.
MAXIMUM_ATTRIBUTES = 256
_MAXIMUM_EVENTS = 128
# Decoding more at a stretch would keep other calls waiting for tens of milliseconds.
SPANS_AT_A_STRETCH = 256
_PLAIN = frozenset({"string_value", "bool_value", "int_value"})
_ERROR = trace_pb2.Status.STATUS_CODE_ERROR


@dataclass(slots=True)
class Tally:
    """What of an export was not taken, and why."""

    spans: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    dropped_attributes: int = 0


def to_commands(request: Any, principal: Principal, tally: Tally) -> Iterator[IngestSpans]:
    """Read an export piece by piece; what cannot be stored is only counted.

    Raises:
        InvalidField: it is not said, and not known, which project the spans belong to.
    """
    origins = [_origin(part.resource, principal) for part in request.resource_spans]
    traces: dict[bytes, Reported] = {}
    waiting = 0
    for origin, part in zip(origins, request.resource_spans, strict=True):
        for span in _spans(part, tally):
            reported = traces.get(span.otel_trace_id)
            if reported is None:
                reported = traces[span.otel_trace_id] = Reported(origin=origin, spans=[])
            reported.spans.append(span)
            waiting += 1
            if waiting == SPANS_AT_A_STRETCH:
                yield IngestSpans(principal=principal, traces=traces)
                traces, waiting = {}, 0
    if traces:
        yield IngestSpans(principal=principal, traces=traces)


def answer(tally: Tally) -> trace_service_pb2.ExportTraceServiceResponse:
    """Write what was not taken; nothing at all when everything was."""
    response = trace_service_pb2.ExportTraceServiceResponse()
    rejected = sum(tally.refused.values())
    sentences = []
    if rejected:
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(tally.refused.items()))
        sentences.append(f"{rejected} of {tally.spans} spans were not taken: {reasons}.")
    if tally.dropped_attributes:
        sentences.append(
            f"{tally.dropped_attributes} attributes were dropped: "
            f"the first {MAXIMUM_ATTRIBUTES} of a span are kept."
        )
    if sentences:
        response.partial_success.rejected_spans = rejected
        response.partial_success.error_message = " ".join(sentences)
    return response


def _origin(resource: Any, principal: Principal) -> Origin:
    attributes, _ = _attributes(resource.attributes)
    return Origin(
        project_id=_project(attributes, principal),
        agent_id=identifier(attributes, otel_names.AOS_AGENT, "agt"),
        service_name=clean(attributes.get(otel_names.SERVICE_NAME, "")),
        synthetic_scenario_id=clean(attributes.get(otel_names.AOS_SCENARIO, "")),
    )


def _project(attributes: dict[str, Any], principal: Principal) -> ProjectId:
    named = identifier(attributes, otel_names.AOS_PROJECT, "prj")
    bound = principal.project_id
    if not named and (bound is None or otel_names.AOS_PROJECT in attributes):
        raise InvalidField.named(
            f"resource.attributes[{otel_names.AOS_PROJECT}]",
            "must be a project (prj_…): the credential is not bound to one. Set "
            f"OTEL_RESOURCE_ATTRIBUTES={otel_names.AOS_PROJECT}=<project>, or use a key of one",
        )
    if bound is not None and named not in ("", bound):
        raise InvalidField.named(
            f"resource.attributes[{otel_names.AOS_PROJECT}]",
            f"must be {bound}: the credential is bound to it",
        )
    return bound or ProjectId(named)


def _spans(part: Any, tally: Tally) -> Iterator[ObservedSpan]:
    for scope in part.scope_spans:
        tally.spans += len(scope.spans)
        for span in scope.spans:
            read = _span(span, tally)
            if read is not None:
                yield read


def _span(span: Any, tally: Tally) -> ObservedSpan | None:
    """Read a span; None when it cannot be stored."""
    # Each access to the message costs as much as a call, so each is made once.
    trace_id, span_id, parent = span.trace_id, span.span_id, span.parent_span_id
    started, ended = span.start_time_unix_nano, span.end_time_unix_nano
    fault = fault_of(trace_id, span_id, parent, started, ended)
    if fault is not None:
        tally.refused[fault] += 1
        return None
    attributes, dropped = _attributes(span.attributes)
    tally.dropped_attributes += dropped
    name, status = span.name, span.status
    return ObservedSpan(
        otel_trace_id=trace_id,
        span_id=span_id,
        parent_span_id=parent if any(parent) else b"",
        name=clean(name),
        started_ns=started,
        ended_ns=ended,
        failed=status.code == _ERROR,
        meaning=understand(
            name,
            attributes,
            events=_events(span.events),
            failure=status.message,
            dropped=dropped,
        ),
    )


def _events(events: Any) -> list[SpanEvent]:
    return [(event.name, _attributes(event.attributes)[0]) for event in events[:_MAXIMUM_EVENTS]]


def _attributes(pairs: Any) -> tuple[dict[str, Any], int]:
    """Attributes as plain values, and how many were too many."""
    count = len(pairs)
    if count > MAXIMUM_ATTRIBUTES:
        pairs = pairs[:MAXIMUM_ATTRIBUTES]
    return _mapping(pairs), max(0, count - MAXIMUM_ATTRIBUTES)


def _mapping(pairs: Iterable[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pair in pairs:
        value = pair.value
        kind = value.WhichOneof("value")
        found[pair.key] = getattr(value, kind) if kind in _PLAIN else _rare(value, kind)
    return found


def _rare(value: Any, kind: str | None) -> Any:
    """Values that seldom come, as JSON can hold them."""
    match kind:
        case "double_value":
            number = value.double_value
            return number if math.isfinite(number) else str(number)
        case "array_value":
            return list(_mapping_values(value.array_value.values))
        case "kvlist_value":
            return _mapping(value.kvlist_value.values)
        case "bytes_value":
            return base64.b64encode(value.bytes_value).decode()
    return None


def _mapping_values(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        kind = value.WhichOneof("value")
        yield getattr(value, kind) if kind in _PLAIN else _rare(value, kind)
