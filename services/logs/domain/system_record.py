"""System records: what happened to the plane itself."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from kernel.identifiers import TenantId
from services.logs.domain.once import Key, digest_of


class SystemSeverity(IntEnum):
    """How grave a system record is; a graver one is the larger number."""

    INFO = 1
    WARN = 2
    CRITICAL = 3


class SystemCause(StrEnum):
    """Who or what caused it."""

    SYSTEM = "system"
    HUMAN = "human"
    AUTOMATION = "automation"


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemRecord:
    """Something that happened to the plane itself, or to a tenant's part of it."""

    id: str
    tenant_id: TenantId
    service: str
    component: str
    event_type: str
    severity: SystemSeverity
    summary: str
    details: str
    caused_by: SystemCause
    correlation_id: str
    occurred_at: datetime

    @property
    def key(self) -> Key:
        """Its tenant and identifier."""
        return self.tenant_id, self.id

    @property
    def digest(self) -> bytes:
        """What it says."""
        return digest_of(self)
