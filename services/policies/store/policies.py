"""Policies in Postgres: what they say, whom the active ones are for, which caps are in force."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, insert, or_, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import PolicyId, TenantId
from kernel.pagination import Page, PageRequest
from services.policies.domain.counting import cap_of
from services.policies.domain.plain import canonical
from services.policies.domain.policy import Policy, PolicyState
from services.policies.domain.policy_body import LimitWindow, ScopeType
from services.policies.domain.program import RunContext
from services.policies.domain.rollout import Candidate
from services.policies.store.rollout_tables import IS_UNDER_WAY, ROLLOUTS
from services.policies.store.rows import body_of, policy_of, policy_row
from services.policies.store.tables import (
    LIMITS,
    POLICIES,
    POLICY_EPOCHS,
    POLICY_TARGETS,
    POLICY_VERSIONS,
)
from services.policies.usecases.ports import CandidatePolicy, PolicyVersion

_SHARED = (LimitWindow.SLIDING, LimitWindow.CALENDAR_DAY, LimitWindow.CALENDAR_MONTH)
# Budgets that runs share obey a new cap at once: one that is below what is used lets nothing more
# through, one that is above thaws what an overrun froze.
_OBEY = text("""
UPDATE counters SET cap = new.cap,
                    frozen = frozen AND used + reserved > new.cap
FROM unnest(CAST(:names AS text[]), CAST(:caps AS bigint[])) AS new (name, cap)
WHERE counters.tenant_id = :tenant_id AND counters.policy_id = :policy_id
  -- The name of a counter begins with its policy, so the key of the table finds them.
  AND counters.id >= :policy_id || '/' AND counters.id < :policy_id || '0'
  AND counters.limit_name = new.name AND counters.cap IS NOT NULL
