"""Incidents as people read them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import IncidentId, ProjectId, TenantId
from kernel.pagination import Page, PageRequest
from services.incidents.domain.incident import Evidence, Incident, IncidentGroup, TimelineEvent
from services.incidents.domain.kinds import Conclusion, IncidentStatus, Severity
from services.incidents.domain.violation import ConcludedViolation
from services.incidents.store.rows import (
    concluded_of,
    evidence_of,
    group_of,
    incident_of,
    timeline_event_of,
)
from services.incidents.store.tables import (
    CASES,
    EVIDENCE,
    INCIDENT_VIEW,
    TIMELINE,
    VIOLATIONS,
)
from services.incidents.usecases.ports import IncidentFilter, Recurrence, ViolationFilter

_VIEW = INCIDENT_VIEW.c
_RANK = case({severity: severity.rank for severity in Severity}, value=_VIEW.severity)
_CASE_COLUMNS = [column.name for column in CASES.columns]
_JOINED = VIOLATIONS.join(
    CASES,
    (VIOLATIONS.c.tenant_id == CASES.c.tenant_id)
    & (VIOLATIONS.c.run_id == CASES.c.run_id)
    & (VIOLATIONS.c.subject == CASES.c.subject)
    & (VIOLATIONS.c.policy_id == CASES.c.policy_id)
    & (VIOLATIONS.c.is_outcome == CASES.c.is_outcome),
)


class PostgresIncidentReader:
    """Implements the reader of incidents on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def evidence(self, tenant_id: TenantId, incident_id: IncidentId) -> Sequence[Evidence]:
        """Return what was gathered when the incident was made, oldest first."""
        statement = (
            select(EVIDENCE)
            .where(EVIDENCE.c.tenant_id == tenant_id, EVIDENCE.c.incident_id == incident_id)
            .order_by(EVIDENCE.c.id)
        )
        rows = (await self._connection.execute(statement)).mappings()
        return [evidence_of(row) for row in rows]

    async def recurrence(self, incident: Incident) -> Recurrence:
        """Return how often the same thing happened."""
        statement = select(func.count().label("count"), func.min(_VIEW.created_at).label("first"))
        same = statement.where(
            _VIEW.tenant_id == incident.tenant_id, _VIEW.signature == incident.signature
        )
        row = (await self._connection.execute(same)).mappings().one()
        return Recurrence(count=row["count"], first_at=row["first"])

    async def list(
        self, tenant_id: TenantId, wanted: IncidentFilter, page: PageRequest
    ) -> Page[Incident]:
        """Return incidents, newest first; the page key is the id of the last one."""
        statement = _wanted(select(INCIDENT_VIEW).where(_VIEW.tenant_id == tenant_id), wanted)
        if page.after:
            statement = statement.where(_VIEW.id < page.after[0])
        statement = statement.order_by(_VIEW.id.desc()).limit(page.size + 1)
        rows = (await self._connection.execute(statement)).mappings()
        return Page.cut([incident_of(row) for row in rows], page.size, key=lambda item: (item.id,))

    async def groups(
        self,
        tenant_id: TenantId,
        page: PageRequest,
        *,
        project_id: ProjectId | None,
        include_resolved: bool,
    ) -> Page[IncidentGroup]:
        """Return what happens again and again, the latest first.

        The page key is the id of the group's last incident: a group that gets another one while
        somebody turns pages moves to the front and is not shown twice.
        """
        groups = _groups(tenant_id, project_id).subquery()
        last = INCIDENT_VIEW
        statement = select(groups, last.c.title, last.c.category).where(
            last.c.tenant_id == tenant_id, last.c.id == groups.c.last_id
        )
        if not include_resolved:
            statement = statement.where(groups.c.unresolved_count > 0)
        if page.after:
            statement = statement.where(groups.c.last_id < page.after[0])
        statement = statement.order_by(groups.c.last_id.desc()).limit(page.size + 1)
        found = [group_of(row) for row in (await self._connection.execute(statement)).mappings()]
        return Page.cut(found, page.size, key=lambda item: (item.last_incident_id,))

    async def timeline(
        self, tenant_id: TenantId, incident_id: IncidentId, page: PageRequest
    ) -> Page[TimelineEvent]:
        """Return what happened to an incident, oldest first."""
        statement = select(TIMELINE).where(
            TIMELINE.c.tenant_id == tenant_id, TIMELINE.c.incident_id == incident_id
        )
        if page.after:
            after = (datetime.fromisoformat(page.after[0]), page.after[1])
            statement = statement.where(
                (TIMELINE.c.created_at > after[0])
                | ((TIMELINE.c.created_at == after[0]) & (TIMELINE.c.id > after[1]))
            )
        statement = statement.order_by(TIMELINE.c.created_at, TIMELINE.c.id).limit(page.size + 1)
        rows = (await self._connection.execute(statement)).mappings()
        return Page.cut(
            [timeline_event_of(row) for row in rows],
            page.size,
            key=lambda item: (item.created_at.isoformat(), item.id),
        )

    async def violations(
        self, tenant_id: TenantId, wanted: ViolationFilter, page: PageRequest
    ) -> Page[ConcludedViolation]:
        """Return violations, newest first; the page key is the id of the last one."""
        columns = [column.label(f"case_{column.name}") for column in CASES.columns]
        statement = (
            select(VIOLATIONS, *columns)
            .select_from(_JOINED)
            .where(VIOLATIONS.c.tenant_id == tenant_id)
        )
        statement = _wanted_violations(statement, wanted)
        if page.after:
            statement = statement.where(VIOLATIONS.c.id < page.after[0])
        statement = statement.order_by(VIOLATIONS.c.id.desc()).limit(page.size + 1)
        rows = (await self._connection.execute(statement)).mappings()
        found = [
            concluded_of(row, {name: row[f"case_{name}"] for name in _CASE_COLUMNS}) for row in rows
        ]
        return Page.cut(found, page.size, key=lambda item: (item.violation.id,))


