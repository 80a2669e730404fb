"""Rollouts in Postgres, and what they have shown."""

from typing import Any

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import PolicyId, RolloutId, RunId, TenantId
from kernel.pagination import Page, PageRequest
from services.policies.domain.action import Action
from services.policies.domain.plain import canonical
from services.policies.domain.rollout import UNDER_WAY, Divergence, Rollout, RolloutState, Totals
from services.policies.store.rollout_tables import ROLLOUTS, SHADOW_DIVERGENCES
from services.policies.store.rows import body_of
from services.policies.usecases.rollout_ports import RolloutFilter

# What the runs have spent from the step on at which the candidate would have halted them, and what
# the refused steps might have cost that it would have let happen.
_TOTALS = text("""
WITH diverged AS (
  SELECT *, candidate_action > in_force_action AS harsher,
         candidate_action >= 3 AND in_force_action < 3 AND NOT canary AS would_halt,
         in_force_action >= 3 AND candidate_action < 3 AND NOT canary AS would_let
  FROM shadow_divergences
  WHERE tenant_id = :tenant_id AND policy_id = :policy_id
    AND candidate_version = :candidate_version
), spent AS (
  SELECT sum((r.settled::json ->> 2)::bigint) AS cost
  FROM diverged v
  JOIN decisions d ON d.tenant_id = v.tenant_id AND d.run_id = v.run_id
                  AND d.decided_at >= v.decided_at
  JOIN reservations r ON r.tenant_id = d.tenant_id AND r.run_id = d.run_id
                     AND r.step_id = d.step_id AND r.state = 'SETTLED'
  WHERE v.would_halt
)
SELECT count(*) FILTER (WHERE harsher) AS harsher,
       count(*) FILTER (WHERE NOT harsher) AS milder,
       coalesce((SELECT cost FROM spent), 0) AS would_save,
       coalesce(sum(cost_micro_usd) FILTER (WHERE would_let), 0) AS would_cost,
       (SELECT count(*) FROM gates g
        WHERE g.tenant_id = :tenant_id AND :policy_id = ANY (g.policy_ids)
          AND g.opened_at >= :since
          AND g.opened_at <= coalesce(CAST(:until AS timestamptz), 'infinity')) AS observed
FROM diverged
""")


class PostgresRollouts:
    """Implements the repository of rollouts on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, rollout: Rollout) -> None:
        """Keep a new rollout."""
        await self._connection.execute(insert(ROLLOUTS), _row(rollout))

    async def find(self, tenant_id: TenantId, rollout_id: RolloutId) -> Rollout | None:
        """Return the rollout, or None if the tenant has none with this id."""
        return await self._one(_named(tenant_id, rollout_id))

    async def hold(self, tenant_id: TenantId, rollout_id: RolloutId) -> Rollout | None:
        """Return the rollout as it stays until this transaction ends."""
        return await self._one(_named(tenant_id, rollout_id).with_for_update(key_share=True))

    async def update(self, rollout: Rollout) -> None:
        """Keep the new state of a rollout that is held."""
        statement = update(ROLLOUTS).where(
            ROLLOUTS.c.tenant_id == rollout.tenant_id, ROLLOUTS.c.id == rollout.id
        )
        await self._connection.execute(statement.values(_row(rollout)))

    async def list(
        self, tenant_id: TenantId, wanted: RolloutFilter, page: PageRequest
    ) -> Page[Rollout]:
        """Return rollouts, newest first; the page key is the id of the last one."""
        statement = select(ROLLOUTS).where(ROLLOUTS.c.tenant_id == tenant_id)
        if wanted.policy_id:
            statement = statement.where(ROLLOUTS.c.policy_id == wanted.policy_id)
        if wanted.only_under_way:
            statement = statement.where(ROLLOUTS.c.state.in_(UNDER_WAY))
        if page.after:
            statement = statement.where(ROLLOUTS.c.id < page.after[0])
        statement = statement.order_by(ROLLOUTS.c.id.desc()).limit(page.size + 1)
        rows = (await self._connection.execute(statement)).mappings()
        return Page.cut([_rollout_of(row) for row in rows], page.size, key=lambda item: (item.id,))

    async def totals(self, rollout: Rollout) -> Totals:
        """Add up what the rollout has shown."""
        row = (
            await self._connection.execute(
                _TOTALS.bindparams(
                    tenant_id=rollout.tenant_id,
                    policy_id=rollout.policy_id,
                    candidate_version=rollout.candidate_version,
                    since=rollout.created_at,
                    until=None if rollout.state in UNDER_WAY else rollout.updated_at,
                )
            )
        ).one()
        return Totals(
            runs_observed=row.observed,
            runs_candidate_harsher=row.harsher,
            runs_candidate_milder=row.milder,
            would_save_micro_usd=int(row.would_save),
            would_cost_micro_usd=int(row.would_cost),
        )

    async def divergences(self, rollout: Rollout, page: PageRequest) -> Page[Divergence]:
        """Return where the versions disagreed, newest run first; the page key is the run."""
        columns = SHADOW_DIVERGENCES.c
        statement = select(SHADOW_DIVERGENCES).where(
            columns.tenant_id == rollout.tenant_id,
            columns.policy_id == rollout.policy_id,
            columns.candidate_version == rollout.candidate_version,
        )
        if page.after:
            statement = statement.where(columns.run_id < page.after[0])
        statement = statement.order_by(columns.run_id.desc()).limit(page.size + 1)
        rows = (await self._connection.execute(statement)).mappings()
        found = [_divergence_of(row) for row in rows]
        return Page.cut(found, page.size, key=lambda item: (item.run_id,))

    async def _one(self, statement: Any) -> Rollout | None:
        row = (await self._connection.execute(statement)).mappings().first()
        return None if row is None else _rollout_of(row)


def _named(tenant_id: TenantId, rollout_id: RolloutId) -> Any:
    return select(ROLLOUTS).where(ROLLOUTS.c.tenant_id == tenant_id, ROLLOUTS.c.id == rollout_id)


def _row(rollout: Rollout) -> dict[str, Any]:
    fields = {column.name: getattr(rollout, column.name) for column in ROLLOUTS.columns}
    return {**fields, "body": canonical(rollout.body)}


def _rollout_of(row: Any) -> Rollout:
    return Rollout(
        **{
            **row,
            "id": RolloutId(row["id"]),
            "policy_id": PolicyId(row["policy_id"]),
            "body": body_of(row["body"]),
            "state": RolloutState(row["state"]),
        }
    )


def _divergence_of(row: Any) -> Divergence:
    return Divergence(
        **{
            **row,
            "run_id": RunId(row["run_id"]),
            "in_force_action": Action(row["in_force_action"]),
            "candidate_action": Action(row["candidate_action"]),
        }
    )
