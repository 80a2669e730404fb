"""Serves aos.policies.v1.LessonService."""

from typing import Any

from aos.policies.v1 import lesson_service_pb2 as messages
from aos.policies.v1 import lesson_service_pb2_grpc
from servicekit import calls
from servicekit.mutations import Mutations
from servicekit.paging import PageTokens
from servicekit.unit_of_work import UnitsOfWork
from services.policies.api.lesson_messages import (
    from_lesson,
    to_convert,
    to_lesson_state,
    to_record,
)
from services.policies.api.policy_messages import from_policy
from services.policies.usecases import learn_lessons
from services.policies.usecases.author_policies import PlaneDirectory
from services.policies.usecases.people_ports import PeopleUnitOfWork


class LessonService(lesson_service_pb2_grpc.LessonServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork[PeopleUnitOfWork],
        mutations: Mutations[PeopleUnitOfWork],
        page_tokens: PageTokens,
        planes: PlaneDirectory,
    ) -> None:
        self._units_of_work = units_of_work
        self._mutations = mutations
        self._page_tokens = page_tokens
        self._planes = planes

    async def RecordLesson(self, request: Any, _context: Any) -> Any:
        """Write a lesson down."""
        command = to_record(request, calls.principal())

        async def work(unit_of_work: PeopleUnitOfWork) -> messages.RecordLessonResponse:
            lesson = await learn_lessons.record_lesson(
                command, planes=self._planes, unit_of_work=unit_of_work
            )
            return messages.RecordLessonResponse(lesson=from_lesson(lesson))

        return await self._mutations.once(
            request, messages.RecordLessonResponse, work, tenant=command.principal.tenant_id
        )

    async def ListLessons(self, request: Any, _context: Any) -> Any:
        """List lessons, newest first."""
        principal = calls.principal()
        page = self._page_tokens.read(request, tenant=principal.tenant_id)
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await learn_lessons.list_lessons(
                to_lesson_state(request.state),
                page,
                principal=principal,
                unit_of_work=unit_of_work,
            )
        return messages.ListLessonsResponse(
            lessons=[from_lesson(lesson) for lesson in found.items],
            next_page_token=self._page_tokens.write(
                request, found.next_after, tenant=principal.tenant_id
            ),
        )

    async def ConvertToDraft(self, request: Any, _context: Any) -> Any:
        """Make a draft of a lesson."""
        command = to_convert(request, calls.principal())

        async def work(unit_of_work: PeopleUnitOfWork) -> messages.ConvertToDraftResponse:
            lesson, policy = await learn_lessons.convert_lesson(
                command, planes=self._planes, unit_of_work=unit_of_work
            )
            return messages.ConvertToDraftResponse(
                lesson=from_lesson(lesson), policy=from_policy(policy)
            )

        return await self._mutations.once(
            request, messages.ConvertToDraftResponse, work, tenant=command.principal.tenant_id
        )
