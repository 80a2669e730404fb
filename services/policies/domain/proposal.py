"""Proposals: concrete rules that incidents lead to, waiting for a person."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from kernel.identifiers import PolicyId, ProposalId, RunId, TenantId
from services.policies.domain.errors import ProposalDecided, SelfApprovalForbidden
from services.policies.domain.policy_body import PolicyBody


class ProposalState(StrEnum):
    """Where a proposal is in its life."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Who decided, when, and what they said."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One proposal."""

    id: ProposalId
    tenant_id: TenantId
    # The incident and the run that led to it.
    incident_id: str
    run_id: RunId
    signature: str
    pattern_id: str
    body: PolicyBody
    rationale: str
    created_by: str
    created_at: datetime
    state: ProposalState = ProposalState.PENDING
    review: Review | None = None
    # The draft that it has become.
    policy_id: str = ""
    synthetic_scenario_id: str = ""
    revision: int = 1

    def approved(self, policy_id: PolicyId, review: Review) -> "Proposal":
        """The proposal that has become a draft.

        Raises:
            ProposalDecided: somebody decided before.
        """
        return replace(self._decided(ProposalState.APPROVED, review), policy_id=policy_id)

    def rejected(self, review: Review) -> "Proposal":
        """The proposal that nobody wants.

        Raises:
            ProposalDecided: somebody decided before.
        """
        return self._decided(ProposalState.REJECTED, review)

    def _decided(self, state: ProposalState, review: Review) -> "Proposal":
        if self.state is not ProposalState.PENDING:
            raise ProposalDecided(
                f"The proposal is {self.state} already.",
                metadata={"proposal_id": self.id, "state": self.state},
            )
        return replace(self, state=state, review=review, revision=self.revision + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSettings:
    """How a tenant decides proposals."""

    tenant_id: TenantId
    allow_self_approval: bool = False
    # 0 until somebody changes them.
    revision: int = 0

    @property
    def id(self) -> str:
        """What records call them: the tenant that they belong to."""
        return self.tenant_id

    def changed(self, *, allow_self_approval: bool) -> "ReviewSettings":
        """The settings as somebody wants them."""
        return replace(self, allow_self_approval=allow_self_approval, revision=self.revision + 1)

    def require_reviewer(self, proposal: Proposal, reviewer: str) -> None:
        """Refuse whoever approves what they proposed themselves.

        Raises:
            SelfApprovalForbidden: the tenant wants somebody else to look.
        """
        if proposal.created_by == reviewer and not self.allow_self_approval:
            raise SelfApprovalForbidden(
                "Nobody approves what they proposed themselves. Ask a colleague.",
                metadata={"proposal_id": proposal.id},
            )
