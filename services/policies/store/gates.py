"""Gates, snapshots and decisions in Postgres, for everything but batches."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import RunId, SnapshotId, TenantId
from kernel.pagination import Page, PageRequest
from services.policies.domain.gate import Gate
from services.policies.domain.snapshot import Snapshot
from services.policies.store.admission import stored_decision_of
from services.policies.store.rows import gate_of, gate_row, snapshot_of
from services.policies.store.tables import DECISIONS, GATE_CHECKS, GATES, RESERVATIONS, SNAPSHOTS
from services.policies.usecases.ports import StoredDecision


class PostgresSnapshots:
    """Implements the snapshot repository on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def keep(self, snapshot: Snapshot) -> Snapshot:
        """Keep a snapshot, or return the one that has the same content already."""
        same = select(SNAPSHOTS).where(
            SNAPSHOTS.c.tenant_id == snapshot.tenant_id,
            SNAPSHOTS.c.content_hash == snapshot.content_hash,
        )
        row = (await self._connection.execute(same)).mappings().first()
        if row is not None:
            return snapshot_of(row)
        values = {
            "tenant_id": snapshot.tenant_id,
            "id": snapshot.id,
            "content": snapshot.content,
            "content_hash": snapshot.content_hash,
            "threshold_snapshot_hash": snapshot.threshold_hash,
            "created_at": snapshot.created_at,
        }
        await self._connection.execute(upsert(SNAPSHOTS).values(values).on_conflict_do_nothing())
        # Somebody else may have kept the same meanwhile.
        row = (await self._connection.execute(same)).mappings().one()
        return snapshot_of(row)

    async def find(self, tenant_id: TenantId, snapshot_id: SnapshotId) -> Snapshot | None:
        """Return the snapshot, or None if the tenant has none with this id."""
        statement = select(SNAPSHOTS).where(
            SNAPSHOTS.c.tenant_id == tenant_id, SNAPSHOTS.c.id == snapshot_id
        )
        row = (await self._connection.execute(statement)).mappings().first()
        return None if row is None else snapshot_of(row)


