"""What was enforced, and what came of it, in Postgres."""

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import TenantId
from kernel.pagination import Page, PageRequest
from services.policies.domain.action import Action
from services.policies.domain.enforcement import Enforcement
from services.policies.store.preventions import filtered
from services.policies.store.tables import ENFORCEMENTS, INCIDENT_LINKS
from services.policies.usecases.people_ports import RecordFilter


class PostgresEnforcements:
    """Implements the keeper of enforcements on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def list(
        self, tenant_id: TenantId, wanted: RecordFilter, page: PageRequest
    ) -> Page[Enforcement]:
        """Return what was enforced, newest first; the page key is the id of the last one."""
        statement = filtered(ENFORCEMENTS, tenant_id, wanted, page)
        rows = (await self._connection.execute(statement)).mappings().all()
        links = await self._links(tenant_id, {row["run_id"] for row in rows})
        found = [
            _enforcement_of(row, links.get((row["run_id"], row["policy_id"]), "")) for row in rows
        ]
        return Page.cut(found, page.size, key=lambda item: (item.id,))

    async def link(
        self, tenant_id: TenantId, *, run_id: str, policy_id: str, incident_id: str
    ) -> None:
        """Keep which incident came of a run and a policy; the first one stays."""
        statement = insert(INCIDENT_LINKS).values(
            tenant_id=tenant_id, run_id=run_id, policy_id=policy_id, incident_id=incident_id
        )
        await self._connection.execute(statement.on_conflict_do_nothing())

    async def _links(self, tenant_id: TenantId, run_ids: set[str]) -> dict[tuple[str, str], str]:
        statement = select(INCIDENT_LINKS).where(
            INCIDENT_LINKS.c.tenant_id == tenant_id, INCIDENT_LINKS.c.run_id.in_(run_ids)
        )
        rows = (await self._connection.execute(statement)).mappings()
        return {(row["run_id"], row["policy_id"]): row["incident_id"] for row in rows}


def _enforcement_of(row: Any, incident_id: str) -> Enforcement:
    details = json.loads(row["details"])
    return Enforcement(
        id=row["id"],
        run_id=row["run_id"],
        step_id=row["step_id"],
        policy_id=row["policy_id"],
        rule_id=row["rule_id"],
        action=Action[row["action_taken"]],
        value=details["value"],
        threshold=details["threshold"],
        detail=details["detail"],
        decision_id=details["decision_id"],
        triggered_at=row["triggered_at"],
        synthetic_scenario_id=row["synthetic_scenario_id"],
        incident_id=incident_id,
    )
