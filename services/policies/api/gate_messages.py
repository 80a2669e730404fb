"""Gates and snapshots as messages."""

from collections.abc import Iterable
from typing import Any

from aos.policies.v1 import gate_pb2, gate_service_pb2, snapshot_pb2
from kernel.errors import ServiceError
from kernel.identifiers import RunId, new_id
from kernel.principal import Principal
from services.policies.api.decision_messages import decode
from services.policies.api.policy_messages import from_failure_mode, from_inspection
from services.policies.domain.gate import Gate
from services.policies.domain.program import RunContext
from services.policies.domain.snapshot import Snapshot
from services.policies.usecases.close_gates import ClosedGate
from services.policies.usecases.move_gates import MoveGate
from services.policies.usecases.open_run import OpenRun


def to_open_run(request: gate_service_pb2.OpenRunRequest, principal: Principal) -> OpenRun:
    """Read which run is about to begin."""
    return OpenRun(
        principal=principal,
        context=RunContext(
            tenant_id=principal.tenant_id,
            run_id=request.run_id,
            project_id=request.project_id,
            agent_id=request.agent_id,
            api_key_id=request.api_key_id,
            human_actor_id=request.human_actor_id,
            session_id=request.session_id,
        ),
        synthetic_scenario_id=request.synthetic_scenario_id,
    )


def to_preview(request: gate_service_pb2.PreviewRunRequest, principal: Principal) -> OpenRun:
    """Read which run is thought of; it has a name for as long as that takes."""
    return OpenRun(
        principal=principal,
        context=RunContext(
            tenant_id=principal.tenant_id,
            run_id=new_id("run"),
            project_id=request.project_id,
            agent_id=request.agent_id,
            api_key_id=request.api_key_id,
            human_actor_id=request.human_actor_id,
            session_id=request.session_id,
        ),
        synthetic_scenario_id="",
    )


def to_move(request: Any, principal: Principal, *, reason: str = "") -> MoveGate:
    """Read what somebody wants of a run."""
    return MoveGate(principal=principal, run_id=RunId(request.run_id), reason=reason)


def to_run_ids(run_ids: Iterable[str]) -> list[RunId]:
    """Read which runs somebody means."""
    return [RunId(run_id) for run_id in run_ids]


def from_closing(
    outcome: ClosedGate | ServiceError,
) -> gate_service_pb2.GateClosingResult | ServiceError:
    """Write a gate that is closed and what it had come to."""
    if isinstance(outcome, ServiceError):
        return outcome
    ended_by = None if outcome.ended_by is None else decode(outcome.ended_by.answer)
    closed = gate_service_pb2.ClosedGate(
        gate=from_gate(outcome.gate, decision_count=outcome.decision_count),
        ended_by=ended_by,
        highest_proximity_percent=outcome.highest_proximity_percent,
    )
    return gate_service_pb2.GateClosingResult(closed=closed)


def from_gate(gate: Gate, *, decision_count: int = 0) -> gate_pb2.Gate:
    """Write a gate."""
    state: Any = gate_pb2.GateState.Value(f"GATE_STATE_{gate.state}")
    message = gate_pb2.Gate(
        run_id=gate.run_id,
        state=state,
        epoch=gate.epoch,
        snapshot_id=gate.snapshot_id,
        policy_ids=gate.policy_ids,
        reason=gate.reason,
        changed_by=gate.changed_by,
        awaits_acknowledgement=gate.awaits_acknowledgement,
        governance_bypassed=gate.governance_bypassed,
        inspection=from_inspection(gate.inspection),
        on_unreachable=from_failure_mode(gate.on_unreachable),
        decision_count=decision_count,
        decisions_root=gate.decisions_root,
    )
    message.open_time.FromDatetime(gate.opened_at)
    message.change_time.FromDatetime(gate.changed_at)
    return message


def from_snapshot(snapshot: Snapshot) -> snapshot_pb2.Snapshot:
    """Write a snapshot."""
    message = snapshot_pb2.Snapshot(
        id=snapshot.id,
        content=snapshot.content,
        content_hash=snapshot.content_hash,
        threshold_snapshot_hash=snapshot.threshold_hash,
    )
    message.create_time.FromDatetime(snapshot.created_at)
    return message
