"""Policies and activity, as the worker of managed runs asks them."""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from grpc import aio

from aos.activity.v1 import (
    run_lifecycle_service_pb2,
    run_lifecycle_service_pb2_grpc,
    trace_pb2,
)
from aos.policies.v1 import (
    admission_service_pb2,
    admission_service_pb2_grpc,
    decision_pb2,
    gate_service_pb2,
    gate_service_pb2_grpc,
    output_pb2,
    policy_pb2,
)
from kernel.errors import FailedPrecondition, Unavailable
from kernel.identifiers import RunId, TenantId
from servicekit.channel import error_from
from services.orchestrator.clients.peer import SECONDS, Peer, refused, request_id
from services.orchestrator.clients.step_desk import StepCalls
from services.orchestrator.domain.json_text import write_json
from services.orchestrator.domain.managed_run import StepResult, StepStatus
from services.orchestrator.domain.run_contract import RunContract
from services.orchestrator.domain.skill import SkillKind
from services.orchestrator.usecases.run_ports import Question
from services.orchestrator.usecases.session_ports import Decided, GateNow

_KINDS = {
    SkillKind.MODEL_CALL: decision_pb2.STEP_KIND_MODEL_CALL,
    SkillKind.OTHER: decision_pb2.STEP_KIND_OTHER,
}
_RECORDED_KINDS = {
    SkillKind.MODEL_CALL: trace_pb2.STEP_KIND_LLM_CALL,
    SkillKind.OTHER: trace_pb2.STEP_KIND_OTHER,
}
_LETS_GO_ON = (policy_pb2.ACTION_CONTINUE, policy_pb2.ACTION_WARN)
_ENDS = (policy_pb2.ACTION_STOP, policy_pb2.ACTION_KILL)
# What a step may hold of what went in and came out.
_MOST_BYTES = 65_536
_PIECE_CHARACTERS = 32_768
_BEGUN = "ILLEGAL_TRANSITION"
_TOLD_OTHERWISE = "STEP_CONFLICT"


class ManagedDesk:
    """Puts what the worker says into messages; many runs travel in each call."""

    def __init__(self, *, steps: StepCalls, activity: Peer, policies: Peer) -> None:
        self._steps, self._activity, self._policies = steps, activity, policies
        self._life: Any = run_lifecycle_service_pb2_grpc.RunLifecycleServiceStub(activity.channel)
        self._gates: Any = gate_service_pb2_grpc.GateServiceStub(policies.channel)
        self._admission: Any = admission_service_pb2_grpc.AdmissionServiceStub(policies.channel)

    async def gate(self, contract: RunContract) -> GateNow:
        """Return how the gate of a run stands."""
        found = await self._steps.gates(contract.tenant_id, [contract.run_id])
        if contract.run_id not in found:
            raise FailedPrecondition(f"The run {contract.run_id} has no gate.")
        return found[contract.run_id]

    async def gates(self, tenant_id: TenantId, run_ids: Sequence[RunId]) -> Mapping[RunId, GateNow]:
        """Return how gates stand; unknown ones are left out."""
        return await self._steps.gates(tenant_id, run_ids)

    async def beat(self, tenant_id: TenantId, run_ids: Sequence[RunId]) -> None:
        """Pass on signs of life."""
        await self._steps.beat(tenant_id, run_ids)

    async def start(self, contract: RunContract) -> None:
        """Begin the run; one that has begun goes on."""
        request = run_lifecycle_service_pb2.StartRunRequest(
            request_id=request_id(f"{contract.run_id}/start"), run_id=contract.run_id
        )
        try:
            await self._activity.ask(self._life.StartRun, request, contract.tenant_id)
        except FailedPrecondition as error:
            # Begun so long ago that nobody remembers the request.
            if error.reason != _BEGUN:
                raise

    async def admit(self, question: Question) -> Decided:
        """Ask whether a step may happen."""
        return await self._steps.admit(question.contract.tenant_id, _asked(question))

    async def blocked(self, question: Question) -> None:
        """Keep that a step was asked for and did not happen."""
        contract = question.contract
        await self._steps.record_blocked(contract.tenant_id, contract.trace_id, _asked(question))

    async def inspect(self, contract: RunContract, step_id: str, text: str, tokens: int) -> Decided:
        """Ask whether the output of a step may be used."""
        call = self._admission.InspectOutput(
            _pieces(contract, step_id, text, tokens),
            timeout=SECONDS,
            metadata=self._policies.metadata(contract.tenant_id),
        )
        try:
            answers = [response.answer async for response in call]
        except aio.AioRpcError as error:
            raise error_from(error) from error
        verdicts = [_verdict(answer) for answer in answers]
        if not verdicts:
            raise Unavailable("Policies said nothing about the output of a step.")
        return max(verdicts, key=lambda one: (one.ends_run, not one.lets_step_happen))

    async def tell(self, contract: RunContract, result: StepResult) -> None:
        """Record a step and book what it used; told again, it is as it was."""
        step = _recorded(result)
        try:
            await self._steps.record(contract.tenant_id, contract.trace_id, step)
        except FailedPrecondition as error:
            # Recorded before, with more than could be kept for telling it again.
            if error.reason != _TOLD_OTHERWISE:
                raise
        if result.status is not StepStatus.CANCELLED:
            # What was broken off has used nobody knows what: all that was reserved counts as spent.
            await self._steps.settle(contract.tenant_id, contract.run_id, step)

    async def ask_person(self, contract: RunContract, step_id: str, question: str) -> int:
        """Hold the run until a person acknowledges; return the epoch of its gate then."""
        request = gate_service_pb2.PauseRunRequest(
            request_id=request_id(f"{contract.run_id}/{step_id}/ask"),
            run_id=contract.run_id,
            reason=question,
            requires_ack=True,
        )
        answer = await self._policies.ask(self._gates.PauseRun, request, contract.tenant_id)
        epoch: int = answer.gate.epoch
        return epoch


