"""Serves aos.orchestrator.v1.SagaService."""

from typing import Any

from aos.orchestrator.v1 import saga_service_pb2 as messages
from aos.orchestrator.v1 import saga_service_pb2_grpc
from kernel.identifiers import RunId
from servicekit import calls
from servicekit.mutations import Mutations
from servicekit.paging import PageTokens
from servicekit.unit_of_work import UnitsOfWork
from services.orchestrator.api.saga_messages import from_saga, from_view, to_state
from services.orchestrator.usecases import look_after_sagas
from services.orchestrator.usecases.ports import UnitOfWork


class SagaService(saga_service_pb2_grpc.SagaServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork[UnitOfWork],
        mutations: Mutations[UnitOfWork],
        page_tokens: PageTokens,
    ) -> None:
        self._units_of_work = units_of_work
        self._mutations = mutations
        self._page_tokens = page_tokens

    async def GetSaga(self, request: Any, _context: Any) -> Any:
        """Return the completion of a run."""
        principal = calls.principal()
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            view = await look_after_sagas.get_saga(
                RunId(request.run_id), principal=principal, unit_of_work=unit_of_work
            )
        return messages.GetSagaResponse(saga=from_view(view))

    async def ListSagas(self, request: Any, _context: Any) -> Any:
        """List completions."""
        principal = calls.principal()
        page = self._page_tokens.read(request, tenant=principal.tenant_id)
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await look_after_sagas.list_sagas(
                to_state(request.state), page, principal=principal, unit_of_work=unit_of_work
            )
        return messages.ListSagasResponse(
            sagas=[from_saga(saga) for saga in found.items],
            next_page_token=self._page_tokens.write(
                request, found.next_after, tenant=principal.tenant_id
            ),
        )

    async def ReplaySaga(self, request: Any, _context: Any) -> Any:
        """Set a parked completion going again."""
        principal = calls.principal()

        async def work(unit_of_work: UnitOfWork) -> messages.ReplaySagaResponse:
            view = await look_after_sagas.replay_saga(
                RunId(request.run_id), principal=principal, unit_of_work=unit_of_work
            )
            return messages.ReplaySagaResponse(saga=from_view(view))

        return await self._mutations.once(
            request, messages.ReplaySagaResponse, work, tenant=principal.tenant_id
        )
