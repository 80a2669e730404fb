"""Serves aos.policies.v1.ProposalService."""

from typing import Any

from aos.policies.v1 import proposal_service_pb2 as messages
from aos.policies.v1 import proposal_service_pb2_grpc
from kernel.identifiers import ProposalId
from servicekit import calls
from servicekit.mutations import Mutations
from servicekit.paging import PageTokens
from servicekit.unit_of_work import UnitsOfWork
from services.policies.api.policy_messages import from_policy
from services.policies.api.proposal_messages import (
    from_backtest,
    from_proposal,
    from_settings,
    to_create,
    to_proposal_state,
    to_review,
)
from services.policies.usecases import review_proposals
from services.policies.usecases.author_policies import PlaneDirectory
from services.policies.usecases.backtest_proposals import backtest_proposal
from services.policies.usecases.people_ports import PeopleUnitOfWork


class ProposalService(proposal_service_pb2_grpc.ProposalServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork[PeopleUnitOfWork],
        mutations: Mutations[PeopleUnitOfWork],
        page_tokens: PageTokens,
        planes: PlaneDirectory,
    ) -> None:
        self._units_of_work = units_of_work
        self._mutations = mutations
        self._page_tokens = page_tokens
        self._planes = planes

    async def CreateProposal(self, request: Any, _context: Any) -> Any:
        """Propose a rule because of an incident."""
        principal = calls.principal()
        command = to_create(request, principal)

        async def work(unit_of_work: PeopleUnitOfWork) -> messages.CreateProposalResponse:
            proposal = await review_proposals.create_proposal(
                command, planes=self._planes, unit_of_work=unit_of_work
            )
            return messages.CreateProposalResponse(proposal=from_proposal(proposal))

        return await self._mutations.once(
            request, messages.CreateProposalResponse, work, tenant=principal.tenant_id
        )

    async def GetProposal(self, request: Any, _context: Any) -> Any:
        """Return one proposal."""
        principal = calls.principal()
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            proposal = await review_proposals.get_proposal(
                ProposalId(request.proposal_id), principal=principal, unit_of_work=unit_of_work
            )
        return messages.GetProposalResponse(proposal=from_proposal(proposal))

    async def ListProposals(self, request: Any, _context: Any) -> Any:
        """List proposals, newest first."""
        principal = calls.principal()
        page = self._page_tokens.read(request, tenant=principal.tenant_id)
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await review_proposals.list_proposals(
                to_proposal_state(request.state),
                page,
                principal=principal,
                unit_of_work=unit_of_work,
            )
        return messages.ListProposalsResponse(
            proposals=[from_proposal(proposal) for proposal in found.items],
            next_page_token=self._page_tokens.write(
                request, found.next_after, tenant=principal.tenant_id
            ),
        )

    async def BacktestProposal(self, request: Any, _context: Any) -> Any:
        """Try a proposal on the tenant's last runs."""
        principal = calls.principal()
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            tried = await backtest_proposal(
                ProposalId(request.proposal_id),
                request.run_count,
                principal=principal,
                unit_of_work=unit_of_work,
            )
        return messages.BacktestProposalResponse(backtest=from_backtest(tried))

    async def ApproveProposal(self, request: Any, _context: Any) -> Any:
        """Make a draft of a proposal."""
        principal = calls.principal()
        command = to_review(request, principal, reason=request.comment)

        async def work(unit_of_work: PeopleUnitOfWork) -> messages.ApproveProposalResponse:
            proposal, policy = await review_proposals.approve_proposal(
                command, planes=self._planes, unit_of_work=unit_of_work
            )
            return messages.ApproveProposalResponse(
                proposal=from_proposal(proposal), policy=from_policy(policy)
            )

        return await self._mutations.once(
            request, messages.ApproveProposalResponse, work, tenant=principal.tenant_id
        )

    async def RejectProposal(self, request: Any, _context: Any) -> Any:
        """Do away with a proposal."""
        principal = calls.principal()
        command = to_review(request, principal, reason=request.reason)

        async def work(unit_of_work: PeopleUnitOfWork) -> messages.RejectProposalResponse:
            proposal = await review_proposals.reject_proposal(command, unit_of_work=unit_of_work)
            return messages.RejectProposalResponse(proposal=from_proposal(proposal))

        return await self._mutations.once(
            request, messages.RejectProposalResponse, work, tenant=principal.tenant_id
        )

    async def GetReviewSettings(self, _request: Any, _context: Any) -> Any:
        """Return how the tenant decides proposals."""
        principal = calls.principal()
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            settings = await review_proposals.get_settings(
                principal=principal, unit_of_work=unit_of_work
            )
        return messages.GetReviewSettingsResponse(settings=from_settings(settings))

    async def UpdateReviewSettings(self, request: Any, _context: Any) -> Any:
        """Change how the tenant decides proposals."""
        principal = calls.principal()

        async def work(unit_of_work: PeopleUnitOfWork) -> messages.UpdateReviewSettingsResponse:
            settings = await review_proposals.update_settings(
                request.etag,
                allow_self_approval=request.allow_self_approval,
                principal=principal,
                unit_of_work=unit_of_work,
            )
            return messages.UpdateReviewSettingsResponse(settings=from_settings(settings))

        return await self._mutations.once(
            request, messages.UpdateReviewSettingsResponse, work, tenant=principal.tenant_id
        )
