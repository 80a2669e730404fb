"""Findings and the detector's settings in Postgres."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as insert_or_change
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import FindingId, PolicyId, TenantId, ViolationId
from kernel.pagination import Page, PageRequest
from services.incidents.domain.hallucination.finding import Finding, FindingType
from services.incidents.domain.kept_finding import DetectorSettings, KeptFinding, OptIn
from services.incidents.store.tables import (
    DETECTOR_SETTINGS,
    FINDINGS,
    INCIDENTS,
)
from services.incidents.usecases.ports import FindingFilter


class PostgresFindings:
    """Implements the repository of findings on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, findings: Sequence[KeptFinding]) -> None:
        """Keep new findings; their violation is there."""
        await self._connection.execute(insert(FINDINGS), [_row(one) for one in findings])

    async def of(self, tenant_id: TenantId, violation_id: ViolationId) -> Sequence[KeptFinding]:
        """Return the findings of a violation, in the order of the output."""
        statement = (
            select(FINDINGS)
            .where(FINDINGS.c.tenant_id == tenant_id, FINDINGS.c.violation_id == violation_id)
            .order_by(FINDINGS.c.passage_start, FINDINGS.c.passage_end, FINDINGS.c.id)
        )
        return [_kept_of(row) for row in (await self._connection.execute(statement)).mappings()]

    async def list(
        self, tenant_id: TenantId, wanted: FindingFilter, page: PageRequest
    ) -> Page[KeptFinding]:
        """Return findings, newest first; the page key is the id of the last one."""
        statement = select(FINDINGS).where(FINDINGS.c.tenant_id == tenant_id)
        if wanted.run_id:
            statement = statement.where(FINDINGS.c.run_id == wanted.run_id)
        if wanted.type is not None:
            statement = statement.where(FINDINGS.c.type == wanted.type)
        if wanted.project_id is not None:
            of_project = select(INCIDENTS.c.run_id).where(
                INCIDENTS.c.tenant_id == tenant_id, INCIDENTS.c.project_id == wanted.project_id
            )
            statement = statement.where(FINDINGS.c.run_id.in_(of_project))
        if page.after:
            statement = statement.where(FINDINGS.c.id < page.after[0])
        statement = statement.order_by(FINDINGS.c.id.desc()).limit(page.size + 1)
        rows = (await self._connection.execute(statement)).mappings()
        return Page.cut([_kept_of(row) for row in rows], page.size, key=lambda item: (item.id,))

    async def settings(self, tenant_id: TenantId) -> DetectorSettings:
        """Return a tenant's settings."""
        statement = select(DETECTOR_SETTINGS).where(DETECTOR_SETTINGS.c.tenant_id == tenant_id)
        row = (await self._connection.execute(statement)).mappings().first()
        if row is None:
            return DetectorSettings(tenant_id=tenant_id)
        return DetectorSettings(
            tenant_id=tenant_id,
            floor=row["floor"],
            opt_ins=tuple(
                OptIn(policy_id=PolicyId(policy_id), floor=floor)
                for policy_id, floor in row["opt_ins"]
            ),
            revision=row["revision"],
        )

    async def set(self, settings: DetectorSettings, *, by: str, at: datetime) -> bool:
        """Keep changed settings; False if somebody else changed them meanwhile."""
        values = {
            "floor": settings.floor,
            "opt_ins": [[one.policy_id, one.floor] for one in settings.opt_ins],
            "changed_by": by,
            "changed_at": at,
            "revision": settings.revision,
        }
        statement = insert_or_change(DETECTOR_SETTINGS).values(
            tenant_id=settings.tenant_id, **values
        )
        result = await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=[DETECTOR_SETTINGS.c.tenant_id],
                set_=values,
                where=DETECTOR_SETTINGS.c.revision == settings.revision - 1,
            )
        )
        return bool(result.rowcount)


def _row(kept: KeptFinding) -> dict[str, Any]:
    finding = kept.finding
    return {
        "tenant_id": kept.tenant_id,
        "id": kept.id,
        "violation_id": kept.violation_id,
        "run_id": kept.run_id,
        "step_index": kept.step_index,
        "type": finding.type,
        "passage": finding.passage,
        "passage_start": finding.start,
        "passage_end": finding.end,
        "reason": finding.reason,
        "confidence": finding.confidence,
        "document_id": finding.document_id,
        "contradicted_step_index": finding.step_index,
        "judge": finding.judge,
        "blocking": kept.blocking,
        "created_at": kept.created_at,
        "synthetic_scenario_id": kept.synthetic_scenario_id,
    }


def _kept_of(row: Any) -> KeptFinding:
    return KeptFinding(
        id=FindingId(row["id"]),
        tenant_id=TenantId(row["tenant_id"]),
        violation_id=ViolationId(row["violation_id"]),
        run_id=row["run_id"],
        step_index=row["step_index"],
        finding=Finding(
            type=FindingType(row["type"]),
            passage=row["passage"],
            start=row["passage_start"],
            end=row["passage_end"],
            reason=row["reason"],
            confidence=row["confidence"],
            document_id=row["document_id"],
            step_index=row["contradicted_step_index"],
            judge=row["judge"],
        ),
        blocking=row["blocking"],
        created_at=row["created_at"],
        synthetic_scenario_id=row["synthetic_scenario_id"],
    )
