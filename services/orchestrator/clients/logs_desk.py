"""Logs, as completions ask it."""

import hashlib
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from aos.logs.v1 import (
    ledger_pb2,
    ledger_service_pb2,
    ledger_service_pb2_grpc,
    run_record_pb2,
    run_record_service_pb2,
    run_record_service_pb2_grpc,
)
from kernel.identifiers import TenantId, TraceId
from services.orchestrator.clients.gathering import Gathered
from services.orchestrator.clients.peer import Peer
from services.orchestrator.usecases.desks import LedgerNote, ModelCall, Subject

CONTRACTS = [
    *ledger_service_pb2.DESCRIPTOR.services_by_name.values(),
    *run_record_service_pb2.DESCRIPTOR.services_by_name.values(),
]
_MOST = 256
_ITSELF = "service:orchestrator"
# A provider is not part of a step; the model names it where names are written `provider/model`.
_UNKNOWN_PROVIDER = "unknown"
# What stands for a prompt of which the agent has said nothing: the hash of nothing.
_NOTHING_SAID = hashlib.sha256(b"").digest()
_STATUSES = {"SUCCEEDED": "SUCCEEDED", "BLOCKED": "REFUSED", "CANCELLED": "CANCELLED"}


class LogsRecords:
    """Appends records and entries at logs."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._records: Any = run_record_service_pb2_grpc.RunRecordServiceStub(peer.channel)
        self._ledger: Any = ledger_service_pb2_grpc.LedgerServiceStub(peer.channel)
        self._entries: Gathered[Any, int] = Gathered(self._append_all, name="logs_append_entries")

    async def append_records(
        self,
        subject: Subject,
        calls: Sequence[ModelCall],
        *,
        trace_id: TraceId,
        mode: str,
        synthetic_scenario_id: str,
    ) -> None:
        """Keep records of model calls; one that is kept already is kept once."""
        source: Any = run_record_pb2.RecordSource.Value(f"RECORD_SOURCE_{mode}")
        records = [
            _record(
                call,
                tenant_id=subject.tenant_id,
                run_id=subject.run_id,
                trace_id=trace_id,
                source=source,
                synthetic_scenario_id=synthetic_scenario_id,
                is_synthetic=bool(synthetic_scenario_id),
            )
            for call in calls
        ]
        for first in range(0, len(records), _MOST):
            request = run_record_service_pb2.AppendRunRecordsRequest(
                records=records[first : first + _MOST]
            )
            await self._peer.ask(self._records.AppendRunRecords, request, subject.tenant_id)

    async def append_entry(self, subject: Subject, note: LedgerNote) -> int:
        """Write an entry into the ledger; return its place."""
        draft = ledger_pb2.LedgerDraft(
            entry_id=note.entry_id,
            tenant_id=subject.tenant_id,
            event_type=note.event_type,
            entity_type="run",
            entity_id=subject.run_id,
            actor_type=ledger_pb2.ACTOR_TYPE_SERVICE,
            actor_id=_ITSELF,
            run_id=subject.run_id,
            after_json=json.dumps(note.after, separators=(",", ":"), sort_keys=True),
        )
        draft.occur_time.FromDatetime(note.occurred_at)
        return await self._entries(subject.tenant_id, draft)

    async def _append_all(self, tenant_id: TenantId, drafts: Sequence[Any]) -> list[Any]:
        request = ledger_service_pb2.AppendEntriesRequest(drafts=drafts)
        answer = await self._peer.ask(self._ledger.AppendEntries, request, tenant_id)
        return [position.sequence for position in answer.positions]


def _record(call: ModelCall, **known: Any) -> run_record_pb2.LlmRunRecord:
    step = call.step
    provider, _, _ = step.model.rpartition("/")
    status: Any = run_record_pb2.ExecutionStatus.Value(
        f"EXECUTION_STATUS_{'VOIDED' if call.voids else _STATUSES.get(step.status, 'FAILED')}"
    )
    record = run_record_pb2.LlmRunRecord(
        record_id=call.record_id,
        voids_record_id=call.voids,
        provider=provider or _UNKNOWN_PROVIDER,
        model=step.model,
        prompt_hash=step.params_hash or _NOTHING_SAID,
        response_hash=step.outcome_hash,
        input_tokens=step.input_tokens,
        output_tokens=step.output_tokens,
        cost_micro_usd=step.cost_micro_usd,
        status=status,
        **known,
    )
    record.start_time.FromDatetime(step.started_at)
    record.complete_time.FromDatetime(step.started_at + timedelta(milliseconds=step.duration_ms))
    return record
