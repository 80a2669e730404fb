"""Serves aos.policies.v1.OverrideService."""

from datetime import UTC
from typing import Any

from aos.policies.v1 import override_pb2, override_service_pb2_grpc
from aos.policies.v1 import override_service_pb2 as messages
from kernel.identifiers import OverrideId, PolicyId
from servicekit import calls
from servicekit.mutations import Mutations
from servicekit.paging import PageTokens
from servicekit.unit_of_work import UnitsOfWork
from services.policies.api.override_messages import from_override
from services.policies.api.policy_messages import to_scope_type
from services.policies.domain.override import OverrideState
from services.policies.usecases import override_policies
from services.policies.usecases.override_policies import OpenOverride
from services.policies.usecases.people_ports import OverrideFilter, PeopleUnitOfWork


class OverrideService(override_service_pb2_grpc.OverrideServiceServicer):
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

    async def OpenOverride(self, request: Any, _context: Any) -> Any:
        """Open an override."""
        starts = request.HasField("start_time")
        command = OpenOverride(
            principal=calls.principal(),
            policy_id=PolicyId(request.policy_id),
            scope_type=to_scope_type(request.scope_type),
            scope_id=request.scope_id,
            reason=request.reason,
            starts_at=request.start_time.ToDatetime(tzinfo=UTC) if starts else None,
            ends_at=request.end_time.ToDatetime(tzinfo=UTC),
        )

        async def work(unit_of_work: PeopleUnitOfWork) -> messages.OpenOverrideResponse:
            override = await override_policies.open_override(command, unit_of_work=unit_of_work)
            return messages.OpenOverrideResponse(override=from_override(override))

        return await self._mutations.once(
            request, messages.OpenOverrideResponse, work, tenant=command.principal.tenant_id
        )

    async def EndOverride(self, request: Any, _context: Any) -> Any:
        """End an override before its time."""
        principal = calls.principal()

        async def work(unit_of_work: PeopleUnitOfWork) -> messages.EndOverrideResponse:
            override = await override_policies.end_override(
                OverrideId(request.override_id), principal=principal, unit_of_work=unit_of_work
            )
            return messages.EndOverrideResponse(override=from_override(override))

        return await self._mutations.once(
            request, messages.EndOverrideResponse, work, tenant=principal.tenant_id
        )

    async def GetOverride(self, request: Any, _context: Any) -> Any:
        """Return one override."""
        principal = calls.principal()
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            override = await override_policies.get_override(
                OverrideId(request.override_id), principal=principal, unit_of_work=unit_of_work
            )
        return messages.GetOverrideResponse(override=from_override(override))

    async def ListOverrides(self, request: Any, _context: Any) -> Any:
        """List overrides, newest first."""
        principal = calls.principal()
        page = self._page_tokens.read(request, tenant=principal.tenant_id)
        name = override_pb2.OverrideState.Name(request.state).removeprefix("OVERRIDE_STATE_")
        wanted = OverrideFilter(
            state=OverrideState(name) if request.state else None,
            policy_id=PolicyId(request.policy_id),
        )
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await override_policies.list_overrides(
                wanted, page, principal=principal, unit_of_work=unit_of_work
            )
        return messages.ListOverridesResponse(
            overrides=[from_override(override) for override in found.items],
            next_page_token=self._page_tokens.write(
                request, found.next_after, tenant=principal.tenant_id
            ),
        )
