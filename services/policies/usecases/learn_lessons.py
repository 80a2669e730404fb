"""Write lessons down, read them, and make drafts of them."""

from dataclasses import dataclass

from kernel.errors import InvalidField
from kernel.identifiers import LessonId, new_id
from kernel.pagination import Page, PageRequest
from kernel.principal import Principal
from kernel.revision import require_current
from services.policies.domain.errors import LessonNotFound
from services.policies.domain.events import LessonConverted, LessonRecorded
from services.policies.domain.lesson import Lesson, LessonState
from services.policies.domain.plain import require_auditable
from services.policies.domain.policy import Policy
from services.policies.domain.policy_body import PolicyBody
from services.policies.usecases.author_policies import PlaneDirectory, require_writable
from services.policies.usecases.learned_policies import Learned, draft_learned
from services.policies.usecases.people_ports import PeopleUnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLesson:
    """What somebody has learned."""

    principal: Principal
    title: str
    insight: str
    run_id: str
    incident_id: str
    signature: str
    pattern_id: str
    body: PolicyBody | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertLesson:
    """Which lesson is to become a draft, and what that is to say."""

    principal: Principal
    lesson_id: LessonId
    etag: str
    # What the lesson suggests, if None.
    body: PolicyBody | None


async def record_lesson(
    command: RecordLesson, *, planes: PlaneDirectory, unit_of_work: PeopleUnitOfWork
) -> Lesson:
    """Write a lesson down.

    Raises:
        InvalidField: a policy cannot say what it suggests.
    """
    principal = command.principal
    principal.require_whole_tenant()
    if command.body is not None:
        await require_writable(command.body, principal=principal, planes=planes)
    lesson = Lesson(
        id=LessonId(new_id("lsn")),
        tenant_id=principal.tenant_id,
        title=command.title,
        insight=command.insight,
        run_id=command.run_id,
        incident_id=command.incident_id,
        signature=command.signature,
        pattern_id=command.pattern_id,
        body=command.body,
        created_by=principal.actor_id,
        created_at=await unit_of_work.now(),
    )
    require_auditable(lesson, field="body")
    await unit_of_work.lessons.add(lesson)
    unit_of_work.announce(LessonRecorded(lesson=lesson), actor=principal.actor)
    return lesson


async def list_lessons(
    state: LessonState | None,
    page: PageRequest,
    *,
    principal: Principal,
    unit_of_work: PeopleUnitOfWork,
) -> Page[Lesson]:
    """Return lessons, newest first."""
    principal.require_whole_tenant()
    return await unit_of_work.lessons.list(principal.tenant_id, state, page)


async def convert_lesson(
    command: ConvertLesson, *, planes: PlaneDirectory, unit_of_work: PeopleUnitOfWork
) -> tuple[Lesson, Policy]:
    """Make a draft of a lesson.

    Raises:
        LessonNotFound: there is none that the principal may know of.
        EtagMismatch: somebody changed it since it was read.
        LessonAlreadyConverted: it has become a draft before.
        InvalidField: nobody says what the policy is to say, or a policy cannot say that.
    """
    principal = command.principal
    principal.require_whole_tenant()
    lesson = await unit_of_work.lessons.hold(principal.tenant_id, command.lesson_id)
    if lesson is None:
        raise LessonNotFound.of(command.lesson_id)
    if lesson.state is LessonState.RECORDED:
        require_current(command.etag, lesson.revision)
    body = command.body or lesson.body
    if body is None:
        raise InvalidField.named("body", "is needed: the lesson suggests nothing")
    await require_writable(body, principal=principal, planes=planes)
    policy = await draft_learned(
        Learned(
            origin_id=lesson.id,
            body=body,
            incident_id=lesson.incident_id,
            signature=lesson.signature,
            pattern_id=lesson.pattern_id,
        ),
        principal=principal,
        unit_of_work=unit_of_work,
    )
    converted = lesson.converted(policy.id)
    await unit_of_work.lessons.update(converted)
    event = LessonConverted(lesson=converted)
    unit_of_work.announce(event, actor=principal.actor, before=lesson)
    return converted, policy
