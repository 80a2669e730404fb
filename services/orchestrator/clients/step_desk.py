"""Policies and activity, as the steps of runs ask them: many steps in each call."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from aos.activity.v1 import (
    run_lifecycle_service_pb2,
    run_lifecycle_service_pb2_grpc,
    trace_pb2,
    trace_service_pb2,
    trace_service_pb2_grpc,
)
from aos.policies.v1 import (
    admission_service_pb2,
    admission_service_pb2_grpc,
    decision_log_service_pb2,
    decision_log_service_pb2_grpc,
    decision_pb2,
    gate_pb2,
    gate_service_pb2,
    gate_service_pb2_grpc,
    policy_pb2,
)
from kernel.errors import FailedPrecondition, NotFound
from kernel.identifiers import RunId, TenantId, TraceId
from services.orchestrator.clients.gathering import Gathered
from services.orchestrator.clients.peer import Peer, refused
from services.orchestrator.usecases.session_ports import Decided, GateNow, Place

ACTIVITY = [
    *run_lifecycle_service_pb2.DESCRIPTOR.services_by_name.values(),
    *trace_service_pb2.DESCRIPTOR.services_by_name.values(),
]
POLICIES = [
    *admission_service_pb2.DESCRIPTOR.services_by_name.values(),
    *decision_log_service_pb2.DESCRIPTOR.services_by_name.values(),
    *gate_service_pb2.DESCRIPTOR.services_by_name.values(),
]
_LETS_HAPPEN = (policy_pb2.ACTION_CONTINUE, policy_pb2.ACTION_WARN)
_ENDS = (policy_pb2.ACTION_STOP, policy_pb2.ACTION_KILL)
_NOTHING_RESERVED = "RESERVATION_NOT_FOUND"
# What a step is asked for as, and what it is recorded as.
_KINDS = {
    decision_pb2.STEP_KIND_MODEL_CALL: trace_pb2.STEP_KIND_LLM_CALL,
    decision_pb2.STEP_KIND_TOOL_CALL: trace_pb2.STEP_KIND_TOOL_CALL,
    decision_pb2.STEP_KIND_RETRIEVAL: trace_pb2.STEP_KIND_RETRIEVAL,
}


class StepCalls:
    """Gathers what sessions ask."""

    def __init__(self, *, activity: Peer, policies: Peer) -> None:
        self._activity, self._policies = activity, policies
        self._admission: Any = admission_service_pb2_grpc.AdmissionServiceStub(policies.channel)
        self._decisions: Any = decision_log_service_pb2_grpc.DecisionLogServiceStub(
            policies.channel
        )
        self._gates: Any = gate_service_pb2_grpc.GateServiceStub(policies.channel)
        self._traces: Any = trace_service_pb2_grpc.TraceRecordingServiceStub(activity.channel)
        self._life: Any = run_lifecycle_service_pb2_grpc.RunLifecycleServiceStub(activity.channel)
        self._admit: Gathered[Any, Any] = Gathered(self._admit_all, name="admit_steps")
        self._settle: Gathered[Any, Any] = Gathered(self._settle_all, name="settle_steps")
        self._append: Gathered[Any, Any] = Gathered(self._append_all, name="append_steps")
        self._states: Gathered[RunId, Any] = Gathered(self._read_gates, name="read_gates")
        self._beats: Gathered[RunId, None] = Gathered(self._beat_all, name="record_heartbeats")

    async def admit(self, tenant_id: TenantId, question: Any) -> Decided:
        """Ask whether a step may happen."""
        decision = await self._admit(tenant_id, question)
        return Decided(
            lets_step_happen=decision.action in _LETS_HAPPEN,
            ends_run=decision.action in _ENDS,
            epoch=decision.gate_epoch,
            message=decision,
        )

    async def _admit_all(self, tenant_id: TenantId, questions: Sequence[Any]) -> list[Any]:
        request = admission_service_pb2.AdmitStepsRequest(questions=questions)
        answer = await self._policies.ask(self._admission.AdmitSteps, request, tenant_id)
        return [
            refused(one.refusal) if one.WhichOneof("result") == "refusal" else one.decision
            for one in answer.admissions
        ]

    async def was_admitted(self, tenant_id: TenantId, run_id: RunId, step_id: str) -> bool:
        """Say whether a step was ever admitted."""
        request = decision_log_service_pb2.GetDecisionRequest(run_id=run_id, step_id=step_id)
        try:
            answer = await self._policies.ask(self._decisions.GetDecision, request, tenant_id)
        except NotFound:
            return False
        return answer.decision.action in _LETS_HAPPEN

    async def record(self, tenant_id: TenantId, trace_id: TraceId, step: Any) -> Place:
        """Keep what a step came to."""
        place = await self._append(
            tenant_id, trace_service_pb2.AppendedStep(trace_id=trace_id, step=step)
        )
        return Place(index=place.index, late=place.late)

    async def record_blocked(self, tenant_id: TenantId, trace_id: TraceId, question: Any) -> None:
        """Keep that a step was asked for and did not happen."""
        step = trace_pb2.Step(
            step_id=question.step_id,
            kind=_KINDS.get(question.kind, trace_pb2.STEP_KIND_OTHER),
            skill_name=question.skill_name or "unnamed",
            status=trace_pb2.STEP_STATUS_BLOCKED,
            outcome_category="POLICY",
        )
        step.start_time.GetCurrentTime()
        try:
            await self.record(tenant_id, trace_id, step)
        except FailedPrecondition:
            # Asked again, it is recorded already, with the moment of the first time.
            return

    async def _append_all(self, tenant_id: TenantId, steps: Sequence[Any]) -> list[Any]:
        request = trace_service_pb2.AppendStepsRequest(steps=steps)
        answer = await self._activity.ask(self._traces.AppendSteps, request, tenant_id)
        return [
            refused(one.refusal) if one.WhichOneof("result") == "refusal" else one.place
            for one in answer.receipts
        ]

    async def settle(self, tenant_id: TenantId, run_id: RunId, step: Any) -> bool:
        """Book what a step has used; say whether it came too late to change anything else."""
        use = decision_pb2.StepUse(
            run_id=run_id,
            step_id=step.step_id,
            input_tokens=step.input_tokens,
            output_tokens=step.output_tokens,
            cost_micro_usd=step.cost_micro_usd,
        )
        try:
            return bool((await self._settle(tenant_id, use)).late)
        except FailedPrecondition as error:
            if error.reason == _NOTHING_RESERVED:
                return False
            raise

    async def _settle_all(self, tenant_id: TenantId, uses: Sequence[Any]) -> list[Any]:
        request = admission_service_pb2.SettleStepsRequest(uses=uses)
        answer = await self._policies.ask(self._admission.SettleSteps, request, tenant_id)
        return [
            refused(one.refusal) if one.WhichOneof("result") == "refusal" else one.settled
            for one in answer.settlements
        ]

    async def gates(self, tenant_id: TenantId, run_ids: Sequence[RunId]) -> Mapping[RunId, GateNow]:
        """Return how gates stand; unknown ones are left out."""
        found = await asyncio.gather(*(self._states(tenant_id, run_id) for run_id in run_ids))
        return {gate.run_id: gate for gate in found if gate is not None}

    async def _read_gates(self, tenant_id: TenantId, run_ids: Sequence[RunId]) -> list[Any]:
        request = gate_service_pb2.ReadGatesRequest(run_ids=run_ids)
        answer = await self._policies.ask(self._gates.ReadGates, request, tenant_id)
        known = {gate.run_id: gate_now(gate) for gate in answer.gates}
        return [known.get(run_id) for run_id in run_ids]

    async def beat(self, tenant_id: TenantId, run_ids: Sequence[RunId]) -> None:
        """Pass on signs of life."""
        await asyncio.gather(*(self._beats(tenant_id, run_id) for run_id in run_ids))

    async def _beat_all(self, tenant_id: TenantId, run_ids: Sequence[RunId]) -> list[None]:
        request = run_lifecycle_service_pb2.RecordHeartbeatsRequest(run_ids=sorted(set(run_ids)))
        await self._activity.ask(self._life.RecordHeartbeats, request, tenant_id)
        return [None] * len(run_ids)

    async def close(self) -> None:
        """Finish what is waiting."""
        gathered = (self._admit, self._settle, self._append, self._states, self._beats)
        await asyncio.gather(*(one.close() for one in gathered))


def gate_now(gate: gate_pb2.Gate) -> GateNow:
    """How a gate stands, as sessions look at it."""
    return GateNow(
        run_id=RunId(gate.run_id),
        state=gate_pb2.GateState.Name(gate.state).removeprefix("GATE_STATE_"),
        epoch=gate.epoch,
        reason=gate.reason,
        changed_at=gate.change_time.ToDatetime(tzinfo=UTC),
        message=gate,
        changed_by=gate.changed_by,
    )
