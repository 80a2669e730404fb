"""Reacts to accounts: a new tenant begins with guardrails."""

from kernel.identifiers import TenantId
from servicekit.events import Event
from services.policies.usecases.guard_new_tenants import guard_new_tenant
from services.policies.usecases.people_ports import PeopleUnitOfWork

CONSUMER = "policies-on-tenant-created"


async def on_tenant_created(event: Event, unit_of_work: PeopleUnitOfWork) -> None:
    """Put the default pack in force for the tenant that the event belongs to."""
    await guard_new_tenant(TenantId(event.tenant_id), unit_of_work=unit_of_work)
