"""The governance switch in Postgres: where it stands by the database's own clock, and has stood."""

from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import PLANE_TENANT, TenantId
from kernel.pagination import Page, PageRequest
from servicekit.database import Database
from services.policies.domain.governance import (
    GovernanceChange,
    GovernanceState,
    GovernanceSwitch,
    in_force,
)
from services.policies.store.people_tables import GOVERNANCE, GOVERNANCE_CHANGES
from services.policies.usecases.people_ports import StandingSwitch

PURPOSE = "governance"
_NOW = func.clock_timestamp().label("now")


class PostgresGovernance:
    """Implements the keeper of the switch on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def in_force(self, tenant_id: TenantId) -> GovernanceState:
        """Return what counts for a tenant."""
        own = await self.find(tenant_id)
        plane = await self.find(PLANE_TENANT)
        return in_force(own.state, plane.state)

    async def find(self, tenant_id: TenantId) -> StandingSwitch:
        """Return the switch, and where it stands now."""
        return await self._standing(tenant_id, select(GOVERNANCE, _NOW))

    async def hold(self, tenant_id: TenantId) -> StandingSwitch:
        """Return the switch as it stays until this transaction ends."""
        return await self._standing(
            tenant_id, select(GOVERNANCE, _NOW).with_for_update(key_share=True)
        )

    async def move(self, change: GovernanceChange) -> bool:
        """Keep where a held switch stands from now on; False if somebody else touched it first."""
        switch = change.after
        row = _row(switch)
        statement: Any
        if switch.epoch == 1:
            statement = upsert(GOVERNANCE).values(row).on_conflict_do_nothing()
        else:
            statement = (
                update(GOVERNANCE)
                .where(
                    GOVERNANCE.c.tenant_id == switch.tenant_id,
                    GOVERNANCE.c.epoch == switch.epoch - 1,
                )
                .values(row)
            )
        if not (await self._connection.execute(statement)).rowcount:
            return False
        history = {**row, "previous_state": change.before.name}
        await self._connection.execute(insert(GOVERNANCE_CHANGES), history)
        return True

    async def changes(self, tenant_id: TenantId, page: PageRequest) -> Page[GovernanceChange]:
        """Return the moves of a switch, newest first."""
        changes = GOVERNANCE_CHANGES.c
        statement = select(GOVERNANCE_CHANGES).where(changes.tenant_id == tenant_id)
        if page.after:
            statement = statement.where(changes.epoch < int(page.after[0]))
        statement = statement.order_by(changes.epoch.desc()).limit(page.size + 1)
        rows = (await self._connection.execute(statement)).mappings()
        found = [
            GovernanceChange(before=GovernanceState[row["previous_state"]], after=_switch_of(row))
            for row in rows
        ]
        return Page.cut(found, page.size, key=lambda item: (str(item.after.epoch),))

    async def _standing(self, tenant_id: TenantId, statement: Any) -> StandingSwitch:
        named = statement.where(GOVERNANCE.c.tenant_id == tenant_id)
        row = (await self._connection.execute(named)).mappings().first()
        if row is None:
            now = (await self._connection.execute(select(_NOW))).scalar_one()
            return StandingSwitch(switch=GovernanceSwitch(tenant_id=tenant_id), now=now)
        return StandingSwitch(switch=_switch_of(row), now=row["now"])


class PostgresOverdueSwitches:
    """Finds switches of any tenant that are still off although their time is over."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self) -> list[TenantId]:
        """Return whose they are."""
        statement = select(GOVERNANCE.c.tenant_id).where(
            GOVERNANCE.c.expires_at <= func.clock_timestamp()
        )
        async with self._database.transaction(purpose=PURPOSE, read_only=True) as connection:
            rows = await connection.execute(statement.order_by(GOVERNANCE.c.tenant_id))
            return [TenantId(row.tenant_id) for row in rows]


def _row(switch: GovernanceSwitch) -> dict[str, Any]:
    return {
        "tenant_id": switch.tenant_id,
        "state": switch.state.name,
        "epoch": switch.epoch,
        "reason": switch.reason,
        "changed_by": switch.changed_by,
        "changed_at": switch.changed_at,
        "expires_at": switch.expires_at,
    }


def _switch_of(row: Any) -> GovernanceSwitch:
    return GovernanceSwitch(
        tenant_id=TenantId(row["tenant_id"]),
        state=GovernanceState[row["state"]],
        epoch=row["epoch"],
        reason=row["reason"],
        changed_by=row["changed_by"],
        changed_at=row["changed_at"],
        expires_at=row["expires_at"],
    )
