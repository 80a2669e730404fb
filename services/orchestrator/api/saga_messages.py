"""Completions and contracts as messages."""

import json
from datetime import datetime
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from aos.orchestrator.v1 import contract_pb2, run_pb2
from services.orchestrator.domain.kinds import SagaState
from services.orchestrator.domain.run_contract import RunContract
from services.orchestrator.domain.saga import Saga
from services.orchestrator.usecases.look_after_sagas import SagaView
from services.orchestrator.usecases.ports import StoredStep


def from_saga(saga: Saga) -> run_pb2.Saga:
    """Write a completion without its steps."""
    task = saga.task
    message = run_pb2.Saga(
        id=saga.id,
        run_id=saga.run_id,
        state=completion_state(saga),
        next_step="" if task is None else task.name,
        attempts=saga.attempts,
        last_error=saga.last_error,
        cause=saga.cause,
        create_time=_stamp(saga.created_at),
        retry_time=_stamp(saga.retry_at),
        replays=saga.replays,
        is_synthetic=bool(saga.synthetic_scenario_id),
        synthetic_scenario_id=saga.synthetic_scenario_id,
    )
    if saga.finished_at is not None:
        message.finish_time.FromDatetime(saga.finished_at)
    return message


def from_view(view: SagaView) -> run_pb2.Saga:
    """Write a completion with its steps."""
    message = from_saga(view.saga)
    message.steps.extend(_step(step) for step in view.steps)
    return message


def completion_state(saga: Saga | None) -> Any:
    """Where a completion stands; unspecified when nobody asked for it."""
    name = "UNSPECIFIED" if saga is None else saga.state
    return run_pb2.CompletionState.Value(f"COMPLETION_STATE_{name}")


def to_state(value: int) -> SagaState | None:
    """Read a state to list by; None means all."""
    name = run_pb2.CompletionState.Name(value).removeprefix("COMPLETION_STATE_")
    return None if name == "UNSPECIFIED" else SagaState(name)


def from_contract(contract: RunContract) -> contract_pb2.RunContract:
    """Write a contract."""
    mode: Any = run_pb2.RunMode.Value(f"RUN_MODE_{contract.mode}")
    message = contract_pb2.RunContract(
        run_id=contract.run_id,
        project_id=contract.project_id,
        agent_id=contract.agent_id,
        trace_id=contract.trace_id,
        mode=mode,
        audit_durability=contract.audit_durability,
        created_by=contract.created_by,
        create_time=_stamp(contract.created_at),
        is_synthetic=bool(contract.synthetic_scenario_id),
        synthetic_scenario_id=contract.synthetic_scenario_id,
    )
    if contract.closed_at is not None:
        message.close_time.FromDatetime(contract.closed_at)
    return message


def _step(step: StoredStep) -> run_pb2.SagaStepRecord:
    return run_pb2.SagaStepRecord(
        name=step.name,
        compensation=step.compensation,
        attempts=step.attempts,
        complete_time=_stamp(step.completed_at),
        outcome_json=json.dumps(step.outcome, separators=(",", ":"), sort_keys=True),
    )


def _stamp(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp
