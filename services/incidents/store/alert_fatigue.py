"""How much people were told of late, in Postgres."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import AlertId, TenantId
from servicekit.database import Database
from services.incidents.domain.alert import Alert, AlertChannel, AlertKind, HeldBackReason
from services.incidents.domain.alert_fatigue import AlertSettings, HeldBackGroup, Storm, Told
from services.incidents.domain.kinds import Severity
from services.incidents.store.alert_tables import ALERT_SETTINGS, ALERTS, FATIGUE, STORMS

_PURPOSE = "overdue_storms"
_OWN = [kind for kind in AlertKind if kind.is_own]
_SETTINGS = tuple(item.name for item in fields(AlertSettings))


class PostgresFatigue:
    """Implements the keeper of fatigue on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        # What is held, or read, stays as it is for as long as the transaction lasts.
        self._held: dict[TenantId, Storm] = {}
        self._settings: dict[TenantId, AlertSettings] = {}

    async def hold_told(self, tenant_id: TenantId, kind: AlertKind, subject: str) -> Told:
        """Return what people were told last about a subject, as it stays until the end."""
        new = insert(FATIGUE).values(
            tenant_id=tenant_id, kind=kind, subject=subject, severity=Severity.LOW, held_back=0
        )
        # Changing nothing locks the row that is there, in the statement that would make it.
        held = new.on_conflict_do_update(
            index_elements=FATIGUE.primary_key, set_={"held_back": FATIGUE.c.held_back}
        )
        row = (await self._connection.execute(held.returning(FATIGUE))).mappings().one()
        return Told(
            tenant_id=tenant_id,
            kind=kind,
            subject=subject,
            alert_id=AlertId(row["alert_id"]) if row["alert_id"] else None,
            severity=Severity(row["severity"]),
            at=row["told_at"],
            held_back=row["held_back"],
        )

    async def keep_told(self, told: Told) -> None:
        """Keep what they were told, which is held."""
        statement = update(FATIGUE).where(*_is_told(told.tenant_id, told.kind, told.subject))
        await self._connection.execute(
            statement.values(
                alert_id=told.alert_id,
                severity=told.severity,
                told_at=told.at,
                held_back=told.held_back,
            )
        )

    async def hold_storm(self, tenant_id: TenantId) -> Storm:
        """Return whether the tenant is in a storm, as it stays until the end."""
        if tenant_id not in self._held:
            self._held[tenant_id] = await self._hold_storm(tenant_id)
        return self._held[tenant_id]

    async def _hold_storm(self, tenant_id: TenantId) -> Storm:
        new = insert(STORMS).values(tenant_id=tenant_id)
        held = new.on_conflict_do_update(
            index_elements=STORMS.primary_key, set_={"ends_at": STORMS.c.ends_at}
        )
        row = (await self._connection.execute(held.returning(STORMS))).mappings().one()
        return Storm(tenant_id=tenant_id, began_at=row["began_at"], ends_at=row["ends_at"])

    async def keep_storm(self, storm: Storm) -> None:
        """Keep a storm that is held."""
        statement = update(STORMS).where(STORMS.c.tenant_id == storm.tenant_id)
        await self._connection.execute(
            statement.values(began_at=storm.began_at, ends_at=storm.ends_at)
        )
        self._held[storm.tenant_id] = storm

    async def went_out(self, tenant_id: TenantId, *, since: datetime, at_most: int) -> int:
        """Return how many alerts went out since then; who is satisfied earlier says so."""
        of_late = (
            select(ALERTS.c.id)
            .where(
                ALERTS.c.tenant_id == tenant_id,
                ALERTS.c.created_at > since,
                ALERTS.c.held_back == "",
                ALERTS.c.kind.not_in(_OWN),
            )
            .limit(at_most)
        )
        statement = select(func.count()).select_from(of_late.subquery())
        count: int = (await self._connection.execute(statement)).scalar_one()
        return count

    async def held_back_in_storm(self, tenant_id: TenantId) -> Sequence[HeldBackGroup]:
        """Return what a storm has held back and no digest has told of."""
        alike = (ALERTS.c.kind, ALERTS.c.severity, ALERTS.c.channels)
        statement = select(*alike, func.count().label("count")).where(*_is_untold(tenant_id))
        rows = (await self._connection.execute(statement.group_by(*alike))).mappings()
        return [
            HeldBackGroup(
                kind=AlertKind(row["kind"]),
                severity=Severity(row["severity"]),
                channels=tuple(AlertChannel(name) for name in row["channels"]),
                count=row["count"],
            )
            for row in rows
        ]

    async def tell_of_storm(self, digest: Alert) -> None:
        """Say of all that it tells of that a digest does."""
        statement = update(ALERTS).where(*_is_untold(digest.tenant_id))
        await self._connection.execute(statement.values(told_by=digest.id))

    async def settings(self, tenant_id: TenantId) -> AlertSettings:
        """Return what a tenant holds for too much."""
        if tenant_id not in self._settings:
            self._settings[tenant_id] = await self._read_settings(tenant_id)
        return self._settings[tenant_id]

    async def _read_settings(self, tenant_id: TenantId) -> AlertSettings:
        statement = select(ALERT_SETTINGS).where(ALERT_SETTINGS.c.tenant_id == tenant_id)
        row = (await self._connection.execute(statement)).mappings().first()
        if row is None:
            return AlertSettings(tenant_id=tenant_id)
        return AlertSettings(**{name: row[name] for name in _SETTINGS})

    async def set(self, settings: AlertSettings, *, by: str, at: datetime) -> bool:
        """Keep changed settings; False if somebody else changed them meanwhile."""
        values = {
            **{name: getattr(settings, name) for name in _SETTINGS if name != "tenant_id"},
            "changed_by": by,
            "changed_at": at,
        }
        statement = insert(ALERT_SETTINGS).values(tenant_id=settings.tenant_id, **values)
        result = await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=[ALERT_SETTINGS.c.tenant_id],
                set_=values,
                where=ALERT_SETTINGS.c.revision == settings.revision - 1,
            )
        )
        self._settings.pop(settings.tenant_id, None)
        return bool(result.rowcount)


def _is_told(tenant_id: TenantId, kind: AlertKind, subject: str) -> list[ColumnElement[bool]]:
    return [
        FATIGUE.c.tenant_id == tenant_id,
        FATIGUE.c.kind == kind,
        FATIGUE.c.subject == subject,
    ]


def _is_untold(tenant_id: TenantId) -> list[Any]:
    return [
        ALERTS.c.tenant_id == tenant_id,
        ALERTS.c.held_back == HeldBackReason.STORM,
        ALERTS.c.told_by == "",
    ]


class PostgresOverdueStorms:
    """Finds the tenants of all whose storm is over."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self) -> Sequence[TenantId]:
        """Return them, whose storm is over for longest first."""
        statement = (
            select(STORMS.c.tenant_id)
            .where(STORMS.c.ends_at <= func.clock_timestamp())
            .order_by(STORMS.c.ends_at)
        )
        async with self._database.transaction(purpose=_PURPOSE, read_only=True) as connection:
            return [TenantId(row.tenant_id) for row in await connection.execute(statement)]
