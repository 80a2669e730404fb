"""Keep how far the audit of each run is, and how far lists were looked through."""

from alembic import op

from servicekit.migrations.protection import tenant_table

revision = "0003_audit_runs"
down_revision = "0002_queue_runs"

ROLE = "aos_orchestrator"

_STATE = """
ALTER TABLE run_contracts
  ADD COLUMN audit_state text NOT NULL DEFAULT 'OPEN'
    CHECK (audit_state IN ('OPEN', 'FOUND', 'TOLD', 'SOUND', 'AUDITED')),
  ADD COLUMN audit_due_at timestamptz NOT NULL DEFAULT clock_timestamp()
"""
_DUE = """
CREATE INDEX run_contracts_audit ON run_contracts (tenant_id, audit_due_at)
WHERE audit_state <> 'AUDITED'
"""
# A list is looked through from its newest item back to where the last time began.
_CURSORS = """
CREATE TABLE audit_cursors (
  tenant_id text COLLATE "C" NOT NULL,
  name text NOT NULL,
  reached_at timestamptz NOT NULL,
  -- Of a list that was too long for one round: where to go on, and where it began.
  page_token text NOT NULL DEFAULT '',
  begun_at timestamptz,
  PRIMARY KEY (tenant_id, name),
  CONSTRAINT audit_cursors_page CHECK ((page_token = '') = (begun_at IS NULL))
)
"""


def upgrade() -> None:
    """Forward only."""
    op.execute(_STATE)
    op.execute(_DUE)
    op.execute(_CURSORS)
    tenant_table("audit_cursors", role=ROLE, grants="SELECT, INSERT, UPDATE")
