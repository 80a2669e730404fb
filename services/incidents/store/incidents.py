"""Incidents in Postgres."""

from collections.abc import Sequence

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import IncidentId, ProjectId, TenantId
from kernel.ledger import state_of
from services.incidents.domain.incident import Evidence, Incident, TimelineEvent
from services.incidents.store.rows import incident_of, incident_row
from services.incidents.store.tables import EVIDENCE, INCIDENTS, TIMELINE


class PostgresIncidents:
    """Implements the repository of incidents on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, made: Sequence[tuple[Incident, Sequence[Evidence]]]) -> None:
        """Keep new incidents, each with what was gathered."""
        await self._connection.execute(
            insert(INCIDENTS), [incident_row(incident) for incident, _ in made]
        )
        rows = [_evidence_row(incident, each) for incident, found in made for each in found]
        if rows:
            await self._connection.execute(insert(EVIDENCE), rows)

    async def find(
        self, tenant_id: TenantId, incident_id: IncidentId, project_id: ProjectId | None
    ) -> Incident | None:
        """Return the incident, or None if the tenant (or the project) has none with this id."""
        return await self._one(tenant_id, incident_id, project_id, hold=False)

    async def hold(
        self, tenant_id: TenantId, incident_id: IncidentId, project_id: ProjectId | None
    ) -> Incident | None:
        """Return the incident as it stays until this transaction ends."""
        return await self._one(tenant_id, incident_id, project_id, hold=True)

    async def _one(
        self,
        tenant_id: TenantId,
        incident_id: IncidentId,
        project_id: ProjectId | None,
        *,
        hold: bool,
    ) -> Incident | None:
        statement = select(INCIDENTS).where(
            INCIDENTS.c.tenant_id == tenant_id, INCIDENTS.c.id == incident_id
        )
        if project_id is not None:
            statement = statement.where(INCIDENTS.c.project_id == project_id)
        if hold:
            statement = statement.with_for_update(key_share=True)
        row = (await self._connection.execute(statement)).mappings().first()
        return None if row is None else incident_of(row)

    async def update(self, incident: Incident) -> None:
        """Keep the new state of an incident that is held."""
        statement = update(INCIDENTS).where(
            INCIDENTS.c.tenant_id == incident.tenant_id, INCIDENTS.c.id == incident.id
        )
        await self._connection.execute(statement.values(incident_row(incident)))

    async def note(self, *events: TimelineEvent) -> None:
        """Write into the timelines of incidents."""
        rows = [{**state_of(event), "created_at": event.created_at} for event in events]
        await self._connection.execute(insert(TIMELINE), rows)


def _evidence_row(incident: Incident, evidence: Evidence) -> dict[str, object]:
    return {
        "tenant_id": incident.tenant_id,
        "id": evidence.id,
        "incident_id": incident.id,
        "kind": evidence.kind,
        "reference": evidence.reference,
        "content": evidence.content,
        "content_hash": evidence.content_hash,
        "created_at": evidence.created_at,
    }
