"""The tables of policies and of deciding; those of people's decisions are the other half."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from servicekit.tables import IDENTIFIER, MOMENT, WRITE_ONCE, tenant_info
from services.policies.store import people_tables
from services.policies.store.rollout_tables import ROLLOUTS

# All of them are one schema, which nobody reads without those of rollouts.
METADATA, KIT = ROLLOUTS.metadata, people_tables.KIT

POLICIES = Table(
    "policies",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, primary_key=True),
    # Canonical JSON, as it is hashed.
    Column("body", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("origin_id", IDENTIFIER, nullable=False, server_default=""),
    Column("created_by", IDENTIFIER, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    Column("retire_reason", Text, nullable=False, server_default=""),
    Column("revision", BigInteger, nullable=False),
    Index("policies_by_state", "tenant_id", "state", "id"),
    Index(
        "policies_default_once",
        "tenant_id",
        "origin_id",
        unique=True,
        postgresql_where=text("source = 'DEFAULT'"),
    ),
    info=tenant_info(),
)

POLICY_VERSIONS = Table(
    "policy_versions",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("policy_id", IDENTIFIER, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("created_by", IDENTIFIER, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    ForeignKeyConstraint(["tenant_id", "policy_id"], ["policies.tenant_id", "policies.id"]),
    info={**tenant_info(), WRITE_ONCE: True},
)

# Whom the active policies are for, so that a run finds its own without looking at the others.
POLICY_TARGETS = Table(
    "policy_targets",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("scope_type", Text, primary_key=True),
    Column("scope_id", IDENTIFIER, primary_key=True),
    Column("policy_id", IDENTIFIER, primary_key=True),
    ForeignKeyConstraint(["tenant_id", "policy_id"], ["policies.tenant_id", "policies.id"]),
    Index("policy_targets_policy", "tenant_id", "policy_id"),
    info=tenant_info(),
)

# The caps in force; budgets that are shared between runs obey a lowered one at once.
LIMITS = Table(
    "limits",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("policy_id", IDENTIFIER, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("type", Text, nullable=False),
    Column("cap", BigInteger, nullable=False),
    Column("window_kind", Text, nullable=False),
    Column("window_seconds", Integer, nullable=False),
    ForeignKeyConstraint(["tenant_id", "policy_id"], ["policies.tenant_id", "policies.id"]),
    info=tenant_info(),
)

SNAPSHOTS = Table(
    "policy_snapshots",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("threshold_snapshot_hash", Text, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    UniqueConstraint("tenant_id", "content_hash", name="policy_snapshots_content"),
    info={**tenant_info(), WRITE_ONCE: True},
)

GATES = Table(
    "gates",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("run_id", IDENTIFIER, primary_key=True),
    Column("project_id", IDENTIFIER, nullable=False),
    Column("agent_id", IDENTIFIER, nullable=False),
    Column("api_key_id", IDENTIFIER, nullable=False),
    Column("human_actor_id", IDENTIFIER, nullable=False),
    Column("session_id", Text, nullable=False),
    Column("snapshot_id", IDENTIFIER, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("policy_ids", ARRAY(Text), nullable=False),
    Column("state", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("opened_at", MOMENT, nullable=False),
    Column("changed_at", MOMENT, nullable=False),
    Column("reason", Text, nullable=False),
    Column("changed_by", IDENTIFIER, nullable=False),
    Column("awaits_acknowledgement", Boolean, nullable=False, server_default=false()),
    Column("acknowledged", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("governance_bypassed", Boolean, nullable=False, server_default=false()),
    Column("inspection", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("on_unreachable", Text, nullable=False),
    Column("synthetic_scenario_id", Text, nullable=False, server_default=""),
    Column("decisions_root", Text, nullable=False, server_default=""),
    # How a closed gate stood before; empty for one that is not closed.
    Column("before_close_state", Text, nullable=False, server_default=""),
    Column("before_close_reason", Text, nullable=False, server_default=""),
    Column("before_close_by", IDENTIFIER, nullable=False, server_default=""),
    Column("before_close_awaits", Boolean, nullable=False, server_default=false()),
    ForeignKeyConstraint(
        ["tenant_id", "snapshot_id"], ["policy_snapshots.tenant_id", "policy_snapshots.id"]
    ),
    Index(
        "gates_alive", "tenant_id", "run_id", postgresql_where=text("state IN ('OPEN', 'PAUSED')")
    ),
    info=tenant_info(mid_execution="SELECT", expiry="SELECT"),
)

COUNTERS = Table(
    "counters",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, primary_key=True),
    Column("policy_id", IDENTIFIER, nullable=False),
    Column("limit_name", Text, nullable=False),
    # The cap in force, for counters that runs share.
    Column("cap", BigInteger),
    Column("used", BigInteger, nullable=False, server_default=text("0")),
    Column("reserved", BigInteger, nullable=False, server_default=text("0")),
    Column("tier_fired", Integer, nullable=False, server_default=text("0")),
    Column("frozen", Boolean, nullable=False, server_default=false()),
    Column("window_seconds", Integer, nullable=False, server_default=text("0")),
    # Newest first, as JSON; empty unless the window slides.
    Column("slices", Text, nullable=False, server_default=""),
    Column("slice_at", BigInteger, nullable=False, server_default=text("0")),
    Column("created_at", MOMENT, nullable=False, server_default=func.clock_timestamp()),
    info=tenant_info(),
)

DECISIONS = Table(
    "decisions",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("run_id", IDENTIFIER, primary_key=True),
    Column("step_id", Text(collation="C"), primary_key=True),
    Column("gate_epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("id", IDENTIFIER, nullable=False),
    Column("question_hash", LargeBinary, nullable=False),
    Column("action", Integer, nullable=False),
    # What was known, as JSON, and what was answered: from the first the second can be made again.
    Column("inputs", LargeBinary, nullable=False),
    Column("answer", LargeBinary, nullable=False),
    Column("decided_at", MOMENT, nullable=False),
    Index("decisions_in_order", "tenant_id", "run_id", "id", unique=True),
    info={**tenant_info(), WRITE_ONCE: True},
)

RESERVATIONS = Table(
    "reservations",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("run_id", IDENTIFIER, primary_key=True),
    Column("step_id", Text(collation="C"), primary_key=True),
    Column("state", Text, nullable=False, server_default="OPEN"),
    # Which counters hold how much of it, in which slice, as JSON.
    Column("holds", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
    Column("settled", Text, nullable=False, server_default=""),
    Index("reservations_open", "expires_at", postgresql_where=text("state = 'OPEN'")),
    Index(
        "reservations_expired",
        "tenant_id",
        "run_id",
        postgresql_where=text("state = 'EXPIRED'"),
    ),
    info=tenant_info(expiry="SELECT"),
)

# Which incident came of a run and a policy, as incidents announced it.
INCIDENT_LINKS = Table(
    "enforcement_incidents",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("run_id", IDENTIFIER, primary_key=True),
    Column("policy_id", IDENTIFIER, primary_key=True),
    Column("incident_id", IDENTIFIER, nullable=False),
    info={**tenant_info(), WRITE_ONCE: True},
)

ENFORCEMENTS = Table(
    "policy_enforcements",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, primary_key=True),
    Column("run_id", IDENTIFIER, nullable=False),
    Column("step_id", Text(collation="C"), nullable=False),
    Column("policy_id", IDENTIFIER, nullable=False),
    Column("rule_id", Text, nullable=False),
    Column("action_taken", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("triggered_at", MOMENT, nullable=False),
    Column("synthetic_scenario_id", Text, nullable=False, server_default=""),
    Index("policy_enforcements_of_run", "tenant_id", "run_id", "id"),
    Index("policy_enforcements_of_policy", "tenant_id", "policy_id", "id"),
    info={**tenant_info(), WRITE_ONCE: True},
)

# How many times what is in force has changed, and which of these changes a run was checked against.
POLICY_EPOCHS = Table(
    "policy_epochs",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    info=tenant_info(mid_execution="SELECT"),
)

GATE_CHECKS = Table(
    "gate_checks",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("run_id", IDENTIFIER, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    ForeignKeyConstraint(["tenant_id", "run_id"], ["gates.tenant_id", "gates.run_id"]),
    info=tenant_info(mid_execution="SELECT"),
)
