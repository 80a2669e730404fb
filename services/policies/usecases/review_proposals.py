"""Make proposals of incidents, and let people decide them."""

from dataclasses import dataclass

from kernel.errors import Conflict, InternalError
from kernel.identifiers import ProposalId, RunId, new_id
from kernel.pagination import Page, PageRequest
from kernel.principal import Principal
from kernel.revision import require_current
from services.policies.domain.errors import ProposalNotFound
from services.policies.domain.events import (
    ProposalApproved,
    ProposalCreated,
    ProposalRejected,
    ReviewSettingsChanged,
)
from services.policies.domain.plain import require_auditable
from services.policies.domain.policy import Policy
from services.policies.domain.policy_body import PolicyBody
from services.policies.domain.proposal import Proposal, ProposalState, Review, ReviewSettings
from services.policies.usecases.author_policies import PlaneDirectory, require_writable
from services.policies.usecases.learned_policies import Learned, draft_learned
from services.policies.usecases.people_ports import PeopleUnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateProposal:
    """A rule that an incident leads to."""

    principal: Principal
    incident_id: str
    run_id: RunId
    signature: str
    pattern_id: str
    body: PolicyBody
    rationale: str
    synthetic_scenario_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewProposal:
    """What somebody has to say about a proposal."""

    principal: Principal
    proposal_id: ProposalId
    etag: str
    reason: str


async def create_proposal(
    command: CreateProposal, *, planes: PlaneDirectory, unit_of_work: PeopleUnitOfWork
) -> Proposal:
    """Propose a rule; an incident that has led to a proposal keeps that one.

    Raises:
        InvalidField: a policy cannot say that.
    """
    principal = command.principal
    principal.require_whole_tenant()
    await require_writable(command.body, principal=principal, planes=planes)
    proposal = Proposal(
        id=ProposalId(new_id("prp")),
        tenant_id=principal.tenant_id,
        incident_id=command.incident_id,
        run_id=command.run_id,
        signature=command.signature,
        pattern_id=command.pattern_id,
        body=command.body,
        rationale=command.rationale,
        created_by=principal.actor_id,
        created_at=await unit_of_work.now(),
        synthetic_scenario_id=command.synthetic_scenario_id,
    )
    require_auditable(proposal, field="body")
    if not await unit_of_work.proposals.add(proposal):
        known = await unit_of_work.proposals.of_incident(principal.tenant_id, command.incident_id)
        if known is None:
            raise InternalError(f"The proposal of {command.incident_id} is gone.")
        unit_of_work.leave_unchanged()
        return known
    unit_of_work.announce(ProposalCreated(proposal=proposal), actor=principal.actor)
    return proposal


async def get_proposal(
    proposal_id: ProposalId, *, principal: Principal, unit_of_work: PeopleUnitOfWork
) -> Proposal:
    """Return one proposal.

    Raises:
        ProposalNotFound: there is none that the principal may know of.
    """
    principal.require_whole_tenant()
    proposal = await unit_of_work.proposals.find(principal.tenant_id, proposal_id)
    if proposal is None:
        raise ProposalNotFound.of(proposal_id)
    return proposal


async def list_proposals(
    state: ProposalState | None,
    page: PageRequest,
    *,
    principal: Principal,
    unit_of_work: PeopleUnitOfWork,
) -> Page[Proposal]:
    """Return proposals, newest first."""
    principal.require_whole_tenant()
    return await unit_of_work.proposals.list(principal.tenant_id, state, page)


async def approve_proposal(
    command: ReviewProposal, *, planes: PlaneDirectory, unit_of_work: PeopleUnitOfWork
) -> tuple[Proposal, Policy]:
    """Make a draft of a proposal.

    Raises:
        ProposalNotFound: there is none that the principal may know of.
        EtagMismatch: somebody changed it since it was read.
        ProposalDecided: somebody decided before.
        SelfApprovalForbidden: it is the principal's own.
        InvalidField: a policy can no longer say that.
    """
    principal = command.principal
    proposal = await _held(command, unit_of_work)
    settings = await unit_of_work.review_settings.find(principal.tenant_id)
    settings.require_reviewer(proposal, principal.actor_id)
    await require_writable(proposal.body, principal=principal, planes=planes)
    policy = await draft_learned(
        Learned(
            origin_id=proposal.id,
            body=proposal.body,
            incident_id=proposal.incident_id,
            signature=proposal.signature,
            pattern_id=proposal.pattern_id,
        ),
        principal=principal,
        unit_of_work=unit_of_work,
    )
    approved = proposal.approved(policy.id, await _review(command, unit_of_work))
    await unit_of_work.proposals.update(approved)
    event = ProposalApproved(proposal=approved)
    unit_of_work.announce(event, actor=principal.actor, before=proposal)
    return approved, policy


async def reject_proposal(command: ReviewProposal, *, unit_of_work: PeopleUnitOfWork) -> Proposal:
    """Do away with a proposal.

    Raises:
        ProposalNotFound: there is none that the principal may know of.
        EtagMismatch: somebody changed it since it was read.
        ProposalDecided: somebody decided before.
    """
    proposal = await _held(command, unit_of_work)
    rejected = proposal.rejected(await _review(command, unit_of_work))
    await unit_of_work.proposals.update(rejected)
    event = ProposalRejected(proposal=rejected)
    unit_of_work.announce(event, actor=command.principal.actor, before=proposal)
    return rejected


async def get_settings(*, principal: Principal, unit_of_work: PeopleUnitOfWork) -> ReviewSettings:
    """Return how the tenant decides proposals."""
    return await unit_of_work.review_settings.find(principal.tenant_id)


async def update_settings(
    etag: str, *, allow_self_approval: bool, principal: Principal, unit_of_work: PeopleUnitOfWork
) -> ReviewSettings:
    """Change how the tenant decides proposals.

    Raises:
        EtagMismatch: somebody changed it since it was read.
    """
    principal.require_whole_tenant()
    before = await unit_of_work.review_settings.find(principal.tenant_id)
    require_current(etag, before.revision)
    after = before.changed(allow_self_approval=allow_self_approval)
    now = await unit_of_work.now()
    if not await unit_of_work.review_settings.keep(after, by=principal.actor_id, at=now):
        raise Conflict("Somebody else changed the settings at the same time. Retry.")
    unit_of_work.announce(
        ReviewSettingsChanged(settings=after), actor=principal.actor, before=before
    )
    return after


async def _held(command: ReviewProposal, unit_of_work: PeopleUnitOfWork) -> Proposal:
    command.principal.require_whole_tenant()
    proposal = await unit_of_work.proposals.hold(command.principal.tenant_id, command.proposal_id)
    if proposal is None:
        raise ProposalNotFound.of(command.proposal_id)
    if proposal.state is ProposalState.PENDING:
        # What is decided is told as such, whichever etag somebody still has of it.
        require_current(command.etag, proposal.revision)
    return proposal


async def _review(command: ReviewProposal, unit_of_work: PeopleUnitOfWork) -> Review:
    return Review(by=command.principal.actor_id, at=await unit_of_work.now(), reason=command.reason)
