"""Serves aos.policies.v1.RolloutService."""

from typing import Any

from aos.policies.v1 import rollout_service_pb2 as messages
from aos.policies.v1 import rollout_service_pb2_grpc
from kernel.clock import Clock
from kernel.identifiers import PolicyId, RolloutId
from servicekit import calls
from servicekit.mutations import Mutations
from servicekit.paging import PageTokens
from servicekit.unit_of_work import UnitsOfWork
from services.policies.api.policy_messages import to_body
from services.policies.api.rollout_messages import from_divergence, from_rollout, from_totals
from services.policies.usecases import roll_out_policies
from services.policies.usecases.author_policies import PlaneDirectory, require_writable
from services.policies.usecases.roll_out_policies import MoveRollout, StartRollout
from services.policies.usecases.rollout_ports import RolloutFilter, RolloutUnitOfWork


class RolloutService(rollout_service_pb2_grpc.RolloutServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork[RolloutUnitOfWork],
        mutations: Mutations[RolloutUnitOfWork],
        page_tokens: PageTokens,
        planes: PlaneDirectory,
        clock: Clock,
    ) -> None:
        self._units_of_work = units_of_work
        self._mutations = mutations
        self._page_tokens = page_tokens
        self._planes = planes
        self._clock = clock

    async def StartRollout(self, request: Any, _context: Any) -> Any:
        """Put a version on trial."""
        principal = calls.principal()
        command = StartRollout(
            principal=principal, policy_id=PolicyId(request.policy_id), body=to_body(request.body)
        )
        await require_writable(command.body, principal=principal, planes=self._planes)

        async def work(unit_of_work: RolloutUnitOfWork) -> messages.StartRolloutResponse:
            rollout = await roll_out_policies.start_rollout(
                command, unit_of_work=unit_of_work, clock=self._clock
            )
            return messages.StartRolloutResponse(rollout=from_rollout(rollout))

        return await self._mutations.once(
            request, messages.StartRolloutResponse, work, tenant=principal.tenant_id
        )

    async def PromoteToCanary(self, request: Any, _context: Any) -> Any:
        """Enforce the version for a share of runs."""

        async def work(unit_of_work: RolloutUnitOfWork) -> messages.PromoteToCanaryResponse:
            rollout = await roll_out_policies.promote_rollout(
                _to_move(request),
                request.share_percent,
                unit_of_work=unit_of_work,
                clock=self._clock,
            )
            return messages.PromoteToCanaryResponse(rollout=from_rollout(rollout))

        return await self._once(request, messages.PromoteToCanaryResponse, work)

    async def CompleteRollout(self, request: Any, _context: Any) -> Any:
        """Let the version govern all runs."""

        async def work(unit_of_work: RolloutUnitOfWork) -> messages.CompleteRolloutResponse:
            rollout = await roll_out_policies.complete_rollout(
                _to_move(request), unit_of_work=unit_of_work, clock=self._clock
            )
            return messages.CompleteRolloutResponse(rollout=from_rollout(rollout))

        return await self._once(request, messages.CompleteRolloutResponse, work)

    async def AbortRollout(self, request: Any, _context: Any) -> Any:
        """Give the version up."""

        async def work(unit_of_work: RolloutUnitOfWork) -> messages.AbortRolloutResponse:
            rollout = await roll_out_policies.abort_rollout(
                _to_move(request), request.reason, unit_of_work=unit_of_work, clock=self._clock
            )
            return messages.AbortRolloutResponse(rollout=from_rollout(rollout))

        return await self._once(request, messages.AbortRolloutResponse, work)

    async def GetRollout(self, request: Any, _context: Any) -> Any:
        """Return one rollout."""
        principal = calls.principal()
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            rollout = await roll_out_policies.get_rollout(
                RolloutId(request.rollout_id), principal=principal, unit_of_work=unit_of_work
            )
        return messages.GetRolloutResponse(rollout=from_rollout(rollout))

    async def ListRollouts(self, request: Any, _context: Any) -> Any:
        """List rollouts, newest first."""
        principal = calls.principal()
        page = self._page_tokens.read(request, tenant=principal.tenant_id)
        wanted = RolloutFilter(policy_id=request.policy_id, only_under_way=request.only_under_way)
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await roll_out_policies.list_rollouts(
                wanted, page, principal=principal, unit_of_work=unit_of_work
            )
        return messages.ListRolloutsResponse(
            rollouts=[from_rollout(one) for one in found.items],
            next_page_token=self._page_tokens.write(
                request, found.next_after, tenant=principal.tenant_id
            ),
        )

    async def GetDivergenceReport(self, request: Any, _context: Any) -> Any:
        """Say where the two versions disagreed."""
        principal = calls.principal()
        page = self._page_tokens.read(request, tenant=principal.tenant_id)
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            totals, found = await roll_out_policies.report_divergence(
                RolloutId(request.rollout_id), page, principal=principal, unit_of_work=unit_of_work
            )
        report = from_totals(request.rollout_id, totals)
        report.divergences.extend(from_divergence(one) for one in found.items)
        return messages.GetDivergenceReportResponse(
            report=report,
            next_page_token=self._page_tokens.write(
                request, found.next_after, tenant=principal.tenant_id
            ),
        )

    async def _once(self, request: Any, response_type: Any, work: Any) -> Any:
        tenant = calls.principal().tenant_id
        return await self._mutations.once(request, response_type, work, tenant=tenant)


def _to_move(request: Any) -> MoveRollout:
    return MoveRollout(
        principal=calls.principal(), rollout_id=RolloutId(request.rollout_id), etag=request.etag
    )
