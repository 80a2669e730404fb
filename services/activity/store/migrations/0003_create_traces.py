"""Make traces and their steps, write-once but for what sealing sets."""

from alembic import op

from servicekit.migrations.protection import tenant_table, write_once

revision = "0003_create_traces"
down_revision = "0002_extend_runs"

ROLE = "aos_activity"

_TRACES = """
CREATE TABLE aos_traces (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  project_id text COLLATE "C" NOT NULL,
  agent_id text COLLATE "C" NOT NULL,
  correlation_id text NOT NULL,
  started_at timestamptz NOT NULL,
  status text NOT NULL CHECK (status IN ('open', 'sealed')),
  completed_at timestamptz,
  step_count integer NOT NULL DEFAULT 0,
  root_hash text NOT NULL DEFAULT '',
  incident_id text COLLATE "C",
  synthetic_scenario_id text NOT NULL,
  revision bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT traces_one_a_run UNIQUE (tenant_id, run_id),
  FOREIGN KEY (tenant_id, run_id) REFERENCES runs (tenant_id, id),
  CHECK ((status = 'sealed') = (root_hash <> '')),
  CHECK ((status = 'sealed') = (completed_at IS NOT NULL))
)
"""

# What may be set later is set once each; everything else never changes.
_SET_ONCE = """
CREATE FUNCTION refuse_trace_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.id, OLD.tenant_id, OLD.run_id, OLD.project_id, OLD.agent_id, OLD.correlation_id,
      OLD.started_at, OLD.synthetic_scenario_id)
     IS DISTINCT FROM
     (NEW.id, NEW.tenant_id, NEW.run_id, NEW.project_id, NEW.agent_id, NEW.correlation_id,
      NEW.started_at, NEW.synthetic_scenario_id)
     OR (OLD.status = 'sealed' AND (OLD.status, OLD.completed_at, OLD.step_count, OLD.root_hash)
         IS DISTINCT FROM (NEW.status, NEW.completed_at, NEW.step_count, NEW.root_hash))
     OR (OLD.incident_id IS NOT NULL AND OLD.incident_id IS DISTINCT FROM NEW.incident_id) THEN
    RAISE EXCEPTION 'a trace is written once' USING ERRCODE = 'AOS01';
  END IF;
  RETURN NEW;
END $$
"""

# The one row of a trace that every batch of steps changes, kept apart from what is written once.
_HEADS = """
CREATE TABLE trace_heads (
  tenant_id text COLLATE "C" NOT NULL,
  trace_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  project_id text COLLATE "C" NOT NULL,
  inspection text[] NOT NULL,
  next_index integer NOT NULL DEFAULT 0,
  sealed boolean NOT NULL DEFAULT false,
  input_tokens bigint NOT NULL DEFAULT 0,
  output_tokens bigint NOT NULL DEFAULT 0,
  cost_micro_usd bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, trace_id),
  CONSTRAINT trace_heads_run UNIQUE (tenant_id, run_id),
  FOREIGN KEY (tenant_id, trace_id) REFERENCES aos_traces (tenant_id, id)
) WITH (fillfactor = 50)
"""

# No foreign key to the trace: the head is locked while steps are written, and a look-up for each of
# a hundred thousand steps a second would cost more than all the rest.
_STEPS = """
CREATE TABLE {name} (
  tenant_id text COLLATE "C" NOT NULL,
  trace_id text COLLATE "C" NOT NULL,
  {place}
  content bytea NOT NULL,
  content_hash bytea NOT NULL,
  started_at timestamptz NOT NULL,
  duration_ms bigint NOT NULL,
  kind text NOT NULL,
  skill_name text NOT NULL,
  status text NOT NULL,
  model text NOT NULL,
  input_tokens bigint NOT NULL,
  output_tokens bigint NOT NULL,
  cost_micro_usd bigint NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, trace_id, {key})
)
"""


def upgrade() -> None:
    """Forward only."""
    op.execute(_TRACES)
    op.execute(_SET_ONCE)
    op.execute(
        "CREATE TRIGGER refuse_trace_change BEFORE UPDATE ON aos_traces "
        "FOR EACH ROW EXECUTE FUNCTION refuse_trace_change()"
    )
    op.execute("ALTER TABLE aos_traces ENABLE ALWAYS TRIGGER refuse_trace_change")
    tenant_table("aos_traces", role=ROLE, grants="SELECT, INSERT, UPDATE")
    op.execute(_HEADS)
    tenant_table("trace_heads", role=ROLE, grants="SELECT, INSERT, UPDATE")
    op.execute(
        _STEPS.format(
            name="aos_trace_steps", place="step_index integer NOT NULL,", key="step_index"
        )
    )
    tenant_table("aos_trace_steps", role=ROLE, grants="SELECT, INSERT")
    write_once("aos_trace_steps", role=ROLE)
    # A late step may repeat an index, even with other content: it is evidence, not history.
    op.execute(
        _STEPS.format(
            name="late_steps",
            place="step_index integer NOT NULL,",
            key="step_index, content_hash",
        )
    )
    tenant_table("late_steps", role=ROLE, grants="SELECT, INSERT")
    write_once("late_steps", role=ROLE)
