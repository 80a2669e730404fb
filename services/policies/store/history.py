"""The runs of a tenant and the steps they took, for whoever tries a policy on the past."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import TenantId
from services.policies.domain.action import Action
from services.policies.domain.gate import Gate
from services.policies.store.rows import gate_of
from services.policies.store.tables import DECISIONS, GATES, RESERVATIONS
from services.policies.usecases.people_ports import TakenStep


class PostgresHistory:
    """Implements the reader of the past on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def last_runs(self, tenant_id: TenantId, limit: int) -> Sequence[Gate]:
        """Return the gates of a tenant's last runs, newest first."""
        statement = (
            select(GATES)
            .where(GATES.c.tenant_id == tenant_id)
            .order_by(GATES.c.run_id.desc())
            .limit(limit)
        )
        return [gate_of(row) for row in (await self._connection.execute(statement)).mappings()]

    async def steps_taken(self, gate: Gate, limit: int) -> Sequence[TakenStep]:
        """Return the steps that a run was admitted to, oldest first."""
        statement = (
            select(
                DECISIONS.c.step_id,
                DECISIONS.c.decided_at,
                DECISIONS.c.inputs,
                RESERVATIONS.c.settled,
            )
            .join(
                RESERVATIONS,
                (RESERVATIONS.c.tenant_id == DECISIONS.c.tenant_id)
                & (RESERVATIONS.c.run_id == DECISIONS.c.run_id)
                & (RESERVATIONS.c.step_id == DECISIONS.c.step_id),
                isouter=True,
            )
            .where(
                DECISIONS.c.tenant_id == gate.tenant_id,
                DECISIONS.c.run_id == gate.run_id,
                DECISIONS.c.action <= int(Action.WARN),
            )
            .order_by(DECISIONS.c.id)
            .limit(limit)
        )
        return [
            TakenStep(
                step_id=row.step_id,
                decided_at=row.decided_at,
                inputs=row.inputs,
                settled=row.settled or "",
            )
            for row in await self._connection.execute(statement)
        ]
