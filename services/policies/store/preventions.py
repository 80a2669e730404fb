"""Suppression in Postgres: what learned policies cover, what was decided, what was prevented."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import PolicyId, RunId, TenantId
from kernel.pagination import Page, PageRequest
from services.policies.domain.policy import PolicySource, PolicyState
from services.policies.domain.suppression import (
    LearnedSignature,
    Mishap,
    PreventionRecord,
    Suppression,
)
from services.policies.store.people_tables import POLICY_SIGNATURES, PREVENTIONS, SUPPRESSIONS
from services.policies.store.tables import GATES, POLICIES
from services.policies.usecases.people_ports import RecordFilter

_FIELDS = tuple(column.name for column in PREVENTIONS.columns)
_SIGNATURE_FIELDS = tuple(column.name for column in POLICY_SIGNATURES.columns)


class PostgresPreventions:
    """Implements the keeper of suppressions on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def learn(self, learned: LearnedSignature) -> None:
        """Keep that a learned policy covers a signature."""
        row = {name: getattr(learned, name) for name in _SIGNATURE_FIELDS}
        await self._connection.execute(insert(POLICY_SIGNATURES), row)

    async def covering(self, tenant_id: TenantId, signature: str) -> Sequence[LearnedSignature]:
        """Return what covers a signature now, the lowest policy first; it stays so until the end.

        Whoever wants to suspend or retire one of these policies waits for our commit.
        """
        statement = (
            select(POLICY_SIGNATURES)
            .join(
                POLICIES,
                (POLICIES.c.tenant_id == POLICY_SIGNATURES.c.tenant_id)
                & (POLICIES.c.id == POLICY_SIGNATURES.c.policy_id),
            )
            .where(
                POLICY_SIGNATURES.c.tenant_id == tenant_id,
                POLICY_SIGNATURES.c.signature == signature,
                POLICIES.c.state == PolicyState.ACTIVE,
                POLICIES.c.source == PolicySource.LEARNED,
            )
            .order_by(POLICIES.c.id)
            .with_for_update(read=True, of=POLICIES)
        )
        rows = (await self._connection.execute(statement)).mappings()
        return [
            LearnedSignature(
                **{
                    **row,
                    "tenant_id": TenantId(row["tenant_id"]),
                    "policy_id": PolicyId(row["policy_id"]),
                }
            )
            for row in rows
        ]

    async def find(self, mishap: Mishap) -> Suppression | None:
        """Return what was decided about a mishap before, if anything was."""
        known = SUPPRESSIONS.c
        statement = select(SUPPRESSIONS).where(
            known.tenant_id == mishap.tenant_id,
            known.run_id == mishap.run_id,
            known.policy_id == mishap.policy_id,
            known.signature == mishap.signature,
        )
        row = (await self._connection.execute(statement)).mappings().first()
        if row is None:
            return None
        prevention = None
        if row["prevention_id"] is not None:
            prevention = await self._prevention(mishap.tenant_id, row["prevention_id"])
        return Suppression(
            id=row["id"],
            tenant_id=TenantId(row["tenant_id"]),
            run_id=RunId(row["run_id"]),
            policy_id=row["policy_id"],
            signature=row["signature"],
            incident_id=row["incident_id"],
            decided_at=row["decided_at"],
            prevention=prevention,
        )

    async def keep(self, suppression: Suppression) -> bool:
        """Keep what is decided; False if somebody else decided first."""
        prevention = suppression.prevention
        row = {
            "tenant_id": suppression.tenant_id,
            "run_id": suppression.run_id,
            "policy_id": suppression.policy_id,
            "signature": suppression.signature,
            "id": suppression.id,
            "incident_id": suppression.incident_id,
            "prevention_id": None if prevention is None else prevention.id,
            "decided_at": suppression.decided_at,
        }
        statement = upsert(SUPPRESSIONS).values(row).on_conflict_do_nothing()
        if not (await self._connection.execute(statement)).rowcount:
            return False
        if prevention is not None:
            record = {name: getattr(prevention, name) for name in _FIELDS}
            await self._connection.execute(insert(PREVENTIONS), record)
        return True

    async def list(
        self, tenant_id: TenantId, wanted: RecordFilter, page: PageRequest
    ) -> Page[PreventionRecord]:
        """Return prevention records, newest first; the page key is the id of the last one."""
        rows = await self._connection.execute(filtered(PREVENTIONS, tenant_id, wanted, page))
        found = [_prevention_of(row) for row in rows.mappings()]
        return Page.cut(found, page.size, key=lambda item: (item.id,))

    async def _prevention(self, tenant_id: TenantId, name: str) -> PreventionRecord:
        statement = select(PREVENTIONS).where(
            PREVENTIONS.c.tenant_id == tenant_id, PREVENTIONS.c.id == name
        )
        return _prevention_of((await self._connection.execute(statement)).mappings().one())


def filtered(table: Any, tenant_id: TenantId, wanted: RecordFilter, page: PageRequest) -> Any:
    """Read rows about runs, newest first, and one more than the page holds."""
    statement = select(table).where(table.c.tenant_id == tenant_id)
    if wanted.run_id:
        statement = statement.where(table.c.run_id == wanted.run_id)
    if wanted.policy_id:
        statement = statement.where(table.c.policy_id == wanted.policy_id)
    if wanted.project_id is not None:
        own = select(GATES.c.run_id).where(
            GATES.c.tenant_id == tenant_id,
            GATES.c.run_id == table.c.run_id,
            GATES.c.project_id == wanted.project_id,
        )
        statement = statement.where(own.exists())
    if page.after:
        statement = statement.where(table.c.id < page.after[0])
    return statement.order_by(table.c.id.desc()).limit(page.size + 1)


def _prevention_of(row: Any) -> PreventionRecord:
    return PreventionRecord(
        **{
            **row,
            "tenant_id": TenantId(row["tenant_id"]),
            "policy_id": PolicyId(row["policy_id"]),
            "run_id": RunId(row["run_id"]),
        }
    )
