"""Create a tenant together with its first owner."""

from dataclasses import dataclass

from kernel.clock import Clock
from kernel.identifiers import PersonId, TenantId, new_id
from kernel.principal import Actor
from kernel.roles import Role
from services.accounts.domain.events import PersonAdded, TenantCreated
from services.accounts.domain.person import Person
from services.accounts.domain.tenant import Tenant
from services.accounts.usecases.ports import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTenant:
    """A tenant that the operator wants, under an id that the transaction is bound to already."""

    tenant_id: TenantId
    name: str
    owner_email: str
    owner_name: str


async def create_tenant(
    command: CreateTenant, *, actor: Actor, unit_of_work: UnitOfWork, clock: Clock
) -> tuple[Tenant, Person]:
    """Create a tenant that is in use and somebody who may do everything in it.

    Raises:
        TenantNameTaken: the plane has a tenant of that name.
    """
    now = clock.now()
    tenant = Tenant(id=command.tenant_id, name=command.name, created_at=now, updated_at=now)
    owner = Person(
        id=PersonId(new_id("per")),
        tenant_id=tenant.id,
        email=command.owner_email.lower(),
        name=command.owner_name,
        roles=frozenset({Role.OWNER}),
        created_at=now,
        updated_at=now,
    )
    await unit_of_work.tenants.add(tenant)
    await unit_of_work.people.add(owner)
    unit_of_work.announce(TenantCreated(tenant=tenant), actor=actor)
    unit_of_work.announce(PersonAdded(person=owner), actor=actor)
    return tenant, owner
