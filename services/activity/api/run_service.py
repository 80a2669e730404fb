"""Serves aos.activity.v1.RunService."""

from collections.abc import AsyncIterator
from typing import Any

from aos.activity.v1 import run_pb2, run_service_pb2, run_service_pb2_grpc
from kernel.clock import Clock
from kernel.identifiers import RunId
from kernel.principal import Principal
from servicekit import calls
from servicekit.jetstream.live import LiveEvents, Watcher
from servicekit.mutations import Mutations
from servicekit.paging import PageTokens
from servicekit.unit_of_work import UnitsOfWork
from services.activity.api import event_messages, run_messages
from services.activity.usecases.create_run import create_run
from services.activity.usecases.ports import UnitOfWork
from services.activity.usecases.read_runs import get_run, list_runs, narrowed

_OVER = (run_pb2.RUN_PHASE_COMPLETED, run_pb2.RUN_PHASE_FAILED)
# How often a stream looks whether its caller is still believed: revocations take effect within 5 s.
_RECHECK_SECONDS = 2.0


class RunService(run_service_pb2_grpc.RunServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork[UnitOfWork],
        mutations: Mutations[UnitOfWork],
        page_tokens: PageTokens,
        live: LiveEvents,
        clock: Clock,
    ) -> None:
        self._units_of_work = units_of_work
        self._mutations = mutations
        self._page_tokens = page_tokens
        self._live = live
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
        message = await self._current(RunId(request.run_id), principal)
        return run_service_pb2.GetRunResponse(run=message)

    async def ListRuns(self, request: Any, _context: Any) -> Any:
        """List runs, newest first."""
        principal = calls.principal()
        page = self._page_tokens.read(request, tenant=principal.tenant_id)
        query = run_messages.to_query(request.filter, principal)
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await list_runs(query, page, principal=principal, unit_of_work=unit_of_work)
        return run_service_pb2.ListRunsResponse(
            runs=[run_messages.from_view(view) for view in found.items],
            next_page_token=self._page_tokens.write(
                request, found.next_after, tenant=principal.tenant_id
            ),
        )

    async def WatchRun(self, request: Any, _context: Any) -> AsyncIterator[Any]:
        """Stream one run until it is over."""
        principal = calls.principal()
        with self._live.watching(principal.tenant_id) as watcher:
            shown = ""
            while True:
                message = await self._current(RunId(request.run_id), principal)
                if message.etag != shown:
                    shown = message.etag
                    yield run_service_pb2.WatchRunResponse(run=message)
                if message.phase in _OVER:
                    return
                await self._until_changed(watcher, message.id)

    async def WatchRuns(self, request: Any, _context: Any) -> AsyncIterator[Any]:
        """Stream changes of runs as they happen."""
        principal = calls.principal()
        query = narrowed(run_messages.to_query(request.filter, principal), principal)
        with self._live.watching(principal.tenant_id) as watcher:
            while True:
                event = await watcher.next(seconds=_RECHECK_SECONDS)
                calls.recheck()
                message = None if event is None else event_messages.run_of(event)
                if message is not None and run_messages.matches(message, query):
                    yield run_service_pb2.WatchRunsResponse(run=message)

    async def _current(self, run_id: RunId, principal: Principal) -> run_pb2.Run:
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            view = await get_run(run_id, principal=principal, unit_of_work=unit_of_work)
        return run_messages.from_view(view)

    async def _until_changed(self, watcher: Watcher, run_id: str) -> None:
        """Wait until the run may have changed; look at least every few seconds."""
        while True:
            event = await watcher.next(seconds=_RECHECK_SECONDS)
            calls.recheck()
            if event is None or event.aggregate_id == run_id:
                return
