"""API keys in Postgres; a secret's seal goes in here and is never read by this part."""

from typing import Any

from sqlalchemy import Row, Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import ApiKeyId, PersonId, ProjectId, TenantId
from kernel.pagination import Page, PageRequest
from kernel.roles import Role
from services.accounts.domain.api_key import ApiKey
from services.accounts.domain.errors import TenantNotFound
from services.accounts.store.refusals import told_as
from services.accounts.store.tables import API_KEYS

VISIBLE = tuple(column for column in API_KEYS.columns if column.name != "seal")


class PostgresApiKeys:
    """Implements the API key repository on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, api_key: ApiKey, seal: bytes) -> None:
        """Keep a new key."""
        row = {**_row_of(api_key), "seal": seal}
        with told_as({"api_keys_tenant": TenantNotFound.of(api_key.tenant_id)}):
            await self._connection.execute(insert(API_KEYS), row)

    async def find(self, tenant_id: TenantId, api_key_id: ApiKeyId) -> ApiKey | None:
        """Return the key, or None if the tenant has none with this id."""
        return await self._one(_named(tenant_id, api_key_id))

    async def hold(self, tenant_id: TenantId, api_key_id: ApiKeyId) -> ApiKey | None:
        """Return the key as it stays until this transaction ends."""
        return await self._one(_named(tenant_id, api_key_id).with_for_update(key_share=True))

    async def update(self, api_key: ApiKey) -> None:
        """Keep the new state of a key that is held."""
        statement = update(API_KEYS).where(
            API_KEYS.c.tenant_id == api_key.tenant_id, API_KEYS.c.id == api_key.id
        )
        await self._connection.execute(statement.values(_row_of(api_key)))

    async def list(
        self, tenant_id: TenantId, project_id: ProjectId | None, page: PageRequest
    ) -> Page[ApiKey]:
        """Return keys, newest first; the page key is the id of the last one."""
        statement = select(*VISIBLE).where(API_KEYS.c.tenant_id == tenant_id)
        if project_id is not None:
            statement = statement.where(API_KEYS.c.project_id == project_id)
        if page.after is not None:
            statement = statement.where(API_KEYS.c.id < page.after[0])
        statement = statement.order_by(API_KEYS.c.id.desc()).limit(page.size + 1)
        rows = (await self._connection.execute(statement)).all()
        return Page.cut([api_key_of(row) for row in rows], page.size, key=lambda key: (key.id,))

    async def _one(self, statement: Select[Any]) -> ApiKey | None:
        row = (await self._connection.execute(statement)).first()
        return None if row is None else api_key_of(row)


def api_key_of(row: Row[Any]) -> ApiKey:
    """Read a key from a row that has its visible columns."""
    return ApiKey(
        id=ApiKeyId(row.id),
        tenant_id=TenantId(row.tenant_id),
        project_id=None if row.project_id is None else ProjectId(row.project_id),
        person_id=None if row.person_id is None else PersonId(row.person_id),
        name=row.name,
        roles=frozenset(Role(role) for role in row.roles),
        hint=row.hint,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        revocation_reason=row.revocation_reason,
        revision=row.revision,
    )


def _named(tenant_id: TenantId, api_key_id: ApiKeyId) -> Select[Any]:
    return select(*VISIBLE).where(API_KEYS.c.tenant_id == tenant_id, API_KEYS.c.id == api_key_id)


def _row_of(api_key: ApiKey) -> dict[str, Any]:
    row = {column.name: getattr(api_key, column.name) for column in VISIBLE}
    return {**row, "roles": sorted(api_key.roles)}
