"""Serves aos.policies.v1.AdmissionService; a hot path, so every step of the walk is needed."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from aos.policies.v1 import admission_service_pb2 as messages
from aos.policies.v1 import admission_service_pb2_grpc
from servicekit import calls
from servicekit.audit.gate import Gate
from servicekit.batching import Batcher
from services.policies.api.decision_messages import (
    from_settlement,
    to_answer,
    to_asked_step,
    to_used_step,
)
from services.policies.api.output_messages import from_answer, to_chunk
from services.policies.usecases.admit_inspected import AdmitInspected
from services.policies.usecases.inspect_output import InspectOutput, Outputs
from services.policies.usecases.settle_steps import Settled, UsedStep


class AdmissionService(admission_service_pb2_grpc.AdmissionServiceServicer):
    """Decodes, hands to the batches, encodes."""

    def __init__(
        self,
        *,
        admission: AdmitInspected,
        settlement: Batcher[UsedStep, Settled],
        inspect_output: InspectOutput,
        audit: Gate,
    ) -> None:
        self._admission = admission
        self._settlement = settlement
        self._inspect_output = inspect_output
        self._audit = audit

    async def AdmitSteps(self, request: Any, _context: Any) -> Any:
        """Decide steps before they happen."""
        return await self._admit(request.questions)

    async def AdmitStepsStream(self, requests: Any, _context: Any) -> AsyncIterator[Any]:
        """Decide steps before they happen, on one connection."""
        async for request in requests:
            calls.recheck()
            yield await self._admit(request.questions)

    async def InspectOutput(self, requests: Any, _context: Any) -> AsyncIterator[Any]:
        """Look at output while it is made."""
        outputs = Outputs(self._inspect_output)
        async for request in requests:
            calls.recheck()
            self._audit.require_open()
            chunk = to_chunk(request.chunk, calls.principal().tenant_id)
            answer = from_answer(chunk, await outputs.answered(chunk))
            yield messages.InspectOutputResponse(answer=answer)

    async def SettleSteps(self, request: Any, _context: Any) -> Any:
        """Turn what was reserved into what was used."""
        self._audit.require_open()
        tenant = calls.principal().tenant_id
        outcomes = await _all(
            [self._settlement.submit(to_used_step(use, tenant)) for use in request.uses]
        )
        return messages.SettleStepsResponse(
            settlements=[from_settlement(outcome) for outcome in outcomes]
        )

    async def _admit(self, questions: Sequence[Any]) -> bytes:
        self._audit.require_open()
        tenant = calls.principal().tenant_id
        outcomes = await _all(
            [self._admission.submit(to_asked_step(question, tenant)) for question in questions]
        )
        return to_answer(outcomes)


async def _all(submitted: Sequence[Any]) -> Sequence[Any]:
    """Every outcome; a single one, which is the usual case, without the price of gathering."""
    if len(submitted) == 1:
        try:
            return [await submitted[0]]
        except Exception as error:  # noqa: BLE001 - what is not a refusal is raised by its encoder
            return [error]
    return await asyncio.gather(*submitted, return_exceptions=True)
