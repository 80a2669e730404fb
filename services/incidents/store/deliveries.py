"""Deliveries and their tries in Postgres."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_or_find
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import DeliveryId, DestinationId, TenantId
from kernel.pagination import Page, PageRequest
from servicekit.database import Database
from services.incidents.domain.delivery import Attempt, AttemptOutcome, Delivery, DeliveryState
from services.incidents.store.alert_tables import ATTEMPTS, DELIVERIES
from services.incidents.usecases.alert_ports import DeliveryFilter

_PURPOSE = "due_deliveries"
_SHOWN_ATTEMPTS = 50
_DELIVERY = tuple(item.name for item in fields(Delivery))
_ATTEMPT = tuple(item.name for item in fields(Attempt))


class PostgresDeliveries:
    """Implements the repository of deliveries on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, deliveries: Sequence[Delivery]) -> None:
        """Keep new deliveries."""
        await self._connection.execute(insert(DELIVERIES), [_row(each) for each in deliveries])

    async def hold(self, tenant_id: TenantId, delivery_id: DeliveryId) -> Delivery | None:
        """Return the delivery as it stays until this transaction ends."""
        statement = select(DELIVERIES).where(*_is(tenant_id, delivery_id))
        row = (await self._connection.execute(statement.with_for_update(key_share=True))).mappings()
        found = row.first()
        return None if found is None else _delivery_of(found)

    async def update(self, delivery: Delivery) -> None:
        """Keep the new state of a held delivery."""
        statement = update(DELIVERIES).where(*_is(delivery.tenant_id, delivery.id))
        await self._connection.execute(statement.values(_row(delivery)))

    async def note(self, attempts: Sequence[Attempt]) -> None:
        """Keep how tries ended; what is known of one stays."""
        rows = [{name: getattr(each, name) for name in _ATTEMPT} for each in attempts]
        statement = insert_or_find(ATTEMPTS).values(rows)
        await self._connection.execute(
            statement.on_conflict_do_nothing(index_elements=ATTEMPTS.primary_key)
        )

    async def attempts(
        self, tenant_id: TenantId, delivery_ids: Sequence[DeliveryId]
    ) -> dict[DeliveryId, list[Attempt]]:
        """Return the last tries of deliveries, each's oldest first."""
        place = func.row_number().over(
            partition_by=ATTEMPTS.c.delivery_id, order_by=ATTEMPTS.c.number.desc()
        )
        own = select(ATTEMPTS, place.label("place")).where(
            ATTEMPTS.c.tenant_id == tenant_id, ATTEMPTS.c.delivery_id.in_(delivery_ids)
        )
        shown = own.subquery()
        statement = select(shown).where(shown.c.place <= _SHOWN_ATTEMPTS).order_by(shown.c.number)
        found: dict[DeliveryId, list[Attempt]] = {}
        for row in (await self._connection.execute(statement)).mappings():
            attempt = _attempt_of(row)
            found.setdefault(attempt.delivery_id, []).append(attempt)
        return found

    async def list(
        self, tenant_id: TenantId, wanted: DeliveryFilter, page: PageRequest
    ) -> Page[Delivery]:
        """Return deliveries, newest first; the page key is the id of the last one."""
        statement = select(DELIVERIES).where(DELIVERIES.c.tenant_id == tenant_id)
        if wanted.state is not None:
            statement = statement.where(DELIVERIES.c.state == wanted.state)
        for name in ("alert_id", "destination_id"):
            value = getattr(wanted, name)
            if value:
                statement = statement.where(DELIVERIES.c[name] == value)
        if page.after:
            statement = statement.where(DELIVERIES.c.id < page.after[0])
        statement = statement.order_by(DELIVERIES.c.id.desc()).limit(page.size + 1)
        rows = (await self._connection.execute(statement)).mappings()
        found = [_delivery_of(row) for row in rows]
        return Page.cut(found, page.size, key=lambda item: (item.id,))


def _is(tenant_id: TenantId, delivery_id: DeliveryId) -> list[ColumnElement[bool]]:
    return [DELIVERIES.c.tenant_id == tenant_id, DELIVERIES.c.id == delivery_id]


def _row(delivery: Delivery) -> dict[str, Any]:
    return {name: getattr(delivery, name) for name in _DELIVERY}


def _delivery_of(row: Any) -> Delivery:
    values = {name: row[name] for name in _DELIVERY}
    return Delivery(**{**values, "state": DeliveryState(row["state"])})


def _attempt_of(row: Any) -> Attempt:
    values = {name: row[name] for name in _ATTEMPT}
    return Attempt(**{**values, "outcome": AttemptOutcome(row["outcome"])})


# The oldest that are due, a few for each destination, so that one with thousands of them does not
# stand in front of all others. Whoever claims pushes the due time out: that is the lease, and the
# other replicas pass over what is locked.
_CLAIM = text("""
WITH due AS (
  SELECT tenant_id, id, destination_id, due_at FROM notification_deliveries
  WHERE state = 'PENDING' AND due_at <= clock_timestamp() AND destination_id <> ALL (:busy)
  ORDER BY due_at LIMIT :looked_at
), placed AS (
  SELECT *, row_number() OVER (PARTITION BY tenant_id, destination_id ORDER BY due_at) AS place
  FROM due
), chosen AS (
  SELECT tenant_id, id FROM placed WHERE place <= :each ORDER BY due_at LIMIT :at_most
), held AS (
  SELECT delivery.tenant_id, delivery.id
  FROM notification_deliveries delivery JOIN chosen USING (tenant_id, id)
  WHERE delivery.state = 'PENDING' AND delivery.due_at <= clock_timestamp()
  FOR UPDATE OF delivery SKIP LOCKED
)
UPDATE notification_deliveries delivery
SET due_at = clock_timestamp() + make_interval(secs => :lease),
    attempts = delivery.attempts + 1, tries = delivery.tries + 1
FROM held WHERE delivery.tenant_id = held.tenant_id AND delivery.id = held.id
RETURNING delivery.*
""")
_LOOKED_AT = 1000


class PostgresDueDeliveries:
    """Claims deliveries of all tenants that are due."""

    def __init__(self, database: Database, *, lease_seconds: float, each: int) -> None:
        self._database = database
        self._lease_seconds = lease_seconds
        self._each = each

    async def __call__(self, at_most: int, busy: Sequence[DestinationId]) -> Sequence[Delivery]:
        """Return what nobody else has for the time of the lease."""
        wanted = {
            "busy": list(busy),
            "looked_at": _LOOKED_AT,
            "each": self._each,
            "at_most": at_most,
            "lease": self._lease_seconds,
        }
        async with self._database.transaction(purpose=_PURPOSE) as connection:
            rows = (await connection.execute(_CLAIM, wanted)).mappings().all()
            await connection.commit()
        return [_delivery_of(row) for row in rows]
