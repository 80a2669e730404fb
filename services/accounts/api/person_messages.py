"""People as messages, and messages as commands."""

from aos.accounts.v1 import person_pb2, person_service_pb2
from kernel.identifiers import PersonId
from kernel.principal import Principal
from services.accounts.api.role_messages import from_roles, to_roles
from services.accounts.domain.person import Person
from services.accounts.usecases.people import CreatePerson, UpdatePerson


def to_create_person(
    request: person_service_pb2.CreatePersonRequest, principal: Principal
) -> CreatePerson:
    """Read who should belong to the tenant."""
    return CreatePerson(
        principal=principal,
        email=request.email,
        name=request.name,
        roles=to_roles(request.roles),
    )


def to_update_person(
    request: person_service_pb2.UpdatePersonRequest, principal: Principal
) -> UpdatePerson:
    """Read what a person should be."""
    return UpdatePerson(
        principal=principal,
        person_id=PersonId(request.person_id),
        etag=request.etag,
        name=request.name,
        roles=to_roles(request.roles),
    )


def from_person(person: Person) -> person_pb2.Person:
    """Write a person."""
    message = person_pb2.Person(
        id=person.id,
        tenant_id=person.tenant_id,
        email=person.email,
        name=person.name,
        roles=from_roles(person.roles),
        etag=str(person.revision),
    )
    message.create_time.FromDatetime(person.created_at)
    message.update_time.FromDatetime(person.updated_at)
    return message
