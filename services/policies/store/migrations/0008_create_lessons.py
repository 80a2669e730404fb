"""Make lessons."""

from alembic import op

from servicekit.migrations.protection import tenant_table

revision = "0008_create_lessons"
down_revision = "0007_create_proposals"

ROLE = "aos_policies"

_LESSONS = """
CREATE TABLE lessons (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  title text NOT NULL,
  insight text NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  signature text COLLATE "C" NOT NULL,
  pattern_id text NOT NULL,
  body bytea,
  state text NOT NULL CHECK (state IN ('RECORDED', 'CONVERTED')),
  policy_id text COLLATE "C",
  created_by text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  revision bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, policy_id) REFERENCES policies (tenant_id, id),
  CONSTRAINT lessons_converted CHECK ((state = 'CONVERTED') = (policy_id IS NOT NULL))
)
"""


def upgrade() -> None:
    """Forward only."""
    op.execute(_LESSONS)
    op.execute("CREATE INDEX lessons_by_state ON lessons (tenant_id, state, id)")
    tenant_table("lessons", role=ROLE, grants="SELECT, INSERT, UPDATE")
