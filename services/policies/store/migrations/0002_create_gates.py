"""Make gates, counters, reservations, decisions and what was enforced."""

from alembic import op

from servicekit.migrations.protection import tenant_table, write_once

revision = "0002_create_gates"
down_revision = "0001_create_policies"

ROLE = "aos_policies"

_GATES = """
CREATE TABLE gates (
  tenant_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  project_id text COLLATE "C" NOT NULL,
  agent_id text COLLATE "C" NOT NULL,
  api_key_id text COLLATE "C" NOT NULL,
  human_actor_id text COLLATE "C" NOT NULL,
  session_id text NOT NULL,
  snapshot_id text COLLATE "C" NOT NULL,
  content_hash text NOT NULL,
  policy_ids text[] NOT NULL,
  state text NOT NULL CHECK (state IN ('OPEN', 'PAUSED', 'STOPPED', 'KILLED', 'CLOSED')),
  epoch bigint NOT NULL CHECK (epoch > 0),
  opened_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  reason text NOT NULL,
  changed_by text COLLATE "C" NOT NULL,
  awaits_acknowledgement boolean NOT NULL DEFAULT false,
  acknowledged text[] NOT NULL DEFAULT '{}',
  governance_bypassed boolean NOT NULL DEFAULT false,
  inspection text[] NOT NULL DEFAULT '{}',
  on_unreachable text NOT NULL CHECK (on_unreachable IN ('FAIL_CLOSED', 'FAIL_OPEN')),
  synthetic_scenario_id text NOT NULL DEFAULT '',
  decisions_root text NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, run_id),
  FOREIGN KEY (tenant_id, snapshot_id) REFERENCES policy_snapshots (tenant_id, id),
  CONSTRAINT gates_acknowledgement CHECK (NOT awaits_acknowledgement OR state = 'PAUSED')
)
"""

# The same table as in services/policies/domain/gate.py; a test keeps the two equal. Nothing revives
# a run that was stopped or killed, whoever asks.
_STEPS = """
CREATE FUNCTION refuse_illegal_gate_step() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
  IF NOT (OLD.state = NEW.state OR (OLD.state, NEW.state) IN (
       ('OPEN', 'PAUSED'), ('PAUSED', 'OPEN'),
       ('OPEN', 'STOPPED'), ('OPEN', 'KILLED'), ('OPEN', 'CLOSED'),
       ('PAUSED', 'STOPPED'), ('PAUSED', 'KILLED'), ('PAUSED', 'CLOSED'),
       ('STOPPED', 'KILLED'))) THEN
    RAISE EXCEPTION 'a gate cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'AOS02';
  END IF;
  IF NEW.epoch <= OLD.epoch
     OR (OLD.run_id, OLD.tenant_id, OLD.opened_at, OLD.project_id, OLD.agent_id)
        IS DISTINCT FROM (NEW.run_id, NEW.tenant_id, NEW.opened_at, NEW.project_id, NEW.agent_id)
     OR (OLD.decisions_root <> '' AND OLD.decisions_root <> NEW.decisions_root) THEN
    RAISE EXCEPTION 'a gate changes with a higher epoch, and what it was opened with stays'
      USING ERRCODE = 'AOS02';
  END IF;
  RETURN NEW;
END $$
"""

_COUNTERS = """
CREATE TABLE counters (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  policy_id text COLLATE "C" NOT NULL,
  limit_name text NOT NULL,
  cap bigint,
  used bigint NOT NULL DEFAULT 0,
  reserved bigint NOT NULL DEFAULT 0,
  tier_fired integer NOT NULL DEFAULT 0,
  frozen boolean NOT NULL DEFAULT false,
  window_seconds integer NOT NULL DEFAULT 0,
  slices text NOT NULL DEFAULT '',
  slice_at bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT counters_not_negative CHECK (used >= 0 AND reserved >= 0)
) WITH (fillfactor = 50)
"""

