"""Run contracts in Postgres."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import ProjectId, RunId, TenantId, TraceId
from services.orchestrator.domain.run_contract import Acknowledgement, Expectation, RunContract
from services.orchestrator.store.rows import contract_of, contract_row
from services.orchestrator.store.tables import ACKNOWLEDGEMENTS, CONTRACTS


class PostgresContracts:
    """Implements the repository of contracts on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, contract: RunContract) -> bool:
        """Keep a new contract; False if the run has one."""
        statement = insert(CONTRACTS).values(**contract_row(contract))
        statement = statement.on_conflict_do_nothing(index_elements=CONTRACTS.primary_key)
        added = await self._connection.execute(statement.returning(CONTRACTS.c.run_id))
        return added.first() is not None

    async def find(
        self, tenant_id: TenantId, run_id: RunId, project_id: ProjectId | None
    ) -> RunContract | None:
        """Return the contract, or None if the tenant (or the project) has no such run."""
        statement = select(CONTRACTS).where(
            CONTRACTS.c.tenant_id == tenant_id, CONTRACTS.c.run_id == run_id
        )
        if project_id is not None:
            statement = statement.where(CONTRACTS.c.project_id == project_id)
        row = (await self._connection.execute(statement)).mappings().first()
        return None if row is None else contract_of(row)

    async def name_trace(self, contract: RunContract, trace_id: TraceId) -> None:
        """Keep which trace is the run's."""
        statement = update(CONTRACTS).where(
            CONTRACTS.c.tenant_id == contract.tenant_id, CONTRACTS.c.run_id == contract.run_id
        )
        await self._connection.execute(statement.values(trace_id=trace_id))

    async def acknowledgements(
        self, tenant_id: TenantId, run_id: RunId
    ) -> Mapping[Expectation, Acknowledgement]:
        """Return what was acknowledged of a run."""
        statement = select(ACKNOWLEDGEMENTS).where(
            ACKNOWLEDGEMENTS.c.tenant_id == tenant_id, ACKNOWLEDGEMENTS.c.run_id == run_id
        )
        return {
            Expectation(row.expectation): Acknowledgement(
                expectation=Expectation(row.expectation),
                reference=row.reference,
                at=row.acknowledged_at,
            )
            for row in await self._connection.execute(statement)
        }

    async def acknowledge(
        self, contract: RunContract, acknowledged: Sequence[Acknowledgement]
    ) -> None:
        """Keep acknowledgements that came after the run was completed."""
        rows = [
            {
                "tenant_id": contract.tenant_id,
                "run_id": contract.run_id,
                "expectation": one.expectation.value,
                "reference": one.reference,
                "acknowledged_at": one.at,
            }
            for one in acknowledged
        ]
        if rows:
            statement = insert(ACKNOWLEDGEMENTS).on_conflict_do_nothing()
            await self._connection.execute(statement, rows)
