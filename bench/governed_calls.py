"""Runs of the development tenant that ask before each step, as the orchestrator asks for them."""

import itertools
import uuid
from collections.abc import Sequence
from typing import Any

from grpc import aio

from aos.policies.v1 import (
    admission_service_pb2,
    admission_service_pb2_grpc,
    decision_pb2,
    gate_service_pb2,
    gate_service_pb2_grpc,
    policy_pb2,
    policy_service_pb2,
    policy_service_pb2_grpc,
)
from aosctl.keys import Keys
from aosctl.operator_identity import OperatorIdentity
from bench.load import Operation
from bench.plane import RunningPlane
from bench.run_calls import DEADLINE_SECONDS
from kernel.identifiers import new_id

# More than anybody can use up while somebody measures.
_PLENTY = 1_000_000_000_000
# The tenant's guardrails are in force as well, and allow it 50 USD a day.
_COST = 120


class GovernedCalls:
    """Policies as in the design's measurement: three of them, one of which is an exact budget.

    The guardrails that every tenant begins with are in force besides: a step counts towards five
    limits. One of them ends a run after 500 steps, and warns of it from 250 on.
    """

    def __init__(self, *, channel: aio.Channel, plane: RunningPlane, token: str) -> None:
        self._development = plane.development
        self._policies: Any = policy_service_pb2_grpc.PolicyServiceStub(channel)
        self._gates: Any = gate_service_pb2_grpc.GateServiceStub(channel)
        self._admission: Any = admission_service_pb2_grpc.AdmissionServiceStub(channel)
        self._owner = (("authorization", f"Bearer {token}"),)
        self._identity = OperatorIdentity(Keys(plane.folder / "keys"))

    async def govern(self) -> None:
        """Put the three policies in force."""
        await self._activate(
            _limit("cost", policy_pb2.LIMIT_TYPE_COST_MICRO_USD, daily=True),
            watched=policy_pb2.MONITOR_COST,
        )
        await self._activate(
            _limit("steps", policy_pb2.LIMIT_TYPE_STEPS), watched=policy_pb2.MONITOR_STEPS
        )
        await self._activate(
            _limit("tokens", policy_pb2.LIMIT_TYPE_TOTAL_TOKENS), watched=policy_pb2.MONITOR_TOKENS
        )

    async def open_run(self) -> str:
        """Open a run; its id."""
        run_id = new_id("run")
        request = gate_service_pb2.OpenRunRequest(
            request_id=str(uuid.uuid4()),
            run_id=run_id,
            project_id=self._development.project_id,
            agent_id=self._development.agent_id,
        )
        await self._gates.OpenRun(request, timeout=DEADLINE_SECONDS, metadata=self._orchestrator())
        return run_id

    async def open_runs(self, number: int) -> list[str]:
        """Open several runs; their ids."""
        return [await self.open_run() for _ in range(number)]

    def asking(self, run_ids: Sequence[str]) -> Operation:
        """Ask about one step after the other, of these runs in turn."""
        numbers = itertools.count()

        async def ask() -> None:
            number = next(numbers)
            question = decision_pb2.StepQuestion(
                run_id=run_ids[number % len(run_ids)],
                step_id=f"step-{number}",
                kind=decision_pb2.STEP_KIND_MODEL_CALL,
                estimated_input_tokens=900,
                estimated_output_tokens=300,
                estimated_cost_micro_usd=_COST,
            )
            answer = await self._admission.AdmitSteps(
                admission_service_pb2.AdmitStepsRequest(questions=[question]),
                timeout=DEADLINE_SECONDS,
                metadata=self._orchestrator(),
            )
            assert answer.admissions[0].decision.action == policy_pb2.ACTION_CONTINUE

        return ask

    def _orchestrator(self) -> tuple[tuple[str, str], ...]:
        # Signed anew now and then: such tokens live for a minute.
        tenant = self._development.tenant_id
        return (self._identity.metadata("policies", tenant_id=tenant),)

    async def _activate(self, limit: policy_pb2.Limit, *, watched: Any) -> None:
        body = policy_pb2.PolicyBody(
            name=limit.name,
            scope=policy_pb2.Scope(type=policy_pb2.SCOPE_TYPE_ALL_RUNS),
            monitors=policy_pb2.MonitorConfig(watched=[watched]),
            limits=[limit],
            on_breach=policy_pb2.BreachAction(action=policy_pb2.ACTION_STOP),
        )
        created = await self._policies.CreatePolicy(
            policy_service_pb2.CreatePolicyRequest(request_id=str(uuid.uuid4()), body=body),
            timeout=DEADLINE_SECONDS,
            metadata=self._owner,
        )
        await self._policies.ActivatePolicy(
            policy_service_pb2.ActivatePolicyRequest(
                request_id=str(uuid.uuid4()),
                policy_id=created.policy.id,
                etag=created.policy.etag,
            ),
            timeout=DEADLINE_SECONDS,
            metadata=self._owner,
        )


def _limit(name: str, kind: Any, *, daily: bool = False) -> policy_pb2.Limit:
    window = policy_pb2.LIMIT_WINDOW_CALENDAR_DAY if daily else policy_pb2.LIMIT_WINDOW_PER_RUN
    return policy_pb2.Limit(name=name, type=kind, maximum=_PLENTY, window=window)
