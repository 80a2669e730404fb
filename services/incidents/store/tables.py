"""The tables of what went wrong; those of alerts are the other half."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from servicekit.tables import IDENTIFIER, MOMENT, WRITE_ONCE, tenant_info
from services.incidents.store import alert_tables

# All of them are one schema, which nobody reads without those of alerts.
METADATA, KIT = alert_tables.METADATA, alert_tables.KIT

_CASE = ["tenant_id", "run_id", "subject", "policy_id", "is_outcome"]


def _measured() -> tuple[Column[object], ...]:
    return (
        Column("occurred_at", MOMENT, nullable=False),
        Column("step_index", Integer),
        Column("step_id", Text(collation="C"), nullable=False),
        Column("limit_name", Text, nullable=False),
        Column("value", BigInteger, nullable=False),
        Column("threshold", BigInteger, nullable=False),
        Column("unit", Text, nullable=False),
        Column("decision_id", IDENTIFIER, nullable=False),
        Column("action", Text, nullable=False),
    )


# What there is at most one incident for: the key decides, whoever comes first.
CASES = Table(
    "cases",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("run_id", IDENTIFIER, primary_key=True),
    Column("subject", IDENTIFIER, primary_key=True),
    Column("policy_id", IDENTIFIER, primary_key=True),
    Column("is_outcome", Boolean, primary_key=True),
    Column("incident_id", IDENTIFIER, nullable=False),
    Column("signature", IDENTIFIER, nullable=False),
    Column("category", Text, nullable=False),
    Column("conclusion", Text, nullable=False),
    Column("prevention_id", IDENTIFIER, nullable=False, server_default=""),
    Column("synthetic_scenario_id", Text, nullable=False, server_default=""),
    Column("created_at", MOMENT, nullable=False),
    Column("concluded_at", MOMENT),
    UniqueConstraint("tenant_id", "incident_id", name="cases_incident"),
    Index("cases_pending", "created_at", postgresql_where=text("conclusion = 'PENDING'")),
    info=tenant_info(pending_cases="SELECT"),
)

VIOLATIONS = Table(
    "violation_facts",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, primary_key=True),
    Column("source_id", IDENTIFIER, nullable=False),
    Column("run_id", IDENTIFIER, nullable=False),
    Column("subject", IDENTIFIER, nullable=False),
    Column("policy_id", IDENTIFIER, nullable=False),
    Column("is_outcome", Boolean, nullable=False),
    Column("trigger_type", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("blocking", Boolean, nullable=False),
    Column("detail", Text, nullable=False),
    *_measured(),
    Column("recorded_by", IDENTIFIER, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("synthetic_scenario_id", Text, nullable=False, server_default=""),
    ForeignKeyConstraint(_CASE, [f"cases.{name}" for name in _CASE]),
    UniqueConstraint("tenant_id", "source_id", name="violation_facts_source"),
    Index("violation_facts_case", *_CASE, "id"),
    info={**tenant_info(), WRITE_ONCE: True},
)

INCIDENTS = Table(
    "incidents",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, primary_key=True),
    Column("run_id", IDENTIFIER, nullable=False),
    Column("subject", IDENTIFIER, nullable=False),
    Column("policy_id", IDENTIFIER, nullable=False),
    Column("is_outcome", Boolean, nullable=False),
    Column("project_id", IDENTIFIER, nullable=False),
    Column("agent_id", IDENTIFIER, nullable=False),
    Column("trigger_type", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("blocking", Boolean, nullable=False),
    Column("signature", IDENTIFIER, nullable=False),
    Column("title", Text, nullable=False),
    *_measured(),
    Column("preceding_steps", JSONB, nullable=False),
    Column("violation_count", Integer, nullable=False),
    Column("assignee", IDENTIFIER, nullable=False, server_default=""),
    Column("resolution", Text, nullable=False, server_default=""),
    Column("resolved_by", IDENTIFIER, nullable=False, server_default=""),
    Column("resolved_at", MOMENT),
    Column("created_at", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    Column("synthetic_scenario_id", Text, nullable=False, server_default=""),
    Column("revision", BigInteger, nullable=False),
    ForeignKeyConstraint(_CASE, [f"cases.{name}" for name in _CASE]),
    # I-14, where nobody can get around it: also without a policy, since an empty one is a value.
    UniqueConstraint(*_CASE, name="incidents_one_a_case"),
    Index("incidents_by_status", "tenant_id", "status", "id"),
    Index("incidents_by_category", "tenant_id", "category", "id"),
    Index("incidents_by_signature", "tenant_id", "signature", "id"),
    Index("incidents_by_agent", "tenant_id", "agent_id", "id"),
    info=tenant_info(),
)

# The view that panels read; it is not a table, so it stands apart from what migrations are held to.
INCIDENT_VIEW = Table(
    "v_incidents_o2",
    MetaData(),
    *(Column(column.name, column.type) for column in INCIDENTS.columns),
    Column("is_synthetic", Boolean),
)

EVIDENCE = Table(
    "incident_evidence",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, primary_key=True),
    Column("incident_id", IDENTIFIER, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reference", IDENTIFIER, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("content_hash", LargeBinary, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    ForeignKeyConstraint(["tenant_id", "incident_id"], ["incidents.tenant_id", "incidents.id"]),
    Index("incident_evidence_incident", "tenant_id", "incident_id", "id"),
    info={**tenant_info(), WRITE_ONCE: True},
)

TIMELINE = Table(
    "incident_events",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, primary_key=True),
    Column("incident_id", IDENTIFIER, nullable=False),
    Column("type", Text, nullable=False),
    Column("actor_id", IDENTIFIER, nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    ForeignKeyConstraint(["tenant_id", "incident_id"], ["incidents.tenant_id", "incidents.id"]),
    Index("incident_events_incident", "tenant_id", "incident_id", "id"),
    info={**tenant_info(), WRITE_ONCE: True},
)

SEVERITIES = Table(
    "severity_settings",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("rules", JSONB, nullable=False),
    Column("changed_by", IDENTIFIER, nullable=False),
    Column("changed_at", MOMENT, nullable=False),
    Column("revision", BigInteger, nullable=False),
    info=tenant_info(),
)

BURN_HISTORIES = Table(
    "burn_histories",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("agent_id", IDENTIFIER, primary_key=True),
    # Micro-dollars a minute of the agent's last runs, oldest first.
    Column("rates", ARRAY(BigInteger), nullable=False),
    Column("updated_at", MOMENT, nullable=False, server_default=func.clock_timestamp()),
    info=tenant_info(),
)

FINDINGS = Table(
    "hallucination_findings",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, primary_key=True),
    Column("violation_id", IDENTIFIER, nullable=False),
    Column("run_id", IDENTIFIER, nullable=False),
    Column("step_index", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("passage", Text, nullable=False),
    Column("passage_start", Integer, nullable=False),
    Column("passage_end", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("confidence", Double, nullable=False),
    Column("document_id", IDENTIFIER, nullable=False),
    Column("contradicted_step_index", Integer),
    Column("judge", Text, nullable=False),
    Column("blocking", Boolean, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("synthetic_scenario_id", Text, nullable=False, server_default=""),
    ForeignKeyConstraint(
        ["tenant_id", "violation_id"], ["violation_facts.tenant_id", "violation_facts.id"]
    ),
    Index("hallucination_findings_violation", "tenant_id", "violation_id"),
    Index("hallucination_findings_run", "tenant_id", "run_id", "id"),
    info={**tenant_info(), WRITE_ONCE: True},
)

DETECTOR_SETTINGS = Table(
    "detector_settings",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("floor", Double, nullable=False),
    Column("opt_ins", JSONB, nullable=False),
    Column("changed_by", IDENTIFIER, nullable=False),
    Column("changed_at", MOMENT, nullable=False),
    Column("revision", BigInteger, nullable=False),
    info=tenant_info(),
)

EXAMINATIONS = Table(
    "trace_examinations",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("trace_id", IDENTIFIER, primary_key=True),
    Column("run_id", IDENTIFIER, nullable=False),
    Column("state", Text, nullable=False),
    # Until then it is nobody's to take, or that of whoever took it on.
    Column("due_at", MOMENT, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("outputs", Integer, nullable=False),
    Column("outputs_left_out", Integer, nullable=False),
    Column("documents_left_out", Integer, nullable=False),
    Column("last_error", Text, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("ended_at", MOMENT),
    Column("synthetic_scenario_id", Text, nullable=False, server_default=""),
    Index("trace_examinations_due", "due_at", postgresql_where=text("state = 'WAITING'")),
    Index("trace_examinations_ended", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
    info=tenant_info(due_examinations="SELECT, UPDATE", retention="SELECT, DELETE"),
)
