"""The default pack in Postgres, and who has got it."""

import json

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import TenantId
from services.policies.domain.guardrail import Guardrail, name_in
from services.policies.domain.plain import restored
from services.policies.domain.policy import PolicySource
from services.policies.domain.policy_body import PolicyBody
from services.policies.store.people_tables import DEFAULT_GUARDRAILS
from services.policies.store.tables import POLICIES


class PostgresGuardrails:
    """Implements the keeper of the default pack on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def pack(self) -> list[Guardrail]:
        """Return the newest version of each guardrail."""
        pack = DEFAULT_GUARDRAILS.c
        statement = (
            select(DEFAULT_GUARDRAILS).distinct(pack.name).order_by(pack.name, pack.version.desc())
        )
        return [
            Guardrail(
                name=row.name,
                version=row.version,
                body=restored(PolicyBody, json.loads(row.body)),
            )
            for row in await self._connection.execute(statement)
        ]

    async def given_to(self, tenant_id: TenantId) -> set[str]:
        """Return the names of the guardrails that a tenant has got, in whatever state they are."""
        statement = select(POLICIES.c.origin_id).where(
            POLICIES.c.tenant_id == tenant_id, POLICIES.c.source == PolicySource.DEFAULT
        )
        rows = await self._connection.execute(statement)
        return {name_in(row.origin_id) for row in rows}