class PostgresGates:
    """Implements the gate repository on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, gate: Gate) -> bool:
        """Keep a new gate; False if the run has one."""
        statement = upsert(GATES).values(gate_row(gate)).on_conflict_do_nothing()
        return bool((await self._connection.execute(statement)).rowcount)

    async def find(self, tenant_id: TenantId, run_id: RunId) -> Gate | None:
        """Return the gate, or None if the run was never opened."""
        return await self._one(_named(tenant_id, run_id))

    async def hold(self, tenant_id: TenantId, run_id: RunId) -> Gate | None:
        """Return the gate as it stays until this transaction ends; admission waits meanwhile."""
        return await self._one(_named(tenant_id, run_id).with_for_update(key_share=True))

    async def find_all(self, tenant_id: TenantId, run_ids: Sequence[RunId]) -> dict[RunId, Gate]:
        """Return the gates of those of the runs that were opened."""
        return await self._all(_any_of(tenant_id, run_ids))

    async def hold_all(self, tenant_id: TenantId, run_ids: Sequence[RunId]) -> dict[RunId, Gate]:
        """Return the gates as they stay, locked in the order in which admission locks them."""
        statement = _any_of(tenant_id, run_ids).order_by(GATES.c.tenant_id, GATES.c.run_id)
        return await self._all(statement.with_for_update(key_share=True))

    async def update(self, gate: Gate) -> None:
        """Keep the new state of a gate that is held."""
        await self.update_all([gate])

    async def update_all(self, gates: Sequence[Gate]) -> None:
        """Keep the new states of gates that are held."""
        if gates:
            rows = [
                {"of_tenant": gate.tenant_id, "of_run": gate.run_id, **gate_row(gate)}
                for gate in gates
            ]
            await self._connection.execute(_UPDATE, rows)

    async def note_check(self, gate: Gate, epoch: int) -> None:
        """Note which change of policies a run has been checked against."""
        statement = upsert(GATE_CHECKS).values(
            tenant_id=gate.tenant_id, run_id=gate.run_id, epoch=epoch
        )
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["tenant_id", "run_id"], set_={"epoch": epoch}
            )
        )

    async def steps_in_flight(self, tenant_id: TenantId, run_id: RunId) -> int:
        """How many steps are admitted and not settled."""
        statement = select(func.count()).where(
            RESERVATIONS.c.tenant_id == tenant_id,
            RESERVATIONS.c.run_id == run_id,
            RESERVATIONS.c.state == "OPEN",
        )
        return int((await self._connection.execute(statement)).scalar_one())

    async def decision_count(self, tenant_id: TenantId, run_id: RunId) -> int:
        """How many decisions were made for the run."""
        statement = select(func.count()).where(
            DECISIONS.c.tenant_id == tenant_id, DECISIONS.c.run_id == run_id
        )
        return int((await self._connection.execute(statement)).scalar_one())

    async def _all(self, statement: Any) -> dict[RunId, Gate]:
        rows = (await self._connection.execute(statement)).mappings()
        return {RunId(row["run_id"]): gate_of(row) for row in rows}

    async def _one(self, statement: Any) -> Gate | None:
        row = (await self._connection.execute(statement)).mappings().first()
        return None if row is None else gate_of(row)


class PostgresDecisions:
    """Implements the reader of decisions on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def last_of_step(
        self, tenant_id: TenantId, run_id: RunId, step_id: str
    ) -> StoredDecision | None:
        """Return the last decision on a step."""
        statement = (
            select(DECISIONS)
            .where(
                DECISIONS.c.tenant_id == tenant_id,
                DECISIONS.c.run_id == run_id,
                DECISIONS.c.step_id == step_id,
            )
            .order_by(DECISIONS.c.gate_epoch.desc())
            .limit(1)
        )
        row = (await self._connection.execute(statement)).mappings().first()
        return None if row is None else stored_decision_of(row)

    async def of_run(
        self, tenant_id: TenantId, run_id: RunId, page: PageRequest
    ) -> Page[StoredDecision]:
        """Return the decisions of a run, oldest first; the page key is the id of the last one."""
        statement = select(DECISIONS).where(
            DECISIONS.c.tenant_id == tenant_id, DECISIONS.c.run_id == run_id
        )
        if page.after:
            statement = statement.where(DECISIONS.c.id > page.after[0])
        statement = statement.order_by(DECISIONS.c.id).limit(page.size + 1)
        rows = (await self._connection.execute(statement)).mappings()
        found = [stored_decision_of(row) for row in rows]
        return Page.cut(found, page.size, key=lambda item: (item.id,))

    async def of_runs(
        self, tenant_id: TenantId, run_ids: Sequence[RunId], page: PageRequest
    ) -> Page[StoredDecision]:
        """Return the decisions of runs, each run's oldest first; the page key is run and id."""
        statement = select(DECISIONS).where(
            DECISIONS.c.tenant_id == tenant_id, DECISIONS.c.run_id.in_(run_ids)
        )
        place = (DECISIONS.c.run_id, DECISIONS.c.id)
        if page.after:
            statement = statement.where(tuple_(*place) > tuple(page.after))
        statement = statement.order_by(*place).limit(page.size + 1)
        rows = (await self._connection.execute(statement)).mappings()
        found = [stored_decision_of(row) for row in rows]
        return Page.cut(found, page.size, key=lambda item: (item.run_id, item.id))


_UPDATE = update(GATES).where(
    GATES.c.tenant_id == bindparam("of_tenant"), GATES.c.run_id == bindparam("of_run")
)


def _any_of(tenant_id: TenantId, run_ids: Sequence[RunId]) -> Any:
    return select(GATES).where(GATES.c.tenant_id == tenant_id, GATES.c.run_id.in_(run_ids))


def _named(tenant_id: TenantId, run_id: RunId) -> Any:
    return select(GATES).where(GATES.c.tenant_id == tenant_id, GATES.c.run_id == run_id)
