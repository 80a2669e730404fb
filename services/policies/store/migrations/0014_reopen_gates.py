"""Note how a gate stood before it was closed, and let it go back there and nowhere else."""

from alembic import op

revision = "0014_reopen_gates"
down_revision = "0013_link_incidents"

_STANDING = """
ALTER TABLE gates
  ADD COLUMN before_close_state text NOT NULL DEFAULT ''
    CHECK (before_close_state IN ('', 'OPEN', 'PAUSED')),
  ADD COLUMN before_close_reason text NOT NULL DEFAULT '',
  ADD COLUMN before_close_by text COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN before_close_awaits boolean NOT NULL DEFAULT false,
  ADD CONSTRAINT gates_before_close CHECK (before_close_state = '' OR state = 'CLOSED')
"""

# The same table as in services/policies/domain/gate.py; a test keeps the two equal. Nothing revives
# a run that was stopped or killed, whoever asks. A closed gate goes back to what it was when it was
# closed, and gives up its root; of a stopped or killed one the root alone is taken back.
_STEPS = """
CREATE OR REPLACE FUNCTION refuse_illegal_gate_step() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
DECLARE
  reopened boolean := OLD.state = 'CLOSED' AND NEW.state = OLD.before_close_state
                      AND NEW.decisions_root = '';
BEGIN
  IF NOT (OLD.state = NEW.state OR reopened OR (OLD.state, NEW.state) IN (
       ('OPEN', 'PAUSED'), ('PAUSED', 'OPEN'),
       ('OPEN', 'STOPPED'), ('OPEN', 'KILLED'), ('OPEN', 'CLOSED'),
       ('PAUSED', 'STOPPED'), ('PAUSED', 'KILLED'), ('PAUSED', 'CLOSED'),
       ('STOPPED', 'KILLED'))) THEN
    RAISE EXCEPTION 'a gate cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'AOS02';
  END IF;
  IF NEW.epoch <= OLD.epoch
     OR (OLD.run_id, OLD.tenant_id, OLD.opened_at, OLD.project_id, OLD.agent_id)
        IS DISTINCT FROM (NEW.run_id, NEW.tenant_id, NEW.opened_at, NEW.project_id, NEW.agent_id)
     OR (OLD.decisions_root <> '' AND OLD.decisions_root <> NEW.decisions_root AND NOT reopened
         AND NOT (NEW.decisions_root = '' AND NEW.state IN ('STOPPED', 'KILLED')))
     OR (OLD.state = 'CLOSED' AND NEW.state = 'CLOSED'
         AND OLD.before_close_state <> NEW.before_close_state)
     OR (OLD.state IN ('OPEN', 'PAUSED') AND NEW.state = 'CLOSED'
         AND NEW.before_close_state NOT IN ('', OLD.state)) THEN
    RAISE EXCEPTION 'a gate changes with a higher epoch, and what it was opened with stays'
      USING ERRCODE = 'AOS02';
  END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    """Forward only."""
    op.execute(_STANDING)
    op.execute(_STEPS)
