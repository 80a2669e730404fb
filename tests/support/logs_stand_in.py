"""logs' append contracts, kept in memory: for tests of other services."""

from typing import Any

from grpc import StatusCode, aio

from aos.logs.v1 import (
    ledger_pb2,
    ledger_service_pb2,
    ledger_service_pb2_grpc,
    run_log_pb2,
    run_log_service_pb2,
    run_log_service_pb2_grpc,
    system_record_pb2,
    system_record_service_pb2,
    system_record_service_pb2_grpc,
)


class LogsStandIn(
    ledger_service_pb2_grpc.LedgerServiceServicer,
    run_log_service_pb2_grpc.RunLogServiceServicer,
    system_record_service_pb2_grpc.SystemRecordServiceServicer,
):
    """Takes entries and records, and can be made to refuse or to be away."""

    def __init__(self) -> None:
        self._server = aio.server()
        self.entries: dict[str, ledger_pb2.LedgerDraft] = {}
        self.records: dict[str, system_record_pb2.SystemRecord] = {}
        self.run_log: dict[str, run_log_pb2.RunLogEvent] = {}
        self.received = 0
        self.away = False
        # Event types that it will not take.
        self.refuses: set[str] = set()
        ledger_service_pb2_grpc.add_LedgerServiceServicer_to_server(self, self._server)
        run_log_service_pb2_grpc.add_RunLogServiceServicer_to_server(self, self._server)
        system_record_service_pb2_grpc.add_SystemRecordServiceServicer_to_server(self, self._server)

    async def start(self) -> str:
        """Serve on a free port."""
        port = self._server.add_insecure_port("127.0.0.1:0")
        await self._server.start()
        return f"127.0.0.1:{port}"

    async def stop(self) -> None:
        """Stop serving."""
        await self._server.stop(0)

    def of(self, entity_id: str) -> list[ledger_pb2.LedgerDraft]:
        """The entries about one thing."""
        return [entry for entry in self.entries.values() if entry.entity_id == entity_id]

    async def AppendEntries(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Keep the entries."""
        if self.away:
            await context.abort(StatusCode.UNAVAILABLE, "away")
        if any(draft.event_type in self.refuses for draft in request.drafts):
            await context.abort(StatusCode.INVALID_ARGUMENT, "not this one")
        self.received += len(request.drafts)
        self.entries.update({draft.entry_id: draft for draft in request.drafts})
        return ledger_service_pb2.AppendEntriesResponse()

    async def AppendSystemRecords(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Keep the records."""
        if self.away:
            await context.abort(StatusCode.UNAVAILABLE, "away")
        self.records.update({record.record_id: record for record in request.records})
        return system_record_service_pb2.AppendSystemRecordsResponse()

    async def AppendRunLogEvents(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Keep the lines."""
        if self.away:
            await context.abort(StatusCode.UNAVAILABLE, "away")
        self.run_log.update({event.record_id: event for event in request.events})
        return run_log_service_pb2.AppendRunLogEventsResponse()
