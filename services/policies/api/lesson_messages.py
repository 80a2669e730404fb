"""Lessons as messages."""

from typing import Any

from aos.policies.v1 import lesson_pb2, lesson_service_pb2
from kernel.identifiers import LessonId
from kernel.principal import Principal
from services.policies.api.policy_messages import from_body, to_body
from services.policies.domain.lesson import Lesson, LessonState
from services.policies.usecases.learn_lessons import ConvertLesson, RecordLesson


def to_record(
    request: lesson_service_pb2.RecordLessonRequest, principal: Principal
) -> RecordLesson:
    """Read what somebody has learned."""
    return RecordLesson(
        principal=principal,
        title=request.title,
        insight=request.insight,
        run_id=request.run_id,
        incident_id=request.incident_id,
        signature=request.signature,
        pattern_id=request.pattern_id,
        body=to_body(request.body) if request.HasField("body") else None,
    )


def to_convert(
    request: lesson_service_pb2.ConvertToDraftRequest, principal: Principal
) -> ConvertLesson:
    """Read which lesson is to become a draft."""
    return ConvertLesson(
        principal=principal,
        lesson_id=LessonId(request.lesson_id),
        etag=request.etag,
        body=to_body(request.body) if request.HasField("body") else None,
    )


def to_lesson_state(number: Any) -> LessonState | None:
    """Read a state; None when none is named."""
    name = lesson_pb2.LessonState.Name(number).removeprefix("LESSON_STATE_")
    return LessonState(name) if number else None


def from_lesson(lesson: Lesson) -> lesson_pb2.Lesson:
    """Write a lesson."""
    state: Any = lesson_pb2.LessonState.Value(f"LESSON_STATE_{lesson.state}")
    message = lesson_pb2.Lesson(
        id=lesson.id,
        title=lesson.title,
        insight=lesson.insight,
        run_id=lesson.run_id,
        incident_id=lesson.incident_id,
        signature=lesson.signature,
        pattern_id=lesson.pattern_id,
        body=None if lesson.body is None else from_body(lesson.body),
        state=state,
        policy_id=lesson.policy_id,
        etag=str(lesson.revision),
        created_by=lesson.created_by,
    )
    message.create_time.FromDatetime(lesson.created_at)
    return message
