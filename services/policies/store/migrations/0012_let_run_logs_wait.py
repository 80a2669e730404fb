"""Let lines of runs' logs wait for logs."""

from servicekit.migrations import kit_schema

revision = "0012_let_run_logs_wait"
down_revision = "0011_create_rollouts"


def upgrade() -> None:
    """Forward only."""
    kit_schema.extend_to_version_2()
