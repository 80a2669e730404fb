"""Make what suppression is decided by, what it decided, and the records of what was prevented."""

from alembic import op

from servicekit.migrations.protection import tenant_table, write_once

revision = "0006_create_preventions"
down_revision = "0005_create_override_uses"

ROLE = "aos_policies"

_SIGNATURES = """
CREATE TABLE policy_signatures (
  tenant_id text COLLATE "C" NOT NULL,
  signature text COLLATE "C" NOT NULL,
  policy_id text COLLATE "C" NOT NULL,
  pattern_id text NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, signature, policy_id),
  FOREIGN KEY (tenant_id, policy_id) REFERENCES policies (tenant_id, id)
)
"""

_PREVENTIONS = """
CREATE TABLE prevention_records (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  policy_id text COLLATE "C" NOT NULL,
  pattern_id text NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  signature text COLLATE "C" NOT NULL,
  original_incident_id text COLLATE "C" NOT NULL,
  blocked_incident_id text COLLATE "C" NOT NULL,
  outcome text NOT NULL CHECK (outcome = 'SUPPRESSED'),
  signature_match_confidence integer NOT NULL CHECK (signature_match_confidence BETWEEN 0 AND 100),
  created_at timestamptz NOT NULL,
  synthetic_scenario_id text NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, policy_id) REFERENCES policies (tenant_id, id)
)
"""

# Its key is what is decided once: two answers about one mishap cannot both be kept.
_SUPPRESSIONS = """
CREATE TABLE suppressions (
  tenant_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  policy_id text COLLATE "C" NOT NULL,
  signature text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  incident_id text COLLATE "C" NOT NULL,
  prevention_id text COLLATE "C",
  decided_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, run_id, policy_id, signature),
  FOREIGN KEY (tenant_id, prevention_id) REFERENCES prevention_records (tenant_id, id)
    DEFERRABLE INITIALLY DEFERRED
)
"""


def upgrade() -> None:
    """Forward only."""
    op.execute(_SIGNATURES)
    tenant_table("policy_signatures", role=ROLE, grants="SELECT, INSERT")
    write_once("policy_signatures", role=ROLE)
    op.execute(_PREVENTIONS)
    op.execute(
        "CREATE INDEX prevention_records_of_run ON prevention_records (tenant_id, run_id, id)"
    )
    op.execute(
        "CREATE INDEX prevention_records_of_policy ON prevention_records (tenant_id, policy_id, id)"
    )
    tenant_table("prevention_records", role=ROLE, grants="SELECT, INSERT")
    write_once("prevention_records", role=ROLE)
    op.execute(_SUPPRESSIONS)
    tenant_table("suppressions", role=ROLE, grants="SELECT, INSERT")
    write_once("suppressions", role=ROLE)
