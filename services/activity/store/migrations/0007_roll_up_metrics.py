"""Keep what runs that are over add up to, so that figures need not look at each of them again."""

from alembic import op

from servicekit.migrations.protection import open_to_purpose, tenant_table

revision = "0007_roll_up_metrics"
down_revision = "0006_show_agent_names"

ROLE = "aos_activity"

# What is added up holds more than one number of eight bytes does.
_ROLLUPS = """
CREATE TABLE metric_rollups (
  tenant_id text COLLATE "C" NOT NULL,
  period text NOT NULL CHECK (period IN ('hour', 'day', 'thirty_days')),
  begins_at timestamptz NOT NULL,
  project_id text COLLATE "C" NOT NULL,
  agent_id text COLLATE "C" NOT NULL,
  synthetic boolean NOT NULL,
  model text NOT NULL,
  status text NOT NULL,
  duration_bucket integer NOT NULL,
  runs bigint NOT NULL,
  input_tokens numeric NOT NULL,
  output_tokens numeric NOT NULL,
  cost_micro_usd numeric NOT NULL,
  PRIMARY KEY (tenant_id, period, begins_at, project_id, agent_id, synthetic, model, status,
    duration_bucket)
)
"""

# Replicas of the code before this one make runs too; theirs are not rolled up yet either.
_MARK = "ALTER TABLE runs ADD COLUMN rolled_up boolean NOT NULL DEFAULT false"

# What was added up is not looked at again, so nothing of it may change.
_FINAL = (
    """
CREATE TRIGGER refuse_other_figures BEFORE UPDATE ON runs FOR EACH ROW WHEN (
  OLD.rolled_up AND (
    OLD.rolled_up, OLD.status, OLD.started_at, OLD.completed_at, OLD.synthetic_scenario_id
  ) IS DISTINCT FROM (
    NEW.rolled_up, NEW.status, NEW.started_at, NEW.completed_at, NEW.synthetic_scenario_id))
EXECUTE FUNCTION refuse_change()
""",
    """
CREATE TRIGGER refuse_other_figures BEFORE UPDATE ON trace_heads FOR EACH ROW WHEN (
  OLD.sealed AND (
    OLD.sealed, OLD.input_tokens, OLD.output_tokens, OLD.cost_micro_usd
  ) IS DISTINCT FROM (
    NEW.sealed, NEW.input_tokens, NEW.output_tokens, NEW.cost_micro_usd))
EXECUTE FUNCTION refuse_change()
""",
)


def upgrade() -> None:
    """Forward only."""
    op.execute(_ROLLUPS)
    tenant_table("metric_rollups", role=ROLE, grants="SELECT, INSERT, UPDATE")
    op.execute(_MARK)
    op.execute("CREATE INDEX runs_by_creation ON runs (tenant_id, rolled_up, created_at)")
    op.execute(
        "CREATE INDEX runs_to_roll_up ON runs (tenant_id, id) "
        "WHERE NOT rolled_up AND phase IN ('COMPLETED', 'FAILED')"
    )
    for table, statement in zip(("runs", "trace_heads"), _FINAL, strict=True):
        op.execute(statement)
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER refuse_other_figures")
        # The job finds out for which tenants there is something to do, and then works as each.
        open_to_purpose(table, purpose="rolling_up", command="SELECT")
