"""Make the traces that wait for the detector."""

from alembic import op

from servicekit.migrations.protection import tenant_table

revision = "0005_examine_traces"
down_revision = "0004_create_deliveries"

ROLE = "aos_incidents"

_EXAMINATIONS = """
CREATE TABLE trace_examinations (
  tenant_id text COLLATE "C" NOT NULL,
  trace_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  state text NOT NULL CHECK (state IN ('WAITING', 'EXAMINED', 'NOTHING_KEPT', 'GIVEN_UP')),
  due_at timestamptz NOT NULL,
  attempts integer NOT NULL,
  tries integer NOT NULL,
  outputs integer NOT NULL,
  outputs_left_out integer NOT NULL,
  documents_left_out integer NOT NULL,
  last_error text NOT NULL,
  created_at timestamptz NOT NULL,
  ended_at timestamptz,
  synthetic_scenario_id text NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, trace_id),
  CONSTRAINT trace_examinations_end CHECK ((state = 'WAITING') = (ended_at IS NULL))
)
"""


def upgrade() -> None:
    """Forward only."""
    op.execute(_EXAMINATIONS)
    op.execute(
        "CREATE INDEX trace_examinations_due ON trace_examinations (due_at) WHERE state = 'WAITING'"
    )
    op.execute(
        "CREATE INDEX trace_examinations_ended ON trace_examinations (ended_at) "
        "WHERE ended_at IS NOT NULL"
    )
    tenant_table(
        "trace_examinations",
        role=ROLE,
        purposes={"due_examinations": "SELECT, UPDATE", "retention": "SELECT, DELETE"},
    )
