"""Serves aos.activity.v1.SignalService."""

from collections.abc import Awaitable, Callable
from datetime import UTC
from typing import Any

from aos.activity.v1 import signal_service_pb2, signal_service_pb2_grpc
from kernel.clock import Clock
from kernel.identifiers import RunId, SignalId
from servicekit import calls
from servicekit.mutations import Mutations
from servicekit.paging import PageTokens
from servicekit.unit_of_work import UnitsOfWork
from services.activity.api.signal_messages import from_signal, to_kind, to_state
from services.activity.domain.signal import Signal
from services.activity.usecases import signals
from services.activity.usecases.ports import UnitOfWork


class SignalService(signal_service_pb2_grpc.SignalServiceServicer):
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

    async def RaiseSignal(self, request: Any, _context: Any) -> Any:
        """Raise a signal about a run."""
        notice = signals.Notice(kind=to_kind(request.kind), detail=request.detail)
        return await self._change(
            request,
            signal_service_pb2.RaiseSignalResponse,
            lambda **kit: signals.raise_signal(RunId(request.run_id), notice, **kit),
        )

    async def ListSignals(self, request: Any, _context: Any) -> Any:
        """List signals, newest first."""
        principal = calls.principal()
        page = self._page_tokens.read(request, tenant=principal.tenant_id)
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await signals.list_signals(
                to_state(request.state), page, principal=principal, unit_of_work=unit_of_work
            )
        return signal_service_pb2.ListSignalsResponse(
            signals=[from_signal(signal) for signal in found.items],
            next_page_token=self._page_tokens.write(
                request, found.next_after, tenant=principal.tenant_id
            ),
        )

    async def AcknowledgeSignal(self, request: Any, _context: Any) -> Any:
        """Note that somebody has looked at a signal."""
        return await self._change(
            request,
            signal_service_pb2.AcknowledgeSignalResponse,
            lambda **kit: signals.acknowledge_signal(SignalId(request.signal_id), **kit),
        )

    async def SuppressSignal(self, request: Any, _context: Any) -> Any:
        """Suppress a signal until a time."""
        until = request.until_time.ToDatetime(tzinfo=UTC)
        return await self._change(
            request,
            signal_service_pb2.SuppressSignalResponse,
            lambda **kit: signals.suppress_signal(
                SignalId(request.signal_id), until, request.reason, **kit
            ),
        )

    async def _change(
        self, request: Any, answer: Any, change: Callable[..., Awaitable[Signal]]
    ) -> Any:
        principal = calls.principal()

        async def work(unit_of_work: UnitOfWork) -> Any:
            signal = await change(principal=principal, unit_of_work=unit_of_work, clock=self._clock)
            return answer(signal=from_signal(signal))

        return await self._mutations.once(request, answer, work, tenant=principal.tenant_id)
