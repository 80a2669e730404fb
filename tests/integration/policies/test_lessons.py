"""Lessons are written down and become drafts, once."""

import asyncio
import uuid
from typing import Any

import pytest
import pytest_asyncio
from grpc import StatusCode

from aos.policies.v1 import events_pb2, lesson_pb2, policy_pb2
from kernel.identifiers import new_id
from tests.support.governed import Tenant, body, limit
from tests.support.identities import somebody
from tests.support.learning import Learning
from tests.support.people import Person, person
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until


@pytest_asyncio.fixture(loop_scope="session")
async def people(plane: Plane, tenant: Tenant) -> Person:
    return person(plane, somebody("governance", tenant=tenant.id))


async def record(people: Person, **other: Any) -> lesson_pb2.Lesson:
    """A lesson from some run."""
    wanted = {
        "title": "Loops are expensive",
        "insight": "The agent asked the same thing again and again.",
        "run_id": new_id("run"),
        "incident_id": new_id("inc"),
        "body": body(limit("STEPS", 5)),
        **other,
    }
    lesson: lesson_pb2.Lesson = (await people.call("RecordLesson", **wanted)).lesson
    return lesson


async def convert(people: Person, lesson: lesson_pb2.Lesson, **other: Any) -> Any:
    return await people.call("ConvertToDraft", lesson_id=lesson.id, etag=lesson.etag, **other)


async def test_a_lesson_becomes_a_draft_and_its_run_is_told_of(
    plane: Plane, people: Person
) -> None:
    lesson = await record(people)
    answer = await convert(people, lesson)
    assert answer.lesson.state == lesson_pb2.LESSON_STATE_CONVERTED
    assert (answer.policy.state, answer.policy.source, answer.policy.origin_id) == (
        policy_pb2.POLICY_STATE_DRAFT,
        policy_pb2.POLICY_SOURCE_LEARNED,
        lesson.id,
    )
    rows = await plane.database.fetch(
        "SELECT body FROM policies.outbox "
        "WHERE aggregate_id = $1 AND event_type = 'lesson_converted'",
        lesson.id,
    )
    (told,) = [events_pb2.LessonConverted.FromString(row["body"]).lesson for row in rows]
    assert (told.run_id, told.policy_id) == (lesson.run_id, answer.policy.id)
    entries = await until(lambda: found if len(found := plane.logs.of(lesson.id)) == 2 else None)
    assert {entry.event_type for entry in entries} == {"LESSON_RECORDED", "LESSON_CONVERTED"}
    assert {entry.run_id for entry in entries} == {lesson.run_id}


async def test_a_draft_says_what_whoever_converts_wants_it_to(people: Person) -> None:
    lesson = await record(people)
    other = body(limit("STEPS", 9))
    assert (await convert(people, lesson, body=other)).policy.body.limits[0].maximum == 9
    bare = await record(people, body=None)
    told = await refusal(convert(people, bare))
    assert (told.code, set(told.fields)) == (StatusCode.INVALID_ARGUMENT, {"body"})
    assert (await convert(people, bare, body=other)).policy.id


async def test_a_lesson_is_converted_once(plane: Plane, people: Person) -> None:
    lesson = await record(people)
    answers = await asyncio.gather(
        *(convert(people, lesson) for _ in range(6)), return_exceptions=True
    )
    assert len([one for one in answers if not isinstance(one, Exception)]) == 1
    told = await refusal(convert(people, lesson))
    assert (told.code, told.reason) == (StatusCode.FAILED_PRECONDITION, "LESSON_CONVERTED")
    drafts = "SELECT count(*) FROM policies.policies WHERE origin_id = $1"
    assert await plane.database.value(drafts, lesson.id) == 1


async def test_what_comes_of_a_lesson_covers_incidents_like_its_own(
    plane: Plane, tenant: Tenant, people: Person
) -> None:
    lesson = await record(people, signature="s")
    await tenant.activate((await convert(people, lesson)).policy)
    answer = await Learning(plane, tenant).machine.call(
        "DecideSuppression", run_id=new_id("run"), signature="s", incident_id="inc_1"
    )
    assert answer.suppression.prevention.original_incident_id == lesson.incident_id


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"title": ""}, "title"),
        ({"run_id": "nonsense"}, "run_id"),
        ({"insight": "x" * 2_001}, "insight"),
        ({"body": body(limit("STEPS", 5), monitors=policy_pb2.MonitorConfig())}, None),
    ],
)
async def test_a_lesson_that_says_nothing_or_nonsense_is_refused(
    people: Person, other: dict[str, Any], field: str | None
) -> None:
    told = await refusal(record(people, **other))
    assert told.code is StatusCode.INVALID_ARGUMENT
    assert field is None or set(told.fields) == {field}


async def test_a_lesson_may_come_from_nowhere(people: Person) -> None:
    lesson = await record(people, run_id="", incident_id="")
    assert (lesson.run_id, lesson.state) == ("", lesson_pb2.LESSON_STATE_RECORDED)


@pytest.mark.invariant("I-31")
async def test_another_tenants_lesson_is_as_unknown_as_one_that_never_was(
    plane: Plane, people: Person
) -> None:
    lesson = await record(people)
    stranger = person(plane, somebody())
    for name in (lesson.id, new_id("lsn")):
        told = await refusal(stranger.call("ConvertToDraft", lesson_id=name, etag="1"))
        assert told.reason == "LESSON_NOT_FOUND"
    assert await stranger.every("ListLessons", "lessons") == []


@pytest.mark.invariant("I-05")
async def test_the_same_request_writes_one_lesson(people: Person) -> None:
    request_id = str(uuid.uuid4())
    fields = {"title": "once", "body": body(limit("STEPS", 5))}
    first = await people.call("RecordLesson", request_id, **fields)
    assert await people.call("RecordLesson", request_id, **fields) == first
    assert len(await people.every("ListLessons", "lessons")) == 1


async def test_lessons_are_listed_by_state_newest_first(people: Person) -> None:
    made = [await record(people) for _ in range(5)]
    await convert(people, made[1])
    listed = await people.every("ListLessons", "lessons")
    assert [lesson.id for lesson in listed] == [lesson.id for lesson in reversed(made)]
    converted = await people.every(
        "ListLessons", "lessons", state=lesson_pb2.LESSON_STATE_CONVERTED
    )
    assert [lesson.id for lesson in converted] == [made[1].id]


async def test_who_only_reads_converts_nothing(plane: Plane, tenant: Tenant) -> None:
    viewer = person(plane, somebody("viewer", tenant=tenant.id))
    told = await refusal(viewer.call("RecordLesson", title="x"))
    assert told.metadata == {"permission": "policies.lessons.write"}
    told = await refusal(viewer.call("ConvertToDraft", lesson_id=new_id("lsn"), etag="1"))
    assert told.metadata == {"permission": "policies.policies.write"}
