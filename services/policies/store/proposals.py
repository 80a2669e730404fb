"""Proposals and how tenants decide them, in Postgres."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import ProposalId, RunId, TenantId
from kernel.pagination import Page, PageRequest
from services.policies.domain.plain import canonical
from services.policies.domain.proposal import Proposal, ProposalState, Review, ReviewSettings
from services.policies.store.people_tables import PROPOSALS, TENANT_SETTINGS
from services.policies.store.rows import body_of


class PostgresProposals:
    """Implements the repository of proposals on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, proposal: Proposal) -> bool:
        """Keep a new proposal; False if its incident has led to one."""
        statement = upsert(PROPOSALS).values(_row(proposal)).on_conflict_do_nothing()
        return bool((await self._connection.execute(statement)).rowcount)

    async def of_incident(self, tenant_id: TenantId, incident_id: str) -> Proposal | None:
        """Return the proposal that an incident has led to."""
        return await self._one(
            select(PROPOSALS).where(
                PROPOSALS.c.tenant_id == tenant_id,
                PROPOSALS.c.triggering_incident_id == incident_id,
            )
        )

    async def find(self, tenant_id: TenantId, proposal_id: ProposalId) -> Proposal | None:
        """Return the proposal, or None if the tenant has none with this id."""
        return await self._one(_named(tenant_id, proposal_id))

    async def hold(self, tenant_id: TenantId, proposal_id: ProposalId) -> Proposal | None:
        """Return the proposal as it stays until this transaction ends."""
        return await self._one(_named(tenant_id, proposal_id).with_for_update(key_share=True))

    async def update(self, proposal: Proposal) -> None:
        """Keep the new state of a proposal that is held."""
        statement = update(PROPOSALS).where(
            PROPOSALS.c.tenant_id == proposal.tenant_id, PROPOSALS.c.id == proposal.id
        )
        await self._connection.execute(statement.values(_row(proposal)))

    async def list(
        self, tenant_id: TenantId, state: ProposalState | None, page: PageRequest
    ) -> Page[Proposal]:
        """Return proposals, newest first; the page key is the id of the last one."""
        statement = select(PROPOSALS).where(PROPOSALS.c.tenant_id == tenant_id)
        if state is not None:
            statement = statement.where(PROPOSALS.c.status == state)
        if page.after:
            statement = statement.where(PROPOSALS.c.id < page.after[0])
        statement = statement.order_by(PROPOSALS.c.id.desc()).limit(page.size + 1)
        rows = (await self._connection.execute(statement)).mappings()
        return Page.cut([_proposal_of(row) for row in rows], page.size, key=lambda item: (item.id,))

    async def _one(self, statement: Any) -> Proposal | None:
        row = (await self._connection.execute(statement)).mappings().first()
        return None if row is None else _proposal_of(row)


class PostgresReviewSettings:
    """Implements the keeper of review settings on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, tenant_id: TenantId) -> ReviewSettings:
        """Return how a tenant decides proposals."""
        statement = select(TENANT_SETTINGS).where(TENANT_SETTINGS.c.tenant_id == tenant_id)
        row = (await self._connection.execute(statement)).mappings().first()
        if row is None:
            return ReviewSettings(tenant_id=tenant_id)
        return ReviewSettings(
            tenant_id=tenant_id,
            allow_self_approval=row["allow_self_approval"],
            revision=row["revision"],
        )

    async def keep(self, settings: ReviewSettings, *, by: str, at: Any) -> bool:
        """Keep changed settings; False if somebody else changed them meanwhile."""
        values = {
            "allow_self_approval": settings.allow_self_approval,
            "changed_by": by,
            "changed_at": at,
            "revision": settings.revision,
        }
        statement = (
            upsert(TENANT_SETTINGS)
            .values(tenant_id=settings.tenant_id, **values)
            .on_conflict_do_update(
                index_elements=[TENANT_SETTINGS.c.tenant_id],
                set_=values,
                where=TENANT_SETTINGS.c.revision == settings.revision - 1,
            )
        )
        return bool((await self._connection.execute(statement)).rowcount)


def _named(tenant_id: TenantId, proposal_id: ProposalId) -> Any:
    return select(PROPOSALS).where(
        PROPOSALS.c.tenant_id == tenant_id, PROPOSALS.c.id == proposal_id
    )


def _row(proposal: Proposal) -> dict[str, Any]:
    review = proposal.review
    return {
        "tenant_id": proposal.tenant_id,
        "id": proposal.id,
        "triggering_incident_id": proposal.incident_id,
        "triggering_run_id": proposal.run_id,
        "signature": proposal.signature,
        "pattern_id": proposal.pattern_id,
        "body": canonical(proposal.body),
        "rationale": proposal.rationale,
        "status": proposal.state,
        "created_by": proposal.created_by,
        "created_at": proposal.created_at,
        "reviewer": None if review is None else review.by,
        "reviewed_at": None if review is None else review.at,
        "reason": "" if review is None else review.reason,
        "policy_id": proposal.policy_id or None,
        "synthetic_scenario_id": proposal.synthetic_scenario_id,
        "revision": proposal.revision,
    }


def _proposal_of(row: Any) -> Proposal:
    review = None
    if row["reviewer"] is not None:
        review = Review(by=row["reviewer"], at=row["reviewed_at"], reason=row["reason"])
    return Proposal(
        id=ProposalId(row["id"]),
        tenant_id=TenantId(row["tenant_id"]),
        incident_id=row["triggering_incident_id"],
        run_id=RunId(row["triggering_run_id"]),
        signature=row["signature"],
        pattern_id=row["pattern_id"],
        body=body_of(row["body"]),
        rationale=row["rationale"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        state=ProposalState(row["status"]),
        review=review,
        policy_id=row["policy_id"] or "",
        synthetic_scenario_id=row["synthetic_scenario_id"],
        revision=row["revision"],
    )
