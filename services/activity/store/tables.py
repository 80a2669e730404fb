"""The tables of activity, beside the kit's own."""

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
    false,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from servicekit.tables import IDENTIFIER, MOMENT, WRITE_ONCE, KitTables, tenant_info

METADATA = MetaData()
KIT = KitTables(METADATA)

RUNS = Table(
    "runs",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, primary_key=True),
    Column("project_id", IDENTIFIER, nullable=False),
    Column("agent_id", IDENTIFIER, nullable=False),
    Column("api_key_id", IDENTIFIER),
    Column("actor_id", IDENTIFIER, nullable=False),
    Column("session_id", Text, nullable=False),
    Column("goal", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    Column("started_at", MOMENT),
    Column("completed_at", MOMENT),
    Column("synthetic_scenario_id", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("heartbeat_at", MOMENT),
    Column("risk_level", Text, nullable=False, server_default="NORMAL"),
    Column("incident_count", Integer, nullable=False, server_default=text("0")),
    Column("policy_draft_count", Integer, nullable=False, server_default=text("0")),
    Column("policy_violation", Boolean, nullable=False, server_default=false()),
    Column("violation_policy_id", IDENTIFIER),
    Column("policy_snapshot_id", IDENTIFIER),
    Column("scope_policy_ids", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("human_actor_id", IDENTIFIER),
    # Names of what may be kept of its steps; empty: nothing but hashes.
    Column("inspection", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("termination_reason", Text),
    Column("stopped_at_step", Integer),
    Column("evidence_health", Text),
    Column("integrity_status", Text),
    Column("provider_type", Text, nullable=False, server_default=""),
    Column("observability_error", Text, nullable=False, server_default=""),
    Column("governance_bypassed", Boolean, nullable=False, server_default=false()),
    # Identifiers grow with time, so the key of each index is also the order of the list.
    Index("runs_by_status", "tenant_id", "status", "id"),
    Index("runs_by_agent", "tenant_id", "agent_id", "id"),
    Index("runs_by_project", "tenant_id", "project_id", "id"),
    Index(
        "runs_alive",
        "tenant_id",
        "heartbeat_at",
        postgresql_where=text("phase IN ('EXECUTING', 'FINALIZING')"),
    ),
    info=tenant_info(),
)

RUN_NOTES = Table(
    "run_notes",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("run_id", IDENTIFIER, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("subject_id", IDENTIFIER, primary_key=True),
    Column("noted_at", MOMENT, nullable=False, server_default=func.clock_timestamp()),
    ForeignKeyConstraint(["tenant_id", "run_id"], ["runs.tenant_id", "runs.id"]),
    info={**tenant_info(), WRITE_ONCE: True},
)

TRACES = Table(
    "aos_traces",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, primary_key=True),
    Column("run_id", IDENTIFIER, nullable=False),
    Column("project_id", IDENTIFIER, nullable=False),
    Column("agent_id", IDENTIFIER, nullable=False),
    Column("correlation_id", Text, nullable=False),
    Column("started_at", MOMENT, nullable=False),
    Column("status", Text, nullable=False),
    Column("completed_at", MOMENT),
    Column("step_count", Integer, nullable=False, server_default=text("0")),
    Column("root_hash", Text, nullable=False, server_default=""),
    Column("incident_id", IDENTIFIER),
    Column("synthetic_scenario_id", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    UniqueConstraint("tenant_id", "run_id", name="traces_one_a_run"),
    ForeignKeyConstraint(["tenant_id", "run_id"], ["runs.tenant_id", "runs.id"]),
    info=tenant_info(),
)

TRACE_HEADS = Table(
    "trace_heads",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("trace_id", IDENTIFIER, primary_key=True),
    Column("run_id", IDENTIFIER, nullable=False),
    Column("project_id", IDENTIFIER, nullable=False),
    Column("inspection", ARRAY(Text), nullable=False),
    Column("next_index", Integer, nullable=False, server_default=text("0")),
    Column("sealed", Boolean, nullable=False, server_default=false()),
    Column("input_tokens", BigInteger, nullable=False, server_default=text("0")),
    Column("output_tokens", BigInteger, nullable=False, server_default=text("0")),
    Column("cost_micro_usd", BigInteger, nullable=False, server_default=text("0")),
    UniqueConstraint("tenant_id", "run_id", name="trace_heads_run"),
    ForeignKeyConstraint(["tenant_id", "trace_id"], ["aos_traces.tenant_id", "aos_traces.id"]),
    info=tenant_info(),
)


def _steps(name: str, *, hash_in_key: bool) -> Table:
    return Table(
        name,
        METADATA,
        Column("tenant_id", IDENTIFIER, primary_key=True),
        Column("trace_id", IDENTIFIER, primary_key=True),
        Column("step_index", Integer, primary_key=True, autoincrement=False),
        Column("content", LargeBinary, nullable=False),
        Column("content_hash", LargeBinary, primary_key=hash_in_key, nullable=False),
        Column("started_at", MOMENT, nullable=False),
        Column("duration_ms", BigInteger, nullable=False),
        Column("kind", Text, nullable=False),
        Column("skill_name", Text, nullable=False),
        Column("status", Text, nullable=False),
        Column("model", Text, nullable=False),
        Column("input_tokens", BigInteger, nullable=False),
        Column("output_tokens", BigInteger, nullable=False),
        Column("cost_micro_usd", BigInteger, nullable=False),
        Column("recorded_at", MOMENT, nullable=False, server_default=func.clock_timestamp()),
        info={**tenant_info(), WRITE_ONCE: True},
    )


STEPS = _steps("aos_trace_steps", hash_in_key=False)
LATE_STEPS = _steps("late_steps", hash_in_key=True)
