"""Rows as entities and back, for the toolkit and the driver alike."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from kernel.identifiers import PolicyId, RunId, SnapshotId, TenantId
from services.policies.domain.counting import Counter, CounterKey, StepKind
from services.policies.domain.gate import Gate, GateState, Standing
from services.policies.domain.plain import canonical, restored
from services.policies.domain.policy import Policy, PolicySource, PolicyState
from services.policies.domain.policy_body import FailureMode, Inspection, PolicyBody
from services.policies.domain.program import RunContext
from services.policies.domain.reservation import Hold, Reservation, ReservationState
from services.policies.domain.rollout import Divergence
from services.policies.domain.snapshot import Snapshot

# Written for every step; a writer for everything takes three times as long (measured).
_quoted = lru_cache(maxsize=20_000)(json.dumps)
_CONTEXT = ("project_id", "agent_id", "api_key_id", "human_actor_id", "session_id")


def policy_row(policy: Policy) -> dict[str, Any]:
    """A policy as a row."""
    return {
        "tenant_id": policy.tenant_id,
        "id": policy.id,
        "body": canonical(policy.body),
        "state": policy.state,
        "version": policy.version,
        "source": policy.source,
        "origin_id": policy.origin_id,
        "created_by": policy.created_by,
        "created_at": policy.created_at,
        "updated_at": policy.updated_at,
        "retire_reason": policy.retire_reason,
        "revision": policy.revision,
    }


def policy_of(row: Any) -> Policy:
    """The policy that a row holds."""
    return Policy(
        id=PolicyId(row.id),
        tenant_id=TenantId(row.tenant_id),
        body=body_of(row.body),
        state=PolicyState(row.state),
        version=row.version,
        source=PolicySource(row.source),
        origin_id=row.origin_id,
        created_by=row.created_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
        retire_reason=row.retire_reason,
        revision=row.revision,
    )


def body_of(content: bytes) -> PolicyBody:
    """What a policy says, from its canonical bytes."""
    return restored(PolicyBody, json.loads(content))


def snapshot_of(row: Any) -> Snapshot:
    """The snapshot that a row holds."""
    return Snapshot(
        id=SnapshotId(row["id"]),
        tenant_id=TenantId(row["tenant_id"]),
        content=row["content"],
        content_hash=row["content_hash"],
        threshold_hash=row["threshold_snapshot_hash"],
        created_at=row["created_at"],
    )


def gate_row(gate: Gate) -> dict[str, Any]:
    """A gate as a row."""
    inspection = [name for name in Inspection.__slots__ if getattr(gate.inspection, name)]
    return {
        "tenant_id": gate.tenant_id,
        "run_id": gate.run_id,
        **{name: getattr(gate.context, name) for name in _CONTEXT},
        "snapshot_id": gate.snapshot_id,
        "content_hash": gate.content_hash,
        "policy_ids": list(gate.policy_ids),
        "state": gate.state,
        "epoch": gate.epoch,
        "opened_at": gate.opened_at,
        "changed_at": gate.changed_at,
        "reason": gate.reason,
        "changed_by": gate.changed_by,
        "awaits_acknowledgement": gate.awaits_acknowledgement,
        "acknowledged": list(gate.acknowledged_policies),
        "governance_bypassed": gate.governance_bypassed,
        "inspection": inspection,
        "on_unreachable": gate.on_unreachable,
        "synthetic_scenario_id": gate.synthetic_scenario_id,
        "decisions_root": gate.decisions_root,
        **_standing_row(gate.before_close),
    }


def _standing_row(standing: Standing | None) -> dict[str, Any]:
    return {
        "before_close_state": "" if standing is None else standing.state,
        "before_close_reason": "" if standing is None else standing.reason,
        "before_close_by": "" if standing is None else standing.changed_by,
        "before_close_awaits": standing is not None and standing.awaits_acknowledgement,
    }


def _standing_of(row: Any) -> Standing | None:
    if not row["before_close_state"]:
        return None
    return Standing(
        state=GateState(row["before_close_state"]),
        reason=row["before_close_reason"],
        changed_by=row["before_close_by"],
        awaits_acknowledgement=row["before_close_awaits"],
    )


def gate_of(row: Any) -> Gate:
    """The gate that a row holds."""
    return Gate(
        run_id=RunId(row["run_id"]),
        tenant_id=TenantId(row["tenant_id"]),
        context=RunContext(
            tenant_id=row["tenant_id"],
            run_id=row["run_id"],
            **{name: row[name] for name in _CONTEXT},
        ),
        snapshot_id=SnapshotId(row["snapshot_id"]),
        content_hash=row["content_hash"],
        policy_ids=tuple(row["policy_ids"]),
        state=GateState(row["state"]),
        epoch=row["epoch"],
        opened_at=row["opened_at"],
        changed_at=row["changed_at"],
        reason=row["reason"],
        changed_by=row["changed_by"],
        awaits_acknowledgement=row["awaits_acknowledgement"],
        acknowledged_policies=tuple(row["acknowledged"]),
        governance_bypassed=row["governance_bypassed"],
        inspection=Inspection(**dict.fromkeys(row["inspection"], True)),
        on_unreachable=FailureMode(row["on_unreachable"]),
        synthetic_scenario_id=row["synthetic_scenario_id"],
        decisions_root=row["decisions_root"],
        before_close=_standing_of(row),
    )


def counter_of(row: Any) -> Counter:
    """The counter that a row holds."""
    return Counter(
        id=row["id"],
        tenant_id=row["tenant_id"],
        policy_id=row["policy_id"],
        limit_name=row["limit_name"],
        cap=row["cap"],
        used=row["used"],
        reserved=row["reserved"],
        tier_fired=row["tier_fired"],
        frozen=row["frozen"],
        window_seconds=row["window_seconds"],
        slices=json.loads(row["slices"]) if row["slices"] else None,
        slice_at=row["slice_at"],
    )


def held_counter_of(row: Any, key: CounterKey) -> Counter:
    """The counter that was asked for by its key; the place in the question comes first."""
    _, used, reserved, cap, tier_fired, frozen, slices, slice_at = row
    return Counter(
        id=key.id,
        tenant_id=key.tenant_id,
        policy_id=key.policy_id,
        limit_name=key.limit_name,
        cap=cap,
        used=used,
        reserved=reserved,
        tier_fired=tier_fired,
        frozen=frozen,
        window_seconds=key.window_seconds,
        slices=json.loads(slices) if slices else None,
        slice_at=slice_at,
    )


def holds_text(reservation: Reservation) -> str:
    """What a reservation holds, as it is kept."""
    holds = [
        f"[{_quoted(name)},{amount},{at},{metric}]"
        for name, amount, at, metric in reservation.holds
    ]
    return f"[{','.join(holds)}]"


def reservation_of(row: Any) -> Reservation:
    """The reservation that a row holds."""
    return Reservation(
        tenant_id=row["tenant_id"],
        run_id=row["run_id"],
        step_id=row["step_id"],
        kind=StepKind(row["kind"]),
        holds=tuple(Hold(*hold) for hold in json.loads(row["holds"])),
        expires_at=row["expires_at"],
        state=ReservationState(row["state"]),
        settled=row["settled"],
    )


def divergence_rows(divergences: Sequence[Divergence]) -> list[tuple[Any, ...]]:
    """Divergences as rows, in the order of their columns."""
    return [
        (
            one.tenant_id,
            one.policy_id,
            one.candidate_version,
            one.run_id,
            one.step_id,
            one.decision_id,
            one.canary,
            int(one.in_force_action),
            int(one.candidate_action),
            one.in_force_rule,
            one.candidate_rule,
            one.cost_micro_usd,
            one.decided_at,
        )
        for one in divergences
    ]
