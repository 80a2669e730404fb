"""Give runs their life: what is decided, noted and measured of them, and which steps are legal."""

from alembic import op

from servicekit.migrations.protection import tenant_table, write_once

revision = "0002_extend_runs"
down_revision = "0001_create_runs"

ROLE = "aos_activity"

_COLUMNS = """
ALTER TABLE runs
  ADD COLUMN heartbeat_at timestamptz,
  ADD COLUMN risk_level text NOT NULL DEFAULT 'NORMAL'
    CHECK (risk_level IN ('NORMAL', 'NEAR_THRESHOLD', 'AT_RISK', 'VIOLATED')),
  ADD COLUMN incident_count integer NOT NULL DEFAULT 0 CHECK (incident_count >= 0),
  ADD COLUMN policy_draft_count integer NOT NULL DEFAULT 0 CHECK (policy_draft_count >= 0),
  ADD COLUMN policy_violation boolean NOT NULL DEFAULT false,
  ADD COLUMN violation_policy_id text COLLATE "C",
  ADD COLUMN policy_snapshot_id text COLLATE "C",
  ADD COLUMN scope_policy_ids text[] NOT NULL DEFAULT '{}',
  ADD COLUMN human_actor_id text COLLATE "C",
  ADD COLUMN inspection text[] NOT NULL DEFAULT '{}',
  ADD COLUMN termination_reason text CHECK (termination_reason IN ('COMPLETED', 'POLICY_BLOCK',
    'BUDGET_EXCEEDED', 'RATE_LIMITED', 'TIMEOUT', 'SYSTEM_FAILURE', 'USER_ABORT')),
  ADD COLUMN stopped_at_step integer CHECK (stopped_at_step >= 0),
  ADD COLUMN evidence_health text CHECK (evidence_health IN ('COMPLETE', 'INCOMPLETE')),
  ADD COLUMN integrity_status text CHECK (integrity_status IN ('VERIFIED', 'BROKEN')),
  ADD COLUMN provider_type text NOT NULL DEFAULT '',
  ADD COLUMN observability_error text NOT NULL DEFAULT '',
  ADD COLUMN governance_bypassed boolean NOT NULL DEFAULT false,
  ADD CONSTRAINT runs_violation CHECK (policy_violation OR violation_policy_id IS NULL)
"""

# The same table as in domain/run_lifecycle.py; a test keeps the two equal.
_LEGAL = """
CREATE FUNCTION run_step_is_legal(old_state text, new_state text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
  SELECT old_state = new_state OR (old_state || ' > ' || new_state) IN (
    'CREATED/queued > AUTHORIZED/queued',
    'AUTHORIZED/queued > EXECUTING/running',
    'AUTHORIZED/retry > EXECUTING/running',
    'EXECUTING/running > EXECUTING/paused',
    'EXECUTING/paused > EXECUTING/running',
    'EXECUTING/running > AUTHORIZED/retry',
    'EXECUTING/paused > AUTHORIZED/retry',
    'EXECUTING/running > FINALIZING/running',
    'EXECUTING/paused > FINALIZING/paused',
    'FINALIZING/running > EXECUTING/running',
    'FINALIZING/paused > EXECUTING/paused',
    'FINALIZING/running > COMPLETED/succeeded',
    'FINALIZING/paused > COMPLETED/succeeded'
  ) OR (
    old_state IN ('CREATED/queued', 'AUTHORIZED/queued', 'AUTHORIZED/retry',
                  'FINALIZING/running', 'FINALIZING/paused')
    AND new_state IN ('FAILED/failed', 'FAILED/failed_policy', 'FAILED/cancelled')
  )
$$
"""

_REFUSE_ILLEGAL = """
CREATE FUNCTION refuse_illegal_step() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
  IF NOT run_step_is_legal(OLD.phase || '/' || OLD.status, NEW.phase || '/' || NEW.status) THEN
    RAISE EXCEPTION 'a run cannot go from %/% to %/%',
      OLD.phase, OLD.status, NEW.phase, NEW.status USING ERRCODE = 'AOS02';
  END IF;
  IF (OLD.id, OLD.tenant_id, OLD.project_id, OLD.agent_id, OLD.goal, OLD.created_at)
     IS DISTINCT FROM
     (NEW.id, NEW.tenant_id, NEW.project_id, NEW.agent_id, NEW.goal, NEW.created_at)
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

_NOTES = """
CREATE TABLE run_notes (
  tenant_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  kind text NOT NULL CHECK (kind IN ('incident', 'draft')),
  subject_id text COLLATE "C" NOT NULL,
  noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, run_id, kind, subject_id),
  FOREIGN KEY (tenant_id, run_id) REFERENCES runs (tenant_id, id)
)
"""


def upgrade() -> None:
    """Forward only."""
    op.execute(_COLUMNS)
    op.execute(_LEGAL)
    op.execute(_REFUSE_ILLEGAL)
    op.execute(
        "CREATE TRIGGER refuse_illegal_step BEFORE UPDATE ON runs "
        "FOR EACH ROW EXECUTE FUNCTION refuse_illegal_step()"
    )
    op.execute("ALTER TABLE runs ENABLE ALWAYS TRIGGER refuse_illegal_step")
    op.execute(
        "CREATE INDEX runs_alive ON runs (tenant_id, heartbeat_at) "
        "WHERE phase IN ('EXECUTING', 'FINALIZING')"
    )
    op.execute(_NOTES)
    tenant_table("run_notes", role=ROLE, grants="SELECT, INSERT")
    write_once("run_notes", role=ROLE)
