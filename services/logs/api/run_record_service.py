"""Serves aos.logs.v1.RunRecordService."""

from typing import Any

from aos.logs.v1 import run_record_service_pb2, run_record_service_pb2_grpc
from services.logs.api.run_records import RunRecords
from services.logs.domain.run_records import LlmRunRecord


class RunRecordService(run_record_service_pb2_grpc.RunRecordServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(self, *, records: RunRecords[LlmRunRecord]) -> None:
        self._records = records

    async def AppendRunRecords(self, request: Any, _context: Any) -> Any:
        """Append records of model calls."""
        await self._records.append(request.records)
        return run_record_service_pb2.AppendRunRecordsResponse()

    async def ListRunRecords(self, request: Any, _context: Any) -> Any:
        """List model calls, oldest first."""
        records, token = await self._records.page(request)
        return run_record_service_pb2.ListRunRecordsResponse(records=records, next_page_token=token)
