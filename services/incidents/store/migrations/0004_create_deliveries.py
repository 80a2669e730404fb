"""Make deliveries and their tries."""

from alembic import op

from servicekit.migrations.protection import tenant_table, write_once

revision = "0004_create_deliveries"
down_revision = "0003_create_destinations"

ROLE = "aos_incidents"

_DELIVERIES = """
CREATE TABLE notification_deliveries (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  alert_id text COLLATE "C" NOT NULL,
  destination_id text COLLATE "C" NOT NULL,
  state text NOT NULL CHECK (state IN ('PENDING', 'DELIVERED', 'DEAD')),
  due_at timestamptz NOT NULL,
  attempts integer NOT NULL,
  tries integer NOT NULL,
  ended_at timestamptz,
  last_error text NOT NULL,
  created_at timestamptz NOT NULL,
  revision bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT notification_deliveries_once UNIQUE (tenant_id, alert_id, destination_id),
  CONSTRAINT notification_deliveries_end CHECK ((state = 'PENDING') = (ended_at IS NULL)),
  FOREIGN KEY (tenant_id, alert_id) REFERENCES alerts (tenant_id, id),
  FOREIGN KEY (tenant_id, destination_id) REFERENCES alert_destinations (tenant_id, id)
)
"""

_ATTEMPTS = """
CREATE TABLE delivery_attempts (
  tenant_id text COLLATE "C" NOT NULL,
  delivery_id text COLLATE "C" NOT NULL,
  number integer NOT NULL,
  started_at timestamptz NOT NULL,
  duration_ms bigint NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('DELIVERED', 'FAILED', 'UNKNOWN')),
  status_code integer NOT NULL,
  error text NOT NULL,
  PRIMARY KEY (tenant_id, delivery_id, number),
  FOREIGN KEY (tenant_id, delivery_id) REFERENCES notification_deliveries (tenant_id, id)
)
"""


def upgrade() -> None:
    """Forward only."""
    op.execute(_DELIVERIES)
    op.execute(
        "CREATE INDEX notification_deliveries_to "
        "ON notification_deliveries (tenant_id, destination_id, id)"
    )
    op.execute(
        "CREATE INDEX notification_deliveries_due "
        "ON notification_deliveries (due_at) WHERE state = 'PENDING'"
    )
    tenant_table(
        "notification_deliveries",
        role=ROLE,
        grants="SELECT, INSERT, UPDATE",
        purposes={"due_deliveries": "SELECT, UPDATE"},
    )
    op.execute(_ATTEMPTS)
    tenant_table("delivery_attempts", role=ROLE, grants="SELECT, INSERT")
    write_once("delivery_attempts", role=ROLE)
