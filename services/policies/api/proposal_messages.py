"""Proposals and what they would have done, as messages."""

from typing import Any

from aos.policies.v1 import proposal_pb2, proposal_service_pb2
from kernel.identifiers import ProposalId, RunId
from kernel.principal import Principal
from services.policies.api.policy_messages import from_body, to_body
from services.policies.domain.backtest import Backtest, TouchedRun
from services.policies.domain.proposal import Proposal, ProposalState, ReviewSettings
from services.policies.usecases.review_proposals import CreateProposal, ReviewProposal


def to_create(
    request: proposal_service_pb2.CreateProposalRequest, principal: Principal
) -> CreateProposal:
    """Read what is proposed."""
    return CreateProposal(
        principal=principal,
        incident_id=request.incident_id,
        run_id=RunId(request.run_id),
        signature=request.signature,
        pattern_id=request.pattern_id,
        body=to_body(request.body),
        rationale=request.rationale,
        synthetic_scenario_id=request.synthetic_scenario_id,
    )


def to_review(request: Any, principal: Principal, *, reason: str) -> ReviewProposal:
    """Read what somebody has to say about a proposal."""
    return ReviewProposal(
        principal=principal,
        proposal_id=ProposalId(request.proposal_id),
        etag=request.etag,
        reason=reason,
    )


def to_proposal_state(number: Any) -> ProposalState | None:
    """Read a state; None when none is named."""
    name = proposal_pb2.ProposalState.Name(number).removeprefix("PROPOSAL_STATE_")
    return ProposalState(name) if number else None


def from_proposal(proposal: Proposal) -> proposal_pb2.Proposal:
    """Write a proposal."""
    state: Any = proposal_pb2.ProposalState.Value(f"PROPOSAL_STATE_{proposal.state}")
    message = proposal_pb2.Proposal(
        id=proposal.id,
        triggering_incident_id=proposal.incident_id,
        triggering_run_id=proposal.run_id,
        signature=proposal.signature,
        pattern_id=proposal.pattern_id,
        body=from_body(proposal.body),
        rationale=proposal.rationale,
        state=state,
        etag=str(proposal.revision),
        created_by=proposal.created_by,
        policy_id=proposal.policy_id,
        is_synthetic=bool(proposal.synthetic_scenario_id),
        synthetic_scenario_id=proposal.synthetic_scenario_id,
    )
    message.create_time.FromDatetime(proposal.created_at)
    if proposal.review is not None:
        message.reviewed_by = proposal.review.by
        message.review_reason = proposal.review.reason
        message.review_time.FromDatetime(proposal.review.at)
    return message


def from_backtest(tried: Backtest) -> proposal_pb2.Backtest:
    """Write what a proposal would have done."""
    return proposal_pb2.Backtest(
        run_count=tried.run_count,
        runs_in_scope=tried.runs_in_scope,
        step_count=tried.step_count,
        runs_touched=[_from_touched(run) for run in tried.touched],
        content_left_out=tried.content_left_out,
        truncated=tried.truncated,
    )


def from_settings(settings: ReviewSettings) -> proposal_service_pb2.ReviewSettings:
    """Write how a tenant decides proposals."""
    return proposal_service_pb2.ReviewSettings(
        allow_self_approval=settings.allow_self_approval, etag=str(settings.revision)
    )


def _from_touched(run: TouchedRun) -> proposal_pb2.BacktestedRun:
    action: Any = int(run.action)
    return proposal_pb2.BacktestedRun(
        run_id=run.run_id,
        action=action,
        step_id=run.step_id,
        limit_name=run.finding.limit_name,
        value=run.finding.value,
        threshold=run.finding.threshold,
        steps_prevented=run.steps_prevented,
        cost_prevented_micro_usd=run.cost_prevented,
    )
