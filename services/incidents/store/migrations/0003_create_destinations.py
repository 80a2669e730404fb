"""Make destinations: where alerts go."""

from alembic import op

from servicekit.migrations.protection import tenant_table

revision = "0003_create_destinations"
down_revision = "0002_create_alerts"

ROLE = "aos_incidents"

_DESTINATIONS = """
CREATE TABLE alert_destinations (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  name text NOT NULL,
  channel text NOT NULL CHECK (channel IN ('WEBHOOK', 'EMAIL')),
  url text NOT NULL,
  allowed_networks text[] NOT NULL,
  recipients text[] NOT NULL,
  kinds text[] NOT NULL,
  minimum_severity text NOT NULL
    CHECK (minimum_severity IN ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL')),
  subject_template text NOT NULL,
  body_template text NOT NULL,
  disabled boolean NOT NULL,
  deleted boolean NOT NULL,
  secret_version integer NOT NULL,
  secret bytea,
  previous_secret bytea,
  previous_secret_until timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  revision bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT alert_destinations_target CHECK ((channel = 'WEBHOOK') = (url <> '')),
  CONSTRAINT alert_destinations_secret CHECK (
    (secret IS NOT NULL) = (channel = 'WEBHOOK' AND NOT deleted)
  ),
  CONSTRAINT alert_destinations_previous CHECK (secret IS NOT NULL OR previous_secret IS NULL)
)
"""


def upgrade() -> None:
    """Forward only."""
    op.execute(_DESTINATIONS)
    op.execute(
        "CREATE INDEX alert_destinations_open ON alert_destinations (tenant_id) WHERE NOT deleted"
    )
    # One that is removed stays as a name in the log of deliveries, without its secrets.
    tenant_table("alert_destinations", role=ROLE, grants="SELECT, INSERT, UPDATE")
