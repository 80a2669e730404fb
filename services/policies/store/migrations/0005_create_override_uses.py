"""Keep which runs have used an override, and which key an override was opened with."""

from alembic import op

from servicekit.migrations.protection import tenant_table, write_once

revision = "0005_create_override_uses"
down_revision = "0004_create_governance_changes"

ROLE = "aos_policies"

_USES = """
CREATE TABLE override_uses (
  tenant_id text COLLATE "C" NOT NULL,
  override_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  step_id text COLLATE "C" NOT NULL,
  decision_id text COLLATE "C" NOT NULL,
  used_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, override_id, run_id),
  FOREIGN KEY (tenant_id, override_id) REFERENCES overrides (tenant_id, id)
)
"""

# What is over stays over, and nobody prolongs or widens what was opened.
_STEPS = """
CREATE FUNCTION refuse_illegal_override_step() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
  IF OLD.state <> 'OPEN'
     OR (OLD.id, OLD.tenant_id, OLD.policy_id, OLD.scope_type, OLD.scope_id, OLD.opened_by,
         OLD.opened_with, OLD.starts_at, OLD.ends_at)
        IS DISTINCT FROM (NEW.id, NEW.tenant_id, NEW.policy_id, NEW.scope_type, NEW.scope_id,
         NEW.opened_by, NEW.opened_with, NEW.starts_at, NEW.ends_at) THEN
    RAISE EXCEPTION 'an override ends, and changes in nothing else' USING ERRCODE = 'AOS02';
  END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    """Forward only."""
    op.execute(
        "ALTER TABLE overrides ADD COLUMN opened_with text COLLATE \"C\" NOT NULL DEFAULT '', "
        "ADD CONSTRAINT overrides_at_most_a_week "
        "CHECK (ends_at <= starts_at + interval '7 days')"
    )
    op.execute(_STEPS)
    op.execute(
        "CREATE TRIGGER legal_steps BEFORE UPDATE ON overrides "
        "FOR EACH ROW EXECUTE FUNCTION refuse_illegal_override_step()"
    )
    op.execute("ALTER TABLE overrides ENABLE ALWAYS TRIGGER legal_steps")
    op.execute("CREATE INDEX overrides_of_policy ON overrides (tenant_id, policy_id, id)")
    op.execute(_USES)
    tenant_table("override_uses", role=ROLE, grants="SELECT, INSERT")
    write_once("override_uses", role=ROLE)
