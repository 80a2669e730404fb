"""Let what people were told long ago be forgotten."""

from alembic import op

from servicekit.migrations.protection import open_to_purpose

revision = "0006_forget_fatigue"
down_revision = "0005_examine_traces"

ROLE = "aos_incidents"


def upgrade() -> None:
    """Forward only."""
    op.execute(f"GRANT DELETE ON alert_fatigue TO {ROLE}")
    for command in ("SELECT", "DELETE"):
        open_to_purpose("alert_fatigue", purpose="retention", command=command)
