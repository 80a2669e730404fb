"""Reacts to policies: what was learned of a run has become a draft, and the run shows it."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from aos.policies.v1 import events_pb2
from kernel.identifiers import TenantId
from servicekit.events import Event
from services.orchestrator.usecases.ports import UnitOfWork

CONSUMER = "orchestrator-on-lesson-converted"
Handle = Callable[[Event, UnitOfWork], Awaitable[None]]


class Drafts(Protocol):
    """Activity, which shows how many drafts came of a run."""

    async def note_draft(self, tenant_id: TenantId, run_id: str, policy_id: str) -> None:
        """Count a draft, once."""
        ...


def on_lesson_converted(drafts: Drafts) -> Handle:
    """What to do when a lesson has become a draft."""

    async def handle(event: Event, _unit_of_work: UnitOfWork) -> None:
        lesson = events_pb2.LessonConverted.FromString(event.body).lesson
        # Not everything that people learn comes of a run.
        if lesson.run_id and lesson.policy_id:
            tenant_id = TenantId(event.tenant_id)
            await drafts.note_draft(tenant_id, lesson.run_id, lesson.policy_id)

    return handle
