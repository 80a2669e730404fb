"""Who executes which run, in Postgres."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import RunId, TenantId
from services.orchestrator.store.tables import HOLDERS
from services.orchestrator.usecases.session_ports import Obeyed


class PostgresHolders:
    """Implements the repository of holders on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def take(
        self, tenant_id: TenantId, run_id: RunId, session_id: str, lasting: timedelta
    ) -> bool:
        """Hold a run that nobody else holds; False if somebody does."""
        until = func.clock_timestamp() + lasting
        statement = insert(HOLDERS).values(
            tenant_id=tenant_id, run_id=run_id, session_id=session_id, held_until=until
        )
        free = or_(
            HOLDERS.c.session_id == session_id, HOLDERS.c.held_until <= func.clock_timestamp()
        )
        statement = statement.on_conflict_do_update(
            index_elements=HOLDERS.primary_key,
            set_={"session_id": session_id, "held_until": until},
            where=free,
        )
        taken = await self._connection.execute(statement.returning(HOLDERS.c.run_id))
        return taken.first() is not None

    async def renew(
        self, tenant_id: TenantId, run_ids: Sequence[RunId], session_id: str, lasting: timedelta
    ) -> set[RunId]:
        """Hold runs for longer; those that are somebody else's by now are left out."""
        statement = (
            update(HOLDERS)
            .where(
                HOLDERS.c.tenant_id == tenant_id,
                HOLDERS.c.run_id.in_(run_ids),
                HOLDERS.c.session_id == session_id,
            )
            .values(held_until=func.clock_timestamp() + lasting)
        )
        kept = await self._connection.execute(statement.returning(HOLDERS.c.run_id))
        return {RunId(row.run_id) for row in kept}

    async def release(self, tenant_id: TenantId, run_ids: Sequence[RunId], session_id: str) -> None:
        """Let go of runs, so that another session may hold them at once."""
        await self.renew(tenant_id, run_ids, session_id, timedelta())

    async def obey(self, tenant_id: TenantId, run_id: RunId, session_id: str, epoch: int) -> None:
        """Keep that the holder has obeyed what the gate says since this epoch."""
        statement = update(HOLDERS).where(
            HOLDERS.c.tenant_id == tenant_id,
            HOLDERS.c.run_id == run_id,
            HOLDERS.c.session_id == session_id,
            HOLDERS.c.obeyed_epoch < epoch,
        )
        await self._connection.execute(
            statement.values(obeyed_epoch=epoch, obeyed_at=func.clock_timestamp())
        )

    async def obeyed(self, tenant_id: TenantId, run_id: RunId) -> Obeyed | None:
        """Return what the run's holder last said it obeyed; None if nobody ever held it."""
        statement = select(HOLDERS).where(
            HOLDERS.c.tenant_id == tenant_id, HOLDERS.c.run_id == run_id
        )
        row = (await self._connection.execute(statement)).first()
        if row is None:
            return None
        at: datetime | None = row.obeyed_at
        return Obeyed(epoch=row.obeyed_epoch, at=at)
