"""Violations and their cases in Postgres."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, bindparam, func, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as insert_or_find
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import new_id
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

    async def reported(self, violations: Sequence[Violation]) -> Mapping[str, Violation]:
        """Return, by their sources, what the same requests or events brought before."""
        sources = {(one.tenant_id, one.source_id) for one in violations}
        statement = select(VIOLATIONS).where(_SOURCE.in_(sorted(sources)))
        rows = (await self._connection.execute(statement)).mappings()
        return {violation.source_id: violation for violation in map(violation_of, rows)}

    async def open(self, violations: Sequence[Violation]) -> Mapping[CaseKey, Case]:
        """Return the violations' cases as they stay until the end; made where there is none."""
        if not violations:
            return {}
        first = {violation.key: violation for violation in reversed(violations)}
        # In one order, so that two who open the same cases do not wait for each other.
        rows = [_new_case(first[key]) for key in sorted(first, key=_columns)]
        new = insert_or_find(CASES).on_conflict_do_nothing(index_elements=CASES.primary_key)
        await self._connection.execute(new, rows)
        return await self.hold_all(list(first))

    async def keep(self, violations: Sequence[Violation]) -> None:
        """Keep violations; their cases are there."""
        if violations:
            rows = [violation_row(violation) for violation in violations]
            await self._connection.execute(insert(VIOLATIONS), rows)

    async def read(self, keys: Sequence[CaseKey]) -> dict[CaseKey, Case]:
        """Return cases as they are."""
        if not keys:
            return {}
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
_SOURCE = tuple_(VIOLATIONS.c.tenant_id, VIOLATIONS.c.source_id)
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
    return [_columns(key) for key in keys]


def _columns(key: CaseKey) -> tuple[Any, ...]:
    row = key_row(key)
    return tuple(row[name] for name in _KEY_COLUMNS)


def _new_case(violation: Violation) -> dict[str, Any]:
    return {
        **key_row(violation.key),
        "incident_id": new_id("inc"),
        "signature": violation.signature,
        "category": violation.category,
        "conclusion": Conclusion.PENDING,
        "synthetic_scenario_id": violation.synthetic_scenario_id,
        "created_at": violation.created_at,
    }


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
