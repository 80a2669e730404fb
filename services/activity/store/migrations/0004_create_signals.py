"""Make attention signals, the policy context of runs, and the view that panels read."""

from alembic import op

from servicekit.migrations.protection import open_to_purpose, tenant_table

revision = "0004_create_signals"
down_revision = "0003_create_traces"

ROLE = "aos_activity"

_SIGNALS = """
CREATE TABLE signals (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  kind text NOT NULL CHECK (kind IN
    ('near_threshold', 'stale_run', 'failing_agent', 'cost_anomaly')),
  subject_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C",
  project_id text COLLATE "C" NOT NULL,
  detail text NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'acknowledged', 'suppressed')),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  suppressed_until timestamptz,
  actor_id text COLLATE "C",
  reason text NOT NULL DEFAULT '',
  revision bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CHECK ((state = 'suppressed') = (suppressed_until IS NOT NULL))
)
"""

_POLICY_CONTEXT = """
CREATE TABLE run_policy_context (
  tenant_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  policy_id text COLLATE "C" NOT NULL,
  policy_name text NOT NULL,
  limit_type text NOT NULL,
  evaluation_outcome text NOT NULL,
  proximity_pct integer NOT NULL CHECK (proximity_pct >= 0),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, run_id),
  FOREIGN KEY (tenant_id, run_id) REFERENCES runs (tenant_id, id)
)
"""

# It runs with the rights of whoever asks: a view of its owner's would show every tenant's rows.
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
    op.execute(_SIGNALS)
    # One open signal of a kind about a subject, however many replicas notice it.
    op.execute(
        "CREATE UNIQUE INDEX signals_open ON signals (tenant_id, kind, subject_id) "
        "WHERE state <> 'acknowledged'"
    )
    op.execute("CREATE INDEX signals_by_state ON signals (tenant_id, state, id)")
    tenant_table("signals", role=ROLE, grants="SELECT, INSERT, UPDATE")
    op.execute(_POLICY_CONTEXT)
    tenant_table("run_policy_context", role=ROLE)
    op.execute(_VIEW)
    op.execute(f"GRANT SELECT ON v_runs_o2 TO {ROLE}")
    # The look-out for stale runs and failing agents sees the runs of all tenants.
    open_to_purpose("runs", purpose="lookout", command="SELECT")
    op.execute("CREATE INDEX runs_stale ON runs (heartbeat_at) WHERE phase = 'EXECUTING'")
