"""The tables of alerts and of how they get to people, and what the schema is."""

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
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from servicekit.tables import IDENTIFIER, MOMENT, WRITE_ONCE, KitTables, tenant_info

METADATA = MetaData()
KIT = KitTables(METADATA)

ALERTS = Table(
    "alerts",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, primary_key=True),
    Column("dedupe_key", IDENTIFIER, nullable=False),
    Column("kind", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("subject", IDENTIFIER, nullable=False),
    Column("title", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("run_id", IDENTIFIER, nullable=False),
    Column("policy_id", IDENTIFIER, nullable=False),
    Column("incident_id", IDENTIFIER, nullable=False),
    Column("project_id", IDENTIFIER, nullable=False),
    Column("channels", ARRAY(Text), nullable=False),
    # Empty for what went out.
    Column("held_back", Text, nullable=False),
    Column("told_by", IDENTIFIER, nullable=False),
    Column("held_back_count", BigInteger, nullable=False),
    Column("held_back_before", BigInteger, nullable=False),
    Column("lines", JSONB, nullable=False),
    Column("acknowledged_by", IDENTIFIER, nullable=False),
    Column("acknowledged_at", MOMENT),
    Column("occurred_at", MOMENT, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("synthetic_scenario_id", Text, nullable=False, server_default=""),
    Column("revision", BigInteger, nullable=False),
    # One alert for what it is about, where nobody can get around it.
    UniqueConstraint("tenant_id", "dedupe_key", name="alerts_once"),
    Index("alerts_by_kind", "tenant_id", "kind", "id"),
    Index("alerts_by_run", "tenant_id", "run_id", "id"),
    Index("alerts_by_telling", "tenant_id", "told_by", "id"),
    Index("alerts_gone_out", "tenant_id", "id", postgresql_where=text("held_back = ''")),
    Index("alerts_of_late", "tenant_id", "created_at", postgresql_where=text("held_back = ''")),
    Index(
        "alerts_untold",
        "tenant_id",
        postgresql_where=text("held_back = 'STORM' AND told_by = ''"),
    ),
    info=tenant_info(),
)

# What people were told last about a subject; its row is where those who raise alerts queue up.
FATIGUE = Table(
    "alert_fatigue",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("subject", IDENTIFIER, primary_key=True),
    Column("alert_id", IDENTIFIER),
    Column("severity", Text, nullable=False),
    Column("told_at", MOMENT),
    Column("held_back", BigInteger, nullable=False),
    info=tenant_info(retention="SELECT, DELETE"),
)

STORMS = Table(
    "alert_storms",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("began_at", MOMENT),
    # Empty while it is calm.
    Column("ends_at", MOMENT),
    Index("alert_storms_on", "ends_at", postgresql_where=text("ends_at IS NOT NULL")),
    info=tenant_info(overdue_storms="SELECT"),
)

ALERT_SETTINGS = Table(
    "alert_settings",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("cool_down_seconds", Integer, nullable=False),
    Column("storm_threshold_per_minute", Integer, nullable=False),
    Column("digest_seconds", Integer, nullable=False),
    Column("changed_by", IDENTIFIER, nullable=False),
    Column("changed_at", MOMENT, nullable=False),
    Column("revision", BigInteger, nullable=False),
    info=tenant_info(),
)

DESTINATIONS = Table(
    "alert_destinations",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, primary_key=True),
    Column("name", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("allowed_networks", ARRAY(Text), nullable=False),
    Column("recipients", ARRAY(Text), nullable=False),
    Column("kinds", ARRAY(Text), nullable=False),
    Column("minimum_severity", Text, nullable=False),
    Column("subject_template", Text, nullable=False),
    Column("body_template", Text, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("secret_version", Integer, nullable=False),
    # Sealed with a key that is in no database.
    Column("secret", LargeBinary),
    Column("previous_secret", LargeBinary),
    Column("previous_secret_until", MOMENT),
    Column("created_at", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Index("alert_destinations_open", "tenant_id", postgresql_where=text("NOT deleted")),
    info=tenant_info(),
)

DELIVERIES = Table(
    "notification_deliveries",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, primary_key=True),
    Column("alert_id", IDENTIFIER, nullable=False),
    Column("destination_id", IDENTIFIER, nullable=False),
    Column("state", Text, nullable=False),
    # When it is tried next; while it is being tried, when somebody else may take it over.
    Column("due_at", MOMENT, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("ended_at", MOMENT),
    Column("last_error", Text, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("revision", BigInteger, nullable=False),
    ForeignKeyConstraint(["tenant_id", "alert_id"], ["alerts.tenant_id", "alerts.id"]),
    ForeignKeyConstraint(
        ["tenant_id", "destination_id"], ["alert_destinations.tenant_id", "alert_destinations.id"]
    ),
    UniqueConstraint(
        "tenant_id", "alert_id", "destination_id", name="notification_deliveries_once"
    ),
    Index("notification_deliveries_to", "tenant_id", "destination_id", "id"),
    Index("notification_deliveries_due", "due_at", postgresql_where=text("state = 'PENDING'")),
    info=tenant_info(due_deliveries="SELECT, UPDATE"),
)

ATTEMPTS = Table(
    "delivery_attempts",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("delivery_id", IDENTIFIER, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("started_at", MOMENT, nullable=False),
    Column("duration_ms", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("status_code", Integer, nullable=False),
    Column("error", Text, nullable=False),
    ForeignKeyConstraint(
        ["tenant_id", "delivery_id"],
        ["notification_deliveries.tenant_id", "notification_deliveries.id"],
    ),
    info={**tenant_info(), WRITE_ONCE: True},
)
