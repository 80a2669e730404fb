"""Make the kit's tables and the runs."""

from alembic import op

from servicekit.migrations import kit_schema
from servicekit.migrations.protection import tenant_table

revision = "0001_create_runs"
down_revision = None

ROLE = "aos_activity"

_RUNS = """
CREATE TABLE runs (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  project_id text COLLATE "C" NOT NULL,
  agent_id text COLLATE "C" NOT NULL,
  api_key_id text COLLATE "C",
  actor_id text COLLATE "C" NOT NULL,
  session_id text NOT NULL,
  goal text NOT NULL,
  source text NOT NULL,
  phase text NOT NULL,
  status text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  started_at timestamptz,
  completed_at timestamptz,
  synthetic_scenario_id text NOT NULL,
  revision bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT runs_source CHECK (source IN ('managed', 'external', 'observed')),
  CONSTRAINT runs_phase_status CHECK (
    (phase = 'CREATED' AND status = 'queued')
    OR (phase = 'AUTHORIZED' AND status IN ('queued', 'retry'))
    OR (phase IN ('EXECUTING', 'FINALIZING') AND status IN ('running', 'paused'))
    OR (phase = 'COMPLETED' AND status = 'succeeded')
    OR (phase = 'FAILED' AND status IN ('failed', 'failed_policy', 'cancelled'))
  )
)
"""


def upgrade() -> None:
    """Forward only."""
    kit_schema.create_version_1(role=ROLE)
    op.execute(_RUNS)
    op.execute("CREATE INDEX runs_by_status ON runs (tenant_id, status, id)")
    op.execute("CREATE INDEX runs_by_agent ON runs (tenant_id, agent_id, id)")
    op.execute("CREATE INDEX runs_by_project ON runs (tenant_id, project_id, id)")
    # A run is changed step by step and never removed.
    tenant_table("runs", role=ROLE, grants="SELECT, INSERT, UPDATE")
