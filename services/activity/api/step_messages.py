"""Steps as messages, as what is kept of them, and back.

What is kept is the message itself with its texts taken out as far as the run's inspection
constraints demand. This happens before anything is written: what is not in the kept bytes was
never stored.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp

from aos.activity.v1 import trace_pb2, trace_service_pb2
from kernel.errors import ServiceError
from kernel.identifiers import TraceId
from kernel.inspection import without_pii, without_secrets
from kernel.merkle import leaf_hash
from kernel.principal import Principal
from servicekit.refusals import refusal_of
from services.activity.domain.recording import Placement, WriteStep
from services.activity.domain.run import InspectionConstraints
from services.activity.domain.trace import KeptStep
from services.activity.usecases.ports import StoredStep
from services.activity.usecases.record_steps import AppendSteps, RecordSteps, UnplacedStep

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KINDS = {
    value: name.removeprefix("STEP_KIND_").lower() for name, value in trace_pb2.StepKind.items()
}
_STATUSES = {
    value: name.removeprefix("STEP_STATUS_").lower() for name, value in trace_pb2.StepStatus.items()
}


def to_record_steps(
    request: trace_service_pb2.RecordStepsRequest, principal: Principal
) -> RecordSteps:
    """Read steps that somebody reports."""
    return RecordSteps(
        tenant_id=principal.tenant_id,
        project_id=principal.project_id,
        trace_id=TraceId(request.trace_id),
        lowest_index=min(step.index for step in request.steps),
        step_ids=tuple(step.step_id for step in request.steps if step.step_id),
        keep=keeper(request.steps),
    )


def to_append_steps(
    request: trace_service_pb2.AppendStepsRequest, principal: Principal
) -> AppendSteps:
    """Read steps of any traces that are to be numbered here."""
    return AppendSteps(
        tenant_id=principal.tenant_id,
        project_id=principal.project_id,
        steps=[
            UnplacedStep(
                trace_id=TraceId(each.trace_id), step_id=each.step.step_id, write=writer(each.step)
            )
            for each in request.steps
        ],
    )


def from_receipt(outcome: Placement | ServiceError) -> trace_service_pb2.StepReceipt:
    """Write what became of an appended step."""
    if isinstance(outcome, ServiceError):
        return trace_service_pb2.StepReceipt(refusal=refusal_of(outcome))
    place = trace_service_pb2.StepPlace(index=outcome.index, late=outcome.late)
    return trace_service_pb2.StepReceipt(place=place)


def writer(step: trace_pb2.Step) -> WriteStep:
    """What to call once it is known where the step stands and what may be kept of it."""

    def write(index: int, inspection: InspectionConstraints) -> KeptStep:
        kept = trace_pb2.Step()
        kept.CopyFrom(step)
        kept.index = index
        return finished_step(kept, inspection)

    return write


def keeper(
    steps: Sequence[trace_pb2.Step],
) -> Callable[[InspectionConstraints], Sequence[KeptStep]]:
    """What to call once it is known what may be kept of the steps."""
    return lambda inspection: [kept_step(step, inspection) for step in steps]


def kept_step(step: trace_pb2.Step, inspection: InspectionConstraints) -> KeptStep:
    """Write a step as it is kept; the one that was sent stays as it is."""
    kept = trace_pb2.Step()
    kept.CopyFrom(step)
    return finished_step(kept, inspection)


def finished_step(step: trace_pb2.Step, inspection: InspectionConstraints) -> KeptStep:
    """Write a step that is nobody else's as it is kept, without a copy of it."""
    step.params_hash = _hash(step.params_json)
    step.outcome_hash = _hash(step.outcome_json)
    step.params_json = _allowed(step.params_json, inspection.allow_prompt_logging, inspection)
    step.outcome_json = _allowed(step.outcome_json, inspection.allow_response_logging, inspection)
    content = step.SerializeToString(deterministic=True)
    return KeptStep(
        index=step.index,
        content=content,
        content_hash=leaf_hash(content),
        started_at=_moment(step.start_time),
        duration_ms=step.duration_ms,
        kind=_KINDS[step.kind],
        skill_name=step.skill_name,
        status=_STATUSES[step.status],
        model=step.model,
        input_tokens=step.input_tokens,
        output_tokens=step.output_tokens,
        cost_micro_usd=step.cost_micro_usd,
        step_id=step.step_id,
    )


def from_stored_step(stored: StoredStep) -> trace_pb2.RecordedStep:
    """Write a step as it is read back."""
    message = trace_pb2.RecordedStep(
        step=trace_pb2.Step.FromString(stored.content),
        content_hash=stored.content_hash,
        late=stored.late,
    )
    message.record_time.FromDatetime(stored.recorded_at)
    return message


def _moment(time: Timestamp) -> datetime:
    # A quarter of what `ToDatetime` takes, which counts a hundred thousand times a second.
    return _EPOCH + timedelta(seconds=time.seconds, microseconds=time.nanos // 1000)


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest() if text else b""


def _allowed(text: str, allowed: bool, inspection: InspectionConstraints) -> str:  # noqa: FBT001
    if not (text and allowed):
        return ""
    if not inspection.allow_secret_access:
        text = without_secrets(text)
    return text if inspection.allow_pii_capture else without_pii(text)