_DECISIONS = """
CREATE TABLE decisions (
  tenant_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  step_id text COLLATE "C" NOT NULL,
  gate_epoch bigint NOT NULL,
  id text COLLATE "C" NOT NULL,
  question_hash bytea NOT NULL,
  action integer NOT NULL CHECK (action BETWEEN 1 AND 5),
  inputs bytea NOT NULL,
  answer bytea NOT NULL,
  decided_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, run_id, step_id, gate_epoch)
)
"""

_RESERVATIONS = """
CREATE TABLE reservations (
  tenant_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  step_id text COLLATE "C" NOT NULL,
  state text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'SETTLED', 'EXPIRED', 'RELEASED')),
  holds text NOT NULL,
  kind text NOT NULL,
  expires_at timestamptz NOT NULL,
  settled text NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, run_id, step_id)
)
"""

_ENFORCEMENTS = """
CREATE TABLE policy_enforcements (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  step_id text COLLATE "C" NOT NULL,
  policy_id text COLLATE "C" NOT NULL,
  rule_id text NOT NULL,
  action_taken text NOT NULL,
  details text NOT NULL,
  triggered_at timestamptz NOT NULL,
  synthetic_scenario_id text NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, id)
)
"""

# INV-005 in SQL, for whoever reads decisions there: the place (from 1) of the opinion that wins.
# An action that nobody knows counts as the harshest.
_RESOLVE = """
CREATE FUNCTION harshest_opinion(actions text[], policy_ids text[], limit_names text[])
RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT place::integer
  FROM unnest(actions, policy_ids, limit_names) WITH ORDINALITY
       AS opinion (action, policy_id, limit_name, place)
  ORDER BY CASE action WHEN 'CONTINUE' THEN 1 WHEN 'WARN' THEN 2 WHEN 'PAUSE' THEN 3
                       WHEN 'STOP' THEN 4 ELSE 5 END DESC,
           policy_id COLLATE "C", limit_name COLLATE "C", place
  LIMIT 1
$$
"""


def upgrade() -> None:
    """Forward only."""
    op.execute(_GATES)
    op.execute(
        "CREATE INDEX gates_alive ON gates (tenant_id, run_id) WHERE state IN ('OPEN', 'PAUSED')"
    )
    op.execute(_STEPS)
    op.execute(
        "CREATE TRIGGER legal_steps BEFORE UPDATE ON gates "
        "FOR EACH ROW EXECUTE FUNCTION refuse_illegal_gate_step()"
    )
    op.execute("ALTER TABLE gates ENABLE ALWAYS TRIGGER legal_steps")
    tenant_table(
        "gates",
        role=ROLE,
        grants="SELECT, INSERT, UPDATE",
        purposes={"mid_execution": "SELECT", "expiry": "SELECT"},
    )
    op.execute(_COUNTERS)
    tenant_table("counters", role=ROLE, grants="SELECT, INSERT, UPDATE")
    op.execute(_DECISIONS)
    op.execute("CREATE UNIQUE INDEX decisions_in_order ON decisions (tenant_id, run_id, id)")
    tenant_table("decisions", role=ROLE, grants="SELECT, INSERT")
    write_once("decisions", role=ROLE)
    op.execute(_RESERVATIONS)
    op.execute("CREATE INDEX reservations_open ON reservations (expires_at) WHERE state = 'OPEN'")
    op.execute(
        "CREATE INDEX reservations_expired ON reservations (tenant_id, run_id) "
        "WHERE state = 'EXPIRED'"
    )
    tenant_table(
        "reservations", role=ROLE, grants="SELECT, INSERT, UPDATE", purposes={"expiry": "SELECT"}
    )
    op.execute(_ENFORCEMENTS)
    op.execute(
        "CREATE INDEX policy_enforcements_of_run ON policy_enforcements (tenant_id, run_id, id)"
    )
    op.execute(
        "CREATE INDEX policy_enforcements_of_policy "
        "ON policy_enforcements (tenant_id, policy_id, id)"
    )
    tenant_table("policy_enforcements", role=ROLE, grants="SELECT, INSERT")
    write_once("policy_enforcements", role=ROLE)
    op.execute(_RESOLVE)
    op.execute(f"GRANT EXECUTE ON FUNCTION harshest_opinion TO {ROLE}")
