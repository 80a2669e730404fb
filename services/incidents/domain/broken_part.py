"""Parts of the plane that do not do their work."""

from dataclasses import dataclass
from datetime import datetime

from kernel.identifiers import TenantId, ViolationId, new_id
from services.incidents.domain.kinds import Category, TriggerType
from services.incidents.domain.violation import Measurement, Violation


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenPart:
    """A part of the plane that does not do its work."""

    service: str
    check: str
    problem: str
    since: datetime

    @property
    def subject(self) -> str:
        """What the incident is about."""
        return f"{self.service}/{self.check}"


def broken_part_violation(part: BrokenPart, *, tenant_id: TenantId, at: datetime) -> Violation:
    """A broken part as a violation of the plane's own."""
    is_audit = part.check == "audit"
    return Violation(
        id=ViolationId(new_id("vio")),
        tenant_id=tenant_id,
        # One outage is one violation, whichever replica sees it and however often it looks.
        source_id=f"{part.subject}@{part.since.isoformat()}",
        run_id="",
        subject=part.subject,
        policy_id="",
        trigger_type=TriggerType.AUDIT_FAILURE if is_audit else TriggerType.LIVENESS_VIOLATION,
        category=Category.AUDIT_GAP if is_audit else Category.LIVENESS,
        blocking=True,
        detail=part.problem[:500],
        measured=Measurement(occurred_at=part.since),
        recorded_by="service:incidents",
        created_at=at,
    )
