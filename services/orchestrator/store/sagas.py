"""Sagas in Postgres."""

from collections.abc import Sequence

from sqlalchemy import select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import RunId, TenantId
from kernel.pagination import Page, PageRequest
from services.orchestrator.domain.kinds import SagaState
from services.orchestrator.domain.saga import Saga
from services.orchestrator.store.rows import saga_of, saga_row
from services.orchestrator.store.tables import SAGA_STEPS, SAGAS
from services.orchestrator.usecases.ports import StoredStep


class PostgresSagas:
    """Implements the repository of sagas on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, saga: Saga) -> bool:
        """Keep a new saga; False if its run has one."""
        statement = insert(SAGAS).values(**saga_row(saga))
        statement = statement.on_conflict_do_nothing(index_elements=["tenant_id", "run_id"])
        added = await self._connection.execute(statement.returning(SAGAS.c.id))
        return added.first() is not None

    async def of_run(
        self, tenant_id: TenantId, run_id: RunId, *, hold: bool = False
    ) -> Saga | None:
        """Return the saga of a run, as it stays until this transaction ends if it is held."""
        statement = select(SAGAS).where(SAGAS.c.tenant_id == tenant_id, SAGAS.c.run_id == run_id)
        if hold:
            statement = statement.with_for_update()
        row = (await self._connection.execute(statement)).mappings().first()
        return None if row is None else saga_of(row)

    async def update(self, saga: Saga) -> None:
        """Keep a held saga; whoever works on it finds that out by its epoch."""
        statement = update(SAGAS).where(SAGAS.c.tenant_id == saga.tenant_id, SAGAS.c.id == saga.id)
        await self._connection.execute(
            statement.values(**saga_row(saga), lease_epoch=SAGAS.c.lease_epoch + 1)
        )

    async def list(
        self, tenant_id: TenantId, state: SagaState | None, page: PageRequest
    ) -> Page[Saga]:
        """Return sagas, the newest first; the page key is (id)."""
        statement = select(SAGAS).where(SAGAS.c.tenant_id == tenant_id)
        if state is not None:
            statement = statement.where(SAGAS.c.state == state)
        if page.after is not None:
            statement = statement.where(tuple_(SAGAS.c.id) < page.after)
        statement = statement.order_by(SAGAS.c.id.desc()).limit(page.size + 1)
        rows = (await self._connection.execute(statement)).mappings().all()
        return Page.cut([saga_of(row) for row in rows], page.size, key=lambda saga: (saga.id,))

    async def steps(self, saga: Saga) -> Sequence[StoredStep]:
        """Return what the steps of a saga came to, in their order."""
        statement = (
            select(SAGA_STEPS)
            .where(SAGA_STEPS.c.tenant_id == saga.tenant_id, SAGA_STEPS.c.saga_id == saga.id)
            .order_by(SAGA_STEPS.c.completed_at, SAGA_STEPS.c.name)
        )
        return [
            StoredStep(
                name=row.name,
                compensation=row.compensation,
                attempts=row.attempts,
                outcome=row.outcome,
                completed_at=row.completed_at,
            )
            for row in await self._connection.execute(statement)
        ]
