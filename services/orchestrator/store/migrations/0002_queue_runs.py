"""Make the queue of managed runs, what their steps came to, and what they wait for."""

from alembic import op

from servicekit.migrations.protection import open_to_purpose, tenant_table, write_once

revision = "0002_queue_runs"
down_revision = "0001_create_sagas"

ROLE = "aos_orchestrator"

_QUEUE = """
CREATE TABLE run_queue (
  tenant_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  state text NOT NULL CHECK (state IN ('QUEUED', 'TAKEN', 'HELD', 'OVER')),
  -- What the run is to do, as JSON; forgotten when it is over unless it may be kept.
  goal text NOT NULL,
  plan text NOT NULL DEFAULT '',
  plan_hash bytea NOT NULL,
  keeps_prompts boolean NOT NULL,
  keeps_responses boolean NOT NULL,
  keeps_personal_data boolean NOT NULL,
  keeps_secrets boolean NOT NULL,
  output text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz,
  due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  beat_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  attempts integer NOT NULL DEFAULT 0,
  last_error text NOT NULL DEFAULT '',
  -- Whether everybody has been told of every result that is kept.
  told boolean NOT NULL DEFAULT true,
  lease_epoch bigint NOT NULL DEFAULT 0,
  lease_holder text NOT NULL DEFAULT '',
  lease_until timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, run_id),
  FOREIGN KEY (tenant_id, run_id) REFERENCES run_contracts (tenant_id, run_id),
  CONSTRAINT run_queue_finished CHECK ((state = 'OVER') = (finished_at IS NOT NULL))
)
"""

# What is over stays so, and an epoch never goes back, whoever writes.
_GUARD = """
CREATE FUNCTION refuse_stale_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = 'OVER' THEN
    RAISE EXCEPTION 'a run that is over stays so'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.lease_epoch < OLD.lease_epoch THEN
    RAISE EXCEPTION 'a lease does not go back' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
"""

_RESULTS = """
CREATE TABLE run_step_results (
  tenant_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  step_id text COLLATE "C" NOT NULL,
  skill text NOT NULL,
  kind text NOT NULL,
  status text NOT NULL CHECK (status IN ('SUCCEEDED', 'FAILED', 'BLOCKED', 'CANCELLED')),
  category text NOT NULL,
  code text NOT NULL,
  model text NOT NULL,
  input_tokens bigint NOT NULL,
  output_tokens bigint NOT NULL,
  cost_micro_usd bigint NOT NULL,
  started_at timestamptz NOT NULL,
  duration_ms bigint NOT NULL,
  -- As JSON; null where it may not be kept.
  params text,
  output text,
  PRIMARY KEY (tenant_id, run_id, step_id),
  FOREIGN KEY (tenant_id, run_id) REFERENCES run_queue (tenant_id, run_id)
)
"""

_WAITS = """
CREATE TABLE run_step_waits (
  tenant_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  step_id text COLLATE "C" NOT NULL,
  started_at timestamptz NOT NULL,
  until timestamptz,
  gate_epoch bigint,
  PRIMARY KEY (tenant_id, run_id, step_id),
  FOREIGN KEY (tenant_id, run_id) REFERENCES run_queue (tenant_id, run_id),
  CONSTRAINT run_step_waits_one CHECK ((until IS NULL) <> (gate_epoch IS NULL))
)
"""


def upgrade() -> None:
    """Forward only."""
    open_to_purpose("run_contracts", purpose="run_queue", command="SELECT")
    op.execute(_QUEUE)
    op.execute("CREATE INDEX run_queue_due ON run_queue (due_at) WHERE state <> 'OVER'")
    op.execute("CREATE INDEX run_queue_silent ON run_queue (beat_at) WHERE state <> 'OVER'")
    op.execute(_GUARD)
    op.execute(
        "CREATE TRIGGER run_queue_guard BEFORE UPDATE ON run_queue "
        "FOR EACH ROW EXECUTE FUNCTION refuse_stale_run()"
    )
    op.execute("ALTER TABLE run_queue ENABLE ALWAYS TRIGGER run_queue_guard")
    tenant_table(
        "run_queue",
        role=ROLE,
        grants="SELECT, INSERT, UPDATE",
        purposes={"run_queue": "SELECT, UPDATE"},
    )
    for table, statement in (("run_step_results", _RESULTS), ("run_step_waits", _WAITS)):
        op.execute(statement)
        tenant_table(table, role=ROLE, grants="SELECT, INSERT", purposes={"run_queue": "SELECT"})
        write_once(table, role=ROLE)
