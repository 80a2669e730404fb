"""Make the kit's tables, run contracts, sagas, and what goes with them."""

from alembic import op

from servicekit.migrations import kit_schema
from servicekit.migrations.protection import tenant_table, write_once

revision = "0001_create_sagas"
down_revision = None

ROLE = "aos_orchestrator"

_CONTRACTS = """
CREATE TABLE run_contracts (
  tenant_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  project_id text COLLATE "C" NOT NULL,
  agent_id text COLLATE "C" NOT NULL,
  trace_id text COLLATE "C" NOT NULL DEFAULT '',
  mode text NOT NULL CHECK (mode IN ('MANAGED', 'EXTERNAL')),
  audit_durability boolean NOT NULL,
  created_by text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  closed_at timestamptz,
  synthetic_scenario_id text NOT NULL DEFAULT '',
  revision bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, run_id)
)
"""

_ACKNOWLEDGEMENTS = """
CREATE TABLE contract_acks (
  tenant_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  expectation text NOT NULL
    CHECK (expectation IN ('ACTIVITY', 'POLICIES', 'INCIDENTS', 'LOGS')),
  reference text NOT NULL,
  acknowledged_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, run_id, expectation),
  FOREIGN KEY (tenant_id, run_id) REFERENCES run_contracts (tenant_id, run_id)
)
"""

_SAGAS = """
CREATE TABLE sagas (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  cause text NOT NULL,
  wish text NOT NULL,
  said_by text COLLATE "C" NOT NULL,
  state text NOT NULL CHECK (state IN ('RUNNING', 'COMPENSATING', 'PARKED', 'FINISHED')),
  position integer NOT NULL CHECK (position >= 0),
  round integer NOT NULL CHECK (round >= 0),
  attempts integer NOT NULL,
  replays integer NOT NULL,
  last_error text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  retry_at timestamptz NOT NULL,
  finished_at timestamptz,
  synthetic_scenario_id text NOT NULL DEFAULT '',
  revision bigint NOT NULL,
  lease_epoch bigint NOT NULL DEFAULT 0,
  lease_holder text NOT NULL DEFAULT '',
  lease_until timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT sagas_run UNIQUE (tenant_id, run_id),
  FOREIGN KEY (tenant_id, run_id) REFERENCES run_contracts (tenant_id, run_id),
  CONSTRAINT sagas_finished CHECK ((state = 'FINISHED') = (finished_at IS NOT NULL))
)
"""

# What is finished stays so, and an epoch never goes back: I-03 must not depend on every writer.
_GUARD = """
CREATE FUNCTION refuse_stale_saga() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = 'FINISHED' THEN
    RAISE EXCEPTION 'a finished saga stays as it is'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.lease_epoch < OLD.lease_epoch OR NEW.round < OLD.round THEN
    RAISE EXCEPTION 'a saga does not go back' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF (NEW.run_id, NEW.id) <> (OLD.run_id, OLD.id) THEN
    RAISE EXCEPTION 'a saga belongs to its run' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
"""

# Who executes a run: one session, until it lets go or falls silent.
_HOLDERS = """
CREATE TABLE run_holders (
  tenant_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  session_id text COLLATE "C" NOT NULL,
  held_until timestamptz NOT NULL,
  -- What the holder last said it obeyed, by the epoch of the gate, and when.
  obeyed_epoch bigint NOT NULL DEFAULT 0,
  obeyed_at timestamptz,
  PRIMARY KEY (tenant_id, run_id),
  FOREIGN KEY (tenant_id, run_id) REFERENCES run_contracts (tenant_id, run_id)
)
"""

_STEPS = """
CREATE TABLE saga_steps (
  tenant_id text COLLATE "C" NOT NULL,
  saga_id text COLLATE "C" NOT NULL,
  round integer NOT NULL,
  name text NOT NULL,
  compensation boolean NOT NULL,
  attempts integer NOT NULL,
  outcome jsonb NOT NULL,
  completed_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, saga_id, round, name),
  FOREIGN KEY (tenant_id, saga_id) REFERENCES sagas (tenant_id, id)
)
"""


def upgrade() -> None:
    """Forward only."""
    kit_schema.create_version_1(role=ROLE)
    kit_schema.extend_to_version_2()
    op.execute(_CONTRACTS)
    op.execute(
        "CREATE INDEX run_contracts_open ON run_contracts (created_at) WHERE closed_at IS NULL"
    )
    tenant_table(
        "run_contracts", role=ROLE, grants="SELECT, INSERT, UPDATE", purposes={"sagas": "SELECT"}
    )
    op.execute(_ACKNOWLEDGEMENTS)
    tenant_table("contract_acks", role=ROLE, grants="SELECT, INSERT")
    write_once("contract_acks", role=ROLE)
    _create_sagas()


def _create_sagas() -> None:
    op.execute(_SAGAS)
    op.execute(
        "CREATE INDEX sagas_due ON sagas (retry_at) WHERE state IN ('RUNNING', 'COMPENSATING')"
    )
    op.execute(_GUARD)
    op.execute(
        "CREATE TRIGGER saga_guard BEFORE UPDATE ON sagas "
        "FOR EACH ROW EXECUTE FUNCTION refuse_stale_saga()"
    )
    op.execute("ALTER TABLE sagas ENABLE ALWAYS TRIGGER saga_guard")
    tenant_table(
        "sagas", role=ROLE, grants="SELECT, INSERT, UPDATE", purposes={"sagas": "SELECT, UPDATE"}
    )
    op.execute(_STEPS)
    tenant_table("saga_steps", role=ROLE, grants="SELECT, INSERT", purposes={"sagas": "SELECT"})
    write_once("saga_steps", role=ROLE)
    op.execute(_HOLDERS)
    tenant_table("run_holders", role=ROLE, grants="SELECT, INSERT, UPDATE")
