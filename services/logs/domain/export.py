"""Exports: what was taken out of the plane, by whom, with which hash."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kernel.identifiers import RunId, TenantId
from services.logs.domain.ledger_entry import ActorType


class ExportKind(StrEnum):
    """What was exported."""

    LEDGER = "ledger"
    RUN_LEDGER = "run_ledger"
    EVIDENCE_BUNDLE = "evidence_bundle"
    EVIDENCE_REPORT = "evidence_report"
    SOC2_BUNDLE = "soc2_bundle"
    EXECUTIVE_DEBRIEF = "executive_debrief"
    LIST = "list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One export."""

    id: str
    tenant_id: TenantId
    kind: ExportKind
    # A run, a period, the name of a list; empty for the whole of the tenant.
    subject: str
    tree_size: int
    content_sha256: str
    size_bytes: int
    actor_type: ActorType
    actor_id: str
    exported_at: datetime

    @property
    def run_id(self) -> RunId | None:
        """The run it is about, if it is about one."""
        return RunId(self.subject) if self.subject.startswith("run_") else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRecorded:
    """Somebody takes something out."""

    export: Export
