"""Serves aos.logs.v1.SystemRecordService."""

from collections.abc import Sequence
from typing import Any

from aos.logs.v1 import system_record_service_pb2, system_record_service_pb2_grpc
from kernel.identifiers import PLANE_TENANT
from servicekit import calls
from servicekit.batching import Batcher
from servicekit.paging import PageTokens
from servicekit.unit_of_work import UnitsOfWork
from services.logs.api import system_record_messages
from services.logs.api.writers import writing_service
from services.logs.domain.system_record import SystemRecord
from services.logs.usecases.ports import UnitOfWork
from services.logs.usecases.read_records import list_system_records


class SystemRecordService(system_record_service_pb2_grpc.SystemRecordServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork[UnitOfWork],
        appends: Batcher[Sequence[SystemRecord], None],
        page_tokens: PageTokens,
    ) -> None:
        self._units_of_work = units_of_work
        self._appends = appends
        self._page_tokens = page_tokens

    async def AppendSystemRecords(self, request: Any, _context: Any) -> Any:
        """Append records, together with those of other calls that wait."""
        service = writing_service(request.records)
        await self._appends.submit(
            [system_record_messages.to_record(one, service=service) for one in request.records]
        )
        return system_record_service_pb2.AppendSystemRecordsResponse()

    async def ListSystemRecords(self, request: Any, _context: Any) -> Any:
        """List records, newest first: the tenant's, or the plane's for its operator."""
        call = calls.current()
        principal = call.principal if call else None
        tenant_id = principal.tenant_id if principal else PLANE_TENANT
        page = self._page_tokens.read(request, tenant=tenant_id)
        query = system_record_messages.to_query(request, tenant_id)
        async with self._units_of_work(tenant_id) as unit_of_work:
            found = await list_system_records(
                query, page, principal=principal, unit_of_work=unit_of_work
            )
        return system_record_service_pb2.ListSystemRecordsResponse(
            records=[system_record_messages.from_record(record) for record in found.items],
            next_page_token=self._page_tokens.write(request, found.next_after, tenant=tenant_id),
        )
