"""Decisions as messages, and questions as what is decided. This is a hot path: no reflection."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from google.protobuf.message import Message

from aos.policies.v1 import admission_service_pb2, decision_pb2, policy_pb2
from kernel.errors import ServiceError
from servicekit.refusals import may_pass
from services.policies.domain.action import Action
from services.policies.domain.counting import StepKind
from services.policies.domain.decision import (
    Decision,
    Facts,
    Finding,
    Reason,
    SetAside,
    Verdict,
)
from services.policies.domain.policy_body import LimitType
from services.policies.domain.reservation import Use
from services.policies.usecases.admit_steps import AskedStep, Encoded
from services.policies.usecases.close_gates import Reading
from services.policies.usecases.settle_steps import Settled, UsedStep

_KINDS = {
    number: StepKind(name.removeprefix("STEP_KIND_"))
    for name, number in decision_pb2.StepKind.items()
    if number
} | {0: StepKind.OTHER}
_REASONS: dict[Reason, Any] = {
    reason: decision_pb2.DecisionReason.Value(f"DECISION_REASON_{reason}") for reason in Reason
}
_LIMIT_TYPES: dict[LimitType | None, Any] = {
    kind: policy_pb2.LimitType.Value(f"LIMIT_TYPE_{kind}") for kind in LimitType
} | {None: policy_pb2.LIMIT_TYPE_UNSPECIFIED}
_SEVEN_BITS, _MORE_FOLLOWS = 0x7F, 0x80


def _tag(message: type[Message], field: str) -> bytes:
    """How a field that holds a message begins on the wire; for numbers below 16 that is a byte."""
    number = message.DESCRIPTOR.fields_by_name[field].number
    return bytes((number << 3 | 2,))


_ADMISSIONS = _tag(admission_service_pb2.AdmitStepsResponse, "admissions")
_DECISION = _tag(decision_pb2.Admission, "decision")


def to_asked_step(question: decision_pb2.StepQuestion, tenant_id: str) -> AskedStep:
    """Read what somebody asks."""
    return AskedStep(
        tenant_id=tenant_id,
        run_id=question.run_id,
        step_id=question.step_id,
        facts=Facts(
            kind=_KINDS[question.kind],
            input_tokens=question.estimated_input_tokens,
            output_tokens=question.estimated_output_tokens,
            cost_micro_usd=question.estimated_cost_micro_usd,
            plane_id=question.plane_id,
        ),
        content=question.content,
        question_hash=hashlib.sha256(question.SerializeToString(deterministic=True)).digest(),
    )


def to_used_step(use: decision_pb2.StepUse, tenant_id: str) -> UsedStep:
    """Read what a step has used."""
    return UsedStep(
        tenant_id=tenant_id,
        run_id=use.run_id,
        step_id=use.step_id,
        use=Use(
            input_tokens=use.input_tokens,
            output_tokens=use.output_tokens,
            cost_micro_usd=use.cost_micro_usd,
            not_taken=use.not_taken,
        ),
    )


def encode(decision: Decision) -> Encoded:
    """Write a decision once, for the answer and for the record of it."""
    verdict = decision.verdict
    message = decision_pb2.Decision(
        decision_id=decision.id,
        run_id=decision.run_id,
        step_id=decision.step_id,
        action=int(verdict.action),  # type: ignore[arg-type]
        reason=_REASONS[verdict.reason],
        requires_ack=verdict.requires_ack,
        gate_epoch=decision.gate_epoch,
        bypassed=verdict.bypassed,
        fault=verdict.fault,
    )
    if verdict.winner is not None:
        message.winner.CopyFrom(from_finding(verdict.winner))
    if verdict.others:
        # Also without a winner: what was set aside is said, or nobody would know of it.
        message.others.extend(from_finding(finding) for finding in verdict.others)
    _write_moment(message.decide_time, decision.decided_at)
    if decision.expires_at is not None:
        _write_moment(message.reservation_expire_time, decision.expires_at)
    return Encoded(body=message.SerializeToString(), message=message)


def decode(answer: bytes) -> decision_pb2.Decision:
    """Read a decision that was kept."""
    return decision_pb2.Decision.FromString(answer)


def reading_of(answer: bytes) -> Reading:
    """Read what of a kept decision matters when its run is over."""
    message = decode(answer)
    findings = [*message.others, message.winner] if message.HasField("winner") else message.others
    # A version on trial limits nothing, so nothing can come near it.
    near = (one.proximity_percent for one in findings if one.set_aside != SetAside.SHADOW)
    return Reading(
        action=action_of(message),
        policy_id=message.winner.policy_id,
        at_gate=message.reason == decision_pb2.DECISION_REASON_GATE,
        requires_ack=message.requires_ack,
        proximity_percent=max(near, default=0),
    )


def revised(answer: bytes, verdict: Verdict) -> Decision:
    """A kept decision with another verdict: the same in all that no rule says anything about."""
    message = decode(answer)
    expires = message.HasField("reservation_expire_time")
    return Decision(
        id=message.decision_id,
        run_id=message.run_id,
        step_id=message.step_id,
        tenant_id="",
        verdict=verdict,
        gate_epoch=message.gate_epoch,
        decided_at=_moment(message.decide_time),
        expires_at=_moment(message.reservation_expire_time) if expires else None,
    )


def from_finding(finding: Finding) -> decision_pb2.Finding:
    """Write what one rule says."""
    return decision_pb2.Finding(
        policy_id=finding.policy_id,
        policy_version=finding.policy_version,
        limit_name=finding.limit_name,
        limit_type=_LIMIT_TYPES[finding.limit_type],
        breach=finding.breach,
        value=finding.value,
        threshold=finding.threshold,
        proximity_percent=finding.proximity_percent,
        tier=finding.tier,
        action=int(finding.action),  # type: ignore[arg-type]
        set_aside=finding.set_aside or "",
        detail=finding.detail,
    )


def to_answer(outcomes: Sequence[bytes | BaseException]) -> bytes:
    """Put the answers to questions together, as `AdmitStepsResponse` and its like of the stream.

    A decision is on disk byte by byte as it is answered; to read it into a message, only to write
    it again, took a fifth of what deciding took.
    """
    return b"".join([_embedded(_ADMISSIONS, _admission(outcome)) for outcome in outcomes])


def _admission(outcome: bytes | BaseException) -> bytes:
    if isinstance(outcome, bytes):
        return _embedded(_DECISION, outcome)
    return decision_pb2.Admission(refusal=refusal_of(outcome)).SerializeToString()


def _embedded(tag: bytes, body: bytes) -> bytes:
    """A message within a message: its field, its length in sevens of bits, its bytes."""
    length, size = bytearray(tag), len(body)
    while size > _SEVEN_BITS:
        length.append(size & _SEVEN_BITS | _MORE_FOLLOWS)
        size >>= 7
    length.append(size)
    return bytes(length) + body


def from_settlement(outcome: Settled | Exception) -> decision_pb2.Settlement:
    """Write what became of one reservation."""
    if isinstance(outcome, Exception):
        return decision_pb2.Settlement(refusal=refusal_of(outcome))
    return decision_pb2.Settlement(
        settled=decision_pb2.Settled(
            run_id=outcome.run_id,
            step_id=outcome.step_id,
            overage=outcome.overage,
            frozen=outcome.frozen,
            late=outcome.late,
        )
    )


_FIELD_OF = {
    "GATE_NOT_FOUND": "run_id",
    "STEP_ID_REUSED": "step_id",
    "RESERVATION_NOT_FOUND": "step_id",
    "ALREADY_SETTLED": "step_id",
}


def refusal_of(error: BaseException) -> decision_pb2.Refusal:
    """Write why there is no answer; whatever is not ours to tell is raised instead."""
    if not isinstance(error, ServiceError):
        raise error
    return decision_pb2.Refusal(
        reason=error.reason,
        message=error.message,
        field=_FIELD_OF.get(error.reason, ""),
        retryable=may_pass(error),
    )


def action_of(message: decision_pb2.Decision) -> Action:
    """The action of a decision."""
    return Action(message.action)


def _write_moment(message: Any, moment: datetime) -> None:
    # FromDatetime does more than we need, and twice a step.
    message.seconds = int(moment.timestamp() // 1)
    message.nanos = moment.microsecond * 1000


def _moment(message: Any) -> datetime:
    return datetime.fromtimestamp(message.seconds, tz=UTC).replace(
        microsecond=message.nanos // 1000
    )
