"""Spans as steps, as far as they may be kept."""

from typing import Any

from aos.activity.v1 import trace_pb2
from services.activity.api.step_messages import finished_step
from services.activity.domain.otel_span import ObservedSpan
from services.activity.domain.run import InspectionConstraints
from services.activity.domain.trace import KeptStep

_KINDS: dict[str, Any] = {
    name.removeprefix("STEP_KIND_").lower(): value for name, value in trace_pb2.StepKind.items()
}
_SUCCEEDED, _FAILED = trace_pb2.STEP_STATUS_SUCCEEDED, trace_pb2.STEP_STATUS_FAILED
_NANOS = 1_000_000_000


def kept_span(span: ObservedSpan, index: int, inspection: InspectionConstraints) -> KeptStep:
    """Write a span as the step with this index, as it is kept."""
    meaning = span.meaning
    step = trace_pb2.Step(
        index=index,
        duration_ms=span.duration_ms,
        kind=_KINDS[meaning.kind],
        skill_name=meaning.skill_name,
        status=_FAILED if span.failed else _SUCCEEDED,
        outcome_category=meaning.outcome_category,
        outcome_code=meaning.outcome_code,
        model=meaning.model,
        input_tokens=meaning.input_tokens,
        output_tokens=meaning.output_tokens,
        cost_micro_usd=meaning.cost_micro_usd,
        params_json=meaning.params_json,
        outcome_json=meaning.outcome_json,
        span_id=span.span_id,
        parent_span_id=span.parent_span_id,
    )
    step.start_time.seconds, step.start_time.nanos = divmod(span.started_ns, _NANOS)
    return finished_step(step, inspection)
