"""Violations and their cases in Postgres."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, insert, select, tuple_, update
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

    async def read(self, keys: Sequence[CaseKey]) -> dict[CaseKey, Case]:
        """Return cases as they are."""
        return await self._found(select(CASES).where(_KEY_OF_CASE.in_(_rows(keys))))

    async def hold_all(self, keys: Sequence[CaseKey]) -> dict[CaseKey, Case]:
        """Return cases as they stay until this transaction ends."""
        statement = select(CASES).where(_KEY_OF_CASE.in_(_rows(keys)))
        # In one order, so that two who conclude the same cases do not wait for each other.
        ordered = statement.order_by(*CASES.primary_key.columns)
        return await self._found(ordered.with_for_update(key_share=True))

    async def _found(self, statement: Select[Any]) -> dict[CaseKey, Case]:
        rows = (await self._connection.execute(statement)).mappings()
        return {case.key: case for case in map(case_of, rows)}

    async def violations(self, keys: Sequence[CaseKey]) -> Mapping[CaseKey, Sequence[Violation]]:
        """Return all violations of cases, oldest first."""
        statement = select(VIOLATIONS).where(_KEY_OF_VIOLATION.in_(_rows(keys)))
        rows = (await self._connection.execute(statement.order_by(VIOLATIONS.c.id))).mappings()
        found: dict[CaseKey, list[Violation]] = {}
        for violation in map(violation_of, rows):
            found.setdefault(violation.key, []).append(violation)
        return found

    async def conclude(self, cases: Sequence[Case]) -> None:
        """Keep what held cases came to."""
        rows = [
            {
                **{f"of_{name}": value for name, value in key_row(case.key).items()},
                "conclusion": case.conclusion,
                "prevention_id": case.prevention_id,
            }
            for case in cases
        ]
        if rows:
            await self._connection.execute(_CONCLUDE, rows)


_KEY_COLUMNS = tuple(column.name for column in CASES.primary_key.columns)
_KEY_OF_CASE = tuple_(*(CASES.c[name] for name in _KEY_COLUMNS))
_KEY_OF_VIOLATION = tuple_(*(VIOLATIONS.c[name] for name in _KEY_COLUMNS))
_CONCLUDE = (
    update(CASES)
    .where(*(CASES.c[name] == bindparam(f"of_{name}") for name in _KEY_COLUMNS))
    .values(
        conclusion=bindparam("conclusion"),
        prevention_id=bindparam("prevention_id"),
        concluded_at=func.clock_timestamp(),
    )
)


def _rows(keys: Sequence[CaseKey]) -> list[tuple[Any, ...]]:
    plain = map(key_row, keys)
    return [tuple(row[name] for name in _KEY_COLUMNS) for row in plain]


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
