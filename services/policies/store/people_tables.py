"""The tables of what people decide besides the policies themselves, and what the schema is."""

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
    text,
)

from servicekit.tables import IDENTIFIER, MACHINE, MOMENT, WRITE_ONCE, KitTables, tenant_info

METADATA = MetaData()
KIT = KitTables(METADATA)

GOVERNANCE = Table(
    "governance_states",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("state", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("changed_by", IDENTIFIER, nullable=False),
    Column("changed_at", MOMENT, nullable=False),
    # When a switch that is off comes on again by itself.
    Column("expires_at", MOMENT),
    # Every transaction sees the plane's own switch, since the harsher of the two counts.
    info={**tenant_info(governance="SELECT, UPDATE"), "policies": ("plane_switch",)},
)

GOVERNANCE_CHANGES = Table(
    "governance_changes",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("previous_state", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("changed_by", IDENTIFIER, nullable=False),
    Column("changed_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT),
    info={**tenant_info(), WRITE_ONCE: True},
)

OVERRIDES = Table(
    "overrides",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, primary_key=True),
    Column("policy_id", IDENTIFIER, nullable=False),
    Column("scope_type", Text, nullable=False),
    Column("scope_id", IDENTIFIER, nullable=False),
    Column("reason", Text, nullable=False),
    Column("opened_by", IDENTIFIER, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("starts_at", MOMENT, nullable=False),
    Column("ends_at", MOMENT, nullable=False),
    Column("state", Text, nullable=False),
    Column("ended_by", IDENTIFIER, nullable=False, server_default=""),
    Column("revision", BigInteger, nullable=False),
    Column("opened_with", IDENTIFIER, nullable=False, server_default=""),
    ForeignKeyConstraint(["tenant_id", "policy_id"], ["policies.tenant_id", "policies.id"]),
    Index("overrides_of_policy", "tenant_id", "policy_id", "id"),
    Index("overrides_open", "tenant_id", "ends_at", postgresql_where=text("state = 'OPEN'")),
    info=tenant_info(override_expiry="SELECT"),
)

# Each run that a use of an override has spared something, once.
OVERRIDE_USES = Table(
    "override_uses",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("override_id", IDENTIFIER, primary_key=True),
    Column("run_id", IDENTIFIER, primary_key=True),
    Column("step_id", Text(collation="C"), nullable=False),
    Column("decision_id", IDENTIFIER, nullable=False),
    Column("used_at", MOMENT, nullable=False),
    ForeignKeyConstraint(["tenant_id", "override_id"], ["overrides.tenant_id", "overrides.id"]),
    info={**tenant_info(), WRITE_ONCE: True},
)

# Which signatures of incidents learned policies cover.
POLICY_SIGNATURES = Table(
    "policy_signatures",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("signature", IDENTIFIER, primary_key=True),
    Column("policy_id", IDENTIFIER, primary_key=True),
    Column("pattern_id", Text, nullable=False),
    Column("incident_id", IDENTIFIER, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    ForeignKeyConstraint(["tenant_id", "policy_id"], ["policies.tenant_id", "policies.id"]),
    info={**tenant_info(), WRITE_ONCE: True},
)

PREVENTIONS = Table(
    "prevention_records",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, primary_key=True),
    Column("policy_id", IDENTIFIER, nullable=False),
    Column("pattern_id", Text, nullable=False),
    Column("run_id", IDENTIFIER, nullable=False),
    Column("signature", IDENTIFIER, nullable=False),
    Column("original_incident_id", IDENTIFIER, nullable=False),
    Column("blocked_incident_id", IDENTIFIER, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("signature_match_confidence", Integer, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("synthetic_scenario_id", Text, nullable=False, server_default=""),
    ForeignKeyConstraint(["tenant_id", "policy_id"], ["policies.tenant_id", "policies.id"]),
    Index("prevention_records_of_run", "tenant_id", "run_id", "id"),
    Index("prevention_records_of_policy", "tenant_id", "policy_id", "id"),
    info={**tenant_info(), WRITE_ONCE: True},
)

# Whether an incident is to be made: decided once, by the key.
SUPPRESSIONS = Table(
    "suppressions",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("run_id", IDENTIFIER, primary_key=True),
    Column("policy_id", IDENTIFIER, primary_key=True),
    Column("signature", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, nullable=False),
    Column("incident_id", IDENTIFIER, nullable=False),
    Column("prevention_id", IDENTIFIER),
    Column("decided_at", MOMENT, nullable=False),
    ForeignKeyConstraint(
        ["tenant_id", "prevention_id"],
        ["prevention_records.tenant_id", "prevention_records.id"],
        deferrable=True,
        initially="DEFERRED",
    ),
    info={**tenant_info(), WRITE_ONCE: True},
)

PROPOSALS = Table(
    "policy_proposals",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, primary_key=True),
    Column("triggering_incident_id", IDENTIFIER, nullable=False),
    Column("triggering_run_id", IDENTIFIER, nullable=False),
    Column("signature", IDENTIFIER, nullable=False),
    Column("pattern_id", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("rationale", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_by", IDENTIFIER, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("reviewer", IDENTIFIER),
    Column("reviewed_at", MOMENT),
    Column("reason", Text, nullable=False, server_default=""),
    Column("policy_id", IDENTIFIER),
    Column("synthetic_scenario_id", Text, nullable=False, server_default=""),
    Column("revision", BigInteger, nullable=False),
    ForeignKeyConstraint(["tenant_id", "policy_id"], ["policies.tenant_id", "policies.id"]),
    Index("policy_proposals_incident", "tenant_id", "triggering_incident_id", unique=True),
    Index("policy_proposals_by_status", "tenant_id", "status", "id"),
    info=tenant_info(),
)

TENANT_SETTINGS = Table(
    "tenant_settings",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("allow_self_approval", Boolean, nullable=False),
    Column("changed_by", IDENTIFIER, nullable=False),
    Column("changed_at", MOMENT, nullable=False),
    Column("revision", BigInteger, nullable=False),
    info=tenant_info(),
)

LESSONS = Table(
    "lessons",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, primary_key=True),
    Column("title", Text, nullable=False),
    Column("insight", Text, nullable=False),
    Column("run_id", IDENTIFIER, nullable=False),
    Column("incident_id", IDENTIFIER, nullable=False),
    Column("signature", IDENTIFIER, nullable=False),
    Column("pattern_id", Text, nullable=False),
    Column("body", LargeBinary),
    Column("state", Text, nullable=False),
    Column("policy_id", IDENTIFIER),
    Column("created_by", IDENTIFIER, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("revision", BigInteger, nullable=False),
    ForeignKeyConstraint(["tenant_id", "policy_id"], ["policies.tenant_id", "policies.id"]),
    Index("lessons_by_state", "tenant_id", "state", "id"),
    info=tenant_info(),
)

# The pack that new tenants begin with; it belongs to nobody.
DEFAULT_GUARDRAILS = Table(
    "default_guardrails",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    info={"kind": MACHINE},
)
