"""What authentication reads across tenants; only a transaction of that purpose sees any of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import ApiKeyId, TenantId
from kernel.roles import Role
from services.accounts.domain.tenant import TenantState
from services.accounts.store.api_keys import VISIBLE, api_key_of
from services.accounts.store.tables import API_KEYS, PEOPLE, TENANTS
from services.accounts.usecases.ports import StoredCredential

# One statement for everything, so that an unknown key costs the database what a known one does.
_CREDENTIALS: Select[Any] = (
    select(
        *VISIBLE,
        API_KEYS.c.seal,
        TENANTS.c.state.label("tenant_state"),
        PEOPLE.c.roles.label("person_roles"),
    )
    .join(TENANTS, TENANTS.c.id == API_KEYS.c.tenant_id)
    .outerjoin(
        PEOPLE,
        and_(PEOPLE.c.tenant_id == API_KEYS.c.tenant_id, PEOPLE.c.id == API_KEYS.c.person_id),
    )
)


class PostgresCredentials:
    """Implements the credential repository on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, api_key_id: ApiKeyId) -> StoredCredential | None:
        """Return what is kept of the key, or None if no tenant has it."""
        statement = _CREDENTIALS.where(API_KEYS.c.id == api_key_id)
        row = (await self._connection.execute(statement)).first()
        if row is None:
            return None
        return StoredCredential(
            api_key=api_key_of(row),
            seal=row.seal,
            tenant_suspended=row.tenant_state == TenantState.SUSPENDED,
            person_roles=_person_roles(row),
        )

    async def revoked_since(self, moment: datetime) -> Sequence[ApiKeyId]:
        """Return the keys that were revoked at this moment or later."""
        statement = select(API_KEYS.c.id).where(API_KEYS.c.revoked_at >= moment)
        return [ApiKeyId(found) for found in (await self._connection.execute(statement)).scalars()]

    async def suspended_tenants(self) -> Sequence[TenantId]:
        """Return the tenants whose credentials open nothing."""
        statement = select(TENANTS.c.id).where(TENANTS.c.state == TenantState.SUSPENDED)
        return [TenantId(found) for found in (await self._connection.execute(statement)).scalars()]


def _person_roles(row: Row[Any]) -> frozenset[Role] | None:
    if row.person_id is None:
        return None
    # A person who cannot be seen holds nothing: their key must not count as a program's.
    return frozenset(Role(role) for role in row.person_roles or ())
