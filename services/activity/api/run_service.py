"""Serves aos.activity.v1.RunService."""

from typing import Any

from aos.activity.v1 import run_service_pb2, run_service_pb2_grpc
from kernel.clock import Clock
from kernel.identifiers import RunId
from servicekit import calls
from servicekit.mutations import Mutations
from servicekit.paging import PageTokens
from servicekit.unit_of_work import UnitsOfWork
from services.activity.api import run_messages
from services.activity.usecases.create_run import create_run
from services.activity.usecases.ports import UnitOfWork
from services.activity.usecases.read_runs import get_run, list_runs


class RunService(run_service_pb2_grpc.RunServiceServicer):
    """Decodes, calls one use case, encodes."""

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

    async def CreateRun(self, request: Any, _context: Any) -> Any:
        """Create a run."""
        principal = calls.principal()

        async def work(unit_of_work: UnitOfWork) -> run_service_pb2.CreateRunResponse:
            command = run_messages.to_create_run(request, principal)
            run = await create_run(command, unit_of_work=unit_of_work, clock=self._clock)
            return run_service_pb2.CreateRunResponse(run=run_messages.from_run(run))

        return await self._mutations.once(
            request, run_service_pb2.CreateRunResponse, work, tenant=principal.tenant_id
        )

    async def GetRun(self, request: Any, _context: Any) -> Any:
        """Return one run."""
        principal = calls.principal()
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            run = await get_run(
                RunId(request.run_id), principal=principal, unit_of_work=unit_of_work
            )
        return run_service_pb2.GetRunResponse(run=run_messages.from_run(run))

    async def ListRuns(self, request: Any, _context: Any) -> Any:
        """List runs, newest first."""
        principal = calls.principal()
        page = self._page_tokens.read(request, tenant=principal.tenant_id)
        query = run_messages.to_query(request.filter, principal)
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await list_runs(query, page, principal=principal, unit_of_work=unit_of_work)
        return run_service_pb2.ListRunsResponse(
            runs=[run_messages.from_run(run) for run in found.items],
            next_page_token=self._page_tokens.write(
                request, found.next_after, tenant=principal.tenant_id
            ),
        )
