"""${message}."""

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Forward only; the version before this one must still run on the result."""
    ${upgrades if upgrades else "op.execute('')"}
