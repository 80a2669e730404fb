"""Lessons in Postgres."""

from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import LessonId, TenantId
from kernel.pagination import Page, PageRequest
from services.policies.domain.lesson import Lesson, LessonState
from services.policies.domain.plain import canonical
from services.policies.store.people_tables import LESSONS
from services.policies.store.rows import body_of

_FIELDS = tuple(column.name for column in LESSONS.columns)


class PostgresLessons:
    """Implements the repository of lessons on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, lesson: Lesson) -> None:
        """Keep a new lesson."""
        await self._connection.execute(insert(LESSONS), _row(lesson))

    async def hold(self, tenant_id: TenantId, lesson_id: LessonId) -> Lesson | None:
        """Return the lesson as it stays until this transaction ends."""
        statement = select(LESSONS).where(
            LESSONS.c.tenant_id == tenant_id, LESSONS.c.id == lesson_id
        )
        held = statement.with_for_update(key_share=True)
        row = (await self._connection.execute(held)).mappings().first()
        return None if row is None else _lesson_of(row)

    async def update(self, lesson: Lesson) -> None:
        """Keep the new state of a lesson that is held."""
        statement = update(LESSONS).where(
            LESSONS.c.tenant_id == lesson.tenant_id, LESSONS.c.id == lesson.id
        )
        await self._connection.execute(statement.values(_row(lesson)))

    async def list(
        self, tenant_id: TenantId, state: LessonState | None, page: PageRequest
    ) -> Page[Lesson]:
        """Return lessons, newest first; the page key is the id of the last one."""
        statement = select(LESSONS).where(LESSONS.c.tenant_id == tenant_id)
        if state is not None:
            statement = statement.where(LESSONS.c.state == state)
        if page.after:
            statement = statement.where(LESSONS.c.id < page.after[0])
        statement = statement.order_by(LESSONS.c.id.desc()).limit(page.size + 1)
        rows = (await self._connection.execute(statement)).mappings()
        return Page.cut([_lesson_of(row) for row in rows], page.size, key=lambda item: (item.id,))


def _row(lesson: Lesson) -> dict[str, Any]:
    return {
        **{name: getattr(lesson, name) for name in _FIELDS},
        "body": None if lesson.body is None else canonical(lesson.body),
        "policy_id": lesson.policy_id or None,
    }


def _lesson_of(row: Any) -> Lesson:
    return Lesson(
        **{
            **row,
            "id": LessonId(row["id"]),
            "tenant_id": TenantId(row["tenant_id"]),
            "state": LessonState(row["state"]),
            "body": None if row["body"] is None else body_of(row["body"]),
            "policy_id": row["policy_id"] or "",
        }
    )
