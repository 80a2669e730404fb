"""Make the kit's tables, policies with their versions, and snapshots."""

from alembic import op

from servicekit.migrations import kit_schema
from servicekit.migrations.protection import tenant_table, write_once

revision = "0001_create_policies"
down_revision = None

ROLE = "aos_policies"

_POLICIES = """
CREATE TABLE policies (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  body bytea NOT NULL,
  state text NOT NULL CHECK (state IN ('DRAFT', 'ACTIVE', 'SUSPENDED', 'RETIRED')),
  version integer NOT NULL CHECK (version > 0),
  source text NOT NULL CHECK (source IN ('MANUAL', 'LEARNED', 'DEFAULT')),
  origin_id text COLLATE "C" NOT NULL DEFAULT '',
  created_by text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  retire_reason text NOT NULL DEFAULT '',
  revision bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT policies_retired_with_reason CHECK ((state = 'RETIRED') = (retire_reason <> ''))
)
"""

# The same table as in services/policies/domain/policy.py; a test keeps the two equal.
_STEPS = """
CREATE FUNCTION refuse_illegal_policy_step() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
  IF OLD.state = NEW.state AND OLD.state <> 'RETIRED'
     OR (OLD.state, NEW.state) IN (
       ('DRAFT', 'ACTIVE'), ('ACTIVE', 'SUSPENDED'), ('SUSPENDED', 'ACTIVE'),
       ('DRAFT', 'RETIRED'), ('ACTIVE', 'RETIRED'), ('SUSPENDED', 'RETIRED')) THEN
    IF (OLD.id, OLD.tenant_id, OLD.source, OLD.created_by, OLD.created_at)
       IS DISTINCT FROM (NEW.id, NEW.tenant_id, NEW.source, NEW.created_by, NEW.created_at)
       OR NEW.version < OLD.version
       OR (NEW.body IS DISTINCT FROM OLD.body AND OLD.state <> 'DRAFT'
           AND NEW.version = OLD.version) THEN
      RAISE EXCEPTION 'what an active policy says changes only with its version'
        USING ERRCODE = 'AOS02';
    END IF;
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a policy cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'AOS02';
END $$
"""

_VERSIONS = """
CREATE TABLE policy_versions (
  tenant_id text COLLATE "C" NOT NULL,
  policy_id text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  body bytea NOT NULL,
  content_hash text NOT NULL,
  created_by text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, policy_id, version),
  FOREIGN KEY (tenant_id, policy_id) REFERENCES policies (tenant_id, id)
)
"""

_TARGETS = """
CREATE TABLE policy_targets (
  tenant_id text COLLATE "C" NOT NULL,
  scope_type text NOT NULL,
  scope_id text COLLATE "C" NOT NULL,
  policy_id text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant_id, scope_type, scope_id, policy_id),
  FOREIGN KEY (tenant_id, policy_id) REFERENCES policies (tenant_id, id)
)
"""

_LIMITS = """
CREATE TABLE limits (
  tenant_id text COLLATE "C" NOT NULL,
  policy_id text COLLATE "C" NOT NULL,
  name text NOT NULL,
  type text NOT NULL,
  cap bigint NOT NULL CHECK (cap >= 0),
  window_kind text NOT NULL,
  window_seconds integer NOT NULL,
  PRIMARY KEY (tenant_id, policy_id, name),
  FOREIGN KEY (tenant_id, policy_id) REFERENCES policies (tenant_id, id)
)
"""

_SNAPSHOTS = """
CREATE TABLE policy_snapshots (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  content bytea NOT NULL,
  content_hash text NOT NULL,
  threshold_snapshot_hash text NOT NULL CHECK (length(threshold_snapshot_hash) = 64),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT policy_snapshots_content UNIQUE (tenant_id, content_hash),
  CONSTRAINT policy_snapshots_hash CHECK (content_hash = encode(sha256(content), 'hex'))
)
"""


def upgrade() -> None:
    """Forward only."""
    kit_schema.create_version_1(role=ROLE)
    op.execute(_POLICIES)
    op.execute("CREATE INDEX policies_by_state ON policies (tenant_id, state, id)")
    op.execute(_STEPS)
    op.execute(
        "CREATE TRIGGER legal_steps BEFORE UPDATE ON policies "
        "FOR EACH ROW EXECUTE FUNCTION refuse_illegal_policy_step()"
    )
    op.execute("ALTER TABLE policies ENABLE ALWAYS TRIGGER legal_steps")
    tenant_table("policies", role=ROLE, grants="SELECT, INSERT, UPDATE")
    op.execute(_VERSIONS)
    tenant_table("policy_versions", role=ROLE, grants="SELECT, INSERT")
    write_once("policy_versions", role=ROLE)
    op.execute(_TARGETS)
    op.execute("CREATE INDEX policy_targets_policy ON policy_targets (tenant_id, policy_id)")
    tenant_table("policy_targets", role=ROLE, grants="SELECT, INSERT, DELETE")
    op.execute(_LIMITS)
    tenant_table("limits", role=ROLE)
    op.execute(_SNAPSHOTS)
    tenant_table("policy_snapshots", role=ROLE, grants="SELECT, INSERT")
    write_once("policy_snapshots", role=ROLE)
