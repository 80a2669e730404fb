"""What was enforced, read back from Postgres."""

import json
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import TenantId
from kernel.pagination import Page, PageRequest
from services.policies.domain.action import Action
from services.policies.domain.enforcement import Enforcement
from services.policies.store.preventions import filtered
from services.policies.store.tables import ENFORCEMENTS
from services.policies.usecases.people_ports import RecordFilter


class PostgresEnforcements:
    """Implements the reader of enforcements on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def list(
        self, tenant_id: TenantId, wanted: RecordFilter, page: PageRequest
    ) -> Page[Enforcement]:
        """Return what was enforced, newest first; the page key is the id of the last one."""
        rows = await self._connection.execute(filtered(ENFORCEMENTS, tenant_id, wanted, page))
        found = [_enforcement_of(row) for row in rows.mappings()]
        return Page.cut(found, page.size, key=lambda item: (item.id,))


def _enforcement_of(row: Any) -> Enforcement:
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
    )
