"""Let signals say which scenario made the run that they were noticed of."""

from alembic import op

revision = "0010_mark_signals"
down_revision = "0009_name_steps"


def upgrade() -> None:
    """Forward only."""
    op.execute("ALTER TABLE signals ADD COLUMN synthetic_scenario_id text NOT NULL DEFAULT ''")
