"""Make the kit's tables, and tenants with what belongs to them."""

from alembic import op

from servicekit.migrations import kit_schema
from servicekit.migrations.protection import tenant_table

revision = "0001_create_accounts"
down_revision = None

ROLE = "aos_accounts"

_ID = "[0-9a-hjkmnp-tv-z]{26}$"
_ROLES = (
    "cardinality(roles) BETWEEN 1 AND 9 AND roles <@ ARRAY['owner', 'administrator', "
    "'governance', 'operations', 'developer', 'responder', 'auditor', 'viewer', 'agent']"
)

_TENANTS = f"""
CREATE TABLE tenants (
  id text COLLATE "C" PRIMARY KEY,
  name text NOT NULL,
  state text NOT NULL,
  suspension_reason text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  revision bigint NOT NULL,
  CONSTRAINT tenants_id CHECK (id ~ '^ten_{_ID}'),
  CONSTRAINT tenants_state CHECK (state IN ('active', 'suspended')),
  CONSTRAINT tenants_reason CHECK ((state = 'suspended') = (suspension_reason <> ''))
)
"""

_PROJECTS = f"""
CREATE TABLE projects (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  name text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  revision bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT projects_id CHECK (id ~ '^prj_{_ID}'),
  CONSTRAINT projects_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id)
)
"""

_AGENTS = f"""
CREATE TABLE agents (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  project_id text COLLATE "C" NOT NULL,
  name text NOT NULL,
  description text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  revision bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT agents_id CHECK (id ~ '^agt_{_ID}'),
  CONSTRAINT agents_project
    FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id)
)
"""

_PEOPLE = f"""
CREATE TABLE people (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  email text COLLATE "C" NOT NULL,
  name text NOT NULL,
  roles text[] NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  revision bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT people_id CHECK (id ~ '^per_{_ID}'),
  CONSTRAINT people_lower_case CHECK (email = lower(email)),
  CONSTRAINT people_roles CHECK ({_ROLES}),
  CONSTRAINT people_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id)
)
"""

_API_KEYS = f"""
CREATE TABLE api_keys (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  project_id text COLLATE "C",
  person_id text COLLATE "C",
  name text NOT NULL,
  roles text[] NOT NULL,
  hint text NOT NULL,
  seal bytea NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz,
  revoked_at timestamptz,
  revocation_reason text NOT NULL,
  revision bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT api_keys_id CHECK (id ~ '^key_{_ID}'),
  CONSTRAINT api_keys_roles CHECK ({_ROLES}),
  CONSTRAINT api_keys_seal CHECK (octet_length(seal) = 32),
  CONSTRAINT api_keys_revocation CHECK ((revoked_at IS NOT NULL) = (revocation_reason <> '')),
  CONSTRAINT api_keys_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id),
  CONSTRAINT api_keys_project
    FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id),
  CONSTRAINT api_keys_person
    FOREIGN KEY (tenant_id, person_id) REFERENCES people (tenant_id, id)
)
"""

# The operator lists all tenants, and what the operator does is kept under the plane's own id: a
# transaction bound to it sees every tenant's row of this one table. It may change none of them,
# unless it is bound to that tenant as well; and no credential can name the plane as its tenant,
# because the plane has no row here and so no keys.
_PLANE_ROWS = """
CREATE POLICY plane_rows ON tenants FOR SELECT USING (
  'ten_00000000000000000000000000' = ANY (
    (SELECT string_to_array(NULLIF(current_setting('app.tenant_id', true), ''), ','))::text[]
  )
)
"""

# Nothing of accounts is ever removed: keys and names stand in other services' records.
_GRANTS = "SELECT, INSERT, UPDATE"
_AUTHENTICATION = {"authentication": "SELECT"}


def upgrade() -> None:
    """Forward only."""
    kit_schema.create_version_1(role=ROLE)
    _create_tenants()
    _create_projects()
    _create_agents()
    _create_people()
    _create_api_keys()


def _create_tenants() -> None:
    op.execute(_TENANTS)
    # The one name that is unique in the whole plane: operators tell tenants apart by it. Nobody
    # but the operator creates tenants, so nobody else can learn from a refusal that one exists.
    op.execute("CREATE UNIQUE INDEX tenants_name ON tenants (lower(name))")
    op.execute("CREATE INDEX tenants_suspended ON tenants (id) WHERE state = 'suspended'")
    tenant_table("tenants", role=ROLE, grants=_GRANTS, purposes=_AUTHENTICATION, tenant_column="id")
    op.execute(_PLANE_ROWS)


def _create_projects() -> None:
    op.execute(_PROJECTS)
    op.execute("CREATE UNIQUE INDEX projects_name ON projects (tenant_id, lower(name))")
    tenant_table("projects", role=ROLE, grants=_GRANTS)


def _create_agents() -> None:
    op.execute(_AGENTS)
    op.execute("CREATE UNIQUE INDEX agents_name ON agents (tenant_id, project_id, lower(name))")
    op.execute("CREATE INDEX agents_by_name ON agents (tenant_id, lower(name), id)")
    tenant_table("agents", role=ROLE, grants=_GRANTS)


def _create_people() -> None:
    op.execute(_PEOPLE)
    op.execute("CREATE UNIQUE INDEX people_email ON people (tenant_id, email)")
    # A key opens no more than its person may do at the moment of the exchange.
    tenant_table("people", role=ROLE, grants=_GRANTS, purposes=_AUTHENTICATION)


def _create_api_keys() -> None:
    op.execute(_API_KEYS)
    op.execute("CREATE INDEX api_keys_by_project ON api_keys (tenant_id, project_id, id)")
    # An exchange knows the key and not yet the tenant.
    op.execute("CREATE INDEX api_keys_by_id ON api_keys (id)")
    op.execute(
        "CREATE INDEX api_keys_revoked ON api_keys (revoked_at) WHERE revoked_at IS NOT NULL"
    )
    tenant_table("api_keys", role=ROLE, grants=_GRANTS, purposes=_AUTHENTICATION)
