"""Fake runs as the contract shows them."""

from aos_sdk._contract import (
    activity_run_pb2,
    gate_pb2,
    run_pb2,
    run_service_pb2,
    session_service_pb2,
)
from aos_sdk._enums import GateState, RunStatus
from aos_sdk.testing._fake_run import FakeRun


def gate_of(run: FakeRun) -> gate_pb2.Gate:
    """Show its gate."""
    return gate_pb2.Gate(
        run_id=run.run_id,
        state=f"GATE_STATE_{run.state.upper()}",
        epoch=run.epoch,
        reason=run.reason,
        awaits_acknowledgement=run.requires_ack,
        on_unreachable=f"FAILURE_MODE_{run.on_unreachable.upper()}",
    )


def view_of(run: FakeRun) -> run_pb2.RunView:
    """Show the run."""
    shown = activity_run_pb2.Run(
        id=run.run_id,
        agent_id=run.request.agent_id,
        session_id=run.request.session_id,
        goal=run.request.goal,
        status=f"RUN_STATUS_{run.status.upper()}",
        phase=f"RUN_PHASE_{_phase(run.status)}",
        step_count=len(run.steps),
        input_tokens=sum(step.message.input_tokens for step in run.steps),
        output_tokens=sum(step.message.output_tokens for step in run.steps),
        cost_micro_usd=sum(step.message.cost_micro_usd for step in run.steps),
    )
    shown.create_time.FromDatetime(run.created)
    done = run.status.is_over
    return run_pb2.RunView(
        run=shown,
        gate=gate_of(run),
        mode=run.request.mode or run_pb2.RUN_MODE_EXTERNAL,
        completion="COMPLETION_STATE_FINISHED" if done else "COMPLETION_STATE_UNSPECIFIED",
        output_json=run.output_json,
    )


def halt_of(run: FakeRun) -> run_service_pb2.Halt:
    """Show how far a halt has come."""
    halt = run_service_pb2.Halt(
        run_id=run.run_id, gate=gate_of(run), confirmed=run.epoch in run.obeyed
    )
    if run.halted is not None:
        halt.accept_time.FromDatetime(run.halted)
    return halt


def permit_of(run: FakeRun, seconds: float) -> session_service_pb2.Permit | None:
    """Give a permit; None while the gate is not open."""
    if run.state is not GateState.OPEN:
        return None
    permit = session_service_pb2.Permit(run_id=run.run_id, epoch=run.epoch)
    permit.valid_for.FromNanoseconds(round(seconds * 1e9))
    return permit


def directive_of(run: FakeRun) -> session_service_pb2.SessionResponse:
    """Tell whoever executes the run how its gate stands."""
    outcomes = {GateState.OPEN: "CONTINUE", GateState.PAUSED: "PAUSE"}
    directive = session_service_pb2.Directive(
        run_id=run.run_id,
        outcome=f"CHECK_OUTCOME_{outcomes.get(run.state, 'TERMINATE')}",
        gate_state=f"GATE_STATE_{run.state.upper()}",
        epoch=run.epoch,
        reason=run.reason,
    )
    return session_service_pb2.SessionResponse(directive=directive)


def _phase(status: RunStatus) -> str:
    if status is RunStatus.SUCCEEDED:
        return "COMPLETED"
    if status is RunStatus.QUEUED:
        return "AUTHORIZED"
    return "FAILED" if status.is_over else "EXECUTING"
