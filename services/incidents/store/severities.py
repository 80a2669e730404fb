"""What tenants have set, in Postgres."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import TenantId
from kernel.ledger import state_of
from services.incidents.domain.kinds import Category, Severity, TriggerType
from services.incidents.domain.severity import SeverityRule, SeverityTable
from services.incidents.store.tables import SEVERITIES


class PostgresSeverities:
    """Implements the keeper of severities on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, tenant_id: TenantId) -> SeverityTable:
        """Return a tenant's table."""
        statement = select(SEVERITIES).where(SEVERITIES.c.tenant_id == tenant_id)
        row = (await self._connection.execute(statement)).mappings().first()
        if row is None:
            return SeverityTable(tenant_id=tenant_id)
        return SeverityTable(
            tenant_id=tenant_id,
            overrides=tuple(_rule_of(plain) for plain in row["rules"]),
            revision=row["revision"],
        )

    async def keep(self, table: SeverityTable, *, by: str, at: datetime) -> bool:
        """Keep a changed table; False if somebody else changed it meanwhile."""
        values = {
            "rules": [state_of(rule) for rule in table.overrides],
            "changed_by": by,
            "changed_at": at,
            "revision": table.revision,
        }
        statement = insert(SEVERITIES).values(tenant_id=table.tenant_id, **values)
        result = await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=[SEVERITIES.c.tenant_id],
                set_=values,
                where=SEVERITIES.c.revision == table.revision - 1,
            )
        )
        return bool(result.rowcount)


def _rule_of(plain: dict[str, Any]) -> SeverityRule:
    noticed = plain["trigger_type"]
    return SeverityRule(
        category=Category(plain["category"]),
        severity=Severity(plain["severity"]),
        trigger_type=None if noticed is None else TriggerType(noticed),
    )
