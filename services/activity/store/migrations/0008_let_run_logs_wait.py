"""Let lines of runs' logs wait for logs."""

from servicekit.migrations import kit_schema

revision = "0008_let_run_logs_wait"
down_revision = "0007_roll_up_metrics"


def upgrade() -> None:
    """Forward only."""
    kit_schema.extend_to_version_2()
