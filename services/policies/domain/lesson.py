"""Lessons: what was learned from incidents and runs."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from kernel.identifiers import LessonId, PolicyId, TenantId
from services.policies.domain.errors import LessonAlreadyConverted
from services.policies.domain.policy_body import PolicyBody


class LessonState(StrEnum):
    """Where a lesson is in its life."""

    RECORDED = "RECORDED"
    CONVERTED = "CONVERTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """One lesson."""

    id: LessonId
    tenant_id: TenantId
    title: str
    insight: str
    # Empty when it comes from no run or incident.
    run_id: str
    incident_id: str
    signature: str
    pattern_id: str
    # None as long as nobody has an idea what a policy could say.
    body: PolicyBody | None
    created_by: str
    created_at: datetime
    state: LessonState = LessonState.RECORDED
    # The draft that it has become.
    policy_id: str = ""
    revision: int = 1

    def converted(self, policy_id: PolicyId) -> "Lesson":
        """The lesson that has become a draft.

        Raises:
            LessonAlreadyConverted: it has before.
        """
        if self.state is LessonState.CONVERTED:
            raise LessonAlreadyConverted(
                f"The lesson has become {self.policy_id} already.",
                metadata={"lesson_id": self.id, "policy_id": self.policy_id},
            )
        return replace(
            self, state=LessonState.CONVERTED, policy_id=policy_id, revision=self.revision + 1
        )
