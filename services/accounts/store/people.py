"""People in Postgres."""

from typing import Any

from sqlalchemy import Row, Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import PersonId, TenantId
from kernel.pagination import Page, PageRequest
from kernel.roles import Role
from services.accounts.domain.errors import PersonEmailTaken, TenantNotFound
from services.accounts.domain.person import Person
from services.accounts.store.refusals import told_as
from services.accounts.store.tables import PEOPLE


class PostgresPeople:
    """Implements the person repository on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, person: Person) -> None:
        """Keep a new person."""
        refusals = {
            "people_email": PersonEmailTaken.of(person.email),
            "people_tenant": TenantNotFound.of(person.tenant_id),
        }
        with told_as(refusals):
            await self._connection.execute(insert(PEOPLE), _row_of(person))

    async def find(self, tenant_id: TenantId, person_id: PersonId) -> Person | None:
        """Return the person, or None if the tenant has none with this id."""
        return await self._one(_named(tenant_id, person_id))

    async def hold(self, tenant_id: TenantId, person_id: PersonId) -> Person | None:
        """Return the person as they stay until this transaction ends."""
        return await self._one(_named(tenant_id, person_id).with_for_update(key_share=True))

    async def update(self, person: Person) -> None:
        """Keep the new state of a person who is held."""
        statement = update(PEOPLE).where(
            PEOPLE.c.tenant_id == person.tenant_id, PEOPLE.c.id == person.id
        )
        await self._connection.execute(statement.values(_row_of(person)))

    async def has_other_owner(self, tenant_id: TenantId, person_id: PersonId) -> bool:
        """Whether somebody else is an owner of the tenant."""
        others = select(PEOPLE.c.id).where(
            PEOPLE.c.tenant_id == tenant_id,
            PEOPLE.c.id != person_id,
            PEOPLE.c.roles.contains([Role.OWNER.value]),
        )
        return (await self._connection.execute(others.limit(1))).first() is not None

    async def list(self, tenant_id: TenantId, page: PageRequest) -> Page[Person]:
        """Return the tenant's people by e-mail address, which is also the page key."""
        statement = select(PEOPLE).where(PEOPLE.c.tenant_id == tenant_id)
        if page.after is not None:
            statement = statement.where(PEOPLE.c.email > page.after[0])
        statement = statement.order_by(PEOPLE.c.email).limit(page.size + 1)
        rows = (await self._connection.execute(statement)).all()
        people = [_person_of(row) for row in rows]
        return Page.cut(people, page.size, key=lambda person: (person.email,))

    async def _one(self, statement: Select[Any]) -> Person | None:
        row = (await self._connection.execute(statement)).first()
        return None if row is None else _person_of(row)


def _named(tenant_id: TenantId, person_id: PersonId) -> Select[Any]:
    return select(PEOPLE).where(PEOPLE.c.tenant_id == tenant_id, PEOPLE.c.id == person_id)


def _row_of(person: Person) -> dict[str, Any]:
    row = {column.name: getattr(person, column.name) for column in PEOPLE.columns}
    return {**row, "roles": sorted(person.roles)}


def _person_of(row: Row[Any]) -> Person:
    return Person(
        id=PersonId(row.id),
        tenant_id=TenantId(row.tenant_id),
        email=row.email,
        name=row.name,
        roles=frozenset(Role(role) for role in row.roles),
        created_at=row.created_at,
        updated_at=row.updated_at,
        revision=row.revision,
    )
