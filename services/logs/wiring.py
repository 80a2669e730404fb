"""The composition root of logs: the only file that constructs things."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from aos.logs.v1 import (
    ledger_service_pb2,
    retrieval_evidence_service_pb2,
    run_log_service_pb2,
    run_record_service_pb2,
    system_record_service_pb2,
)
from servicekit.auth.keys import read_private_key
from servicekit.batching import Batcher
from servicekit.config import ConfigError
from servicekit.foundation import Foundation
from servicekit.mutations import Mutations
from servicekit.parts import ServiceParts
from servicekit.server import Registration, registration
from servicekit.unit_of_work import UnitsOfWork
from services.logs.api import run_record_messages as messages
from services.logs.api.ledger_service import LedgerService
from services.logs.api.retrieval_evidence_service import RetrievalEvidenceService
from services.logs.api.run_log_service import RunLogService
from services.logs.api.run_record_service import RunRecordService
from services.logs.api.run_records import RunRecords
from services.logs.api.system_record_service import SystemRecordService
from services.logs.config import Settings
from services.logs.domain.checkpoint import NoteSigner, VerifierKey
from services.logs.domain.notary import Notary
from services.logs.domain.once import WrittenOnce
from services.logs.store.tables import KIT
from services.logs.store.unit_of_work import LogsUnitOfWork
from services.logs.usecases.append_entries import Answer, Call, append_entries
from services.logs.usecases.append_records import append_records
from services.logs.usecases.ports import RecordRepository, RunRecordRepository, UnitOfWork
from services.logs.workers.checkpoint_ticker import CheckpointTicker
from services.logs.workers.ledger_verifier import LedgerVerifier

Record = TypeVar("Record", bound=WrittenOnce)

# A call brings at most a megabyte and 256 entries, so this bounds the memory of a batch, and how
# long it holds up others: some 30 ms. The next calls are read while the database writes this one.
_CALLS_IN_A_BATCH = 16


def build(foundation: Foundation, settings: Settings) -> ServiceParts:
    """Construct logs on its foundation."""
    units_of_work = UnitsOfWork(database=foundation.database, make=LogsUnitOfWork, tables=KIT)
    notary = _notary(settings)
    appends: Batcher[Call, Answer] = Batcher(
        partial(append_entries, units_of_work=units_of_work),
        name="ledger",
        maximum_items=_CALLS_IN_A_BATCH,
    )
    system = _records(units_of_work, "system_records", lambda work: work.system_records)
    ticker = CheckpointTicker(notary=notary, units_of_work=units_of_work, clock=foundation.clock)
    verifier = LedgerVerifier(notary=notary, units_of_work=units_of_work, clock=foundation.clock)
    run_registrations, run_batchers = _of_runs(foundation, units_of_work)
    ledger_service = LedgerService(
        units_of_work=units_of_work,
        mutations=Mutations(units_of_work=units_of_work, gate=foundation.audit),
        appends=appends,
        notary=notary,
        page_tokens=foundation.page_tokens,
        clock=foundation.clock,
    )
    system_record_service = SystemRecordService(
        units_of_work=units_of_work, appends=system, page_tokens=foundation.page_tokens
    )

    async def finish_batches() -> None:
        batchers: list[Batcher[Any, Any]] = [appends, system, *run_batchers]
        await asyncio.gather(*(batcher.close() for batcher in batchers))

    return ServiceParts(
        units_of_work=units_of_work,
        registrations=[
            registration(ledger_service_pb2, ledger_service),
            registration(system_record_service_pb2, system_record_service),
            *run_registrations,
        ],
        handlers={},
        jobs=[ticker.job, verifier.job],
        checks=[ticker.check, verifier.check],
        on_stop=finish_batches,
    )


def _of_runs(
    foundation: Foundation, units_of_work: UnitsOfWork[LogsUnitOfWork]
) -> tuple[list[Registration], list[Batcher[Any, None]]]:
    """The three contracts about runs, and what gathers their appends."""
    batchers: list[Batcher[Any, None]] = []

    def records(
        name: str,
        choose: Callable[[UnitOfWork], RunRecordRepository[Record]],
        decode: Callable[..., Record],
        encode: Callable[[Record], Any],
    ) -> RunRecords[Record]:
        appends = _records(units_of_work, name, choose)
        batchers.append(appends)
        return RunRecords(
            units_of_work=units_of_work,
            appends=appends,
            choose=choose,
            page_tokens=foundation.page_tokens,
            decode=decode,
            encode=encode,
        )

    calls = records(
        "llm_run_records",
        lambda work: work.llm_run_records,
        messages.to_llm_run_record,
        messages.from_llm_run_record,
    )
    events = records(
        "run_log_events",
        lambda work: work.run_log_events,
        messages.to_run_log_event,
        messages.from_run_log_event,
    )
    evidence = records(
        "retrieval_evidence",
        lambda work: work.retrieval_evidence,
        messages.to_retrieval_evidence,
        messages.from_retrieval_evidence,
    )
    registrations = [
        registration(run_record_service_pb2, RunRecordService(records=calls)),
        registration(run_log_service_pb2, RunLogService(records=events)),
        registration(
            retrieval_evidence_service_pb2,
            RetrievalEvidenceService(records=evidence),
        ),
    ]
    return registrations, batchers


def _records(
    units_of_work: UnitsOfWork[LogsUnitOfWork],
    name: str,
    choose: Callable[[UnitOfWork], RecordRepository[Record]],
) -> Batcher[Sequence[Record], None]:
    perform = partial(append_records, choose=choose, units_of_work=units_of_work)
    return Batcher(perform, name=name, maximum_items=_CALLS_IN_A_BATCH)


def _notary(settings: Settings) -> Notary:
    """Who signs; a name or key that nobody could verify with ends the start."""
    texts = [text for text in settings.retired_checkpoint_keys.split(",") if text]
    key = read_private_key(settings.checkpoint_key_file)
    try:
        return Notary(
            origin=settings.ledger_origin,
            signer=NoteSigner(name=settings.ledger_origin, key=key),
            retired=[VerifierKey.parse(text) for text in texts],
        )
    except ValueError as error:
        raise ConfigError(
            f"AOS_LEDGER_ORIGIN or AOS_CHECKPOINT_RETIRED_KEYS cannot be used. {error}"
        ) from None