def _groups(tenant_id: TenantId, project_id: ProjectId | None) -> Select[tuple[object, ...]]:
    own = [_VIEW.tenant_id == tenant_id, ~_VIEW.is_outcome]
    if project_id is not None:
        own.append(_VIEW.project_id == project_id)
    unresolved = func.count().filter(_VIEW.status != IncidentStatus.RESOLVED)
    return (
        select(
            _VIEW.signature,
            func.count().label("count"),
            unresolved.label("unresolved_count"),
            func.max(_RANK).label("rank"),
            func.min(_VIEW.created_at).label("first_at"),
            func.max(_VIEW.created_at).label("last_at"),
            func.max(_VIEW.id).label("last_id"),
        )
        .where(*own)
        .group_by(_VIEW.signature)
    )


def _wanted(
    statement: Select[tuple[object, ...]], wanted: IncidentFilter
) -> Select[tuple[object, ...]]:
    # Outcomes of runs that went well are shown to whoever asks for them, and to nobody else.
    statement = statement.where(
        ~_VIEW.is_outcome if wanted.category is None else _VIEW.category == wanted.category
    )
    if wanted.status is not None:
        statement = statement.where(_VIEW.status == wanted.status)
    if wanted.minimum_severity is not None:
        statement = statement.where(wanted.minimum_severity.rank <= _RANK)
    if wanted.exclude_synthetic:
        statement = statement.where(~_VIEW.is_synthetic)
    for name in ("run_id", "policy_id", "agent_id", "assignee", "signature", "project_id"):
        value = getattr(wanted, name)
        if value:
            statement = statement.where(_VIEW[name] == value)
    return statement


def _wanted_violations(
    statement: Select[tuple[object, ...]], wanted: ViolationFilter
) -> Select[tuple[object, ...]]:
    if wanted.run_id:
        statement = statement.where(VIOLATIONS.c.run_id == wanted.run_id)
    if wanted.conclusion is not None:
        statement = statement.where(CASES.c.conclusion == wanted.conclusion)
    if wanted.incident_id:
        statement = statement.where(
            CASES.c.incident_id == wanted.incident_id, CASES.c.conclusion == Conclusion.INCIDENT
        )
    if wanted.project_id is not None:
        # Whose project a violation belongs to is known from its incident alone.
        of_project = select(_VIEW.id).where(
            _VIEW.tenant_id == CASES.c.tenant_id, _VIEW.project_id == wanted.project_id
        )
        statement = statement.where(CASES.c.incident_id.in_(of_project))
    return statement
