"""Accounts, activity and policies, as the start of a run asks them."""

from typing import Any

from aos.accounts.v1 import agent_service_pb2, agent_service_pb2_grpc
from aos.activity.v1 import (
    run_lifecycle_service_pb2,
    run_lifecycle_service_pb2_grpc,
    run_pb2,
    run_service_pb2,
    run_service_pb2_grpc,
    trace_service_pb2,
    trace_service_pb2_grpc,
)
from aos.policies.v1 import gate_pb2, gate_service_pb2, gate_service_pb2_grpc
from kernel.identifiers import ProjectId, RunId, TraceId
from services.orchestrator.clients.peer import Peer, request_id
from services.orchestrator.domain.errors import AgentUnknown
from services.orchestrator.domain.managed_run import Inspection
from services.orchestrator.usecases.start_run import CreatedRun, OpenedGate, StartRun

ACCOUNTS = [*agent_service_pb2.DESCRIPTOR.services_by_name.values()]
ACTIVITY = [
    *run_service_pb2.DESCRIPTOR.services_by_name.values(),
    *run_lifecycle_service_pb2.DESCRIPTOR.services_by_name.values(),
    *trace_service_pb2.DESCRIPTOR.services_by_name.values(),
]
POLICIES = [*gate_service_pb2.DESCRIPTOR.services_by_name.values()]


class RunStart:
    """Asks the domains, one after the other, under keys made of the request's own."""

    def __init__(self, *, accounts: Peer, activity: Peer, policies: Peer) -> None:
        self._accounts, self._activity, self._policies = accounts, activity, policies
        self._agents: Any = agent_service_pb2_grpc.AgentServiceStub(accounts.channel)
        self._runs: Any = run_service_pb2_grpc.RunServiceStub(activity.channel)
        self._life: Any = run_lifecycle_service_pb2_grpc.RunLifecycleServiceStub(activity.channel)
        self._traces: Any = trace_service_pb2_grpc.TraceRecordingServiceStub(activity.channel)
        self._gates: Any = gate_service_pb2_grpc.GateServiceStub(policies.channel)

    async def project_of(self, command: StartRun) -> ProjectId:
        """Return the project of an agent that the caller may let run."""
        # Asked by us, since an agent's own key may run it without being allowed to look it up.
        request = agent_service_pb2.GetAgentRequest(agent_id=command.agent_id)
        principal = command.principal
        found = await self._accounts.ask(self._agents.GetAgent, request, principal.tenant_id)
        if principal.project_id not in (None, found.agent.project_id):
            raise AgentUnknown.of(command.agent_id)
        return ProjectId(found.agent.project_id)

    async def create(self, command: StartRun, project_id: ProjectId) -> CreatedRun:
        """Create the run."""
        source: Any = run_pb2.RunSource.Value(f"RUN_SOURCE_{command.mode}")
        request = run_service_pb2.CreateRunRequest(
            request_id=_key(command, "create"),
            project_id=project_id,
            agent_id=command.agent_id,
            goal=command.goal,
            session_id=command.session_id,
            source=source,
            synthetic_scenario_id=command.synthetic_scenario_id,
        )
        run = (await self._activity.ask_for_caller(self._runs.CreateRun, request)).run
        return CreatedRun(run_id=RunId(run.id), project_id=project_id)

    async def begin_trace(self, command: StartRun, created: CreatedRun) -> TraceId:
        """Begin the trace of an authorized run, or return the one that it has."""
        request = trace_service_pb2.BeginTraceRequest(
            request_id=_key(command, "trace"), run_id=created.run_id
        )
        begun = await self._ask(command, self._traces.BeginTrace, request)
        return TraceId(begun.trace.trace_id)

    async def open_gate(self, command: StartRun, created: CreatedRun) -> OpenedGate:
        """Resolve scope and snapshot, decide what binds at the start."""
        principal = command.principal
        request = gate_service_pb2.OpenRunRequest(
            request_id=_key(command, "gate"),
            run_id=created.run_id,
            project_id=created.project_id,
            agent_id=command.agent_id,
            api_key_id=principal.api_key_id or "",
            human_actor_id=principal.person_id or "",
            session_id=command.session_id,
            synthetic_scenario_id=command.synthetic_scenario_id,
        )
        answer = await self._policies.ask(self._gates.OpenRun, request, command.principal.tenant_id)
        return OpenedGate(
            state=gate_pb2.GateState.Name(answer.gate.state).removeprefix("GATE_STATE_"),
            gate=answer.gate,
            start_decision=answer.decision,
            inspection=Inspection(
                prompts=answer.gate.inspection.allow_prompt_logging,
                responses=answer.gate.inspection.allow_response_logging,
                personal_data=answer.gate.inspection.allow_pii_capture,
                secrets=answer.gate.inspection.allow_secret_access,
            ),
        )

    async def authorize(self, command: StartRun, created: CreatedRun, gate: OpenedGate) -> Any:
        """Let the run be started under its snapshot; return it."""
        kept = gate.gate.inspection
        request = run_lifecycle_service_pb2.AuthorizeRunRequest(
            request_id=_key(command, "authorize"),
            run_id=created.run_id,
            scope=run_pb2.RunScope(
                policy_ids=gate.gate.policy_ids,
                human_actor_id=command.principal.person_id or "",
            ),
            policy_snapshot_id=gate.gate.snapshot_id,
            inspection=run_pb2.InspectionConstraints(
                allow_prompt_logging=kept.allow_prompt_logging,
                allow_response_logging=kept.allow_response_logging,
                allow_pii_capture=kept.allow_pii_capture,
                allow_secret_access=kept.allow_secret_access,
            ),
            governance_bypassed=gate.gate.governance_bypassed,
        )
        return (await self._ask(command, self._life.AuthorizeRun, request)).run

    async def start(self, command: StartRun, created: CreatedRun) -> Any:
        """Begin the run; return it."""
        request = run_lifecycle_service_pb2.StartRunRequest(
            request_id=_key(command, "start"), run_id=created.run_id
        )
        return (await self._ask(command, self._life.StartRun, request)).run

    async def pause(self, command: StartRun, created: CreatedRun) -> Any:
        """Let the run wait; return it."""
        request = run_lifecycle_service_pb2.PauseRunRequest(
            request_id=_key(command, "pause"), run_id=created.run_id
        )
        return (await self._ask(command, self._life.PauseRun, request)).run

    async def _ask(self, command: StartRun, method: Any, request: Any) -> Any:
        return await self._activity.ask(method, request, command.principal.tenant_id)


def _key(command: StartRun, what: str) -> str:
    principal = command.principal
    return request_id(f"{principal.tenant_id}/{principal.actor_id}/{command.request_id}/{what}")
