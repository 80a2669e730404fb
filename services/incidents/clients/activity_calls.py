"""How activity is asked: in the name of incidents, for one tenant at a time."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from grpc import StatusCode, aio

from aos.activity.v1 import (
    run_pb2,
    run_service_pb2,
    run_service_pb2_grpc,
    trace_pb2,
    trace_service_pb2,
    trace_service_pb2_grpc,
)
from kernel.errors import NotFound, ServiceError, Unavailable
from kernel.identifiers import TenantId
from servicekit.auth.service_tokens import METADATA_KEY, ServiceTokenSigner
from servicekit.channel import error_from

CONTRACTS = [
    *run_service_pb2.DESCRIPTOR.services_by_name.values(),
    *trace_service_pb2.DESCRIPTOR.services_by_name.values(),
]
_PAGE = 500
# Steps with their texts have 128 KiB each and more, and a message has at most 4 MiB.
_PAGE_OF_TEXTS = 20
_SECONDS = 3.0


class ActivityCalls:
    """The few things that activity is asked."""

    def __init__(self, *, channel: aio.Channel, signer: ServiceTokenSigner) -> None:
        self._runs: Any = run_service_pb2_grpc.RunServiceStub(channel)
        self._traces: Any = trace_service_pb2_grpc.TraceRecordingServiceStub(channel)
        self._signer = signer

    async def run(self, tenant_id: TenantId, run_id: str) -> run_pb2.Run | None:
        """Return a run; None if there is no such run.

        Raises:
            Unavailable: activity does not answer.
        """
        request = run_service_pb2.GetRunRequest(run_id=run_id)
        try:
            answer = await self._ask(self._runs.GetRun, request, tenant_id)
        except NotFound:
            return None
        run: run_pb2.Run = answer.run
        return run

    async def trace_of(self, tenant_id: TenantId, run_id: str) -> str:
        """Return the trace of a run; empty if it has none.

        Raises:
            Unavailable: activity does not answer.
        """
        request = trace_service_pb2.GetTraceRequest(run_id=run_id)
        try:
            answer = await self._ask(self._traces.GetTrace, request, tenant_id)
        except NotFound:
            return ""
        trace_id: str = answer.trace.trace_id
        return trace_id

    async def pages(
        self, run: run_pb2.Run, trace_id: str
    ) -> AsyncIterator[Sequence[trace_pb2.RecordedStep]]:
        """Return the steps of a run's trace page by page; none if it has no trace.

        Raises:
            Unavailable: activity does not answer.
        """
        kept = run.inspection
        has_texts = kept.allow_prompt_logging or kept.allow_response_logging
        size, token = _PAGE_OF_TEXTS if has_texts else _PAGE, ""
        while trace_id:
            request = trace_service_pb2.ListStepsRequest(
                trace_id=trace_id, page_size=size, page_token=token
            )
            page = await self._ask(self._traces.ListSteps, request, TenantId(run.tenant_id))
            yield page.steps
            token = page.next_page_token
            if not token:
                return

    async def _ask(self, method: Any, request: Any, tenant_id: TenantId) -> Any:
        # Also where no call is being served: the tenant is the case's.
        token = self._signer.token(audience="activity", tenant_id=tenant_id)
        try:
            return await method(request, timeout=_SECONDS, metadata=((METADATA_KEY, token),))
        except aio.AioRpcError as call:
            raise _known(call) from call


def _known(call: aio.AioRpcError) -> ServiceError:
    error = error_from(call)
    if isinstance(error, NotFound):
        return error
    away = call.code() in (StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED)
    return Unavailable(error.message) if away else error
