"""Violations and their cases in Postgres."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_find
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import IncidentId, TenantId
from servicekit.database import Database
from services.incidents.domain.kinds import Conclusion
from services.incidents.domain.violation import Case, CaseKey, Violation
from services.incidents.store.rows import (
    case_of,
    key_of,
    key_row,
    violation_of,
    violation_row,
)
from services.incidents.store.tables import CASES, VIOLATIONS

_PURPOSE = "pending_cases"


class PostgresCases:
    """Implements the repository of cases on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def reported(self, tenant_id: TenantId, source_id: str) -> Violation | None:
        """Return the violation that a request or event brought before, if it did."""
        statement = select(VIOLATIONS).where(
            VIOLATIONS.c.tenant_id == tenant_id, VIOLATIONS.c.source_id == source_id
        )
        row = (await self._connection.execute(statement)).mappings().first()
        return None if row is None else violation_of(row)

    async def open(self, violation: Violation, incident_id: IncidentId) -> Case:
        """Return the violation's case as it stays until the end; made if there is none."""
        new = insert_or_find(CASES).values(
            **key_row(violation.key),
            incident_id=incident_id,
            signature=violation.signature,
            category=violation.category,
            conclusion=Conclusion.PENDING,
            synthetic_scenario_id=violation.synthetic_scenario_id,
            created_at=violation.created_at,
        )
        await self._connection.execute(new.on_conflict_do_nothing(index_elements=CASES.primary_key))
        return await self.hold(violation.key)

    async def hold(self, key: CaseKey) -> Case:
        """Return a case as it stays until this transaction ends."""
        statement = select(CASES).where(*_is_case(key)).with_for_update(key_share=True)
        return case_of((await self._connection.execute(statement)).mappings().one())

    async def keep(self, violation: Violation) -> None:
        """Keep a violation; its case is there."""
        await self._connection.execute(insert(VIOLATIONS), violation_row(violation))

    async def violations(self, key: CaseKey) -> Sequence[Violation]:
        """Return all violations of a case, oldest first."""
        own = [VIOLATIONS.c[name] == value for name, value in key_row(key).items()]
        statement = select(VIOLATIONS).where(*own).order_by(VIOLATIONS.c.id)
        return [violation_of(row) for row in (await self._connection.execute(statement)).mappings()]

    async def conclude(self, case: Case) -> None:
        """Keep what a held case came to."""
        statement = update(CASES).where(*_is_case(case.key))
        await self._connection.execute(
            statement.values(
                conclusion=case.conclusion,
                prevention_id=case.prevention_id,
                concluded_at=func.clock_timestamp(),
            )
        )


def _is_case(key: CaseKey) -> list[ColumnElement[bool]]:
    return [CASES.c[name] == value for name, value in key_row(key).items()]


class PostgresPendingCases:
    """Finds cases of all tenants whose conclusion nobody has drawn yet."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, limit: int) -> Sequence[CaseKey]:
        """Return the oldest of them, those first for which nobody has to be asked.

        Among them is that somebody is away: it must not wait behind what waits for that one.
        """
        statement = (
            select(CASES)
            .where(CASES.c.conclusion == Conclusion.PENDING)
            .order_by(CASES.c.run_id != "", CASES.c.created_at)
            .limit(limit)
        )
        async with self._database.transaction(purpose=_PURPOSE, read_only=True) as connection:
            return [key_of(row) for row in (await connection.execute(statement)).mappings()]