def _asked(question: Question) -> decision_pb2.StepQuestion:
    estimate = question.estimate
    return decision_pb2.StepQuestion(
        run_id=question.contract.run_id,
        step_id=question.step_id,
        kind=_KINDS[SkillKind(question.kind)],
        estimated_input_tokens=estimate.input_tokens,
        estimated_output_tokens=estimate.output_tokens,
        estimated_cost_micro_usd=estimate.cost_micro_usd,
        content=estimate.content,
        skill_name=question.skill,
    )


def _recorded(result: StepResult) -> trace_pb2.Step:
    status: Any = trace_pb2.StepStatus.Value(f"STEP_STATUS_{result.status}")
    step = trace_pb2.Step(
        step_id=result.step_id,
        kind=_RECORDED_KINDS[SkillKind(result.kind)],
        skill_name=result.skill,
        status=status,
        duration_ms=result.duration_ms,
        outcome_category=result.category,
        outcome_code=result.code,
        model=result.model,
        input_tokens=result.input_tokens,
        output_tokens=result.output_tokens,
        cost_micro_usd=result.cost_micro_usd,
        params_json=_fitting(result.params),
        outcome_json=_fitting(result.output),
    )
    step.start_time.FromDatetime(result.started_at)
    return step


def _fitting(value: Any) -> str:
    """A value as a step may hold it; of what is too long, that it was and what it hashes to."""
    if value is None:
        return ""
    text = write_json(value)
    if len(text) <= _MOST_BYTES:
        return text
    return write_json(
        {"too_long_bytes": len(text), "sha256": hashlib.sha256(text.encode()).hexdigest()}
    )


async def _pieces(
    contract: RunContract, step_id: str, text: str, tokens: int
) -> AsyncIterator[admission_service_pb2.InspectOutputRequest]:
    starts = range(0, max(len(text), 1), _PIECE_CHARACTERS)
    for start in starts:
        chunk = output_pb2.OutputChunk(
            run_id=contract.run_id,
            step_id=step_id,
            text=text[start : start + _PIECE_CHARACTERS],
            output_tokens=tokens,
            last=start == starts[-1],
        )
        yield admission_service_pb2.InspectOutputRequest(chunk=chunk)


def _verdict(answer: output_pb2.OutputAnswer) -> Decided:
    if answer.WhichOneof("result") == "refusal":
        raise refused(answer.refusal)
    verdict = answer.verdict
    return Decided(
        lets_step_happen=verdict.action in _LETS_GO_ON,
        ends_run=verdict.action in _ENDS,
        epoch=verdict.decision.gate_epoch,
        message=verdict.decision,
    )
