"""Serves aos.accounts.v1.PersonService."""

from typing import Any

from aos.accounts.v1 import person_service_pb2, person_service_pb2_grpc
from kernel.clock import Clock
from kernel.identifiers import PersonId
from servicekit import calls
from servicekit.mutations import Mutations
from servicekit.paging import PageTokens
from servicekit.unit_of_work import UnitsOfWork
from services.accounts.api import person_messages
from services.accounts.usecases import people
from services.accounts.usecases.ports import UnitOfWork


class PersonService(person_service_pb2_grpc.PersonServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork[UnitOfWork],
        mutations: Mutations[UnitOfWork],
        page_tokens: PageTokens,
        clock: Clock,
    ) -> None:
        self._units_of_work = units_of_work
        self._mutations = mutations
        self._page_tokens = page_tokens
        self._clock = clock

    async def CreatePerson(self, request: Any, _context: Any) -> Any:
        """Add a person."""
        principal = calls.principal()

        async def work(unit_of_work: UnitOfWork) -> person_service_pb2.CreatePersonResponse:
            command = person_messages.to_create_person(request, principal)
            person = await people.create_person(
                command, unit_of_work=unit_of_work, clock=self._clock
            )
            return person_service_pb2.CreatePersonResponse(
                person=person_messages.from_person(person)
            )

        return await self._mutations.once(
            request, person_service_pb2.CreatePersonResponse, work, tenant=principal.tenant_id
        )

    async def GetPerson(self, request: Any, _context: Any) -> Any:
        """Return one person."""
        principal = calls.principal()
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            person = await people.get_person(
                PersonId(request.person_id), principal=principal, unit_of_work=unit_of_work
            )
        return person_service_pb2.GetPersonResponse(person=person_messages.from_person(person))

    async def ListPeople(self, request: Any, _context: Any) -> Any:
        """List people by e-mail address."""
        principal = calls.principal()
        page = self._page_tokens.read(request, tenant=principal.tenant_id)
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await people.list_people(page, principal=principal, unit_of_work=unit_of_work)
        return person_service_pb2.ListPeopleResponse(
            people=[person_messages.from_person(person) for person in found.items],
            next_page_token=self._page_tokens.write(
                request, found.next_after, tenant=principal.tenant_id
            ),
        )

    async def UpdatePerson(self, request: Any, _context: Any) -> Any:
        """Change a person."""
        principal = calls.principal()

        async def work(unit_of_work: UnitOfWork) -> person_service_pb2.UpdatePersonResponse:
            command = person_messages.to_update_person(request, principal)
            person = await people.update_person(
                command, unit_of_work=unit_of_work, clock=self._clock
            )
            return person_service_pb2.UpdatePersonResponse(
                person=person_messages.from_person(person)
            )

        return await self._mutations.once(
            request, person_service_pb2.UpdatePersonResponse, work, tenant=principal.tenant_id
        )
