"""Let runs be observed: which telemetry they come from, and which span each step was."""

from alembic import op

from servicekit.migrations.protection import tenant_table, write_once

revision = "0005_observe_traces"
down_revision = "0004_create_signals"

ROLE = "aos_activity"

# An observed run is seen before its root is: what it is for may then still be empty, and is set
# once.
_SET_ONCE = """
CREATE OR REPLACE FUNCTION refuse_illegal_step() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
  IF NOT run_step_is_legal(OLD.phase || '/' || OLD.status, NEW.phase || '/' || NEW.status) THEN
    RAISE EXCEPTION 'a run cannot go from %/% to %/%',
      OLD.phase, OLD.status, NEW.phase, NEW.status USING ERRCODE = 'AOS02';
  END IF;
  IF (OLD.id, OLD.tenant_id, OLD.project_id, OLD.agent_id, OLD.created_at)
     IS DISTINCT FROM
     (NEW.id, NEW.tenant_id, NEW.project_id, NEW.agent_id, NEW.created_at)
     OR (OLD.goal IS DISTINCT FROM NEW.goal
         AND NOT (OLD.source = 'observed' AND OLD.goal = ''))
     OR (OLD.policy_snapshot_id IS NOT NULL
         AND OLD.policy_snapshot_id IS DISTINCT FROM NEW.policy_snapshot_id)
     OR (OLD.termination_reason IS NOT NULL
         AND OLD.termination_reason IS DISTINCT FROM NEW.termination_reason) THEN
    RAISE EXCEPTION 'what a run was created and authorized with is set once'
      USING ERRCODE = 'AOS02';
  END IF;
  RETURN NEW;
END $$
"""

# The foreign key is looked at when the transaction ends: the row is written first of all, so that
# of two who see the first spans of a trace at the same time only one makes its run.
_TRACES = """
CREATE TABLE otel_traces (
  tenant_id text COLLATE "C" NOT NULL,
  otel_trace_id bytea NOT NULL CHECK (length(otel_trace_id) = 16),
  run_id text COLLATE "C" NOT NULL,
  trace_id text COLLATE "C" NOT NULL,
  due_at timestamptz,
  PRIMARY KEY (tenant_id, otel_trace_id),
  FOREIGN KEY (tenant_id, trace_id) REFERENCES aos_traces (tenant_id, id)
    DEFERRABLE INITIALLY DEFERRED
)
"""

_SPANS = """
CREATE TABLE otel_spans (
  tenant_id text COLLATE "C" NOT NULL,
  otel_trace_id bytea NOT NULL,
  span_id bytea NOT NULL CHECK (length(span_id) = 8),
  parent_span_id bytea NOT NULL,
  step_index integer NOT NULL,
  PRIMARY KEY (tenant_id, otel_trace_id, span_id)
)
"""


# The same as before: a view does not see columns that its tables get later.
_VIEW = """
CREATE VIEW v_runs_o2 WITH (security_invoker = true) AS
SELECT r.*,
       COALESCE(h.input_tokens, 0) AS input_tokens,
       COALESCE(h.output_tokens, 0) AS output_tokens,
       COALESCE(h.cost_micro_usd, 0) AS cost_micro_usd,
       COALESCE(h.next_index, 0) AS step_count,
       c.policy_id, c.policy_name, c.limit_type, c.evaluation_outcome, c.proximity_pct
FROM runs r
LEFT JOIN trace_heads h ON h.tenant_id = r.tenant_id AND h.run_id = r.id
LEFT JOIN run_policy_context c ON c.tenant_id = r.tenant_id AND c.run_id = r.id
"""


def upgrade() -> None:
    """Forward only."""
    op.execute("ALTER TABLE runs ADD COLUMN agent_name text NOT NULL DEFAULT ''")
    op.execute("DROP VIEW v_runs_o2")
    op.execute(_VIEW)
    op.execute(f"GRANT SELECT ON v_runs_o2 TO {ROLE}")
    op.execute(_SET_ONCE)
    op.execute(_TRACES)
    op.execute("CREATE INDEX otel_traces_due ON otel_traces (due_at) WHERE due_at IS NOT NULL")
    tenant_table(
        "otel_traces",
        role=ROLE,
        grants="SELECT, INSERT, UPDATE",
        purposes={"observed_closing": "SELECT"},
    )
    op.execute(_SPANS)
    tenant_table("otel_spans", role=ROLE, grants="SELECT, INSERT")
    write_once("otel_spans", role=ROLE)
