"""One transaction of logs."""

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import unit_of_work
from services.logs.domain.run_records import LlmRunRecord, RetrievalEvidence, RunLogEvent
from services.logs.store import record_rows
from services.logs.store.checkpoints import PostgresCheckpoints
from services.logs.store.exports import PostgresExports
from services.logs.store.ledger import PostgresLedger
from services.logs.store.records import PostgresRunRecords, PostgresSystemRecords
from services.logs.store.tables import (
    KIT,
    LLM_RUN_RECORDS,
    RETRIEVAL_EVIDENCE,
    RUN_LOG_EVENTS,
    SYSTEM_RECORDS,
)
from services.logs.store.verifications import PostgresVerifications


class LogsUnitOfWork(unit_of_work.UnitOfWork):
    """The repositories of logs on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        super().__init__(connection, KIT)
        self.ledger = PostgresLedger(connection)
        self.checkpoints = PostgresCheckpoints(connection)
        self.exports = PostgresExports(connection)
        self.verifications = PostgresVerifications(connection)
        self.system_records = PostgresSystemRecords(
            connection, table=SYSTEM_RECORDS, make=record_rows.system_record_of
        )
        self.llm_run_records: PostgresRunRecords[LlmRunRecord] = PostgresRunRecords(
            connection, table=LLM_RUN_RECORDS, make=record_rows.llm_run_record_of
        )
        self.run_log_events: PostgresRunRecords[RunLogEvent] = PostgresRunRecords(
            connection, table=RUN_LOG_EVENTS, make=record_rows.run_log_event_of
        )
        self.retrieval_evidence: PostgresRunRecords[RetrievalEvidence] = PostgresRunRecords(
            connection, table=RETRIEVAL_EVIDENCE, make=record_rows.retrieval_evidence_of
        )
