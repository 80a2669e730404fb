"""Runs across the domains as messages."""

from typing import Any

from aos.orchestrator.v1 import run_pb2, run_service_pb2
from aos.policies.v1 import gate_pb2
from kernel.identifiers import AgentId
from kernel.principal import Principal
from services.orchestrator.api.plan_messages import to_plan
from services.orchestrator.api.saga_messages import completion_state
from services.orchestrator.domain.kinds import RunMode, Wish
from services.orchestrator.domain.run_contract import RunContract
from services.orchestrator.domain.saga import Saga
from services.orchestrator.usecases.halt_run import Confirmation
from services.orchestrator.usecases.start_run import StartedRun, StartRun

HALTED = (gate_pb2.GATE_STATE_STOPPED, gate_pb2.GATE_STATE_KILLED)


def to_start(request: run_service_pb2.CreateRunRequest, principal: Principal) -> StartRun:
    """Read what run somebody wants."""
    managed = request.mode == run_pb2.RUN_MODE_MANAGED
    return StartRun(
        principal=principal,
        request_id=request.request_id,
        agent_id=AgentId(request.agent_id),
        goal=request.goal,
        mode=RunMode.MANAGED if managed else RunMode.EXTERNAL,
        session_id=request.session_id,
        synthetic_scenario_id=request.synthetic_scenario_id,
        plan=to_plan(request),
    )


def to_simulation(request: run_service_pb2.SimulateRequest, principal: Principal) -> StartRun:
    """Read what run somebody would want."""
    return StartRun(
        principal=principal,
        request_id="",
        agent_id=AgentId(request.agent_id),
        goal=request.goal,
        mode=RunMode.MANAGED,
        session_id="",
        synthetic_scenario_id="",
        plan=to_plan(request),
    )


def to_wish(outcome: int) -> Wish:
    """Read how a run is to end."""
    return Wish(run_pb2.Outcome.Name(outcome).removeprefix("OUTCOME_"))


def run_view(
    run: Any,
    gate: Any | None,
    contract: RunContract | None,
    saga: Saga | None,
    output_json: str = "",
) -> run_pb2.RunView:
    """Write a run across the domains."""
    mode: Any = run_pb2.RunMode.Value(f"RUN_MODE_{contract.mode}") if contract else 0
    return run_pb2.RunView(
        run=run,
        gate=gate,
        mode=mode,
        completion=completion_state(saga),
        trace_id=contract.trace_id if contract else "",
        output_json=output_json,
    )


def from_started(started: StartedRun) -> run_service_pb2.CreateRunResponse:
    """Write a run that has begun."""
    return run_service_pb2.CreateRunResponse(
        run=run_view(started.run, started.gate, started.contract, None),
        start_decision=started.start_decision,
    )


def from_halt(gate: Any, confirmation: Confirmation, steps_in_flight: int) -> run_service_pb2.Halt:
    """Write how far a halt has come."""
    halt = run_service_pb2.Halt(
        run_id=gate.run_id,
        gate=gate,
        accept_time=gate.change_time,
        confirmed=confirmation.confirmed,
        steps_in_flight=steps_in_flight,
    )
    if confirmation.at is not None:
        halt.confirm_time.FromDatetime(confirmation.at)
    return halt
