"""The tables of activity, beside the kit's own."""

from sqlalchemy import BigInteger, Column, Index, MetaData, Table, Text

from servicekit.tables import IDENTIFIER, MOMENT, KitTables, tenant_info

METADATA = MetaData()
KIT = KitTables(METADATA)

RUNS = Table(
    "runs",
    METADATA,
    Column("tenant_id", IDENTIFIER, primary_key=True),
    Column("id", IDENTIFIER, primary_key=True),
    Column("project_id", IDENTIFIER, nullable=False),
    Column("agent_id", IDENTIFIER, nullable=False),
    Column("api_key_id", IDENTIFIER),
    Column("actor_id", IDENTIFIER, nullable=False),
    Column("session_id", Text, nullable=False),
    Column("goal", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    Column("started_at", MOMENT),
    Column("completed_at", MOMENT),
    Column("synthetic_scenario_id", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    # Identifiers grow with time, so the key of each index is also the order of the list.
    Index("runs_by_status", "tenant_id", "status", "id"),
    Index("runs_by_agent", "tenant_id", "agent_id", "id"),
    Index("runs_by_project", "tenant_id", "project_id", "id"),
    info=tenant_info(),
)
