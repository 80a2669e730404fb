"""Pieces of output as messages."""

from typing import Any

from aos.policies.v1 import output_pb2
from services.policies.api.decision_messages import refusal_of
from services.policies.usecases.output_progress import OutputAnswer, OutputChunk


def to_chunk(message: output_pb2.OutputChunk, tenant_id: str) -> OutputChunk:
    """Read a piece."""
    return OutputChunk(
        tenant_id=tenant_id,
        run_id=message.run_id,
        step_id=message.step_id,
        text=message.text,
        output_tokens=message.output_tokens,
        last=message.last,
    )


def from_answer(chunk: OutputChunk, outcome: OutputAnswer | Exception) -> output_pb2.OutputAnswer:
    """Write the answer to a piece."""
    message = output_pb2.OutputAnswer(run_id=chunk.run_id, step_id=chunk.step_id)
    if isinstance(outcome, Exception):
        message.refusal.CopyFrom(refusal_of(outcome))
        return message
    action: Any = int(outcome.action)
    message.verdict.action = action
    if outcome.decision is not None:
        message.verdict.decision.CopyFrom(outcome.decision)
    return message
