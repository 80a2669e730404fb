"""Let a record of a model call void an earlier one, which stays as it is."""

from alembic import op

revision = "0006_void_run_records"
down_revision = "0005_let_run_logs_wait"

_VOIDS = """
ALTER TABLE llm_run_records
  ADD COLUMN voids_record_id text COLLATE "C" NOT NULL DEFAULT '',
  DROP CONSTRAINT llm_run_records_status_check,
  ADD CONSTRAINT llm_run_records_status_check
    CHECK (status IN ('succeeded', 'failed', 'refused', 'cancelled', 'voided')),
  ADD CONSTRAINT llm_run_records_voids CHECK ((status = 'voided') = (voids_record_id <> ''))
"""


def upgrade() -> None:
    """Forward only."""
    op.execute(_VOIDS)
