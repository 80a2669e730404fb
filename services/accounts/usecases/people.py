"""Add, read and change people. They belong to the whole tenant, so a bound credential sees none."""

from dataclasses import dataclass

from kernel.clock import Clock
from kernel.identifiers import PersonId, new_id
from kernel.pagination import Page, PageRequest
from kernel.principal import Principal
from kernel.revision import require_current
from kernel.roles import Role
from services.accounts.domain.errors import LastOwner, PersonNotFound
from services.accounts.domain.events import PersonAdded, PersonUpdated
from services.accounts.domain.granting import require_grantable
from services.accounts.domain.person import Person
from services.accounts.usecases.ports import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePerson:
    """Somebody who should belong to the tenant."""

    principal: Principal
    email: str
    name: str
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatePerson:
    """What a person should be, based on what they were."""

    principal: Principal
    person_id: PersonId
    etag: str
    name: str
    roles: frozenset[Role]


async def create_person(command: CreatePerson, *, unit_of_work: UnitOfWork, clock: Clock) -> Person:
    """Add a person to the tenant.

    Raises:
        RoleNotGrantable: a role holds more than the principal does.
        PersonEmailTaken: the tenant has a person with that address.
    """
    command.principal.require_whole_tenant()
    require_grantable(command.principal, command.roles)
    now = clock.now()
    person = Person(
        id=PersonId(new_id("per")),
        tenant_id=command.principal.tenant_id,
        email=command.email.lower(),
        name=command.name,
        roles=command.roles,
        created_at=now,
        updated_at=now,
    )
    await unit_of_work.people.add(person)
    unit_of_work.announce(PersonAdded(person=person), actor=command.principal.actor)
    return person


async def get_person(
    person_id: PersonId, *, principal: Principal, unit_of_work: UnitOfWork
) -> Person:
    """Return one person.

    Raises:
        PersonNotFound: the tenant has none with this id.
    """
    principal.require_whole_tenant()
    person = await unit_of_work.people.find(principal.tenant_id, person_id)
    if person is None:
        raise PersonNotFound.of(person_id)
    return person


async def list_people(
    page: PageRequest, *, principal: Principal, unit_of_work: UnitOfWork
) -> Page[Person]:
    """Return people by e-mail address."""
    principal.require_whole_tenant()
    return await unit_of_work.people.list(principal.tenant_id, page)


async def update_person(command: UpdatePerson, *, unit_of_work: UnitOfWork, clock: Clock) -> Person:
    """Change a person's name and roles.

    Raises:
        PersonNotFound: the tenant has none with this id.
        EtagMismatch: somebody changed them since they were read.
        RoleNotGrantable: a role that comes or goes holds more than the principal does.
        LastOwner: the tenant would be left without an owner.
    """
    command.principal.require_whole_tenant()
    tenant_id = command.principal.tenant_id
    person = await unit_of_work.people.hold(tenant_id, command.person_id)
    if person is None:
        raise PersonNotFound.of(command.person_id)
    require_current(command.etag, person.revision)
    # Taking counts like giving: otherwise an administrator could strip the owners.
    require_grantable(command.principal, command.roles ^ person.roles)
    changed = person.changed(name=command.name, roles=command.roles, at=clock.now())
    if person.is_owner and not changed.is_owner:
        await _require_another_owner(person, unit_of_work)
    await unit_of_work.people.update(changed)
    unit_of_work.announce(
        PersonUpdated(person=changed), actor=command.principal.actor, before=person
    )
    return changed


async def _require_another_owner(person: Person, unit_of_work: UnitOfWork) -> None:
    # Two owners who resign at the same time would each still see the other: the tenant is what
    # they queue for.
    await unit_of_work.tenants.hold(person.tenant_id)
    if not await unit_of_work.people.has_other_owner(person.tenant_id, person.id):
        raise LastOwner(
            f"{person.email} is the last owner of the tenant. Make somebody else an owner first.",
            metadata={"person_id": person.id},
        )
