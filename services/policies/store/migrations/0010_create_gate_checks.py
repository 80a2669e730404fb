"""Note which change of a tenant's policies a run has been checked against."""

from alembic import op

from servicekit.migrations.protection import tenant_table

revision = "0010_create_gate_checks"
down_revision = "0009_create_default_guardrails"

ROLE = "aos_policies"

_EPOCHS = """
CREATE TABLE policy_epochs (
  tenant_id text COLLATE "C" NOT NULL,
  epoch bigint NOT NULL CHECK (epoch > 0),
  PRIMARY KEY (tenant_id)
)
"""
_CHECKS = """
CREATE TABLE gate_checks (
  tenant_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  epoch bigint NOT NULL,
  PRIMARY KEY (tenant_id, run_id),
  FOREIGN KEY (tenant_id, run_id) REFERENCES gates (tenant_id, run_id)
)
"""


def upgrade() -> None:
    """Forward only."""
    op.execute(_EPOCHS)
    tenant_table(
        "policy_epochs",
        role=ROLE,
        grants="SELECT, INSERT, UPDATE",
        purposes={"mid_execution": "SELECT"},
    )
    op.execute(_CHECKS)
    tenant_table(
        "gate_checks",
        role=ROLE,
        grants="SELECT, INSERT, UPDATE",
        purposes={"mid_execution": "SELECT"},
    )
