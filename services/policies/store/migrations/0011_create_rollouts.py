"""Make rollouts, and the places where a version on trial would have decided otherwise."""

from alembic import op

from servicekit.migrations.protection import tenant_table, write_once

revision = "0011_create_rollouts"
down_revision = "0010_create_gate_checks"

ROLE = "aos_policies"

_ROLLOUTS = """
CREATE TABLE policy_rollouts (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  policy_id text COLLATE "C" NOT NULL,
  base_version integer NOT NULL,
  candidate_version integer NOT NULL CHECK (candidate_version > base_version),
  body bytea NOT NULL,
  state text NOT NULL CHECK (state IN ('SHADOW', 'CANARY', 'COMPLETED', 'ABORTED')),
  share_percent integer NOT NULL CHECK (share_percent BETWEEN 0 AND 100),
  started_by text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  end_reason text NOT NULL DEFAULT '',
  revision bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, policy_id) REFERENCES policies (tenant_id, id),
  CONSTRAINT policy_rollouts_share CHECK (state <> 'SHADOW' OR share_percent = 0),
  CONSTRAINT policy_rollouts_reason CHECK ((state = 'ABORTED') = (end_reason <> ''))
)
"""

_DIVERGENCES = """
CREATE TABLE shadow_divergences (
  tenant_id text COLLATE "C" NOT NULL,
  policy_id text COLLATE "C" NOT NULL,
  candidate_version integer NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  step_id text COLLATE "C" NOT NULL,
  decision_id text COLLATE "C" NOT NULL,
  canary boolean NOT NULL,
  in_force_action integer NOT NULL CHECK (in_force_action BETWEEN 1 AND 5),
  candidate_action integer NOT NULL CHECK (candidate_action BETWEEN 1 AND 5),
  in_force_rule text NOT NULL,
  candidate_rule text NOT NULL,
  cost_micro_usd bigint NOT NULL,
  decided_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, policy_id, candidate_version, run_id)
)
"""


def upgrade() -> None:
    """Forward only."""
    op.execute(_ROLLOUTS)
    op.execute(
        "CREATE UNIQUE INDEX policy_rollouts_one_under_way ON policy_rollouts "
        "(tenant_id, policy_id) WHERE state IN ('SHADOW', 'CANARY')"
    )
    op.execute(
        "CREATE INDEX policy_rollouts_of_policy ON policy_rollouts (tenant_id, policy_id, id)"
    )
    tenant_table("policy_rollouts", role=ROLE, grants="SELECT, INSERT, UPDATE")
    op.execute(_DIVERGENCES)
    tenant_table("shadow_divergences", role=ROLE, grants="SELECT, INSERT")
    write_once("shadow_divergences", role=ROLE)
