"""Reads the cases of runs, with the incidents that came of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from kernel.identifiers import TenantId
from servicekit.database import Database
from services.incidents.domain.kinds import Category, Conclusion, Severity
from services.incidents.store.rows import key_of
from services.incidents.store.tables import CASES, INCIDENTS
from services.incidents.usecases.conclude_runs import RunCase

_WITH_INCIDENTS = select(
    CASES,
    INCIDENTS.c.category.label("incident_category"),
    INCIDENTS.c.severity,
).select_from(
    CASES.outerjoin(
        INCIDENTS,
        (INCIDENTS.c.tenant_id == CASES.c.tenant_id) & (INCIDENTS.c.id == CASES.c.incident_id),
    )
)


class PostgresRunCases:
    """Finds the cases of runs of a tenant, in one statement."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, tenant_id: TenantId, run_ids: Sequence[str]) -> Sequence[RunCase]:
        """Return every case of the runs."""
        statement = _WITH_INCIDENTS.where(
            CASES.c.tenant_id == tenant_id, CASES.c.run_id.in_(run_ids)
        )
        async with self._database.transaction(tenant_id, read_only=True) as connection:
            rows = (await connection.execute(statement)).mappings()
            return [_case_of(row) for row in rows]


def _case_of(row: Mapping[Any, Any]) -> RunCase:
    made = row["severity"] is not None
    return RunCase(
        key=key_of(row),
        conclusion=Conclusion(row["conclusion"]),
        incident_id=row["incident_id"] if made else "",
        prevention_id=row["prevention_id"],
        category=Category(row["incident_category"] if made else row["category"]),
        severity=Severity(row["severity"]) if made else None,
        signature=row["signature"],
    )
