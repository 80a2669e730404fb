"""Make the governance switch and overrides."""

from alembic import op

from servicekit.migrations.protection import tenant_table

revision = "0003_create_governance"
down_revision = "0002_create_gates"

ROLE = "aos_policies"

_GOVERNANCE = """
CREATE TABLE governance_states (
  tenant_id text COLLATE "C" NOT NULL,
  state text NOT NULL CHECK (state IN ('ACTIVE', 'DEGRADED', 'DISABLED')),
  epoch bigint NOT NULL CHECK (epoch > 0),
  reason text NOT NULL CHECK (reason <> ''),
  changed_by text COLLATE "C" NOT NULL,
  changed_at timestamptz NOT NULL,
  expires_at timestamptz,
  PRIMARY KEY (tenant_id),
  CONSTRAINT governance_off_ends CHECK ((state = 'DISABLED') = (expires_at IS NOT NULL))
)
"""

_OVERRIDES = """
CREATE TABLE overrides (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  policy_id text COLLATE "C" NOT NULL,
  scope_type text NOT NULL,
  scope_id text COLLATE "C" NOT NULL,
  reason text NOT NULL CHECK (reason <> ''),
  opened_by text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
  state text NOT NULL CHECK (state IN ('OPEN', 'ENDED', 'EXPIRED')),
  ended_by text COLLATE "C" NOT NULL DEFAULT '',
  revision bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, policy_id) REFERENCES policies (tenant_id, id)
)
"""


def upgrade() -> None:
    """Forward only."""
    op.execute(_GOVERNANCE)
    tenant_table(
        "governance_states",
        role=ROLE,
        grants="SELECT, INSERT, UPDATE",
        purposes={"governance": "SELECT, UPDATE"},
    )
    op.execute(_OVERRIDES)
    op.execute("CREATE INDEX overrides_open ON overrides (tenant_id, ends_at) WHERE state = 'OPEN'")
    tenant_table(
        "overrides",
        role=ROLE,
        grants="SELECT, INSERT, UPDATE",
        purposes={"override_expiry": "SELECT"},
    )
