"""A tenant with policies, and a run that asks them before each step."""

import uuid
from typing import Any

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
    policy_service_pb2,
    policy_service_pb2_grpc,
)
from kernel.identifiers import new_id
from kernel.principal import Principal
from tests.support.identities import somebody
from tests.support.plane import Plane

TIMEOUT = 15.0
CONTINUE, WARN, PAUSE, STOP, KILL = (
    policy_pb2.ACTION_CONTINUE,
    policy_pb2.ACTION_WARN,
    policy_pb2.ACTION_PAUSE,
    policy_pb2.ACTION_STOP,
    policy_pb2.ACTION_KILL,
)
_MONITORS = {
    policy_pb2.LIMIT_TYPE_INPUT_TOKENS: policy_pb2.MONITOR_TOKENS,
    policy_pb2.LIMIT_TYPE_OUTPUT_TOKENS: policy_pb2.MONITOR_TOKENS,
    policy_pb2.LIMIT_TYPE_TOTAL_TOKENS: policy_pb2.MONITOR_TOKENS,
    policy_pb2.LIMIT_TYPE_COST_MICRO_USD: policy_pb2.MONITOR_COST,
    policy_pb2.LIMIT_TYPE_CALLS: policy_pb2.MONITOR_RATE,
    policy_pb2.LIMIT_TYPE_BURN_RATE_MICRO_USD_PER_MINUTE: policy_pb2.MONITOR_BURN_RATE,
    policy_pb2.LIMIT_TYPE_STEPS: policy_pb2.MONITOR_STEPS,
    policy_pb2.LIMIT_TYPE_DURATION_MS: policy_pb2.MONITOR_DURATION,
    policy_pb2.LIMIT_TYPE_RAG_ACCESS: policy_pb2.MONITOR_RAG_ACCESS,
    policy_pb2.LIMIT_TYPE_DATABASE_QUERIES: policy_pb2.MONITOR_DATABASE_QUERIES,
}
_COUNTED_A_DAY = (policy_pb2.LIMIT_TYPE_CALLS, policy_pb2.LIMIT_TYPE_DATABASE_QUERIES)


def limit(kind: str, maximum: int, *, window: str = "", seconds: int = 0) -> policy_pb2.Limit:
    """A limit, by default on one run, or by the day where a run makes no sense."""
    number: Any = policy_pb2.LimitType.Value(f"LIMIT_TYPE_{kind}")
    usual = "CALENDAR_DAY" if number in _COUNTED_A_DAY else "PER_RUN"
    span: Any = policy_pb2.LimitWindow.Value(f"LIMIT_WINDOW_{window or usual}")
    return policy_pb2.Limit(
        name=kind.lower(), type=number, maximum=maximum, window=span, window_seconds=seconds
    )


def body(
    *limits: policy_pb2.Limit,
    action: Any = STOP,
    requires_ack: bool = False,
    scope: policy_pb2.Scope | None = None,
    watched: tuple[Any, ...] = (),
    bind_at: Any = policy_pb2.BIND_AT_EACH_STEP,
    failure_mode: Any = policy_pb2.FAILURE_MODE_FAIL_CLOSED,
    **more: Any,
) -> policy_pb2.PolicyBody:
    """What a policy says: these limits, for all runs unless told otherwise."""
    monitors = {_MONITORS[one.type] for one in limits} | set(watched)
    return policy_pb2.PolicyBody(
        name="a policy",
        scope=scope or policy_pb2.Scope(type=policy_pb2.SCOPE_TYPE_ALL_RUNS),
        monitors=more.pop("monitors", policy_pb2.MonitorConfig(watched=sorted(monitors))),
        limits=limits,
        on_breach=policy_pb2.BreachAction(action=action, requires_ack=requires_ack),
        precedence=policy_pb2.Precedence(bind_at=bind_at, failure_mode=failure_mode),
        **more,
    )


def scope(kind: str, *ids: str) -> policy_pb2.Scope:
    """Whom a policy is for."""
    number: Any = policy_pb2.ScopeType.Value(f"SCOPE_TYPE_{kind}")
    return policy_pb2.Scope(type=number, ids=ids)


