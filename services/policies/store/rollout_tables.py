"""The tables of versions on trial, and of where they would have decided otherwise."""

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
    text,
)

from servicekit.tables import IDENTIFIER, MOMENT, WRITE_ONCE, tenant_info
from services.policies.store.people_tables import METADATA

ROLLOUTS = Table(
    "policy_rollouts",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, primary_key=True),
    Column("policy_id", IDENTIFIER, nullable=False),
    Column("base_version", Integer, nullable=False),
    Column("candidate_version", Integer, nullable=False),
    # Canonical JSON, as it is hashed.
    Column("body", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("share_percent", Integer, nullable=False),
    Column("started_by", IDENTIFIER, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    Column("end_reason", Text, nullable=False, server_default=""),
    Column("revision", BigInteger, nullable=False),
    ForeignKeyConstraint(["tenant_id", "policy_id"], ["policies.tenant_id", "policies.id"]),
    Index(
        "policy_rollouts_one_under_way",
        "tenant_id",
        "policy_id",
        unique=True,
        postgresql_where=text("state IN ('SHADOW', 'CANARY')"),
    ),
    Index("policy_rollouts_of_policy", "tenant_id", "policy_id", "id"),
    info=tenant_info(),
)
IS_UNDER_WAY = ROLLOUTS.c.state.in_(["SHADOW", "CANARY"])

SHADOW_DIVERGENCES = Table(
    "shadow_divergences",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("policy_id", IDENTIFIER, primary_key=True),
    Column("candidate_version", Integer, primary_key=True, autoincrement=False),
    Column("run_id", IDENTIFIER, primary_key=True),
    Column("step_id", Text(collation="C"), nullable=False),
    Column("decision_id", IDENTIFIER, nullable=False),
    # Whether the candidate was the one that was enforced.
    Column("canary", Boolean, nullable=False),
    Column("in_force_action", Integer, nullable=False),
    Column("candidate_action", Integer, nullable=False),
    Column("in_force_rule", Text, nullable=False),
    Column("candidate_rule", Text, nullable=False),
    Column("cost_micro_usd", BigInteger, nullable=False),
    Column("decided_at", MOMENT, nullable=False),
    info={**tenant_info(), WRITE_ONCE: True},
)
