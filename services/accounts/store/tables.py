"""The tables of accounts, beside the kit's own."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from servicekit.tables import IDENTIFIER, MOMENT, KitTables, tenant_info

METADATA = MetaData()
KIT = KitTables(METADATA)

TENANTS = Table(
    "tenants",
    METADATA,
    Column("id", IDENTIFIER, primary_key=True),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("suspension_reason", Text, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Index("tenants_name", text("lower(name)"), unique=True),
    Index("tenants_suspended", "id", postgresql_where=text("state = 'suspended'")),
    info={
        **tenant_info(authentication="SELECT"),
        # A tenant's own row is the one that its id names.
        "tenant_column": "id",
        # The operator tells tenants apart by name, and alone creates and lists them.
        "global_keys": ("tenants_name",),
        "policies": ("plane_rows",),
    },
)

PROJECTS = Table(
    "projects",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    Column("revision", BigInteger, nullable=False),
    ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="projects_tenant"),
    Index("projects_name", "tenant_id", text("lower(name)"), unique=True),
    info=tenant_info(),
)

AGENTS = Table(
    "agents",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, primary_key=True),
    Column("project_id", IDENTIFIER, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    Column("revision", BigInteger, nullable=False),
    ForeignKeyConstraint(
        ["tenant_id", "project_id"], ["projects.tenant_id", "projects.id"], name="agents_project"
    ),
    Index("agents_name", "tenant_id", "project_id", text("lower(name)"), unique=True),
    Index("agents_by_name", "tenant_id", text("lower(name)"), "id"),
    info=tenant_info(),
)

PEOPLE = Table(
    "people",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, primary_key=True),
    Column("email", IDENTIFIER, nullable=False),
    Column("name", Text, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    Column("revision", BigInteger, nullable=False),
    ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="people_tenant"),
    Index("people_email", "tenant_id", "email", unique=True),
    info=tenant_info(authentication="SELECT"),
)

API_KEYS = Table(
    "api_keys",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, primary_key=True),
    Column("project_id", IDENTIFIER),
    Column("person_id", IDENTIFIER),
    Column("name", Text, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("hint", Text, nullable=False),
    # The HMAC of the secret under the plane's pepper; the secret itself is nowhere.
    Column("seal", LargeBinary, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT),
    Column("revoked_at", MOMENT),
    Column("revocation_reason", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="api_keys_tenant"),
    ForeignKeyConstraint(
        ["tenant_id", "project_id"], ["projects.tenant_id", "projects.id"], name="api_keys_project"
    ),
    ForeignKeyConstraint(
        ["tenant_id", "person_id"], ["people.tenant_id", "people.id"], name="api_keys_person"
    ),
    Index("api_keys_by_project", "tenant_id", "project_id", "id"),
    # An exchange knows the key and not yet the tenant.
    Index("api_keys_by_id", "id"),
    Index("api_keys_revoked", "revoked_at", postgresql_where=text("revoked_at IS NOT NULL")),
    info=tenant_info(authentication="SELECT"),
)