class Tenant:
    """A tenant whose people write policies, and whose runs the orchestrator opens."""

    def __init__(
        self, plane: Plane, service: str = "policies", *, owner: Principal | None = None
    ) -> None:
        self.owner = owner or somebody()
        self.id = self.owner.tenant_id
        self._metadata = plane.identities.metadata(self.owner)
        self._plane = plane
        channel = plane.services[service].channel
        self.policies = policy_service_pb2_grpc.PolicyServiceStub(channel)
        self.gates = gate_service_pb2_grpc.GateServiceStub(channel)
        self.admission = admission_service_pb2_grpc.AdmissionServiceStub(channel)
        self.log = decision_log_service_pb2_grpc.DecisionLogServiceStub(channel)

    def orchestrator(self) -> Any:
        """What the orchestrator sends to be known, acting for this tenant."""
        return self._plane.identities.service_metadata(
            "operator", audience="policies", tenant=self.id
        )

    def write(self, name: str, request_id: str | None = None, **fields: Any) -> Any:
        """Call a method of the policy contract as the owner."""
        request = getattr(policy_service_pb2, f"{name}Request")(**fields)
        if "request_id" in request.DESCRIPTOR.fields_by_name:
            request.request_id = request_id or str(uuid.uuid4())
        return getattr(self.policies, name)(request, timeout=TIMEOUT, metadata=self._metadata)

    async def draft(self, content: policy_pb2.PolicyBody) -> policy_pb2.Policy:
        """A policy that governs nothing yet."""
        return (await self.write("CreatePolicy", body=content)).policy

    async def activate(self, policy: policy_pb2.Policy) -> policy_pb2.Policy:
        """Let a policy govern."""
        answer = await self.write("ActivatePolicy", policy_id=policy.id, etag=policy.etag)
        return answer.policy

    async def govern(self, *limits: policy_pb2.Limit, **options: Any) -> policy_pb2.Policy:
        """A policy in force."""
        return await self.activate(await self.draft(body(*limits, **options)))

    async def open_run(self, **context: Any) -> "GovernedRun":
        """A run that may take steps, unless the start forbids it."""
        run = GovernedRun(self, **context)
        await run.open()
        return run

    def ask(self, *questions: decision_pb2.StepQuestion) -> Any:
        """Ask about steps."""
        request = admission_service_pb2.AdmitStepsRequest(questions=questions)
        return self.admission.AdmitSteps(request, timeout=TIMEOUT, metadata=self.orchestrator())

    def stream(self, requests: Any) -> Any:
        """Ask about steps on one connection."""
        return self.admission.AdmitStepsStream(requests, timeout=60, metadata=self.orchestrator())

    async def settle(self, *uses: decision_pb2.StepUse) -> list[decision_pb2.Settlement]:
        """Say what steps have used."""
        request = admission_service_pb2.SettleStepsRequest(uses=uses)
        answer = await self.admission.SettleSteps(
            request, timeout=TIMEOUT, metadata=self.orchestrator()
        )
        return list(answer.settlements)

    def gate_call(self, name: str, request_id: str | None = None, **fields: Any) -> Any:
        """Call a method of the gate contract: as the orchestrator where only it may."""
        own = name not in (
            "OpenRun",
            "PreviewRun",
            "CloseRun",
            "CloseRuns",
            "ReopenRuns",
            "CheckRun",
        )
        request = getattr(gate_service_pb2, f"{name}Request")(**fields)
        if "request_id" in request.DESCRIPTOR.fields_by_name:
            request.request_id = request_id or str(uuid.uuid4())
        metadata = self._metadata if own else self.orchestrator()
        return getattr(self.gates, name)(request, timeout=TIMEOUT, metadata=metadata)

    def read(self, name: str, **fields: Any) -> Any:
        """Call a method of the decision log."""
        request = getattr(decision_log_service_pb2, f"{name}Request")(**fields)
        return getattr(self.log, name)(request, timeout=TIMEOUT, metadata=self._metadata)


class GovernedRun:
    """A run, and its questions."""

    def __init__(self, tenant: Tenant, **context: Any) -> None:
        self.tenant = tenant
        self.id = new_id("run")
        self.context = {
            "project_id": new_id("prj"),
            "agent_id": new_id("agt"),
            **context,
        }
        self.opened = gate_service_pb2.OpenRunResponse()
        self._steps = 0

    async def open(self) -> gate_service_pb2.OpenRunResponse:
        """Open the gate."""
        self.opened = await self.tenant.gate_call("OpenRun", run_id=self.id, **self.context)
        return self.opened

    def question(self, step_id: str = "", **estimates: Any) -> decision_pb2.StepQuestion:
        """The question about the next step."""
        self._steps += 1
        fields = {"kind": decision_pb2.STEP_KIND_MODEL_CALL, **estimates}
        return decision_pb2.StepQuestion(
            run_id=self.id, step_id=step_id or f"step-{self._steps}", **fields
        )

    async def ask(self, step_id: str = "", **estimates: Any) -> decision_pb2.Decision:
        """What is decided about the next step."""
        answer = await self.tenant.ask(self.question(step_id, **estimates))
        (admission,) = answer.admissions
        assert admission.WhichOneof("result") == "decision", admission.refusal
        return admission.decision

    async def action(self, step_id: str = "", **estimates: Any) -> int:
        """The action alone."""
        return (await self.ask(step_id, **estimates)).action

    async def settle(self, step_id: str, **use: Any) -> decision_pb2.Settlement:
        """Say what a step has used."""
        (settlement,) = await self.tenant.settle(
            decision_pb2.StepUse(run_id=self.id, step_id=step_id, **use)
        )
        return settlement

    async def move(self, name: str, **fields: Any) -> Any:
        """Stop, kill, pause, resume, acknowledge, check or close."""
        if name in ("StopRun", "KillRun", "PauseRun"):
            fields = {"reason": "because", **fields}
        return await self.tenant.gate_call(name, run_id=self.id, **fields)

    async def gate(self) -> gate_pb2.Gate:
        """The gate as it is."""
        gate: gate_pb2.Gate = (await self.tenant.gate_call("GetGate", run_id=self.id)).gate
        return gate

    async def state(self) -> str:
        """Where the gate is."""
        return gate_pb2.GateState.Name((await self.gate()).state).removeprefix("GATE_STATE_")
