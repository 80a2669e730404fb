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
    Numeric,
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
    Column("agent_name", Text, nullable=False, server_default=""),
    # Whether it is in the roll-ups; nothing that a run knows of itself.
    Column("rolled_up", Boolean, nullable=False, server_default=false()),
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
    Index("runs_stale", "heartbeat_at", postgresql_where=text("phase = 'EXECUTING'")),
    Index("runs_by_creation", "tenant_id", "rolled_up", "created_at"),
    Index(
        "runs_to_roll_up",
        "tenant_id",
        "id",
        postgresql_where=text("NOT rolled_up AND phase IN ('COMPLETED', 'FAILED')"),
    ),
    info=tenant_info(lookout="SELECT", rolling_up="SELECT"),
)

# What a run knows of itself.
RUN_COLUMNS = tuple(column for column in RUNS.columns if column.name != "rolled_up")

RUN_POLICY_CONTEXT = Table(
    "run_policy_context",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("run_id", IDENTIFIER, primary_key=True),
    Column("policy_id", IDENTIFIER, nullable=False),
    Column("policy_name", Text, nullable=False),
    Column("limit_type", Text, nullable=False),
    Column("evaluation_outcome", Text, nullable=False),
    Column("proximity_pct", Integer, nullable=False),
    Column("updated_at", MOMENT, nullable=False, server_default=func.clock_timestamp()),
    ForeignKeyConstraint(["tenant_id", "run_id"], ["runs.tenant_id", "runs.id"]),
    info=tenant_info(),
)

# The view that panels read; it is not a table, so it stands apart from what migrations are held to.
RUN_VIEW = Table(
    "v_runs_o2",
    MetaData(),
    *(Column(column.name, column.type) for column in RUN_COLUMNS),
    Column("input_tokens", BigInteger),
    Column("output_tokens", BigInteger),
    Column("cost_micro_usd", BigInteger),
    Column("step_count", Integer),
    *(
        Column(column.name, column.type)
        for column in RUN_POLICY_CONTEXT.columns
        if column.name not in ("tenant_id", "run_id", "updated_at")
    ),
)

SIGNALS = Table(
    "signals",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject_id", IDENTIFIER, nullable=False),
    Column("run_id", IDENTIFIER),
    Column("project_id", IDENTIFIER, nullable=False),
    Column("detail", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    Column("suppressed_until", MOMENT),
    Column("actor_id", IDENTIFIER),
    Column("reason", Text, nullable=False, server_default=""),
    Column("revision", BigInteger, nullable=False),
    Column("synthetic_scenario_id", Text, nullable=False, server_default=""),
    Index(
        "signals_open",
        "tenant_id",
        "kind",
        "subject_id",
        unique=True,
        postgresql_where=text("state <> 'acknowledged'"),
    ),
    Index("signals_by_state", "tenant_id", "state", "id"),
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
    info=tenant_info(rolling_up="SELECT"),
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
        # Empty for steps that nobody asked for.
        Column("step_id", IDENTIFIER, nullable=False, server_default=""),
        Index(
            f"{name}_named",
            "tenant_id",
            "trace_id",
            "step_id",
            unique=True,
            postgresql_where=text("step_id <> ''"),
        ),
        info={**tenant_info(), WRITE_ONCE: True},
    )


STEPS = _steps("aos_trace_steps", hash_in_key=False)
LATE_STEPS = _steps("late_steps", hash_in_key=True)

# What settled runs add up to, by the hour, the day and the thirty days of their creation. A run is
# in it once as a whole, with an empty model, and once for each model that it called.
METRIC_ROLLUPS = Table(
    "metric_rollups",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("begins_at", MOMENT, primary_key=True),
    Column("project_id", IDENTIFIER, primary_key=True),
    Column("agent_id", IDENTIFIER, primary_key=True),
    Column("synthetic", Boolean, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("status", Text, primary_key=True),
    Column("duration_bucket", Integer, primary_key=True, autoincrement=False),
    Column("runs", BigInteger, nullable=False),
    Column("input_tokens", Numeric, nullable=False),
    Column("output_tokens", Numeric, nullable=False),
    Column("cost_micro_usd", Numeric, nullable=False),
    info=tenant_info(),
)

# Which run and trace stand for a trace of somebody's telemetry.
OTEL_TRACES = Table(
    "otel_traces",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("otel_trace_id", LargeBinary, primary_key=True),
    Column("run_id", IDENTIFIER, nullable=False),
    Column("trace_id", IDENTIFIER, nullable=False),
    # When the closing job has to look at it again; empty while there is nothing to close.
    Column("due_at", MOMENT),
    ForeignKeyConstraint(
        ["tenant_id", "trace_id"],
        ["aos_traces.tenant_id", "aos_traces.id"],
        deferrable=True,
        initially="DEFERRED",
    ),
    Index("otel_traces_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    info=tenant_info(observed_closing="SELECT"),
)

OTEL_SPANS = Table(
    "otel_spans",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("otel_trace_id", LargeBinary, primary_key=True),
    Column("span_id", LargeBinary, primary_key=True),
    Column("parent_span_id", LargeBinary, nullable=False),
    Column("step_index", Integer, nullable=False),
    info={**tenant_info(), WRITE_ONCE: True},
)
