"""Look through incidents made since the last time: each counts at its run, which exists."""

from dataclasses import replace
from datetime import datetime, timedelta

from kernel.errors import InvalidPageToken
from kernel.identifiers import TenantId
from services.orchestrator.domain.run_audit import Cursor
from services.orchestrator.usecases.audit_gaps import tell_homeless
from services.orchestrator.usecases.audit_ports import SeenIncident
from services.orchestrator.usecases.audit_round import AuditParts, AuditRound
from services.orchestrator.usecases.desks import Notes, Subject
from services.orchestrator.usecases.find_lost_runs import Tenants

_NAME = "incidents"
# Of one tenant in one round; the rest has its turn in the next.
_MOST_PAGES = 10
# Transactions do not become visible in the order of their moments.
_OVERLAP = timedelta(minutes=1)
_BEGINNING = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class AuditIncidents:
    """The part of the audit of links that begins at incidents."""

    def __init__(self, parts: AuditParts, *, tenants: Tenants) -> None:
        self._units_of_work = parts.units_of_work
        self._tenants = tenants
        self._desk, self._desks = parts.desk, parts.desks

    async def __call__(self, this_round: AuditRound) -> None:
        """Look through what is new of every tenant."""
        for tenant_id in await self._tenants():
            await this_round.attempt(self._look_through(tenant_id))

    async def _look_through(self, tenant_id: TenantId) -> None:
        async with self._units_of_work(tenant_id) as unit_of_work:
            now = await unit_of_work.now()
            cursor = await unit_of_work.audits.cursor(tenant_id, _NAME)
        cursor = cursor or Cursor(reached_at=_BEGINNING)
        for _ in range(_MOST_PAGES):
            cursor = await self._page(tenant_id, cursor, now)
            async with self._units_of_work(tenant_id) as unit_of_work:
                await unit_of_work.audits.keep_cursor(tenant_id, _NAME, cursor)
                await unit_of_work.commit()
            if not cursor.page_token:
                return

    async def _page(self, tenant_id: TenantId, cursor: Cursor, now: datetime) -> Cursor:
        try:
            page = await self._desk.incidents(tenant_id, cursor.page_token)
        except InvalidPageToken:
            # Incidents signs its tokens with another key by now: from the newest again.
            return Cursor(reached_at=cursor.reached_at)
        new = [one for one in page.incidents if one.created_at >= cursor.reached_at - _OVERLAP]
        await self._look_at(tenant_id, [one for one in new if one.run_id])
        begun_at = cursor.begun_at or now
        if page.next_token and len(new) == len(page.incidents):
            return replace(cursor, page_token=page.next_token, begun_at=begun_at)
        return Cursor(reached_at=begun_at)

    async def _look_at(self, tenant_id: TenantId, seen: list[SeenIncident]) -> None:
        async with self._units_of_work(tenant_id) as unit_of_work:
            known = await unit_of_work.audits.known(tenant_id, {one.run_id for one in seen})
        for one in seen:
            at_home = one.run_id in known or await self._desk.references(tenant_id, one.run_id)
            if not at_home:
                await tell_homeless(self._desks.incidents, tenant_id, one.incident_id, one.run_id)
            elif one.run_id in known:
                await self._count(tenant_id, one)

    async def _count(self, tenant_id: TenantId, one: SeenIncident) -> None:
        """Let the run count it; what was made after its completion nobody else would tell it of."""
        key = f"{one.incident_id}/counted"
        subject = Subject(tenant_id=tenant_id, run_id=one.run_id, key=key)
        await self._desks.activity.note(subject, Notes(incident_ids=(one.incident_id,)))
