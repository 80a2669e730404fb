"""Serves aos.policies.v1.GovernanceService."""

from datetime import timedelta
from typing import Any

from aos.policies.v1 import governance_service_pb2 as messages
from aos.policies.v1 import governance_service_pb2_grpc
from kernel.identifiers import PLANE_TENANT, TenantId
from kernel.principal import Principal
from servicekit import calls
from servicekit.mutations import Mutations
from servicekit.paging import PageTokens
from servicekit.unit_of_work import UnitsOfWork
from services.policies.api.governance_messages import from_change, from_state, from_switch
from services.policies.domain.governance import USUAL_TIME_OFF, GovernanceState
from services.policies.usecases import switch_governance
from services.policies.usecases.people_ports import PeopleUnitOfWork
from services.policies.usecases.switch_governance import MoveSwitch


class GovernanceService(governance_service_pb2_grpc.GovernanceServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork[PeopleUnitOfWork],
        mutations: Mutations[PeopleUnitOfWork],
        page_tokens: PageTokens,
    ) -> None:
        self._units_of_work = units_of_work
        self._mutations = mutations
        self._page_tokens = page_tokens

    async def Disable(self, request: Any, _context: Any) -> Any:
        """Turn enforcement off for a while."""
        seconds = timedelta(seconds=request.duration_seconds)
        return await self._move(
            request,
            GovernanceState.DISABLED,
            messages.DisableResponse,
            off_for=seconds or USUAL_TIME_OFF,
        )

    async def Enable(self, request: Any, _context: Any) -> Any:
        """Turn enforcement on again."""
        return await self._move(request, GovernanceState.ACTIVE, messages.EnableResponse)

    async def Degrade(self, request: Any, _context: Any) -> Any:
        """Let no run begin and those under way finish."""
        return await self._move(request, GovernanceState.DEGRADED, messages.DegradeResponse)

    async def GetState(self, _request: Any, _context: Any) -> Any:
        """Return where the switch stands, and what counts."""
        tenant_id = _whose()
        async with self._units_of_work(tenant_id) as unit_of_work:
            view = await switch_governance.view_switch(tenant_id, unit_of_work=unit_of_work)
        switch = from_switch(view.own.switch)
        switch.state = from_state(view.own.state)
        return messages.GetStateResponse(
            switch=switch,
            plane_state=from_state(view.plane),
            state_in_force=from_state(view.in_force),
        )

    async def ListChanges(self, request: Any, _context: Any) -> Any:
        """List every move of the switch."""
        tenant_id = _whose()
        page = self._page_tokens.read(request, tenant=tenant_id)
        async with self._units_of_work(tenant_id) as unit_of_work:
            found = await switch_governance.list_changes(tenant_id, page, unit_of_work=unit_of_work)
        return messages.ListChangesResponse(
            changes=[from_change(change) for change in found.items],
            next_page_token=self._page_tokens.write(request, found.next_after, tenant=tenant_id),
        )

    async def _move(
        self,
        request: Any,
        to: GovernanceState,
        response_type: Any,
        *,
        off_for: timedelta = USUAL_TIME_OFF,
    ) -> Any:
        command = MoveSwitch(
            tenant_id=_whose(),
            actor=calls.actor(),
            to=to,
            reason=request.reason,
            off_for=off_for,
            principal=_principal(),
        )

        async def work(unit_of_work: PeopleUnitOfWork) -> Any:
            switch = await switch_governance.move_switch(command, unit_of_work=unit_of_work)
            return response_type(switch=from_switch(switch))

        return await self._mutations.once(request, response_type, work, tenant=command.tenant_id)


def _principal() -> Principal | None:
    """Who asks for a tenant; None when the operator calls for no tenant."""
    call = calls.current()
    return None if call is None else call.principal


def _whose() -> TenantId:
    """The tenant of the credential; the plane itself, when the operator calls for no tenant."""
    principal = _principal()
    return PLANE_TENANT if principal is None else principal.tenant_id
