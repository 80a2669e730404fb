"""Serves aos.logs.v1.RunLogService."""

from typing import Any

from aos.logs.v1 import run_log_service_pb2, run_log_service_pb2_grpc
from services.logs.api.run_records import RunRecords
from services.logs.domain.run_records import RunLogEvent


class RunLogService(run_log_service_pb2_grpc.RunLogServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(self, *, records: RunRecords[RunLogEvent]) -> None:
        self._records = records

    async def AppendRunLogEvents(self, request: Any, _context: Any) -> Any:
        """Append what runs met at their controls."""
        await self._records.append(request.events)
        return run_log_service_pb2.AppendRunLogEventsResponse()

    async def ListRunLogEvents(self, request: Any, _context: Any) -> Any:
        """List what runs met at their controls, oldest first."""
        events, token = await self._records.page(request)
        return run_log_service_pb2.ListRunLogEventsResponse(events=events, next_page_token=token)
