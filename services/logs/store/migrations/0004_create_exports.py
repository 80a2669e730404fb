"""Keep what was exported, by whom, with which hash."""

from alembic import op

from servicekit.migrations.protection import tenant_table, write_once

revision = "0004_create_exports"
down_revision = "0003_verify_whole_ledgers"

ROLE = "aos_logs"

_EXPORTS = """
CREATE TABLE exports (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  kind text NOT NULL CHECK (kind IN ('ledger', 'run_ledger', 'evidence_bundle', 'evidence_report',
    'soc2_bundle', 'executive_debrief', 'list')),
  subject text COLLATE "C" NOT NULL,
  tree_size bigint NOT NULL CHECK (tree_size >= 0),
  content_sha256 text NOT NULL CHECK (content_sha256 ~ '^[0-9a-f]{64}$'),
  size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
  actor_type text NOT NULL CHECK (actor_type IN ('person', 'api_key', 'service')),
  actor_id text COLLATE "C" NOT NULL,
  exported_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id)
)
"""


def upgrade() -> None:
    """Forward only."""
    op.execute(_EXPORTS)
    tenant_table("exports", role=ROLE, grants="SELECT, INSERT")
    write_once("exports", role=ROLE)