""")


class PostgresPolicies:
    """Implements the policy repository on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, policy: Policy) -> None:
        """Keep a new policy."""
        await self._connection.execute(insert(POLICIES), policy_row(policy))

    async def find(self, tenant_id: TenantId, policy_id: PolicyId) -> Policy | None:
        """Return the policy, or None if the tenant has none with this id."""
        return await self._one(_named(tenant_id, policy_id))

    async def hold(self, tenant_id: TenantId, policy_id: PolicyId) -> Policy | None:
        """Return the policy as it stays until this transaction ends."""
        return await self._one(_named(tenant_id, policy_id).with_for_update(key_share=True))

    async def update(self, policy: Policy) -> None:
        """Keep the new state of a policy that is held."""
        statement = update(POLICIES).where(
            POLICIES.c.tenant_id == policy.tenant_id, POLICIES.c.id == policy.id
        )
        await self._connection.execute(statement.values(policy_row(policy)))

    async def keep_version(self, policy: Policy, *, by: str) -> None:
        """Keep for ever what an active policy says."""
        known = select(POLICY_VERSIONS.c.version).where(
            POLICY_VERSIONS.c.tenant_id == policy.tenant_id,
            POLICY_VERSIONS.c.policy_id == policy.id,
            POLICY_VERSIONS.c.version == policy.version,
        )
        if (await self._connection.execute(known)).first() is not None:
            return
        await self._connection.execute(
            insert(POLICY_VERSIONS),
            {
                "tenant_id": policy.tenant_id,
                "policy_id": policy.id,
                "version": policy.version,
                "body": canonical(policy.body),
                "content_hash": policy.content_hash,
                "created_by": by,
                "created_at": policy.updated_at,
            },
        )

    async def put_in_force(self, policy: Policy) -> None:
        """Let runs find the policy, and its shared budgets obey its caps."""
        await self.take_out_of_force(policy)
        scope = policy.body.scope
        names = scope.ids if scope.type not in (ScopeType.ALL_RUNS, ScopeType.TENANT) else ("",)
        owner = {"tenant_id": policy.tenant_id, "policy_id": policy.id}
        await self._connection.execute(
            insert(POLICY_TARGETS),
            [{**owner, "scope_type": scope.type, "scope_id": name} for name in names],
        )
        if policy.body.limits:
            await self._set_caps(policy, owner)

    async def take_out_of_force(self, policy: Policy) -> None:
        """Let runs that begin now no longer find the policy."""
        await self.count_change(policy.tenant_id)
        for table in (POLICY_TARGETS, LIMITS):
            await self._connection.execute(
                delete(table).where(
                    table.c.tenant_id == policy.tenant_id, table.c.policy_id == policy.id
                )
            )

    async def epoch(self, tenant_id: TenantId) -> int:
        """How many times what is in force has changed."""
        statement = select(POLICY_EPOCHS.c.epoch).where(POLICY_EPOCHS.c.tenant_id == tenant_id)
        return int((await self._connection.execute(statement)).scalar() or 0)

    async def count_change(self, tenant_id: TenantId) -> None:
        """Note that what runs are decided by has changed."""
        statement = upsert(POLICY_EPOCHS).values(tenant_id=tenant_id, epoch=1)
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["tenant_id"], set_={"epoch": POLICY_EPOCHS.c.epoch + 1}
            )
        )

    async def rollout_under_way(self, tenant_id: TenantId, policy_id: PolicyId) -> str | None:
        """Return the rollout of the policy that is not over, or None."""
        statement = select(ROLLOUTS.c.id).where(
            ROLLOUTS.c.tenant_id == tenant_id, ROLLOUTS.c.policy_id == policy_id, IS_UNDER_WAY
        )
        return (await self._connection.execute(statement)).scalar()

    async def applying_to(self, context: RunContext) -> Sequence[CandidatePolicy]:
        """Return the active policies that apply to a run, each as it is kept."""
        named = [
            (ScopeType.ALL_RUNS, ""),
            (ScopeType.TENANT, ""),
            (ScopeType.PROJECT, context.project_id),
            (ScopeType.AGENT, context.agent_id),
            (ScopeType.API_KEY, context.api_key_id),
            (ScopeType.HUMAN_ACTOR, context.human_actor_id),
        ]
        targets = POLICY_TARGETS.c
        # Whoever lacks a key or a person has an empty one here, which no policy can name.
        matches = tuple_(targets.scope_type, targets.scope_id).in_(named)
        statement = (
            select(
                POLICIES.c.id,
                POLICIES.c.version,
                POLICIES.c.body,
                ROLLOUTS.c.candidate_version,
                ROLLOUTS.c.body.label("candidate"),
                ROLLOUTS.c.share_percent,
            )
            .select_from(
                POLICY_TARGETS.join(
                    POLICIES,
                    (POLICIES.c.tenant_id == targets.tenant_id)
                    & (POLICIES.c.id == targets.policy_id),
                ).outerjoin(
                    ROLLOUTS,
                    (ROLLOUTS.c.tenant_id == targets.tenant_id)
                    & (ROLLOUTS.c.policy_id == targets.policy_id)
                    & IS_UNDER_WAY,
                )
            )
            .where(targets.tenant_id == context.tenant_id, or_(matches))
            .order_by(POLICIES.c.id)
        )
        rows = await self._connection.execute(statement)
        return [
            CandidatePolicy(
                policy_id=PolicyId(row.id),
                version=row.version,
                content=row.body,
                on_trial=_on_trial(row),
            )
            for row in rows
        ]

    async def list(
        self, tenant_id: TenantId, state: PolicyState | None, page: PageRequest
    ) -> Page[Policy]:
        """Return policies, newest first; the page key is the id of the last one."""
        statement = select(POLICIES).where(POLICIES.c.tenant_id == tenant_id)
        if state is not None:
            statement = statement.where(POLICIES.c.state == state)
        if page.after:
            statement = statement.where(POLICIES.c.id < page.after[0])
        statement = statement.order_by(POLICIES.c.id.desc()).limit(page.size + 1)
        rows = await self._connection.execute(statement)
        return Page.cut([policy_of(row) for row in rows], page.size, key=lambda item: (item.id,))

    async def versions(
        self, tenant_id: TenantId, policy_id: PolicyId, page: PageRequest
    ) -> Page[PolicyVersion]:
        """Return what a policy has said, newest version first."""
        versions = POLICY_VERSIONS.c
        statement = select(POLICY_VERSIONS).where(
            versions.tenant_id == tenant_id, versions.policy_id == policy_id
        )
        if page.after:
            statement = statement.where(versions.version < int(page.after[0]))
        statement = statement.order_by(versions.version.desc()).limit(page.size + 1)
        rows = await self._connection.execute(statement)
        found = [_version_of(row) for row in rows]
        return Page.cut(found, page.size, key=lambda item: (str(item.version),))

    async def _one(self, statement: Any) -> Policy | None:
        row = (await self._connection.execute(statement)).first()
        return None if row is None else policy_of(row)

    async def _set_caps(self, policy: Policy, owner: dict[str, Any]) -> None:
        limits = policy.body.limits
        await self._connection.execute(
            insert(LIMITS),
            [
                {
                    **owner,
                    "name": limit.name,
                    "type": limit.type,
                    "cap": cap_of(limit),
                    "window_kind": limit.window,
                    "window_seconds": limit.window_seconds,
                }
                for limit in limits
            ],
        )
        shared = [limit for limit in limits if limit.window in _SHARED]
        await self._connection.execute(
            _OBEY,
            {
                **owner,
                "names": [limit.name for limit in shared],
                "caps": [cap_of(limit) for limit in shared],
            },
        )


def _named(tenant_id: TenantId, policy_id: PolicyId) -> Any:
    return select(POLICIES).where(POLICIES.c.tenant_id == tenant_id, POLICIES.c.id == policy_id)


def _on_trial(row: Any) -> Candidate | None:
    if row.candidate_version is None:
        return None
    return Candidate(
        version=row.candidate_version, content=row.candidate, share_percent=row.share_percent
    )


def _version_of(row: Row[Any]) -> PolicyVersion:
    return PolicyVersion(
        version=row.version,
        body=body_of(row.body),
        content_hash=row.content_hash,
        created_by=row.created_by,
        created_at=row.created_at,
    )
