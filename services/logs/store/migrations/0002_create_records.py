"""Make the records: of the plane itself, and of what runs called, met and read."""

from alembic import op

from servicekit.migrations.protection import tenant_table, write_once

revision = "0002_create_records"
down_revision = "0001_create_ledger"

ROLE = "aos_logs"

_OF_A_RECORD = """
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  service text NOT NULL,
  digest bytea NOT NULL,
  PRIMARY KEY (tenant_id, id)"""

_OF_A_RUN = f"""{_OF_A_RECORD},
  run_id text COLLATE "C" NOT NULL,
  synthetic_scenario_id text NOT NULL"""

_TABLES = {
    "system_records": f"""{_OF_A_RECORD},
  component text NOT NULL,
  event_type text NOT NULL,
  severity smallint NOT NULL CHECK (severity BETWEEN 1 AND 3),
  summary text NOT NULL,
  details text NOT NULL,
  caused_by text NOT NULL CHECK (caused_by IN ('system', 'human', 'automation')),
  correlation_id text NOT NULL,
  occurred_at timestamptz NOT NULL""",
    "llm_run_records": f"""{_OF_A_RUN},
  trace_id text COLLATE "C" NOT NULL,
  provider text NOT NULL,
  model text NOT NULL,
  prompt_hash bytea NOT NULL,
  response_hash bytea NOT NULL,
  input_tokens bigint NOT NULL CHECK (input_tokens >= 0),
  output_tokens bigint NOT NULL CHECK (output_tokens >= 0),
  cost_micro_usd bigint NOT NULL CHECK (cost_micro_usd >= 0),
  status text NOT NULL CHECK (status IN ('succeeded', 'failed', 'refused', 'cancelled')),
  source text NOT NULL CHECK (source IN ('managed', 'external', 'observed')),
  started_at timestamptz NOT NULL,
  completed_at timestamptz NOT NULL""",
    "run_log_events": f"""{_OF_A_RUN},
  event text NOT NULL
    CHECK (event IN ('near_threshold', 'breach', 'override', 'degraded', 'bypass')),
  step_index integer CHECK (step_index >= 0),
  policy_id text COLLATE "C" NOT NULL,
  summary text NOT NULL,
  details text NOT NULL,
  occurred_at timestamptz NOT NULL""",
    "retrieval_evidence": f"""{_OF_A_RUN},
  plane_id text COLLATE "C" NOT NULL,
  connector_id text COLLATE "C" NOT NULL,
  query_hash bytea NOT NULL,
  document_ids text[] NOT NULL,
  token_count bigint NOT NULL CHECK (token_count >= 0),
  policy_snapshot_id text COLLATE "C" NOT NULL,
  decision text NOT NULL CHECK (decision IN ('allowed', 'filtered', 'denied')),
  occurred_at timestamptz NOT NULL""",
}


def upgrade() -> None:
    """Forward only."""
    for table, columns in _TABLES.items():
        op.execute(f"CREATE TABLE {table} ({columns}\n)")
        by, column = ("service", "service") if table == "system_records" else ("run", "run_id")
        op.execute(f"CREATE INDEX {table}_by_{by} ON {table} (tenant_id, {column}, id)")
        tenant_table(table, role=ROLE, grants="SELECT, INSERT")
        write_once(table, role=ROLE)
