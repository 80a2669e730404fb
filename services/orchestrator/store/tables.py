"""The tables of the orchestrator."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from servicekit.tables import IDENTIFIER, MOMENT, WRITE_ONCE, KitTables, tenant_info

METADATA = MetaData()
KIT = KitTables(METADATA)

# What a run must collect, and what the orchestrator knows it by.
CONTRACTS = Table(
    "run_contracts",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("run_id", IDENTIFIER, primary_key=True),
    Column("project_id", IDENTIFIER, nullable=False),
    Column("agent_id", IDENTIFIER, nullable=False),
    Column("trace_id", IDENTIFIER, nullable=False, server_default=""),
    Column("mode", Text, nullable=False),
    Column("audit_durability", Boolean, nullable=False),
    Column("created_by", IDENTIFIER, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("closed_at", MOMENT),
    Column("synthetic_scenario_id", Text, nullable=False, server_default=""),
    Column("revision", BigInteger, nullable=False, server_default=text("1")),
    Column("audit_state", Text, nullable=False, server_default="OPEN"),
    Column("audit_due_at", MOMENT, nullable=False, server_default=func.clock_timestamp()),
    Index("run_contracts_open", "created_at", postgresql_where=text("closed_at IS NULL")),
    Index(
        "run_contracts_audit",
        "tenant_id",
        "audit_due_at",
        postgresql_where=text("audit_state <> 'AUDITED'"),
    ),
    info=tenant_info(sagas="SELECT", run_queue="SELECT"),
)

# Acknowledgements, each once and for ever.
ACKNOWLEDGEMENTS = Table(
    "contract_acks",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("run_id", IDENTIFIER, primary_key=True),
    Column("expectation", Text, primary_key=True),
    Column("reference", Text, nullable=False),
    Column("acknowledged_at", MOMENT, nullable=False),
    ForeignKeyConstraint(
        ["tenant_id", "run_id"], ["run_contracts.tenant_id", "run_contracts.run_id"]
    ),
    info={**tenant_info(), WRITE_ONCE: True},
)

# How far lists of other domains were looked through, from their newest item backwards.
AUDIT_CURSORS = Table(
    "audit_cursors",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("reached_at", MOMENT, nullable=False),
    Column("page_token", Text, nullable=False, server_default=""),
    Column("begun_at", MOMENT),
    info=tenant_info(),
)

# Completions under way and done; who works on one holds its lease, and its epoch fences the others.
SAGAS = Table(
    "sagas",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, primary_key=True),
    Column("run_id", IDENTIFIER, nullable=False),
    Column("cause", Text, nullable=False),
    Column("wish", Text, nullable=False),
    Column("said_by", IDENTIFIER, nullable=False),
    Column("state", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("replays", Integer, nullable=False),
    Column("last_error", Text, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    Column("retry_at", MOMENT, nullable=False),
    Column("finished_at", MOMENT),
    Column("synthetic_scenario_id", Text, nullable=False, server_default=""),
    Column("revision", BigInteger, nullable=False),
    Column("lease_epoch", BigInteger, nullable=False, server_default=text("0")),
    Column("lease_holder", Text, nullable=False, server_default=""),
    Column("lease_until", MOMENT, nullable=False, server_default=func.clock_timestamp()),
    UniqueConstraint("tenant_id", "run_id", name="sagas_run"),
    ForeignKeyConstraint(
        ["tenant_id", "run_id"], ["run_contracts.tenant_id", "run_contracts.run_id"]
    ),
    Index(
        "sagas_due",
        "retry_at",
        postgresql_where=text("state IN ('RUNNING', 'COMPENSATING')"),
    ),
    info=tenant_info(sagas="SELECT, UPDATE"),
)

# Who executes a run: one session, until it lets go or falls silent.
HOLDERS = Table(
    "run_holders",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("run_id", IDENTIFIER, primary_key=True),
    Column("session_id", IDENTIFIER, nullable=False),
    Column("held_until", MOMENT, nullable=False),
    Column("obeyed_epoch", BigInteger, nullable=False, server_default=text("0")),
    Column("obeyed_at", MOMENT),
    ForeignKeyConstraint(
        ["tenant_id", "run_id"], ["run_contracts.tenant_id", "run_contracts.run_id"]
    ),
    info=tenant_info(),
)

# What each step came to, written before the next begins.
SAGA_STEPS = Table(
    "saga_steps",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("saga_id", IDENTIFIER, primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("compensation", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("outcome", JSONB, nullable=False),
    Column("completed_at", MOMENT, nullable=False),
    ForeignKeyConstraint(["tenant_id", "saga_id"], ["sagas.tenant_id", "sagas.id"]),
    info={**tenant_info(sagas="SELECT"), WRITE_ONCE: True},
)

# Managed runs that workers take; whoever has one holds its lease, and its epoch fences the others.
RUN_QUEUE = Table(
    "run_queue",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("run_id", IDENTIFIER, primary_key=True),
    Column("state", Text, nullable=False),
    Column("goal", Text, nullable=False),
    Column("plan", Text, nullable=False, server_default=""),
    Column("plan_hash", LargeBinary, nullable=False),
    Column("keeps_prompts", Boolean, nullable=False),
    Column("keeps_responses", Boolean, nullable=False),
    Column("keeps_personal_data", Boolean, nullable=False),
    Column("keeps_secrets", Boolean, nullable=False),
    Column("output", Text, nullable=False, server_default=""),
    Column("created_at", MOMENT, nullable=False, server_default=func.clock_timestamp()),
    Column("finished_at", MOMENT),
    Column("due_at", MOMENT, nullable=False, server_default=func.clock_timestamp()),
    Column("beat_at", MOMENT, nullable=False, server_default=func.clock_timestamp()),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("last_error", Text, nullable=False, server_default=""),
    Column("told", Boolean, nullable=False, server_default=text("true")),
    Column("lease_epoch", BigInteger, nullable=False, server_default=text("0")),
    Column("lease_holder", Text, nullable=False, server_default=""),
    Column("lease_until", MOMENT, nullable=False, server_default=func.clock_timestamp()),
    ForeignKeyConstraint(
        ["tenant_id", "run_id"], ["run_contracts.tenant_id", "run_contracts.run_id"]
    ),
    Index("run_queue_due", "due_at", postgresql_where=text("state <> 'OVER'")),
    Index("run_queue_silent", "beat_at", postgresql_where=text("state <> 'OVER'")),
    info=tenant_info(run_queue="SELECT, UPDATE"),
)

# What each step of a managed run came to, kept before anybody is told.
STEP_RESULTS = Table(
    "run_step_results",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("run_id", IDENTIFIER, primary_key=True),
    Column("step_id", IDENTIFIER, primary_key=True),
    Column("skill", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("cost_micro_usd", BigInteger, nullable=False),
    Column("started_at", MOMENT, nullable=False),
    Column("duration_ms", BigInteger, nullable=False),
    Column("params", Text),
    Column("output", Text),
    ForeignKeyConstraint(["tenant_id", "run_id"], ["run_queue.tenant_id", "run_queue.run_id"]),
    info={**tenant_info(run_queue="SELECT"), WRITE_ONCE: True},
)

# What steps wait for: a moment, or a person who moves the gate on.
STEP_WAITS = Table(
    "run_step_waits",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("run_id", IDENTIFIER, primary_key=True),
    Column("step_id", IDENTIFIER, primary_key=True),
    Column("started_at", MOMENT, nullable=False),
    Column("until", MOMENT),
    Column("gate_epoch", BigInteger),
    ForeignKeyConstraint(["tenant_id", "run_id"], ["run_queue.tenant_id", "run_queue.run_id"]),
    info={**tenant_info(run_queue="SELECT"), WRITE_ONCE: True},
)
