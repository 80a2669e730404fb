"""How agents' last runs spent, in Postgres."""

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import AgentId, TenantId
from services.incidents.domain.burn_rate import BurnHistory
from services.incidents.store.tables import BURN_HISTORIES


class PostgresBurnHistories:
    """Implements the keeper of histories on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def hold(self, tenant_id: TenantId, agent_id: AgentId) -> BurnHistory:
        """Return an agent's history as it stays until this transaction ends."""
        new = insert(BURN_HISTORIES).values(tenant_id=tenant_id, agent_id=agent_id, rates=[])
        await self._connection.execute(new.on_conflict_do_nothing())
        statement = select(BURN_HISTORIES.c.rates).where(
            BURN_HISTORIES.c.tenant_id == tenant_id, BURN_HISTORIES.c.agent_id == agent_id
        )
        rates = (await self._connection.execute(statement.with_for_update())).scalar_one()
        return BurnHistory(tenant_id=tenant_id, agent_id=agent_id, rates=tuple(rates))

    async def keep(self, history: BurnHistory) -> None:
        """Keep a history that is held."""
        statement = update(BURN_HISTORIES).where(
            BURN_HISTORIES.c.tenant_id == history.tenant_id,
            BURN_HISTORIES.c.agent_id == history.agent_id,
        )
        await self._connection.execute(
            statement.values(rates=list(history.rates), updated_at=func.clock_timestamp())
        )
