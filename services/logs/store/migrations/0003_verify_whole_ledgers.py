"""Keep how far whole ledgers were verified, and what was found."""

from alembic import op

from servicekit.migrations.protection import tenant_table

revision = "0003_verify_whole_ledgers"
down_revision = "0002_create_records"

ROLE = "aos_logs"

_VERIFICATIONS = """
CREATE TABLE ledger_verifications (
  tenant_id text COLLATE "C" PRIMARY KEY,
  size bigint NOT NULL CHECK (size >= 0),
  compact_range bytea NOT NULL CHECK (length(compact_range) % 32 = 0),
  chain_hash bytea NOT NULL CHECK (length(chain_hash) = 32),
  agreed_size bigint NOT NULL CHECK (agreed_size BETWEEN 0 AND size),
  is_finished boolean NOT NULL,
  finding text NOT NULL,
  looked_at timestamptz NOT NULL
)
"""


def upgrade() -> None:
    """Forward only."""
    op.execute(_VERIFICATIONS)
    # The purpose that looks after the ends of all logs also finds those that are to be read.
    tenant_table(
        "ledger_verifications",
        role=ROLE,
        grants="SELECT, INSERT, UPDATE",
        purposes={"checkpoint": "SELECT"},
    )
