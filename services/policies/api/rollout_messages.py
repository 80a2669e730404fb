"""Rollouts as messages."""

from typing import Any

from aos.policies.v1 import rollout_pb2
from services.policies.api.policy_messages import from_body
from services.policies.domain.action import Action
from services.policies.domain.rollout import Divergence, Rollout, Totals


def from_rollout(rollout: Rollout) -> rollout_pb2.Rollout:
    """Write a rollout."""
    state: Any = rollout_pb2.RolloutState.Value(f"ROLLOUT_STATE_{rollout.state}")
    message = rollout_pb2.Rollout(
        id=rollout.id,
        policy_id=rollout.policy_id,
        base_version=rollout.base_version,
        candidate_version=rollout.candidate_version,
        body=from_body(rollout.body),
        state=state,
        share_percent=rollout.share_percent,
        etag=str(rollout.revision),
        started_by=rollout.started_by,
        end_reason=rollout.end_reason,
    )
    message.create_time.FromDatetime(rollout.created_at)
    message.update_time.FromDatetime(rollout.updated_at)
    return message


def from_divergence(divergence: Divergence) -> rollout_pb2.ShadowDivergence:
    """Write where two versions disagreed."""
    message = rollout_pb2.ShadowDivergence(
        run_id=divergence.run_id,
        step_id=divergence.step_id,
        decision_id=divergence.decision_id,
        canary=divergence.canary,
        in_force_action=_action(divergence.in_force_action),
        candidate_action=_action(divergence.candidate_action),
        in_force_rule=divergence.in_force_rule,
        candidate_rule=divergence.candidate_rule,
        estimated_cost_micro_usd=divergence.cost_micro_usd,
    )
    message.decide_time.FromDatetime(divergence.decided_at)
    return message


def from_totals(rollout_id: str, totals: Totals) -> rollout_pb2.DivergenceReport:
    """Write what a report adds up to."""
    return rollout_pb2.DivergenceReport(
        rollout_id=rollout_id,
        runs_observed=totals.runs_observed,
        runs_candidate_harsher=totals.runs_candidate_harsher,
        runs_candidate_milder=totals.runs_candidate_milder,
        would_save_micro_usd=totals.would_save_micro_usd,
        would_cost_micro_usd=totals.would_cost_micro_usd,
    )


def _action(action: Action) -> Any:
    return int(action)
