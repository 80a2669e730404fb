"""Read tenants, suspend and resume them."""

from kernel.clock import Clock
from kernel.identifiers import TenantId
from kernel.pagination import Page, PageRequest
from kernel.principal import Actor
from services.accounts.domain.errors import TenantNotFound
from services.accounts.domain.events import TenantResumed, TenantSuspended
from services.accounts.domain.tenant import Tenant
from services.accounts.usecases.ports import UnitOfWork


async def get_tenant(tenant_id: TenantId, *, unit_of_work: UnitOfWork) -> Tenant:
    """Return one tenant.

    Raises:
        TenantNotFound: there is none with this id.
    """
    tenant = await unit_of_work.tenants.find(tenant_id)
    if tenant is None:
        raise TenantNotFound.of(tenant_id)
    return tenant


async def list_tenants(page: PageRequest, *, unit_of_work: UnitOfWork) -> Page[Tenant]:
    """Return the tenants of the plane by name."""
    return await unit_of_work.tenants.list(page)


async def suspend_tenant(
    tenant_id: TenantId, *, reason: str, actor: Actor, unit_of_work: UnitOfWork, clock: Clock
) -> Tenant:
    """Shut a tenant's credentials out; one that is suspended already stays as it is."""
    tenant = await _held(tenant_id, unit_of_work)
    if tenant.is_suspended:
        unit_of_work.leave_unchanged()
        return tenant
    suspended = tenant.suspended(reason=reason, at=clock.now())
    await unit_of_work.tenants.update(suspended)
    unit_of_work.announce(TenantSuspended(tenant=suspended), actor=actor, before=tenant)
    return suspended


async def resume_tenant(
    tenant_id: TenantId, *, actor: Actor, unit_of_work: UnitOfWork, clock: Clock
) -> Tenant:
    """Let a tenant's credentials in again; one that is in use stays as it is."""
    tenant = await _held(tenant_id, unit_of_work)
    if not tenant.is_suspended:
        unit_of_work.leave_unchanged()
        return tenant
    resumed = tenant.resumed(at=clock.now())
    await unit_of_work.tenants.update(resumed)
    unit_of_work.announce(TenantResumed(tenant=resumed), actor=actor, before=tenant)
    return resumed


async def _held(tenant_id: TenantId, unit_of_work: UnitOfWork) -> Tenant:
    tenant = await unit_of_work.tenants.hold(tenant_id)
    if tenant is None:
        raise TenantNotFound.of(tenant_id)
    return tenant
