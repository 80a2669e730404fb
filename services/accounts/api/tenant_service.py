"""Serves aos.accounts.v1.TenantService."""

from typing import Any

from aos.accounts.v1 import tenant_service_pb2, tenant_service_pb2_grpc
from kernel.clock import Clock
from kernel.identifiers import TenantId, new_id
from servicekit import calls
from servicekit.mutations import Mutations
from servicekit.paging import PageTokens
from servicekit.unit_of_work import UnitsOfWork
from services.accounts.api.person_messages import from_person
from services.accounts.api.tenant_messages import from_tenant
from services.accounts.domain.tenant import PLANE
from services.accounts.usecases import tenant_life
from services.accounts.usecases.create_tenant import CreateTenant, create_tenant
from services.accounts.usecases.ports import UnitOfWork


class TenantService(tenant_service_pb2_grpc.TenantServiceServicer):
    """Decodes, calls one use case, encodes. What the operator does is kept under the plane's id."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork[UnitOfWork],
        mutations: Mutations[UnitOfWork],
        page_tokens: PageTokens,
        clock: Clock,
    ) -> None:
        self._units_of_work = units_of_work
        self._mutations = mutations
        self._page_tokens = page_tokens
        self._clock = clock

    async def CreateTenant(self, request: Any, _context: Any) -> Any:
        """Create a tenant together with its first owner."""
        command = CreateTenant(
            tenant_id=TenantId(new_id("ten")),
            name=request.name,
            owner_email=request.owner_email,
            owner_name=request.owner_name,
        )

        async def work(unit_of_work: UnitOfWork) -> tenant_service_pb2.CreateTenantResponse:
            tenant, owner = await create_tenant(
                command, actor=calls.actor(), unit_of_work=unit_of_work, clock=self._clock
            )
            return tenant_service_pb2.CreateTenantResponse(
                tenant=from_tenant(tenant), owner=from_person(owner)
            )

        return await self._mutations.once(
            request,
            tenant_service_pb2.CreateTenantResponse,
            work,
            tenant=PLANE,
            also=(command.tenant_id,),
        )

    async def GetTenant(self, _request: Any, _context: Any) -> Any:
        """Return the caller's own tenant."""
        tenant_id = calls.principal().tenant_id
        async with self._units_of_work(tenant_id) as unit_of_work:
            tenant = await tenant_life.get_tenant(tenant_id, unit_of_work=unit_of_work)
        return tenant_service_pb2.GetTenantResponse(tenant=from_tenant(tenant))

    async def ListTenants(self, request: Any, _context: Any) -> Any:
        """List the tenants of the plane by name."""
        page = self._page_tokens.read(request, tenant=PLANE)
        async with self._units_of_work(PLANE) as unit_of_work:
            found = await tenant_life.list_tenants(page, unit_of_work=unit_of_work)
        return tenant_service_pb2.ListTenantsResponse(
            tenants=[from_tenant(tenant) for tenant in found.items],
            next_page_token=self._page_tokens.write(request, found.next_after, tenant=PLANE),
        )

    async def SuspendTenant(self, request: Any, _context: Any) -> Any:
        """Suspend a tenant."""

        async def work(unit_of_work: UnitOfWork) -> tenant_service_pb2.SuspendTenantResponse:
            tenant = await tenant_life.suspend_tenant(
                TenantId(request.tenant_id),
                reason=request.reason,
                actor=calls.actor(),
                unit_of_work=unit_of_work,
                clock=self._clock,
            )
            return tenant_service_pb2.SuspendTenantResponse(tenant=from_tenant(tenant))

        return await self._mutations.once(
            request,
            tenant_service_pb2.SuspendTenantResponse,
            work,
            tenant=PLANE,
            also=(request.tenant_id,),
        )

    async def ResumeTenant(self, request: Any, _context: Any) -> Any:
        """Resume a suspended tenant."""

        async def work(unit_of_work: UnitOfWork) -> tenant_service_pb2.ResumeTenantResponse:
            tenant = await tenant_life.resume_tenant(
                TenantId(request.tenant_id),
                actor=calls.actor(),
                unit_of_work=unit_of_work,
                clock=self._clock,
            )
            return tenant_service_pb2.ResumeTenantResponse(tenant=from_tenant(tenant))

        return await self._mutations.once(
            request,
            tenant_service_pb2.ResumeTenantResponse,
            work,
            tenant=PLANE,
            also=(request.tenant_id,),
        )
