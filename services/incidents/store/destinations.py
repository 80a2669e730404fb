"""Destinations in Postgres, with the sealed secrets of webhooks."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import DestinationId, TenantId
from kernel.pagination import Page, PageRequest
from services.incidents.domain.alert import AlertChannel, AlertKind
from services.incidents.domain.alert_template import AlertTemplate
from services.incidents.domain.destination import (
    Destination,
    EmailTarget,
    Routing,
    Target,
    WebhookTarget,
)
from services.incidents.domain.kinds import Severity
from services.incidents.store.alert_tables import DESTINATIONS
from services.incidents.usecases.alert_ports import SealedSecrets

_SECRETS = ("secret", "previous_secret")


class PostgresDestinations:
    """Implements the repository of destinations on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, destination: Destination, secrets: SealedSecrets | None) -> None:
        """Keep a new destination, a webhook with its secret."""
        row = {**_row(destination), **_secrets_row(secrets)}
        await self._connection.execute(insert(DESTINATIONS), row)

    async def find(self, tenant_id: TenantId, destination_id: DestinationId) -> Destination | None:
        """Return the destination, or None if the tenant has none with this id."""
        statement = select(DESTINATIONS).where(*_is(tenant_id, destination_id))
        return await self._one(statement.where(~DESTINATIONS.c.deleted))

    async def hold(self, tenant_id: TenantId, destination_id: DestinationId) -> Destination | None:
        """Return the destination as it stays until this transaction ends."""
        statement = select(DESTINATIONS).where(*_is(tenant_id, destination_id))
        held = statement.where(~DESTINATIONS.c.deleted).with_for_update(key_share=True)
        return await self._one(held)

    async def known(self, tenant_id: TenantId, destination_id: DestinationId) -> Destination:
        """Return a destination that there is or was."""
        statement = select(DESTINATIONS).where(*_is(tenant_id, destination_id))
        return _destination_of((await self._connection.execute(statement)).mappings().one())

    async def update(self, destination: Destination) -> None:
        """Keep the new state of a held destination; one that is removed loses its secrets."""
        gone = _secrets_row(None) if destination.deleted else {}
        await self._change(destination, gone)

    async def secrets(self, destination: Destination) -> SealedSecrets:
        """Return the secrets of a webhook."""
        columns = [DESTINATIONS.c[name] for name in _SECRETS]
        statement = select(*columns).where(*_is(destination.tenant_id, destination.id))
        row = (await self._connection.execute(statement)).one()
        return SealedSecrets(current=row.secret, previous=row.previous_secret)

    async def renew(self, destination: Destination, secrets: SealedSecrets) -> None:
        """Keep a held webhook with other secrets."""
        await self._change(destination, _secrets_row(secrets))

    async def open(self, tenant_id: TenantId) -> Sequence[Destination]:
        """Return every destination to which something may go."""
        statement = select(DESTINATIONS).where(
            DESTINATIONS.c.tenant_id == tenant_id,
            ~DESTINATIONS.c.deleted,
            ~DESTINATIONS.c.disabled,
        )
        rows = (await self._connection.execute(statement.order_by(DESTINATIONS.c.id))).mappings()
        return [_destination_of(row) for row in rows]

    async def list(self, tenant_id: TenantId, page: PageRequest) -> Page[Destination]:
        """Return destinations, newest first; the page key is the id of the last one."""
        statement = select(DESTINATIONS).where(
            DESTINATIONS.c.tenant_id == tenant_id, ~DESTINATIONS.c.deleted
        )
        if page.after:
            statement = statement.where(DESTINATIONS.c.id < page.after[0])
        statement = statement.order_by(DESTINATIONS.c.id.desc()).limit(page.size + 1)
        rows = (await self._connection.execute(statement)).mappings()
        found = [_destination_of(row) for row in rows]
        return Page.cut(found, page.size, key=lambda item: (item.id,))

    async def _change(self, destination: Destination, more: dict[str, Any]) -> None:
        statement = update(DESTINATIONS).where(*_is(destination.tenant_id, destination.id))
        await self._connection.execute(statement.values(**_row(destination), **more))

    async def _one(self, statement: Select[Any]) -> Destination | None:
        row = (await self._connection.execute(statement)).mappings().first()
        return None if row is None else _destination_of(row)


def _is(tenant_id: TenantId, destination_id: DestinationId) -> list[ColumnElement[bool]]:
    return [DESTINATIONS.c.tenant_id == tenant_id, DESTINATIONS.c.id == destination_id]


def _secrets_row(secrets: SealedSecrets | None) -> dict[str, Any]:
    if secrets is None:
        return dict.fromkeys(_SECRETS)
    return {"secret": secrets.current, "previous_secret": secrets.previous}


_PLAIN = (
    "id",
    "tenant_id",
    "name",
    "created_at",
    "updated_at",
    "disabled",
    "deleted",
    "secret_version",
    "previous_secret_until",
    "revision",
)


def _row(destination: Destination) -> dict[str, Any]:
    return {
        **{name: getattr(destination, name) for name in _PLAIN},
        **_target_row(destination.target),
        "channel": destination.channel,
        "kinds": list(destination.routing.kinds),
        "minimum_severity": destination.routing.minimum_severity,
        "subject_template": destination.template.subject,
        "body_template": destination.template.body,
    }


def _target_row(target: Target) -> dict[str, Any]:
    if isinstance(target, EmailTarget):
        return {"url": "", "allowed_networks": [], "recipients": list(target.recipients)}
    return {
        "url": target.url,
        "allowed_networks": list(target.allowed_networks),
        "recipients": [],
    }


def _destination_of(row: Any) -> Destination:
    return Destination(
        **{name: row[name] for name in _PLAIN},
        target=_target_of(row),
        routing=Routing(
            kinds=tuple(AlertKind(name) for name in row["kinds"]),
            minimum_severity=Severity(row["minimum_severity"]),
        ),
        template=AlertTemplate(subject=row["subject_template"], body=row["body_template"]),
    )


def _target_of(row: Any) -> Target:
    if row["channel"] == AlertChannel.EMAIL:
        return EmailTarget(recipients=tuple(row["recipients"]))
    return WebhookTarget(url=row["url"], allowed_networks=tuple(row["allowed_networks"]))
