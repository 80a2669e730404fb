"""Make the links from what was enforced to the incidents that came of it."""

from alembic import op

from servicekit.migrations.protection import tenant_table, write_once

revision = "0013_link_incidents"
down_revision = "0012_let_run_logs_wait"

ROLE = "aos_policies"

# Enforcements are write-once and older than their incident, so the link is a row of its own.
_LINKS = """
CREATE TABLE enforcement_incidents (
  tenant_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  policy_id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant_id, run_id, policy_id)
)
"""


def upgrade() -> None:
    """Forward only."""
    op.execute(_LINKS)
    tenant_table("enforcement_incidents", role=ROLE, grants="SELECT, INSERT")
    write_once("enforcement_incidents", role=ROLE)
