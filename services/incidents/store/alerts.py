"""Alerts in Postgres."""

from typing import Any

from sqlalchemy import ColumnElement, Select, case, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import AlertId, ProjectId, TenantId
from kernel.ledger import state_of
from kernel.pagination import Page, PageRequest
from services.incidents.domain.alert import (
    Alert,
    AlertChannel,
    AlertKind,
    DigestLine,
    HeldBackReason,
)
from services.incidents.domain.kinds import Severity
from services.incidents.store.alert_tables import ALERTS
from services.incidents.usecases.alert_ports import AlertFilter

_RANK = case({severity: severity.rank for severity in Severity}, value=ALERTS.c.severity)


class PostgresAlerts:
    """Implements the repository of alerts on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def raised(self, tenant_id: TenantId, dedupe_key: str) -> Alert | None:
        """Return the alert that was raised before under a key, if one was."""
        statement = select(ALERTS).where(
            ALERTS.c.tenant_id == tenant_id, ALERTS.c.dedupe_key == dedupe_key
        )
        return await self._one(statement)

    async def add(self, alert: Alert) -> bool:
        """Keep a new alert; False if somebody else has raised it meanwhile."""
        statement = insert(ALERTS).values(_row(alert))
        key = [ALERTS.c.tenant_id, ALERTS.c.dedupe_key]
        result = await self._connection.execute(
            statement.on_conflict_do_nothing(index_elements=key)
        )
        return bool(result.rowcount)

    async def find(
        self, tenant_id: TenantId, alert_id: AlertId, project_id: ProjectId | None
    ) -> Alert | None:
        """Return the alert, or None if the tenant (or the project) has none with this id."""
        return await self._one(select(ALERTS).where(*_is(tenant_id, alert_id, project_id)))

    async def hold(
        self, tenant_id: TenantId, alert_id: AlertId, project_id: ProjectId | None
    ) -> Alert | None:
        """Return the alert as it stays until this transaction ends."""
        statement = select(ALERTS).where(*_is(tenant_id, alert_id, project_id))
        return await self._one(statement.with_for_update(key_share=True))

    async def acknowledge(self, alert: Alert) -> None:
        """Keep who has taken note of a held alert."""
        statement = update(ALERTS).where(*_is(alert.tenant_id, alert.id, None))
        await self._connection.execute(
            statement.values(
                acknowledged_by=alert.acknowledged_by,
                acknowledged_at=alert.acknowledged_at,
                revision=alert.revision,
            )
        )

    async def count_held_back(self, tenant_id: TenantId, leader: AlertId) -> None:
        """Count one more that was held back because of an alert."""
        statement = update(ALERTS).where(*_is(tenant_id, leader, None))
        await self._connection.execute(
            statement.values(held_back_count=ALERTS.c.held_back_count + 1)
        )

    async def list(
        self, tenant_id: TenantId, wanted: AlertFilter, page: PageRequest
    ) -> Page[Alert]:
        """Return alerts, newest first; the page key is the id of the last one."""
        statement = _wanted(select(ALERTS).where(ALERTS.c.tenant_id == tenant_id), wanted)
        if page.after:
            statement = statement.where(ALERTS.c.id < page.after[0])
        statement = statement.order_by(ALERTS.c.id.desc()).limit(page.size + 1)
        rows = (await self._connection.execute(statement)).mappings()
        return Page.cut([_alert_of(row) for row in rows], page.size, key=lambda item: (item.id,))

    async def _one(self, statement: Select[Any]) -> Alert | None:
        row = (await self._connection.execute(statement)).mappings().first()
        return None if row is None else _alert_of(row)


def _is(
    tenant_id: TenantId, alert_id: AlertId, project_id: ProjectId | None
) -> list[ColumnElement[bool]]:
    own = [ALERTS.c.tenant_id == tenant_id, ALERTS.c.id == alert_id]
    return own if project_id is None else [*own, ALERTS.c.project_id == project_id]


def _wanted(statement: Select[Any], wanted: AlertFilter) -> Select[Any]:
    if wanted.kind is not None:
        statement = statement.where(ALERTS.c.kind == wanted.kind)
    if wanted.minimum_severity is not None:
        statement = statement.where(wanted.minimum_severity.rank <= _RANK)
    if wanted.held_back is not None:
        held_back = ALERTS.c.held_back != ""
        statement = statement.where(held_back if wanted.held_back else ALERTS.c.held_back == "")
    if wanted.exclude_synthetic:
        statement = statement.where(ALERTS.c.synthetic_scenario_id == "")
    for name in ("run_id", "told_by", "project_id"):
        value = getattr(wanted, name)
        if value:
            statement = statement.where(ALERTS.c[name] == value)
    return statement


_PLAIN = tuple(
    column.name
    for column in ALERTS.columns
    if column.name not in ("kind", "severity", "channels", "held_back", "lines")
)


def _row(alert: Alert) -> dict[str, Any]:
    return {
        **{name: getattr(alert, name) for name in _PLAIN},
        "kind": alert.kind,
        "severity": alert.severity,
        "channels": list(alert.channels),
        "held_back": alert.held_back or "",
        "lines": [state_of(line) for line in alert.lines],
    }


def _alert_of(row: Any) -> Alert:
    return Alert(
        **{name: row[name] for name in _PLAIN},
        kind=AlertKind(row["kind"]),
        severity=Severity(row["severity"]),
        channels=tuple(AlertChannel(name) for name in row["channels"]),
        held_back=HeldBackReason(row["held_back"]) if row["held_back"] else None,
        lines=tuple(_line_of(plain) for plain in row["lines"]),
    )


def _line_of(plain: dict[str, Any]) -> DigestLine:
    return DigestLine(
        kind=AlertKind(plain["kind"]), severity=Severity(plain["severity"]), count=plain["count"]
    )
