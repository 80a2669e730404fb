"""The tables of logs, beside the kit's own.

All but the heads, and how far logs were verified, are written once.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from servicekit.tables import IDENTIFIER, MOMENT, WRITE_ONCE, KitTables, tenant_info

METADATA = MetaData()
KIT = KitTables(METADATA)


def _once(**purposes: str) -> dict[str, object]:
    return {**tenant_info(**purposes), WRITE_ONCE: True}


LEDGER_HEADS = Table(
    "ledger_heads",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("size", BigInteger, nullable=False),
    # The roots of the full subtrees, left to right, one after the other.
    Column("compact_range", LargeBinary, nullable=False),
    Column("chain_hash", LargeBinary, nullable=False),
    info=tenant_info(checkpoint="SELECT"),
)

LEDGER_ENTRIES = Table(
    "ledger_entries",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("entry_id", IDENTIFIER, nullable=False),
    # What an entry is found by is copied out of its leaf; the leaf is what counts.
    Column("service", Text, nullable=False),
    Column("event_type", IDENTIFIER, nullable=False),
    Column("entity_type", IDENTIFIER, nullable=False),
    Column("entity_id", IDENTIFIER, nullable=False),
    Column("actor_type", Text, nullable=False),
    Column("actor_id", IDENTIFIER, nullable=False),
    Column("run_id", IDENTIFIER),
    Column("occurred_at", MOMENT, nullable=False),
    Column("appended_at", MOMENT, nullable=False, server_default=func.statement_timestamp()),
    Column("leaf", LargeBinary, nullable=False),
    Column("leaf_hash", LargeBinary, nullable=False),
    Column("chain_hash", LargeBinary, nullable=False),
    UniqueConstraint("tenant_id", "entry_id", name="ledger_entries_entry_id"),
    Index(
        "ledger_entries_by_run",
        "tenant_id",
        "run_id",
        "sequence",
        postgresql_where=text("run_id IS NOT NULL"),
    ),
    Index("ledger_entries_by_entity", "tenant_id", "entity_id", "sequence"),
    Index("ledger_entries_by_actor", "tenant_id", "actor_id", "sequence"),
    Index("ledger_entries_by_type", "tenant_id", "event_type", "sequence"),
    Index("ledger_entries_by_time", "tenant_id", "occurred_at"),
    info=_once(),
)

LEDGER_NODES = Table(
    "ledger_nodes",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("level", SmallInteger, primary_key=True),
    Column("place", BigInteger, primary_key=True),
    Column("hash", LargeBinary, nullable=False),
    info=_once(),
)

LEDGER_CHECKPOINTS = Table(
    "ledger_checkpoints",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("tree_size", BigInteger, primary_key=True),
    Column("root_hash", LargeBinary, nullable=False),
    Column("note", Text, nullable=False),
    Column("signed_at", MOMENT, nullable=False),
    info=_once(checkpoint="SELECT"),
)

LEDGER_VERIFICATIONS = Table(
    "ledger_verifications",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    # How far this round has come, as in a head.
    Column("size", BigInteger, nullable=False),
    Column("compact_range", LargeBinary, nullable=False),
    Column("chain_hash", LargeBinary, nullable=False),
    Column("agreed_size", BigInteger, nullable=False),
    Column("is_finished", Boolean, nullable=False),
    Column("finding", Text, nullable=False),
    Column("looked_at", MOMENT, nullable=False),
    info=tenant_info(checkpoint="SELECT"),
)


def _record_columns() -> list[Column[Any]]:
    return [
        Column("tenant_id", IDENTIFIER, primary_key=True),
        Column("id", IDENTIFIER, primary_key=True),
        Column("service", Text, nullable=False),
        # By which a record that is sent again is told from another of the same name.
        Column("digest", LargeBinary, nullable=False),
    ]


def _run_columns() -> list[Column[Any]]:
    return [
        *_record_columns(),
        Column("run_id", IDENTIFIER, nullable=False),
        Column("synthetic_scenario_id", Text, nullable=False),
    ]


SYSTEM_RECORDS = Table(
    "system_records",
    METADATA,
    *_record_columns(),
    Column("component", Text, nullable=False),
    Column("event_type", Text, nullable=False),
    Column("severity", SmallInteger, nullable=False),
    Column("summary", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("caused_by", Text, nullable=False),
    Column("correlation_id", Text, nullable=False),
    Column("occurred_at", MOMENT, nullable=False),
    Index("system_records_by_service", "tenant_id", "service", "id"),
    info=_once(),
)

LLM_RUN_RECORDS = Table(
    "llm_run_records",
    METADATA,
    *_run_columns(),
    Column("trace_id", IDENTIFIER, nullable=False),
    Column("provider", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("prompt_hash", LargeBinary, nullable=False),
    Column("response_hash", LargeBinary, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("cost_micro_usd", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("started_at", MOMENT, nullable=False),
    Column("completed_at", MOMENT, nullable=False),
    # Empty for a record of a call.
    Column("voids_record_id", IDENTIFIER, nullable=False, server_default=""),
    Index("llm_run_records_by_run", "tenant_id", "run_id", "id"),
    info=_once(),
)

RUN_LOG_EVENTS = Table(
    "run_log_events",
    METADATA,
    *_run_columns(),
    Column("event", Text, nullable=False),
    Column("step_index", Integer),
    Column("policy_id", IDENTIFIER, nullable=False),
    Column("summary", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("occurred_at", MOMENT, nullable=False),
    Index("run_log_events_by_run", "tenant_id", "run_id", "id"),
    info=_once(),
)

RETRIEVAL_EVIDENCE = Table(
    "retrieval_evidence",
    METADATA,
    *_run_columns(),
    Column("plane_id", IDENTIFIER, nullable=False),
    Column("connector_id", IDENTIFIER, nullable=False),
    Column("query_hash", LargeBinary, nullable=False),
    Column("document_ids", ARRAY(Text), nullable=False),
    Column("token_count", BigInteger, nullable=False),
    Column("policy_snapshot_id", IDENTIFIER, nullable=False),
    Column("decision", Text, nullable=False),
    Column("occurred_at", MOMENT, nullable=False),
    Index("retrieval_evidence_by_run", "tenant_id", "run_id", "id"),
    info=_once(),
)

EXPORTS = Table(
    "exports",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", IDENTIFIER, nullable=False),
    Column("tree_size", BigInteger, nullable=False),
    Column("content_sha256", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("actor_type", Text, nullable=False),
    Column("actor_id", IDENTIFIER, nullable=False),
    Column("exported_at", MOMENT, nullable=False),
    info=_once(),
)
