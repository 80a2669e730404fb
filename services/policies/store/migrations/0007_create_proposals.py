"""Make proposals, and how each tenant decides them."""

from alembic import op

from servicekit.migrations.protection import tenant_table

revision = "0007_create_proposals"
down_revision = "0006_create_preventions"

ROLE = "aos_policies"

_PROPOSALS = """
CREATE TABLE policy_proposals (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  triggering_incident_id text COLLATE "C" NOT NULL,
  triggering_run_id text COLLATE "C" NOT NULL,
  signature text COLLATE "C" NOT NULL,
  pattern_id text NOT NULL,
  body bytea NOT NULL,
  rationale text NOT NULL,
  status text NOT NULL CHECK (status IN ('PENDING', 'APPROVED', 'REJECTED')),
  created_by text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  reviewer text COLLATE "C",
  reviewed_at timestamptz,
  reason text NOT NULL DEFAULT '',
  policy_id text COLLATE "C",
  synthetic_scenario_id text NOT NULL DEFAULT '',
  revision bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, policy_id) REFERENCES policies (tenant_id, id),
  CONSTRAINT policy_proposals_reviewed
    CHECK ((status = 'PENDING') = (reviewer IS NULL)
           AND (reviewer IS NULL) = (reviewed_at IS NULL)),
  CONSTRAINT policy_proposals_approved CHECK ((status = 'APPROVED') = (policy_id IS NOT NULL)),
  CONSTRAINT policy_proposals_rejected CHECK (status <> 'REJECTED' OR reason <> '')
)
"""

# What was decided stays decided, and what was proposed stays what it was.
_STEPS = """
CREATE FUNCTION refuse_illegal_proposal_step() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
  IF OLD.status <> 'PENDING'
     OR (OLD.id, OLD.tenant_id, OLD.triggering_incident_id, OLD.triggering_run_id, OLD.signature,
         OLD.body, OLD.created_by, OLD.created_at)
        IS DISTINCT FROM (NEW.id, NEW.tenant_id, NEW.triggering_incident_id, NEW.triggering_run_id,
         NEW.signature, NEW.body, NEW.created_by, NEW.created_at) THEN
    RAISE EXCEPTION 'a proposal is decided once, and changes in nothing else'
      USING ERRCODE = 'AOS02';
  END IF;
  RETURN NEW;
END $$
"""

_SETTINGS = """
CREATE TABLE tenant_settings (
  tenant_id text COLLATE "C" NOT NULL,
  allow_self_approval boolean NOT NULL,
  changed_by text COLLATE "C" NOT NULL,
  changed_at timestamptz NOT NULL,
  revision bigint NOT NULL,
  PRIMARY KEY (tenant_id)
)
"""


def upgrade() -> None:
    """Forward only."""
    op.execute(_PROPOSALS)
    op.execute(
        "CREATE UNIQUE INDEX policy_proposals_incident "
        "ON policy_proposals (tenant_id, triggering_incident_id)"
    )
    op.execute(
        "CREATE INDEX policy_proposals_by_status ON policy_proposals (tenant_id, status, id)"
    )
    op.execute(_STEPS)
    op.execute(
        "CREATE TRIGGER legal_steps BEFORE UPDATE ON policy_proposals "
        "FOR EACH ROW EXECUTE FUNCTION refuse_illegal_proposal_step()"
    )
    op.execute("ALTER TABLE policy_proposals ENABLE ALWAYS TRIGGER legal_steps")
    tenant_table("policy_proposals", role=ROLE, grants="SELECT, INSERT, UPDATE")
    op.execute(_SETTINGS)
    tenant_table("tenant_settings", role=ROLE, grants="SELECT, INSERT, UPDATE")
