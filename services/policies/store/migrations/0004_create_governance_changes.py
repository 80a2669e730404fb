"""Keep every move of the governance switch, and let every tenant see where the plane's stands."""

from alembic import op

from kernel.identifiers import PLANE_TENANT
from servicekit.migrations.protection import tenant_table, write_once

revision = "0004_create_governance_changes"
down_revision = "0003_create_governance"

ROLE = "aos_policies"

_CHANGES = """
CREATE TABLE governance_changes (
  tenant_id text COLLATE "C" NOT NULL,
  epoch bigint NOT NULL CHECK (epoch > 0),
  previous_state text NOT NULL,
  state text NOT NULL CHECK (state IN ('ACTIVE', 'DEGRADED', 'DISABLED')),
  reason text NOT NULL CHECK (reason <> ''),
  changed_by text COLLATE "C" NOT NULL,
  changed_at timestamptz NOT NULL,
  expires_at timestamptz,
  PRIMARY KEY (tenant_id, epoch),
  CONSTRAINT governance_changes_off_ends CHECK ((state = 'DISABLED') = (expires_at IS NOT NULL))
)
"""

# The harsher of the two switches counts, so every transaction must see the plane's; it tells
# nothing of any tenant.
_PLANE = f"""
CREATE POLICY plane_switch ON governance_states FOR SELECT USING (tenant_id = '{PLANE_TENANT}')
"""


def upgrade() -> None:
    """Forward only."""
    op.execute(_CHANGES)
    tenant_table("governance_changes", role=ROLE, grants="SELECT, INSERT")
    write_once("governance_changes", role=ROLE)
    op.execute(_PLANE)
    op.execute(
        "ALTER TABLE governance_states ADD CONSTRAINT governance_off_at_most_a_day "
        "CHECK (expires_at <= changed_at + interval '24 hours')"
    )
