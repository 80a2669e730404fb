"""Let steps be found by the name under which they were asked for, each name once in a trace."""

from alembic import op

revision = "0009_name_steps"
down_revision = "0008_let_run_logs_wait"


def upgrade() -> None:
    """Forward only."""
    for table in ("aos_trace_steps", "late_steps"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN step_id text COLLATE \"C\" NOT NULL DEFAULT ''")
        op.execute(
            f"CREATE UNIQUE INDEX {table}_named ON {table} (tenant_id, trace_id, step_id) "
            "WHERE step_id <> ''"
        )
